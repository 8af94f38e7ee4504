"""Where rows wait for those that belong to them: on disk, so that a large directory needs little memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from types import TracebackType
from typing import NamedTuple, Self

from pydantic_core import PydanticSerializationError, from_json, to_json

from services.navigation.directory.documents import Document, canonical

_TABLES = """
pragma journal_mode = off;
pragma synchronous = off;
pragma cache_size = -32768;
create table entry (
    kind text not null, id text not null, file text not null, line integer not null, body text not null
);
create table belonging (
    kind text not null, id text not null, child text not null, line integer not null, body text not null
);
"""
_INDEXES = """
create index if not exists entry_by_id on entry (kind, id);
create index if not exists belonging_by_parent on belonging (kind, id);
"""


class Kept(NamedTuple):
    """One row on the shelf."""

    file: str
    line: int
    id: str
    document: Document


class Loose(NamedTuple):
    """A row whose parent is nowhere: which parent it names, and where it stands."""

    parent: str
    parent_id: str
    child: str
    line: int


class Shelf:
    """Rows by kind and id, and what belongs to them, in a temporary database that nobody else sees."""

    def __init__(self) -> None:
        # The empty name is SQLite's own temporary file: in memory while small, on disk beyond the cache.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("begin")
        self._indexed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def keep(self, kind: str, row: Kept) -> None:
        """Put a row down by its kind and id."""
        self._database.execute(
            "insert into entry (kind, id, file, line, body) values (?, ?, ?, ?, ?)",
            (kind, row.id, row.file, row.line, _written(row.document)),
        )

    def attach(self, parents: Iterable[tuple[str, str]], child: str, line: int, document: Document) -> None:
        """Put a row down with everything that it belongs to: pairs of kind and id."""
        body = _written(document)
        self._database.executemany(
            "insert into belonging (kind, id, child, line, body) values (?, ?, ?, ?, ?)",
            [(kind, parent, child, line, body) for kind, parent in parents],
        )

    def all(self, kind: str) -> Iterator[Kept]:
        """Yield the rows of a kind, by id."""
        self._index()
        rows = self._database.execute(
            "select file, line, id, body from entry where kind = ? order by id, line", (kind,)
        )
        with closing(rows):
            for file, line, written, body in rows:
                yield Kept(file, line, written, _document(body))

    def find(self, kind: str, written: str) -> Kept | None:
        """Find a row by its id; of several the fullest, whatever their order in the file."""
        self._index()
        row = self._database.execute(
            "select file, line, id, body from entry where kind = ? and id = ?"
            " order by length(body) desc, body limit 1",
            (kind, written),
        ).fetchone()
        return None if row is None else Kept(row[0], row[1], row[2], _document(row[3]))

    def belongings(self, kind: str, written: str) -> dict[str, list[Document]]:
        """Return what belongs to a row, by kind, in an order that does not depend on the file's."""
        self._index()
        found: dict[str, list[Document]] = {}
        for child, body in self._database.execute(
            "select child, body from belonging where kind = ? and id = ? order by child, body",
            (kind, written),
        ):
            found.setdefault(child, []).append(_document(body))
        return found

    def loose(self) -> Iterator[Loose]:
        """Yield what belongs to rows that are nowhere."""
        self._index()
        rows = self._database.execute(
            "select b.kind, b.id, b.child, b.line from belonging b where not exists"
            " (select 1 from entry e where e.kind = b.kind and e.id = b.id) order by b.child, b.line"
        )
        with closing(rows):
            for row in rows:
                yield Loose(*row)

    def _index(self) -> None:
        if not self._indexed:
            self._database.executescript(_INDEXES)
            self._indexed = True


def _written(document: Document) -> str:
    """Write a row down; in the order of its columns, which is the same for all rows of a table."""
    try:
        return to_json(document).decode()
    except PydanticSerializationError:
        return canonical(document)


def _document(body: str) -> Document:
    document = from_json(body)
    assert isinstance(document, dict)
    return document
