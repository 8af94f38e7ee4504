"""Which format a path holds, and its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from services.navigation.directory.csv_folder import CsvFolder, tables_in
from services.navigation.directory.documents import BrokenFile, Place, Problem, Row, child, children, text
from services.navigation.directory.json_file import JsonFile
from services.navigation.directory.reading import Advance
from services.navigation.directory.shelf import Shelf

_JSON_SUFFIXES = {".json", ".ndjson", ".jsonl"}


class Source:
    """A directory as published: a JSON file, a folder of them, or a folder of CSV tables.

    Iterate over `rows` to the end; the rest is known only then. Raises BrokenFile for what cannot be read.
    """

    def __init__(self, path: Path, shelf: Shelf, advance: Advance) -> None:
        self._files: list[JsonFile] = []
        self._folder: CsvFolder | None = None
        self.format = "HSDS JSON"
        if not path.exists():
            raise BrokenFile(path.name, 1, "there is no such file or folder")
        tables = _tables(path)
        if tables is not None:
            self.format = "HSDS tables"
            self._folder = CsvFolder(tables, shelf, advance)
            self._paths = list(tables.values())
        else:
            self._paths = _json_paths(path)
            self._files = [JsonFile(file, advance) for file in self._paths]

    @property
    def size(self) -> int:
        """How many bytes there are to read."""
        return sum(path.stat().st_size for path in self._paths)

    def rows(self) -> Iterator[Row]:
        """Yield every document."""
        if self._folder is not None:
            yield from self._folder.rows()
        for file in self._files:
            yield from file.rows()

    @property
    def complete(self) -> bool:
        """Whether this claims to be the whole directory, so that what is missing in it is gone."""
        if self._folder is not None:
            return True
        met, promised = sum(file.items for file in self._files), max(file.promised for file in self._files)
        return all(file.listed for file in self._files) and met >= promised

    @property
    def rejected(self) -> list[Problem]:
        """Rows that could not even be read."""
        return [problem for part in self._parts() for problem in part.rejected]

    @property
    def dangling(self) -> list[Problem]:
        """Rows that name others which are nowhere."""
        return [] if self._folder is None else self._folder.dangling

    @property
    def notes(self) -> list[Problem]:
        """What is odd about whole files."""
        notes = [] if self._folder is None else list(self._folder.notes)
        for path, file in zip(self._paths, self._files, strict=False):
            if file.encoding == "cp1252":
                place = Place(path.name, 1)
                notes.append(Problem(place, "", "", "", "not UTF-8; read as Windows Latin-1"))
        return notes

    def _parts(self) -> list[CsvFolder | JsonFile]:
        return [self._folder] if self._folder is not None else [*self._files]


def _tables(path: Path) -> dict[str, Path] | None:
    """The CSV tables at a path: a folder, one of its tables, or its datapackage.json. None for JSON."""
    if path.is_dir():
        return tables_in(path) if any(path.glob("*.csv")) else None
    if path.suffix.lower() == ".csv":
        return tables_in(path.parent)
    if path.name == "datapackage.json":
        return _packaged(path)
    return None


def _packaged(path: Path) -> dict[str, Path]:
    """The tables that a datapackage names and that are there; a path out of its folder is not followed.

    One that cannot be read is passed over: where people download, it is often a link that went nowhere.
    """
    folder = path.parent.resolve()
    try:
        package = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        return tables_in(folder)
    resources = children(child({"package": package}, "package"), "resources")
    named = [(text(resource, "name"), folder / (text(resource, "path") or "")) for resource in resources]
    tables = {
        name.lower(): file
        for name, file in named
        if name and file.is_file() and file.resolve().is_relative_to(folder)
    }
    return tables if "services" in tables else tables_in(folder)


def _json_paths(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    paths = sorted(file for file in path.iterdir() if file.suffix.lower() in _JSON_SUFFIXES)
    if not paths:
        raise BrokenFile(path.name, 1, "there is neither CSV nor JSON in this folder")
    return paths
