"""What every format is read into: HSDS 3.0 documents, each knowing the file and line it came from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from json import JSONEncoder
from typing import NamedTuple

Document = dict[str, object]
"""An HSDS object as published: anything may be missing, misspelt or of another type."""


class BrokenFile(Exception):  # noqa: N818 - it reads as what it says
    """The file cannot be read to its end, so nothing of it was taken; the message names the line."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class Place(NamedTuple):
    """Where something was read: a file's name and a line of it, from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One document and the place where it begins; `kind` where the format says it, else None."""

    place: Place
    document: Document
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it should be: where, in which record and field, and why.

    `record` is the id as the file writes it, empty when it has none; `value` is what stood there, cut short.
    """

    place: Place
    kind: str
    record: str
    field: str
    reason: str
    value: str = ""


def text(document: Document, name: str) -> str | None:
    """Take a field as trimmed text; numbers are written out, and empty text is the same as none."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        return (value.replace("\x00", "") if "\x00" in value else value).strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return None


def child(document: Document, name: str) -> Document:
    """Take a nested object; empty when there is none."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def children(document: Document, name: str) -> list[Document]:
    """Take the nested objects; one that stands alone counts as a list of one."""
    value = document.get(name)
    if value is None:
        return []
    if isinstance(value, dict):
        return [value]
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def canonical(document: Document) -> str:
    """Write the document so that equal ones look the same and PostgreSQL can store it.

    Three things that JSON lets through and jsonb does not are dropped: NUL, half surrogates, infinities.
    """
    try:
        written = _dump(document)
        written.encode()
    except ValueError:
        return _dump(_storable(document))
    return _dump(_storable(document)) if "\\u0000" in written else written


_dump = JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _storable(value: object) -> object:
    match value:
        case str():
            return value.replace("\x00", "").encode(errors="ignore").decode()
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_storable(entry) for entry in value]
        case dict():
            return {_storable(name): _storable(entry) for name, entry in value.items()}
        case _:
            return value
