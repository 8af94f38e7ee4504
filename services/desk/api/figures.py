"""Figures for supervisors, as pages and as CSV: silent partners, what gets in the way, what is missing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.team import SUPERVISORS
from services.desk.api.today import TODAYS
from services.desk.model.audit import Deed
from services.desk.model.figures import WithoutWord
from services.desk.model.staff import Role
from services.desk.policy import figures as policy
from services.desk.policy.windows import day_words
from services.desk.store import figures as store
from services.desk.store import team
from shared.http import Routes

MOST_PLACES = 100
MOST_OF_A_PLACE = 3
MOST_IN_FILE = 100_000
MOST_WITHOUT_WORD = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r")

routes = Routes(tags=["figures"], include_in_schema=False)


@routes.get("/partners", allow=TODAYS, response_class=HTMLResponse)
async def read_partners(
    desk: Signed,
    whose: Annotated[str, Query(pattern="^(mine|team)$")] = "",
    partner: Annotated[UUID | None, Query()] = None,
) -> Response:
    """Referrals of which nothing was heard, and which partners they are with."""
    mine = (whose or ("mine" if Role.CASE_MANAGER in desk.viewer.roles else "team")) == "mine"
    now = desk.foundation.clock.now()
    async with desk.database.reading() as conn:
        silent = await store.silent(conn, desk.viewer.team_ids, now=now)
        referrals = await store.without_word(
            conn,
            desk.viewer.team_ids,
            person=desk.viewer.id if mine else None,
            organization_id=partner,
            now=now,
            limit=MOST_WITHOUT_WORD + 1,
        )
    await desk.noted(Deed.LISTED)
    names = {one.organization_id: one.name for one in silent}
    return desk.page(
        "partners/index.html",
        here="team" if Role.SUPERVISOR in desk.viewer.roles else "today",
        mine=mine,
        partner=partner,
        partner_name=names.get(partner, "This partner") if partner else "",
        silent=silent,
        referrals=[(one, _since(desk, one, now=now)) for one in referrals[:MOST_WITHOUT_WORD]],
        more=len(referrals) > MOST_WITHOUT_WORD,
        may_count=Role.SUPERVISOR in desk.viewer.roles,
    )


def _since(desk: Desk, one: WithoutWord, *, now: datetime) -> str:
    if one.due_at is None:
        return "Nothing heard for a while"
    zone = desk.foundation.settings.zone
    day = day_words(one.due_at.astimezone(zone).date(), today=now.astimezone(zone).date())
    return (
        "Accepted, and nothing heard for a while" if one.stalled else f"An answer was hoped for until {day}"
    )


@routes.get("/partners.csv", allow=SUPERVISORS, response_class=Response)
async def export_partners(desk: Signed) -> Response:
    """The same as CSV: how many by partner, and no client."""
    async with desk.database.reading() as conn:
        silent = await store.silent(conn, desk.viewer.team_ids, now=desk.foundation.clock.now())
    rows = [
        (one.name, one.unanswered, one.stalled, one.since.isoformat() if one.since else "") for one in silent
    ]
    return _file("partners", ("partner", "unanswered", "stalled", "first_due_at"), rows)


@routes.get("/team.csv", allow=SUPERVISORS, response_class=Response)
async def export_team(desk: Signed) -> Response:
    """How much each person of one's teams has in hand, as CSV."""
    async with desk.database.reading() as conn:
        loads = await team.loads(conn, desk.viewer.team_ids, now=desk.foundation.clock.now())
    columns = (
        "person",
        "clients",
        "tasks",
        "tasks_past_their_days",
        "waited_too_long",
        "unanswered",
        "stalled",
    )
    rows = [
        (one.name or "nobody", one.clients, one.open, one.late, one.too_long, one.unanswered, one.stalled)
        for one in loads
    ]
    return _file("team", columns, rows)


@routes.get("/figures/barriers", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_barriers(desk: Signed) -> Response:
    """What stands in the way: stated, answered and eased, by kind and month."""
    async with desk.database.reading() as conn:
        months = await store.months(conn, since=_since_month(desk))
        standings = await store.standings(conn)
        counted = await store.counted_at(conn)
    return desk.page(
        "figures/barriers.html",
        here="team",
        counted=counted,
        by_category=policy.lines(policy.by_category(months)),
        by_month=policy.lines(policy.by_month(months)),
        standing=policy.lines(policy.standing_now(standings)),
    )


@routes.get("/figures/barriers.csv", allow=SUPERVISORS, response_class=Response)
async def export_barriers(desk: Signed) -> Response:
    """The same as CSV: a line for each kind and month."""
    async with desk.database.reading() as conn:
        months = await store.months(conn, since=_since_month(desk))
    rows = [
        (one.month.isoformat(), one.category or "", one.stated, one.answered, one.eased) for one in months
    ]
    return _file("barriers", ("month", "category", "stated", "answered", "eased"), rows)


@routes.get("/figures/unmet", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_unmet(desk: Signed) -> Response:
    """Where no service fits: open barriers for which the last search found nothing, by place and kind."""
    async with desk.database.reading() as conn:
        kinds = await store.unmet_kinds(conn)
        places = await store.unmet_places(conn, places=MOST_PLACES, each=MOST_OF_A_PLACE)
        in_all = await store.number_of_places(conn)
        counted = await store.counted_at(conn)
    return desk.page(
        "figures/unmet.html",
        here="team",
        counted=counted,
        by_category=policy.lines((policy.category_words(one.category), (one.number,)) for one in kinds),
        places=policy.place_lines(places),
        left_out=in_all - len(places),
    )


@routes.get("/figures/unmet.csv", allow=SUPERVISORS, response_class=Response)
async def export_unmet(desk: Signed) -> Response:
    """The same as CSV: a line for each place and kind."""
    async with desk.database.reading() as conn:
        unmet = await store.unmet(conn, most=MOST_IN_FILE)
    return _file(
        "unmet", ("area", "category", "open"), [(one.area, one.category or "", one.number) for one in unmet]
    )


def _since_month(desk: Desk) -> date:
    return policy.first_month(desk.foundation.clock.now().astimezone(desk.foundation.settings.zone).date())


def _file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table as a file that a spreadsheet opens, in which nothing is taken for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response("\ufeff" + text.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
