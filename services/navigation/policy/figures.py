"""The figures of the loop as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta

from services.navigation.model.loop import LoopFigures
from services.navigation.policy.ledger import lines, safe_cell

USUAL_SPAN = timedelta(days=365)
COLUMNS = tuple(field.name for field in fields(LoopFigures))


def beginning(*, since: datetime | None, until: datetime) -> datetime:
    """From when on is counted: a year before the end, if nobody says otherwise."""
    return since if since is not None else until - USUAL_SPAN


def table(figures: Iterable[LoopFigures]) -> str:
    """A heading and a row for each service; a cell that looks like a formula begins with an apostrophe."""
    return lines([COLUMNS, *(_cells(one) for one in figures)])


def _cells(one: LoopFigures) -> tuple[str, ...]:
    return tuple(_cell(getattr(one, name)) for name in COLUMNS)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else safe_cell(str(value))
