"""Something in the directory is wrong: anybody on the staff says so, an editor looks into it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.terms import ReportOutcome
from services.navigation.api.base import Body
from services.navigation.api.editing import CORRECTORS
from services.navigation.api.services import READERS
from services.navigation.commands import reporting
from services.navigation.model.editing import Field as EntryField
from services.navigation.store import reports as store
from services.navigation.store import services
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["editing the directory"])

SAYERS = ("intake", "case_manager", "supervisor", "directory_editor")
Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class ReportSaid(Body):
    """What is wrong, about the service and about nobody's life."""

    words: Words
    fields: Annotated[tuple[EntryField, ...], Field(max_length=30)] = ()
    """What it is about, where that can be said."""


class ReportView(Body):
    """A report, and what became of it; the latter is null while it waits."""

    id: UUID
    service_id: UUID
    service_name: str
    fields: tuple[str, ...]
    words: str
    reported_by: UUID
    reported_at: AwareDatetime
    outcome: ReportOutcome | None
    answer: str | None
    resolved_by: UUID | None
    resolved_at: AwareDatetime | None


class ReportResolution(Body):
    """What was found, and what was done."""

    outcome: ReportOutcome
    words: Words


@routes.post("/services/{service_id}/reports", allow=SAYERS, status_code=201)
async def report_service(service_id: UUID, body: ReportSaid, command: Command) -> ReportView:
    """Say that something is wrong: editors find it in their list, whoever publishes the directory hears."""

    async def act(tx: Transaction) -> ReportView:
        said = await reporting.report(
            tx,
            service_id,
            words=body.words,
            fields=[name.value for name in dict.fromkeys(body.fields)],
            by=command.caller.subject,
        )
        return _view(said)

    return await command.once(act)


@routes.get("/services/{service_id}/reports", allow=READERS)
async def list_reports_of_service(
    service_id: UUID, query: Query, after: After = None, limit: Limit = 50
) -> Page[ReportView]:
    """List what was ever reported about a service, the latest first."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        if await services.organization_of(conn, service_id) is None:
            raise NotFound("the directory has no such service")
        found = await store.of_service(conn, service_id, after=cursor[0] if cursor else None, limit=limit + 1)
    return _page(found, limit)


@routes.get("/directory/reports", allow=READERS)
async def list_waiting_reports(query: Query, after: After = None, limit: Limit = 50) -> Page[ReportView]:
    """List the reports that wait for an editor, the oldest first."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        found = await store.waiting(conn, after=cursor[0] if cursor else None, limit=limit + 1)
    return _page(found, limit)


@routes.post("/directory/reports/{report_id}/resolution", allow=CORRECTORS)
async def resolve_report(report_id: UUID, body: ReportResolution, command: Command) -> ReportView:
    """Say what was found. The correction itself, if one is needed, is made on the service."""

    async def act(tx: Transaction) -> ReportView:
        resolved = await reporting.resolve(
            tx, report_id, outcome=body.outcome, words=body.words, by=command.caller.subject
        )
        return _view(resolved)

    return await command.once(act)


def _page(found: list[store.Report], limit: int) -> Page[ReportView]:
    cursor = cursor_of(found[limit - 1].id) if len(found) > limit else None
    return page_of([_view(one) for one in found], limit, cursor)


def _view(one: store.Report) -> ReportView:
    return ReportView.model_validate({name: getattr(one, name) for name in ReportView.model_fields})
