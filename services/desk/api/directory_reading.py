"""A service of the directory: what it offers, whether that is still right, how it answers, what changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.directory import READERS
from services.desk.api.directory_editing_form import CHECKERS, CORRECTORS
from services.desk.policy import directory_history as past
from services.desk.policy import directory_referrals as referrals
from services.desk.policy import directory_words as words
from services.desk.policy.wording.times import Wall
from services.desk.store import directory_reading as store
from shared.errors import NotFound
from shared.http import Routes
from shared.pages import After, cursor_of, read_cursor

routes = Routes(tags=["directory"], include_in_schema=False)

COUNTED_DAYS = 90
LATEST = 4
AT_ONCE = 20
MOST_REPORTS = 20
UNKNOWN = "There is no such service in the directory, or the desk has not heard of it yet."


@routes.get("/directory/{service_id}", allow=READERS, response_class=HTMLResponse)
async def read_service(service_id: UUID, desk: Signed) -> Response:
    """A service: what it offers, whether that is still right, and whether it has room."""
    wall = _wall(desk)
    async with desk.database.reading() as conn:
        service = await store.one(conn, service_id)
        if service is None:
            raise NotFound(UNKNOWN)
        reports = await store.open_reports(conn, service_id, limit=MOST_REPORTS)
        lines = await store.history(conn, service_id, after=None, limit=LATEST + 1)
        since = wall.now - timedelta(days=COUNTED_DAYS)
        referred = await store.referred(conn, service_id, since=since, now=wall.now)
    today = wall.now.astimezone(wall.zone).date()
    return desk.page(
        "directory/service.html",
        here="directory",
        service=service,
        one=service.said,
        say=words,
        conflicts=past.fields_words(service.said.conflicting),
        corrected=past.fields_words(service.said.corrected),
        hours=words.hours_words(service.said.details.hours),
        wall=wall,
        may_check=bool(desk.viewer.roles & frozenset(CHECKERS)),
        may_correct=bool(desk.viewer.roles & frozenset(CORRECTORS)),
        standing=words.standing_tag(service),
        checked=words.checked_tag(service.said, today=today),
        stale=words.is_stale(service.said, today=today),
        reports=[(report, past.fields_words(report.fields), wall.moment(report.at)) for report in reports],
        lines=[past.in_words(line, wall) for line in lines[:LATEST]],
        more=len(lines) > LATEST,
        days=COUNTED_DAYS,
        referred=referred,
        teams_rows=[(name, number, "") for name, number in referrals.teams(referred)],
        endings_rows=[(said, number, "") for said, number in referrals.endings(referred)],
        answers=referrals.answers_words(referred),
    )


@routes.get("/directory/{service_id}/history", allow=READERS, response_class=HTMLResponse)
async def read_history(service_id: UUID, desk: Signed, after: After = None) -> Response:
    """Everything that changed about a service, the latest first: who, when, from what to what."""
    wall = _wall(desk)
    cursor = read_cursor(after, datetime, UUID)
    async with desk.database.reading() as conn:
        service = await store.one(conn, service_id)
        if service is None:
            raise NotFound(UNKNOWN)
        place = (cursor[0], cursor[1]) if cursor else None
        lines = await store.history(conn, service_id, after=place, limit=AT_ONCE + 1)
    here = f"/directory/{service_id}/history"
    last = lines[AT_ONCE - 1].entry if len(lines) > AT_ONCE else None
    return desk.page(
        "directory/history.html",
        here="directory",
        service=service,
        lines=[past.in_words(line, wall) for line in lines[:AT_ONCE]],
        newest=here if after else "",
        older=f"{here}?after={cursor_of(last.occurred_at, last.id)}" if last else "",
    )


def _wall(desk: Desk) -> Wall:
    return Wall(desk.foundation.settings.zone, desk.foundation.clock.now())
