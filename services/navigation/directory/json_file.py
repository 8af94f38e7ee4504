"""HSDS JSON, streamed: one object, a list, page envelopes with `contents`, or one object per line.

Knows the line on which each object begins, which streaming parsers do not tell, and never holds more of the
file than one object and a piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from pathlib import Path

from services.navigation.directory.documents import BrokenFile, Document, Place, Problem, Row, text
from services.navigation.directory.reading import Advance, chunks, encoding_of, lines

_LONGEST_TOKEN = 1 << 20
"""An error further than this before the end of what was read is no matter of reading more."""

_SPACE = " \t\r\n"
_LINE_SUFFIXES = {".ndjson", ".jsonl"}


def _no_number(_name: str) -> None:
    """NaN and Infinity are no JSON; where somebody wrote them, nothing is known."""


_DECODER = JSONDecoder(parse_constant=_no_number)


class JsonFile:
    """One JSON file. Iterate over `rows`; what it claims to be is known afterwards."""

    def __init__(self, path: Path, advance: Advance) -> None:
        self._path = path
        self._advance = advance
        self._encoding = encoding_of(path)
        self.rejected: list[Problem] = []
        self.items = 0
        """How many objects were met."""
        self.promised = 0
        """How many its pages say there are in all, in whichever file."""
        self.listed = False
        """Whether it is a list or a part of one, rather than single objects."""

    @property
    def encoding(self) -> str:
        """How the bytes were read."""
        return self._encoding

    def rows(self) -> Iterator[Row]:
        """Yield every object. Raises BrokenFile where the file cannot be read on."""
        if self._by_line():
            return self._line_rows()
        return self._whole_rows()

    def _by_line(self) -> bool:
        if self._path.suffix.lower() in _LINE_SUFFIXES:
            return True
        first, _, rest = next(chunks(self._path, self._encoding, _ignore)).partition("\n")
        if not (first.lstrip().startswith("{") and rest.lstrip().startswith("{")):
            return False
        try:
            value = _DECODER.decode(first)
        except (JSONDecodeError, RecursionError):
            return False
        return isinstance(value, dict) and not isinstance(value.get("contents"), list)

    def _line_rows(self) -> Iterator[Row]:
        self.listed = True
        number, line = 0, ""
        for number, line in enumerate(lines(self._path, self._encoding, self._advance), start=1):
            if not line.strip():
                continue
            place = Place(self._path.name, number)
            try:
                value = _DECODER.decode(line)
            except JSONDecodeError as error:
                if not line.endswith("\n"):
                    raise BrokenFile(
                        *place, f"the file ends in the middle of a record ({error.msg})"
                    ) from None
                self.rejected.append(
                    Problem(place, "", "", "", f"this line is not JSON: {error.msg}", line[:80].strip())
                )
                continue
            except RecursionError:
                self.rejected.append(
                    Problem(place, "", "", "", "nested too deeply to be a record", line[:80])
                )
                continue
            yield from self._row(value, place)
        if self.items == 0 and not self.rejected:
            raise BrokenFile(self._path.name, max(number, 1), "the file is empty")

    def _whole_rows(self) -> Iterator[Row]:
        reader = _Reader(self._path, chunks(self._path, self._encoding, self._advance))
        if not reader.peek():
            raise BrokenFile(self._path.name, reader.line, "the file is empty")
        while opening := reader.peek():
            if opening == "[":
                self.listed = True
                yield from self._elements(reader)
            elif opening == "{":
                yield from self._object(reader)
            else:
                raise reader.broken("an object or a list should begin here")

    def _object(self, reader: _Reader) -> Iterator[Row]:
        """One document, or an envelope whose `contents` are the documents."""
        place = Place(self._path.name, reader.line)
        members: Document = {}
        envelope = False
        for name in reader.names():
            if name == "contents" and reader.peek() == "[":
                envelope = True
                yield from self._elements(reader)
            else:
                members[name] = reader.value()
        if not envelope:
            yield from self._row(members, place)
            return
        self.listed = True
        promised = text(members, "total_items") or ""
        self.promised = max(self.promised, int(promised) if promised.isdigit() else 0)

    def _elements(self, reader: _Reader) -> Iterator[Row]:
        for place in reader.elements():
            yield from self._row(reader.value(), place)

    def _row(self, value: object, place: Place) -> Iterator[Row]:
        self.items += 1
        if isinstance(value, dict):
            yield Row(place, value)
        else:
            self.rejected.append(Problem(place, "", "", "", "not an object", str(value)[:80]))


def _ignore(_bytes: int) -> None:
    """Progress of looking ahead is nobody's business."""


class _Reader:
    """Reads JSON values one after another out of pieces of text, counting lines."""

    def __init__(self, path: Path, pieces: Iterator[str]) -> None:
        self._name = path.name
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    @property
    def line(self) -> int:
        """The line of what comes next, once `peek` has passed the space before it."""
        return self._line

    def broken(self, reason: str) -> BrokenFile:
        """Say what is wrong at this place."""
        return BrokenFile(self._name, self._line, reason)

    def peek(self) -> str:
        """Return the next character that is not space; empty at the end of the file."""
        while True:
            while self._at < len(self._text):
                character = self._text[self._at]
                if character not in _SPACE:
                    return character
                self._line += character == "\n"
                self._at += 1
            if not self._more():
                return ""

    def value(self) -> object:
        """Read one whole value."""
        if not self.peek():
            raise self.broken("the file ends in the middle")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except JSONDecodeError as error:
                if error.pos > len(self._text) - _LONGEST_TOKEN and self._more():
                    continue
                raise self._error(error) from None
            except RecursionError:
                raise self.broken("nested too deeply to be a directory") from None
            # A number at the very end of what was read may go on.
            if end == len(self._text) and self._more():
                continue
            self._line += self._text.count("\n", self._at, end)
            self._at = end
            return value

    def names(self) -> Iterator[str]:
        """Walk through an object: yields each name; the caller then reads the value."""
        self._take("{")
        if self.peek() == "}":
            self._take("}")
            return
        while True:
            if self.peek() != '"':
                raise self.broken("a field name in quotes should be here")
            name = self.value()
            self._take(":")
            yield str(name)
            if self._take(",}") == "}":
                return

    def elements(self) -> Iterator[Place]:
        """Walk through a list: yields the place of each element; the caller then reads it."""
        self._take("[")
        if self.peek() == "]":
            self._take("]")
            return
        while True:
            self.peek()
            yield Place(self._name, self._line)
            if self._take(",]") == "]":
                return

    def _take(self, wanted: str) -> str:
        found = self.peek()
        if not found:
            raise self.broken("the file ends in the middle")
        if found not in wanted:
            raise self.broken(f"{' or '.join(wanted)} should be here, and {found!r} is")
        self._at += 1
        return found

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            self._ended = True
            return False
        self._text = self._text[self._at :] + piece
        self._at = 0
        return True

    def _error(self, error: JSONDecodeError) -> BrokenFile:
        line = self._line + self._text.count("\n", self._at, error.pos)
        at_the_end = error.pos >= len(self._text.rstrip()) or error.msg.startswith("Unterminated string")
        if self._ended and at_the_end:
            return BrokenFile(self._name, line, "the file ends in the middle of a record")
        return BrokenFile(self._name, line, f"this is not JSON: {error.msg}")
