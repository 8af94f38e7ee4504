"""The report of an import as a table for a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterable

from services.navigation.model.uploads import UploadRow
from services.navigation.policy.ledger import lines, safe_cell

COLUMNS = (
    "number",
    "outcome",
    "file",
    "line",
    "kind",
    "record",
    "name",
    "field",
    "reason",
    "value",
    "changes",
)


def heading() -> str:
    """The first line."""
    return lines([COLUMNS])


def as_lines(rows: Iterable[UploadRow]) -> str:
    """A line for each; a cell that looks like a formula begins with an apostrophe."""
    return lines([_cell(getattr(row, name)) for name in COLUMNS] for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return safe_cell(json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value))
