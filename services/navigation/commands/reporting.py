"""Take in that something in the directory is wrong, and what an editor found; both are stated."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contracts.events.navigation import ReportResolved, ServiceReported
from contracts.terms import ReportOutcome
from services.navigation.commands import editing
from services.navigation.directory.documents import text
from services.navigation.model.editing import What
from services.navigation.store import reports as store
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.unit_of_work import Transaction


async def report(
    tx: Transaction, service_id: UUID, *, words: str, fields: Sequence[str], by: UUID
) -> store.Report:
    """Keep a report and tell whoever publishes the directory. Raises `NotFound`."""
    report_id = new_id()
    # First, as it locks the directory and finds out whether there is such a service.
    before = await editing.hold(tx, service_id)
    await store.insert(
        tx.conn, report_id, service_id=service_id, fields=list(fields), words=words, by=by, now=tx.now
    )
    entry = await editing.mark(tx, before, What.REPORTED, note=words, by_staff=by)
    tx.publish(
        ServiceReported(
            service_id=service_id,
            report_id=report_id,
            source=entry.source,
            record=text(dict(entry.document), "id") or str(service_id),
            name=entry.listing.service_name,
            fields=tuple(fields),
            words=words,
            at=tx.now,
            by_staff=by,
        )
    )
    return await _kept(tx, report_id)


async def resolve(
    tx: Transaction, report_id: UUID, *, outcome: ReportOutcome, words: str, by: UUID
) -> store.Report:
    """Write down what was found. Raises `NotFound`, and `Conflict` when another editor was quicker."""
    before = await _kept(tx, report_id)
    held = await editing.hold(tx, before.service_id)
    if await store.resolve(tx.conn, report_id, outcome=outcome, answer=words, by=by, now=tx.now) is None:
        done = await _kept(tx, report_id)
        raise Conflict(
            f"somebody has looked into it already: {done.answer}",
            outcome=done.outcome,
            resolved_by=str(done.resolved_by),
        )
    await editing.mark(tx, held, What.RESOLVED, note=words, by_staff=by)
    tx.publish(
        ReportResolved(
            service_id=before.service_id,
            report_id=report_id,
            outcome=outcome,
            words=words,
            at=tx.now,
            by_staff=by,
        )
    )
    return await _kept(tx, report_id)


async def _kept(tx: Transaction, report_id: UUID) -> store.Report:
    found = await store.report(tx.conn, report_id)
    if found is None:
        raise NotFound("there is no such report")
    return found
