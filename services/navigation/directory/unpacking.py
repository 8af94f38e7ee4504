"""An uploaded file, put where the importer reads: as it is, or out of its archive."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath

from services.navigation.directory.documents import BrokenFile
from services.navigation.model.uploads import UploadKind

MOST_UNPACKED = 2_000_000_000
MOST_FILES = 2_000
CHUNK = 1 << 20
READABLE = frozenset({".csv", ".json", ".ndjson", ".jsonl"})
_NAMES = {
    UploadKind.JSON: "services.json",
    UploadKind.NDJSON: "services.ndjson",
    UploadKind.CSV: "services.csv",
}


async def unpack(parts: AsyncIterator[bytes], kind: UploadKind, folder: Path) -> Path:
    """Write the file into the folder; the path is what the importer is given. Raises BrokenFile."""
    name = _NAMES.get(kind, "upload.zip")
    whole = folder / name
    with whole.open("wb") as file:
        async for part in parts:
            file.write(part)
    if kind is not UploadKind.ZIP:
        return whole
    unpacked = folder / "directory"
    unpacked.mkdir()
    try:
        with zipfile.ZipFile(whole) as archive:
            _extract(archive, unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise BrokenFile("the archive", 1, f"it cannot be read: {error}") from None
    return unpacked


def _extract(archive: zipfile.ZipFile, folder: Path) -> None:
    """Take the tables or documents out of the one folder in the archive that holds them."""
    room = MOST_UNPACKED
    for member in _chosen(archive):
        with (
            archive.open(member) as packed,
            (folder / PurePosixPath(member.filename).name).open("wb") as file,
        ):
            while chunk := packed.read(CHUNK):
                # What an archive says of its sizes need not be so.
                room -= len(chunk)
                if room < 0:
                    raise BrokenFile(member.filename, 1, f"it unpacks to more than {MOST_UNPACKED:,} bytes")
                file.write(chunk)


def _chosen(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    by_folder: dict[PurePosixPath, list[zipfile.ZipInfo]] = {}
    for member in archive.infolist():
        path = PurePosixPath(member.filename)
        hidden = any(part.startswith((".", "__")) for part in path.parts)
        if not member.is_dir() and not hidden and path.suffix.lower() in READABLE:
            by_folder.setdefault(path.parent, []).append(member)
    if not by_folder:
        raise BrokenFile("the archive", 1, "there is neither CSV nor JSON in it")
    chosen = max(by_folder.values(), key=lambda members: (_has_services(members), len(members)))
    if len(chosen) > MOST_FILES:
        raise BrokenFile("the archive", 1, f"there are more than {MOST_FILES:,} files in it")
    return chosen


def _has_services(members: list[zipfile.ZipInfo]) -> bool:
    return any(PurePosixPath(member.filename).name.lower() == "services.csv" for member in members)
