"""What an import of a directory is told in: how far it is, what becomes of rows, what a file is."""

from __future__ import annotations

from collections.abc import Mapping

from services.desk.model.brought_in import Import, Row, Summary
from services.desk.policy.service_form import field_words, in_words

BUSY = frozenset({"uploaded", "previewing", "to_run", "running"})
"""States in which it goes on by itself."""
CAN_BE_LEFT = frozenset({"empty", "uploaded", "previewing", "previewed", "to_run"})
KINDS: Mapping[str, str] = {
    ".zip": "application/zip",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".csv": "text/csv",
}
"""What is understood, by how the name of the file ends."""
STATES: Mapping[str, str] = {
    "empty": "The file is still to come.",
    "uploaded": "The file is here. In a moment we look at what would become of it.",
    "previewing": "We are looking at what would become of each row. Nothing is changed by that.",
    "previewed": "This is what would become of it. Nothing is changed yet.",
    "to_run": "It is being brought in. It goes on by itself, even if you leave this page.",
    "running": "It is being brought in. It goes on by itself, even if you leave this page.",
    "done": "It is brought in.",
    "broken": "This file cannot be used. Nothing was changed.",
    "stopped": "It was left. Nothing was changed.",
}
TAGS: Mapping[str, tuple[str, str]] = {
    "empty": ("Waits for its file", "waiting"),
    "previewed": ("Waits for your word", "new"),
    "done": ("Brought in", "done"),
    "broken": ("Cannot be used", "careful"),
    "stopped": ("Left", "stopped"),
}
"""How an import that is not at work stands, in a list."""
OUTCOMES: Mapping[str, tuple[str, str, str]] = {
    "added": ("New", "would be new", "are new"),
    "changed": ("Changed", "would change", "were changed"),
    "unchanged": ("As before", "stay as they are", "stayed as they were"),
    "retired": ("Not listed any more", "would not be listed any more", "are not listed any more"),
    "conflict": ("Put right by us", "", ""),
    "rejected": ("Cannot be taken in", "", ""),
    "dangling": ("Leads nowhere", "", ""),
    "duplicate": ("Twice in the file", "", ""),
    "odd": ("Odd value", "", ""),
}
"""What can become of a row: its name in a table; and how many would, and did."""
WORTH_A_LOOK: Mapping[str, str] = {
    "conflict": "says another thing than we put right; ours holds",
    "rejected": "cannot be taken in",
    "dangling": "names something that is nowhere",
    "duplicate": "twice in the file",
    "odd": "with an odd value",
}
CAREFUL = frozenset({"conflict", "rejected", "dangling", "retired"})
DOING: Mapping[str, str] = {
    "unpacking": "Unpacking the file",
    "reading": "Reading the file",
    "comparing with what was there": "Comparing it with what was there",
    "writing the report": "Writing the report",
}
LONGEST = 160
MOST_CHANGES = 6


def kind_of(file_name: str) -> str | None:
    """The media type of a file, by its name; None where it is nothing that is understood."""
    name = file_name.lower()
    return next((kind for ending, kind in KINDS.items() if name.endswith(ending)), None)


def numbers_of(summary: Summary) -> dict[str, int]:
    """How many rows come to what, where any do; first what changes something."""
    services = summary.services
    counted = {
        "added": services.added,
        "changed": services.changed,
        "retired": services.closed,
        "unchanged": services.unchanged,
        "conflict": summary.conflicts,
        "rejected": summary.rejected,
        "dangling": summary.dangling,
        "duplicate": summary.duplicates,
        "odd": summary.odd,
    }
    always = {"added", "changed", "retired"}
    return {name: number for name, number in counted.items() if number or name in always}


def changes_of(row: Row) -> list[tuple[str, str, str]]:
    """What is different in a row: what, what it was, what it becomes; in words."""
    found = []
    for name, pair in sorted((row.changes or {}).items()):
        if name != "document" and isinstance(pair, list) and len(pair) == 2:
            before, after = (_short(in_words(name, one)) for one in pair)
            found.append((field_words(name), before, after))
    return found[:MOST_CHANGES]


def parts_of(row: Row) -> str:
    """Which further parts of what was published differ."""
    parts = (row.changes or {}).get("document")
    named = [str(one).replace("_", " ") for one in parts] if isinstance(parts, list) else []
    return _short(", ".join(named))


def doing(one: Import) -> str:
    """What is being done at this moment, in words."""
    said = one.doing or ""
    return DOING.get(said, said[:1].upper() + said[1:]) or "Waiting for its turn"


def megabytes(count: int) -> str:
    """How large something is."""
    return f"{count / 1_000_000:,.1f} MB" if count >= 100_000 else f"{max(count, 1_000) / 1_000:,.0f} kB"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


__all__ = [
    "BUSY",
    "CAN_BE_LEFT",
    "CAREFUL",
    "OUTCOMES",
    "STATES",
    "TAGS",
    "WORTH_A_LOOK",
    "changes_of",
    "doing",
    "field_words",
    "kind_of",
    "megabytes",
    "numbers_of",
    "parts_of",
]
