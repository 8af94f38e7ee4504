"""Seeing another team's client with a reason, and the supervisors who are told of it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.commands import glass as commands
from services.desk.model.audit import Deed
from services.desk.model.glass import Standing
from services.desk.model.staff import Role
from services.desk.policy.access import GLASS_LASTS, may_see
from services.desk.store import audit, caseload, glass, one_person
from shared.clock import real_now
from shared.errors import NotFound
from shared.http import Routes

LONGEST_REASON = 1000
MOST_SHOWN = 200

routes = Routes(tags=["access"], include_in_schema=False)


@routes.get("/clients/{client_id}/reason", allow=CLIENTS, response_class=HTMLResponse)
async def ask_reason(desk: Signed, client_id: UUID) -> Response:
    """Ask why somebody needs to see the client of another team."""
    if _open(desk, await _standing(desk, client_id)):
        return _to(client_id)
    return _asked(desk, client_id)


@routes.post("/clients/{client_id}/reason", allow=CLIENTS, response_class=HTMLResponse)
async def give_reason(
    desk: Signed, client_id: UUID, reason: Annotated[str, Form(max_length=10_000)] = ""
) -> Response:
    """See the client of another team for a while; their supervisors are told the reason."""
    standing = await _standing(desk, client_id)
    if _open(desk, standing):
        return _to(client_id)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        return _asked(desk, client_id, reason)
    async with desk.database.transaction() as tx:
        records = await one_person.records(tx.conn, [client_id])
        # Every team that looks after a record of theirs is told.
        broken = [
            await commands.break_glass(tx, desk.viewer, assigned, reason.strip())
            for assigned in (await caseload.assigned(tx.conn, records)).values()
        ]
        traces = [
            desk.trace(Deed.GLASS_BROKEN, client_id=one.client_id, team_id=one.team_id, about_id=one.id)
            for one in broken
        ]
        await audit.insert(tx.conn, traces)
    return _to(client_id)


@routes.get("/access/reasons", allow=(Role.SUPERVISOR,), response_class=HTMLResponse)
async def read_reasons(desk: Signed) -> Response:
    """Read who saw clients of one's own teams with a reason, and why."""
    async with desk.database.reading() as conn:
        found = await glass.of_teams(conn, desk.viewer.team_ids, most=MOST_SHOWN)
    await desk.noted(Deed.LISTED)
    return desk.page("access/reasons.html", here="access", reasons=found)


@routes.post("/access/reasons/{glass_id}/seen", allow=(Role.SUPERVISOR,), response_class=Response)
async def acknowledge(desk: Signed, glass_id: UUID) -> Response:
    """Say that a supervisor has read a reason."""
    async with desk.database.transaction() as tx:
        if not await commands.acknowledge(tx, desk.viewer, glass_id):
            raise NotFound("there is no such reason in your teams")
    return RedirectResponse("/access/reasons", 303)


async def _standing(desk: Desk, client_id: UUID) -> Standing:
    async with desk.database.reading() as conn:
        (found,) = await glass.standings(conn, [client_id], staff_id=desk.viewer.id, now=real_now())
    return found


def _open(desk: Desk, standing: Standing) -> bool:
    return may_see(desk.viewer, standing.team_ids, glass_broken=standing.glass_broken)


def _to(client_id: UUID) -> Response:
    return RedirectResponse(f"/clients/{client_id}", 303)


def _asked(desk: Desk, client_id: UUID, reason: str | None = None) -> Response:
    faults = {}
    if reason is not None:
        words = "Please use fewer words" if reason.strip() else "Please say why, in a few words"
        faults["reason"] = words
    return desk.page(
        "access/reason.html",
        here="clients",
        status=422 if faults else 200,
        faults=faults,
        client_id=client_id,
        reason=reason or "",
        most=LONGEST_REASON,
        hours=int(GLASS_LASTS.total_seconds()) // 3600,
    )
