"""One CSV table, row by row, each with the line on which it begins."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from services.navigation.directory.documents import BrokenFile, Document, Place, Problem, Row
from services.navigation.directory.reading import Advance, encoding_of, lines

_LONGEST_FIELD = 1 << 20


class CsvFile:
    """One table. Iterate over `rows`; rows that do not fit the header are in `rejected` afterwards.

    Empty fields are left out. A file that ends inside of quotes or within its last row is broken.
    """

    def __init__(self, path: Path, kind: str, advance: Advance) -> None:
        self.path = path
        self._kind = kind
        self._advance = advance
        self.encoding = encoding_of(path)
        self.rejected: list[Problem] = []
        self._ended_with_newline = True
        self._open_quotes = 0
        self._line = 0

    def rows(self) -> Iterator[Row]:
        """Yield every row that has as many fields as the header."""
        csv.field_size_limit(_LONGEST_FIELD)
        source = self._lines()
        header_line = next(source, "")
        names = next(csv.reader([header_line], delimiter=self._delimiter(header_line)), [])
        names = [name.strip().lower() for name in names]
        reader = csv.reader(source, delimiter=self._delimiter(header_line))
        begins = 2
        try:
            for fields in reader:
                place, begins = Place(self.path.name, begins), self._line + 1
                yield from self._row(names, fields, place)
        except csv.Error:
            raise BrokenFile(self.path.name, begins, "a quote that opens here is never closed") from None

    def _row(self, names: list[str], fields: list[str], place: Place) -> Iterator[Row]:
        if self._open_quotes % 2:
            raise BrokenFile(*place, "a quote that opens here is never closed")
        self._open_quotes = 0
        if not any(field.strip() for field in fields):
            return
        if len(fields) == len(names):
            document: Document = {
                name: value
                for name, field in zip(names, fields, strict=True)
                if name and (value := field.strip())
            }
            yield Row(place, document)
        elif len(fields) < len(names) and not self._ended_with_newline:
            raise BrokenFile(
                *place, f"the file ends in the middle of a row, after {len(fields)} of {len(names)} fields"
            )
        else:
            record = fields[names.index("id")] if "id" in names[: len(fields)] else ""
            reason = f"{len(fields)} fields where the header has {len(names)}"
            self.rejected.append(Problem(place, self._kind, record, "", reason))

    def _lines(self) -> Iterator[str]:
        for line in lines(self.path, self.encoding, self._advance):
            self._line += 1
            self._ended_with_newline = line.endswith("\n")
            self._open_quotes += line.count('"')
            yield line

    @staticmethod
    def _delimiter(header: str) -> str:
        return max(",;\t", key=header.count)
