"""Reading who looked at whom: for supervisors, of their own teams."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, field_validator

from services.desk.api.base import Desk, Signed
from services.desk.model.audit import LATER_THAN_ALL, Deed, Line, Wanted
from services.desk.model.staff import Role
from services.desk.store import audit_pages
from services.desk.store import staff as people
from shared.http import Routes

ON_A_PAGE = 50
IN_A_FILE_AT_ONCE = 2000
WORDS: Mapping[str, str] = {
    Deed.SEEN: "looked at",
    Deed.CHANGED: "asked for a change to",
    Deed.LISTED: "read a list",
    Deed.LOOKED_FOR: "looked for somebody",
    Deed.EXPORTED: "took out a file",
    Deed.GLASS_BROKEN: "gave a reason to see",
    Deed.TURNED_AWAY: "asked for, and did not see",
    Deed.SIGNED_IN: "signed in",
    Deed.SIGNED_OUT: "signed out",
    Deed.STAFF_CHANGED: "changed who works here",
}
COLUMNS = ("line", "at", "who", "did", "client", "reason", "where", "staff id", "client id", "correlation id")

routes = Routes(tags=["access"], include_in_schema=False)


class Asked(BaseModel):
    """What a supervisor asks for, as it stands in the address. An empty field asks for nothing."""

    model_config = ConfigDict(frozen=True)

    client: UUID | None = None
    staff: UUID | None = None
    deed: Deed | None = None
    since: date | None = None
    until: date | None = None
    before: int = LATER_THAN_ALL

    @field_validator("client", "staff", "deed", "since", "until", mode="before")
    @classmethod
    def _empty_is_nothing(cls, value: object) -> object:
        return None if value == "" else value


@routes.get("/access", allow=(Role.SUPERVISOR,), response_class=HTMLResponse)
async def read_audit(desk: Signed, asked: Annotated[Asked, Query()]) -> Response:
    """Read who looked at clients of one's own teams, the latest first."""
    if asked.client is not None:
        await desk.client(asked.client, Deed.LISTED)
    else:
        await desk.noted(Deed.LISTED)
    wanted = await _wanted(desk, asked, most=ON_A_PAGE + 1)
    async with desk.database.reading() as conn:
        found = await audit_pages.lines(conn, wanted)
        colleagues = await people.in_teams(conn, desk.viewer.team_ids)
    more = found[ON_A_PAGE - 1].sequence if len(found) > ON_A_PAGE else None
    return desk.page(
        "access/log.html",
        here="access",
        lines=found[:ON_A_PAGE],
        asked=asked,
        words=WORDS,
        colleagues=[(str(one.id), one.name) for one in colleagues],
        deeds=[(deed.value, WORDS[deed]) for deed in Deed],
        later=_address("/access", asked, before=more) if more else "",
        latest=_address("/access", asked) if asked.before != LATER_THAN_ALL else "",
        file=_address("/access.csv", asked),
    )


@routes.get("/access.csv", allow=(Role.SUPERVISOR,), response_class=Response)
async def export_audit(desk: Signed, asked: Annotated[Asked, Query()]) -> Response:
    """Take out the same as a file."""
    if asked.client is not None:
        await desk.client(asked.client, Deed.EXPORTED)
    else:
        await desk.noted(Deed.EXPORTED)
    wanted = await _wanted(desk, asked, most=IN_A_FILE_AT_ONCE)
    headers = {"Content-Disposition": 'attachment; filename="access.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_file(desk, wanted), media_type="text/csv; charset=utf-8", headers=headers)


async def _wanted(desk: Desk, asked: Asked, *, most: int) -> Wanted:
    wanted = Wanted(
        team_ids=desk.viewer.team_ids,
        client_id=asked.client,
        staff_id=asked.staff,
        deed=asked.deed,
        before=asked.before,
        most=most,
    )
    if asked.since is None and asked.until is None:
        return wanted
    since = _beginning_of(desk, asked.since or date.min)
    until = _beginning_of(desk, asked.until + timedelta(days=1) if asked.until else date.max)
    async with desk.database.reading() as conn:
        after, before = await audit_pages.bounds(conn, since, until)
    return replace(wanted, after=after, before=min(asked.before, before or LATER_THAN_ALL))


def _beginning_of(desk: Desk, day: date) -> datetime:
    within = min(max(day, date(1, 1, 2)), date(9999, 12, 30))
    return datetime.combine(within, time(), desk.foundation.settings.zone)


def _address(path: str, asked: Asked, *, before: int | None = None) -> str:
    kept = asked.model_dump(mode="json", exclude={"before"}, exclude_none=True)
    return f"{path}?{urlencode(kept | ({'before': before} if before else {}))}"


async def _file(desk: Desk, wanted: Wanted) -> AsyncIterator[str]:
    yield _rows([COLUMNS])
    while True:
        async with desk.database.reading() as conn:
            found = await audit_pages.lines(conn, wanted)
        yield _rows([_cells(line) for line in found])
        if len(found) < wanted.most:
            return
        wanted = replace(wanted, before=found[-1].sequence)


def _cells(line: Line) -> tuple[object, ...]:
    trace = line.trace
    return (
        line.sequence,
        line.at.isoformat(),
        line.staff_name,
        WORDS.get(trace.deed, trace.deed),
        line.client_name,
        line.reason,
        trace.route,
        trace.staff_id or "",
        trace.client_id or "",
        trace.correlation_id,
    )


def _rows(rows: list[tuple[object, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([_harmless(cell) for cell in row] for row in rows)
    return written.getvalue()


def _harmless(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
