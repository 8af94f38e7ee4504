"""The sheet "what I heard and what happens next": for the client, on screen and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.client_base import person_of
from services.desk.model.sheet import Known
from services.desk.model.staff import Care
from services.desk.policy.one_person import together
from services.desk.policy.sheet import Here, compose
from services.desk.store import caseload, finding
from services.desk.store import sheet as store
from services.desk.store import staff as people
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

SAID: Mapping[str, str] = {"registered": "Everything is on record."}


@routes.get("/clients/{client_id}/sheet", allow=CLIENTS, response_class=HTMLResponse)
async def read_sheet(desk: Signed, client_id: UUID, said: str = "") -> Response:
    """Show a client's sheet, as things stand."""
    person = await person_of(desk, client_id)
    async with desk.database.reading() as conn:
        clients = await store.clients(conn, person.records)
        own = next((one for one in clients if one.id == client_id), None)
        if own is None:
            return desk.page("sheet_waiting.html", here="clients", client_id=client_id)
        known = await store.known(conn, together(own, clients), person.records)
        assigned = await caseload.who_looks_after(conn, client_id)
    here = await _here(desk, known, assigned)
    return desk.page(
        "sheet.html",
        here="clients",
        said=SAID.get(said),
        sheet=compose(known, here),
        client_id=client_id,
        organization=here.organization,
        today=here.now.astimezone(here.zone).strftime("%-d %B %Y"),
    )


async def _here(desk: Desk, known: Known, assigned: Care | None) -> Here:
    settings = desk.foundation.settings
    own = known.client.context
    staff = {task.assignee for task in known.tasks if task.assignee}
    if assigned and assigned.staff_id:
        staff.add(assigned.staff_id)
    async with desk.database.reading() as conn:
        names = await people.names(conn, staff)
        teams = await finding.team_names(conn, [assigned.team_id] if assigned else [])
    return Here(
        now=desk.foundation.clock.now(),
        zone=ZoneInfo(own.time_zone) if own else settings.zone,
        team=teams.get(assigned.team_id, "") if assigned else "",
        organization=settings.desk_organization,
        people=names,
        looks_after=assigned.staff_id if assigned else None,
    )
