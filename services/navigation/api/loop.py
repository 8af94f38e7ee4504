"""How the loop goes with each partner: its record, line by line, and the figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from fastapi import Query as Parameter
from pydantic import AwareDatetime, Field

from contracts.terms import ChangedBy, ReasonCode
from services.navigation.api.base import PARTNER_READS, Body, Now, organization_of
from services.navigation.model.loop import FiguresAsked, LineKind, LoopFigures
from services.navigation.policy import figures as policy
from services.navigation.store import loop as store
from services.navigation.store import partners
from shared.errors import Invalid, NotFound
from shared.http import Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor

routes = Routes(tags=["the loop"])

LOOKERS = ("case_manager", "supervisor", "admin")

Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))
]
From = Annotated[
    Moment | None,
    Parameter(alias="from", description="Sent from this moment on; a year before the end if not said"),
]
Until = Annotated[Moment | None, Parameter(description="Sent before this moment; now if not said")]


class LineView(Body):
    """One line of a partner's record: a referral that was sent to it, or how one was moved since."""

    at: AwareDatetime
    referral_id: UUID
    kind: LineKind
    service_id: UUID
    service_name: str
    by: ChangedBy | None
    """Who moved it; None for the sending itself."""
    reason: ReasonCode | None
    reason_text: str | None
    waited_hours: float | None
    """Clock hours from sending to the answer, or to the end of the time for one."""


@routes.get("/partners/{organization_id}/record", allow=LOOKERS)
async def read_record(
    organization_id: UUID,
    query: Query,
    *,
    kind: Annotated[
        list[LineKind] | None, Parameter(description="Only lines of these kinds, such as `unanswered`")
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[LineView]:
    """List what was sent to an organisation and what came of it, the latest first: silence and delay too."""
    cursor = read_cursor(after, datetime, UUID, int)
    async with query.reading() as conn:
        if await partners.organization_name(conn, organization_id) is None:
            raise NotFound("the directory has no such organisation")
        found = await store.record(
            conn,
            organization_id,
            kinds=kind or list(LineKind),
            after=(cursor[0], cursor[1], cursor[2]) if cursor else None,
            limit=limit + 1,
        )
    last = found[limit - 1] if len(found) > limit else None
    return page_of(
        [
            LineView.model_validate({name: getattr(line, name) for name in LineView.model_fields})
            for line in found
        ],
        limit,
        cursor_of(last.at, last.referral_id, last.version) if last else None,
    )


class FiguresView(Body):
    """How the loop went with one service. Times are clock hours, nights and weekends included."""

    organization_id: UUID
    organization_name: str
    service_id: UUID
    service_name: str
    sent: int
    answered: int
    """With the partner's own yes or no, however late."""
    declined: int
    unanswered: int
    """The time for an answer ran out first."""
    waiting: int
    """Sent, and no answer so far."""
    stalled: int
    """Accepted, and the next word is overdue at this moment."""
    called_off: int
    """Accepted, and called off by the partner afterwards."""
    completed: int
    confirmed_yes: int
    """Of the completed ones: the client says that they got what they needed."""
    confirmed_no: int
    confirmed_unknown: int
    got_help: int
    """Of all: the client says that they got what they needed."""
    median_hours_to_answer: float | None
    mean_hours_to_answer: float | None


class Figures(Body):
    """The figures for each service to which something was sent in that time, by name."""

    since: AwareDatetime
    until: AwareDatetime
    items: tuple[FiguresView, ...]


def _asked(  # noqa: PLR0917 - one argument per filter
    present: Now,
    organization_id: UUID | None = None,
    service_id: UUID | None = None,
    since: From = None,
    until: Until = None,
) -> FiguresAsked:
    ends = until or present.moment()
    begins = policy.beginning(since=since, until=ends)
    if begins >= ends:
        raise Invalid("`from` has to lie before `until`")
    return FiguresAsked(since=begins, until=ends, organization_id=organization_id, service_id=service_id)


Asked = Annotated[FiguresAsked, Depends(_asked)]


@routes.get("/figures/loop", allow=LOOKERS)
async def read_figures(asked: Asked, query: Query, present: Now) -> Figures:
    """Count how the loop goes, by partner and service: sent, answered and how soon, completed, confirmed."""
    return _view(asked, await _counted(query, asked, present))


@routes.get(
    "/figures/loop.csv",
    allow=LOOKERS,
    response_class=Response,
    responses={200: {"description": "RFC 4180, UTF-8, with a heading", "content": {"text/csv": {}}}},
)
async def figures_as_csv(asked: Asked, query: Query, present: Now) -> Response:
    """The same figures for a spreadsheet; a cell that looks like a formula begins with an apostrophe."""
    return Response(
        policy.table(await _counted(query, asked, present)),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": 'attachment; filename="loop.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@routes.get("/partner/figures", allow=PARTNER_READS)
async def read_own_figures(
    query: Query, present: Now, *, service_id: UUID | None = None, since: From = None, until: Until = None
) -> Figures:
    """See the figures of your own organisation's services, as we count them."""
    asked = _asked(present, organization_of(query.caller), service_id, since, until)
    return _view(asked, await _counted(query, asked, present))


async def _counted(query: Query, asked: FiguresAsked, present: Now) -> list[LoopFigures]:
    async with query.reading() as conn:
        return await store.figures(conn, asked, now=present.moment())


def _view(asked: FiguresAsked, found: list[LoopFigures]) -> Figures:
    items = tuple(
        FiguresView.model_validate({name: getattr(one, name) for name in FiguresView.model_fields})
        for one in found
    )
    return Figures(since=asked.since, until=asked.until, items=items)
