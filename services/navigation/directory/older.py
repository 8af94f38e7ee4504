"""HSDS 1.x in the words of HSDS 3.0: what used to be a column of text is a list of objects today.

Columns that HSDS 3.0 does not have stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from services.navigation.directory.documents import Document, text

_LISTS: dict[str, Callable[[str], Document]] = {
    "languages": lambda name: {"name": name},
    "service_areas": lambda name: {"name": name},
    "required_documents": lambda name: {"document": name},
    "accessibility": lambda name: {"description": name},
    "taxonomy_ids": lambda code: {"taxonomy_term": {"code": code}},
}
_NEW_NAMES = {"taxonomy_ids": "attributes"}
_HOLDERS = {"services", "locations"}


def modernised(table: str, row: Document) -> Document:
    """Return the row of an older table as HSDS 3.0 has it; rows of HSDS 3.0 stay as they are."""
    if table in _HOLDERS:
        return _with_lists(row)
    if table in {"regular_schedules", "regular_schedule"}:
        return _schedule(row)
    if table in {"taxonomy", "taxonomy_terms"} and text(row, "code") is None and text(row, "taxonomy_id"):
        return {**row, "code": row["taxonomy_id"]}
    return row


def _with_lists(row: Document) -> Document:
    modern = dict(row)
    for name, entry in _LISTS.items():
        written = text(modern, name)
        if written is not None:
            del modern[name]
            # A comma inside of brackets belongs to the name: "Chinese (Cantonese, Mandarin)".
            parts = (part.strip() for part in re.split(r",(?![^(]*\))|;", written))
            modern[_NEW_NAMES.get(name, name)] = [entry(part) for part in parts if part]
    if "fees" in modern and "fees_description" not in modern:
        modern["fees_description"] = modern["fees"]
    return modern


def _schedule(row: Document) -> Document:
    weekday = text(row, "weekday")
    return {**row, "freq": "WEEKLY", "byday": weekday} if weekday else row
