"""Forms with one large file, passed on as they come: never whole in memory, and not on disk.

The file is the last part of such a form, as it is where a page has its field last; so what was said beside it
is known before it comes, and its length before it has come. Whoever does not want the file after all drains
it: browsers show an answer only once they could send everything.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from shared.errors import Malformed, UnknownForm

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

LARGEST_HEAD = 64 * 1024
"""How much may be said beside the file."""
NOT_LAST = "the file has to be the last part of the form"
BROKEN = "the form came in another way than browsers send one"


@dataclass
class SentForm:
    """What was said beside a file, and the file itself, to be read once."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None
    """None where no file was chosen."""
    length: int = 0
    """How many bytes the file has."""
    _rest: AsyncIterator[bytes] | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file, as it comes. Raises `Malformed` when it ends otherwise than it began."""
        if self._rest is not None:
            async for piece in self._rest:
                yield piece

    async def drained(self) -> None:
        """Let the rest of it pass."""
        async for _ in self.pieces():
            pass


async def sent_form(request: Request) -> SentForm:
    """Read a form up to its file. Raises `UnknownForm` and `Malformed`."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise UnknownForm("send the file as browsers send forms with a file in them")
    reading = _Reading(boundary, int(request.headers.get("content-length") or 0))
    try:
        return await reading.form(request.stream())
    except FormParserError:
        raise Malformed(BROKEN) from None


class _Reading:
    """One form while it comes."""

    def __init__(self, boundary: bytes, length: int) -> None:
        self._form = SentForm()
        self._length = length
        self._end = len(boundary) + len(b"\r\n----\r\n")
        self._header = bytearray()
        self._value = bytearray()
        self._disposition: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        self._at_file = self._over = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": self._name_of_header,
            "on_header_value": self._value_of_header,
            "on_header_end": self._end_of_header,
            "on_headers_finished": self._headers,
            "on_part_data": self._data,
            "on_part_end": self._end_of_part,
        }
        self._parser = MultipartParser(boundary, callbacks)

    async def form(self, stream: AsyncIterator[bytes]) -> SentForm:
        """Everything that comes before the file; line by line, so that it is known where the file begins."""
        held, read = bytearray(), 0
        async for chunk in stream:
            held += chunk
            while not self._at_file and (found := held.find(b"\n")) >= 0:
                self._parser.write(bytes(held[: found + 1]))
                del held[: found + 1]
                read += found + 1
            if read + (0 if self._at_file else len(held)) > LARGEST_HEAD:
                raise Malformed(NOT_LAST)
            if self._at_file:
                break
        if self._at_file:
            self._form.length = self._length - read - self._end
            self._form._rest = self._file(bytes(held), stream)  # noqa: SLF001 - both are one
        elif held:
            self._parser.write(bytes(held))
        return self._form

    async def _file(self, first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        passed = 0
        async for chunk in _chained(first, stream):
            try:
                self._parser.write(chunk)
            except FormParserError:
                raise Malformed(BROKEN) from None
            for piece in self._pieces:
                passed += len(piece)
                if passed > self._form.length:
                    raise Malformed(NOT_LAST)
                yield piece
            self._pieces.clear()
        if not self._over or passed != self._form.length:
            raise Malformed(BROKEN)

    def _begin(self) -> None:
        if self._at_file:
            raise Malformed(NOT_LAST)
        self._disposition = {}
        self._pieces.clear()

    def _name_of_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _value_of_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_of_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = parse_options_header(self._value.decode("latin-1"))[1]
        self._header.clear()
        self._value.clear()

    def _headers(self) -> None:
        if b"name" not in self._disposition:
            raise Malformed(BROKEN)
        if b"filename" in self._disposition:
            self._at_file = True
            self._form.file_name = _text(self._disposition[b"filename"]) or None

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._pieces.append(data[start:end])

    def _end_of_part(self) -> None:
        if self._at_file:
            self._over = True
        else:
            self._form.fields[_text(self._disposition[b"name"])] = _text(b"".join(self._pieces))


async def _chained(first: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for chunk in stream:
        if chunk:
            yield chunk


def _text(written: bytes) -> str:
    """Text as browsers write it, without U+0000, which no text of ours can hold."""
    return written.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\0", "")
