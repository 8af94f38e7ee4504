"""What an import is told in: what becomes of rows, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from services.desk.model.imports import Counts, Import

BUSY = frozenset({"reading", "planning", "running"})
"""States in which it goes on by itself."""

OUTCOMES: Mapping[str, tuple[str, str]] = {
    "created": ("New clients", "would become new clients"),
    "unchanged": ("As before", "are on record from an earlier import, and say the same"),
    "repeated": ("Twice in the file", "stand in the file twice, word for word"),
    "waiting": ("For a person to look at", "may be somebody who is on record; a person decides"),
    "rejected": ("Cannot be taken in", "cannot be taken in as they stand; each row says why"),
    "same_person": ("The same person", "are somebody on record, as a person said"),
    "left_out": ("Left out", "are left out, as a person said"),
}
"""What a row can come to: what it is called in a table, and in a sentence about the plan."""

STATES: Mapping[str, str] = {
    "reading": "We are reading the file.",
    "planning": "We are looking at what each row would come to. Nothing is written.",
    "planned": "This is what would come of it. Nothing is written yet.",
    "running": "It is being carried out. It goes on by itself, even if you leave this page.",
    "finished": "It is done.",
    "done": "It is done.",
}


def counts_of(one: Import) -> Iterator[tuple[str, str, int]]:
    """What the rows come to: done where it has been carried out, else as planned."""
    counts = one.done if one.state not in {"reading", "planning", "planned"} else one.planned
    for outcome, (words, _) in OUTCOMES.items():
        number = getattr(counts, outcome)
        if number:
            yield outcome, words, number


def is_over(one: Import) -> bool:
    """Whether every row came to something."""
    return one.state not in {*BUSY, "planned"}


def total(counts: Counts) -> int:
    """How many rows came to something."""
    return sum(getattr(counts, outcome) for outcome in OUTCOMES)
