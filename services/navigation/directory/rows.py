"""The report of an import, line by line, for people to look through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.navigation.directory.documents import Problem
from services.navigation.directory.report import Report
from services.navigation.model.uploads import RowOutcome, UploadRow
from services.navigation.store.directory_compare import Compared
from services.navigation.store.directory_import import Found


def rows_of(report: Report) -> list[UploadRow]:
    """Every row that was read and what becomes of it, then what is retired; numbered in this order."""
    return [replace(row, number=number) for number, row in enumerate(_rows(report), start=1)]


def summary_of(report: Report) -> dict[str, object]:
    """The counts of an import."""
    whole = report.summary()
    counted = {
        name: whole[name] for name in ("format", "complete", "services", "organizations", "kept_documents")
    }
    lists = {name: len(getattr(report, name)) for name in ("rejected", "dangling", "duplicates", "conflicts")}
    return {**counted, **lists, "odd": sum(oddity.count for oddity in report.oddities.values())}


def _rows(report: Report) -> Iterator[UploadRow]:
    yield from (_problem(problem, RowOutcome.REJECTED) for problem in report.rejected)
    for row in report.conflicts:
        yield replace(_found(row, RowOutcome.CONFLICT), field=row.detail)
    yield from (_problem(problem, RowOutcome.DANGLING) for problem in report.dangling)
    yield from (_found(row, RowOutcome.DUPLICATE) for row in report.duplicates)
    for oddity in report.oddities.values():
        reason = f"{oddity.reason} ({oddity.count} times in all)"
        yield from (replace(_problem(one, RowOutcome.ODD), reason=reason) for one in oddity.examples)
    yield from (_compared(row) for row in report.rows)
    yield from (_found(row, RowOutcome.RETIRED) for row in report.closed)


def _compared(row: Compared) -> UploadRow:
    found = _found(row, RowOutcome(row.detail))
    if not (row.fields or row.document):
        return found
    changes: dict[str, object] = {name: list(pair) for name, pair in row.fields.items()}
    return replace(found, changes=changes | ({"document": list(row.document)} if row.document else {}))


def _found(row: Found, outcome: RowOutcome) -> UploadRow:
    return UploadRow(
        number=0,
        outcome=outcome,
        file=row.file,
        line=row.line,
        kind="service",
        record=str(row.id),
        service_id=row.id,
        name=row.name,
    )


def _problem(problem: Problem, outcome: RowOutcome) -> UploadRow:
    return UploadRow(
        number=0,
        outcome=outcome,
        file=problem.place.file,
        line=problem.place.line,
        kind=problem.kind,
        record=problem.record,
        field=problem.field or None,
        reason=problem.reason,
        value=problem.value or None,
    )
