"""Who works here, for those who look after accounts. They see colleagues, and no client."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import Desk, Signed
from services.desk.commands import people as commands
from services.desk.model.audit import Deed
from services.desk.model.staff import Role, Staff, Team
from services.desk.policy.people import LAST_ADMIN, Said, faults_in, said
from services.desk.store import audit
from services.desk.store import staff as store
from shared.errors import NotFound
from shared.http import Routes
from shared.ids import new_id
from shared.unit_of_work import Transaction

ADMINS = (Role.ADMIN,)
LONGEST_TEAM = 100
WHY = {"roles": LAST_ADMIN, "email": commands.TAKEN}

routes = Routes(tags=["people"], include_in_schema=False)

Text = Annotated[str, Form(max_length=1000)]
Roles = Annotated[list[str] | None, Form()]
Teams = Annotated[list[UUID] | None, Form()]


@routes.get("/people", allow=ADMINS, response_class=HTMLResponse)
async def list_people(desk: Signed) -> Response:
    """Read who works here."""
    return await _listed(desk)


@routes.get("/people/add", allow=ADMINS, response_class=HTMLResponse)
async def ask_whom(desk: Signed) -> Response:
    """Ask who is to be added."""
    return await _form(desk, None, said("", "", (), ()))


@routes.post("/people/add", allow=ADMINS, response_class=HTMLResponse)
async def add(
    desk: Signed, *, name: Text = "", email: Text = "", roles: Roles = None, teams: Teams = None
) -> Response:
    """Add somebody with a first password, which is shown once."""
    form = said(name, email, roles or (), teams or ())
    if faults := faults_in(form):
        return await _form(desk, None, form, faults)
    password, password_hash = await commands.with_first_password()
    async with desk.database.transaction() as tx:
        added = await commands.add(tx, form, password_hash=password_hash)
        if added is not None:
            await _noted(tx, desk, added)
    if added is None:
        return await _form(desk, None, form, {"email": commands.TAKEN})
    return desk.page(
        "people/password.html", here="people", name=form.name, email=form.email, password=password
    )


@routes.post("/people/teams", allow=ADMINS, response_class=HTMLResponse)
async def add_team(desk: Signed, team: Text = "") -> Response:
    """Add a team."""
    name = " ".join(team.split())
    if not name or len(name) > LONGEST_TEAM:
        return await _listed(desk, {"team": "Please give the team a short name"})
    team_id = new_id()
    async with desk.database.transaction() as tx:
        await store.insert_team(tx.conn, team_id, name)
        await _noted(tx, desk, team_id)
    return RedirectResponse("/people", 303)


@routes.get("/people/{staff_id}", allow=ADMINS, response_class=HTMLResponse)
async def read_person(desk: Signed, staff_id: UUID) -> Response:
    """Read who somebody is here."""
    staff, teams = await _found(desk, staff_id)
    return await _form(
        desk, staff, said(staff.name, staff.email, list(staff.roles), [one.id for one in teams])
    )


@routes.post("/people/{staff_id}", allow=ADMINS, response_class=HTMLResponse)
async def change(  # noqa: PLR0917 - the fields of the form
    desk: Signed, staff_id: UUID, name: Text = "", email: Text = "", roles: Roles = None, teams: Teams = None
) -> Response:
    """Say anew who somebody is and what they do."""
    staff, _ = await _found(desk, staff_id)
    form = said(name, email, roles or (), teams or ())
    if faults := faults_in(form):
        return await _form(desk, staff, form, faults)
    async with desk.database.transaction() as tx:
        wrong = await commands.change(tx, staff, form)
        if wrong is None:
            await _noted(tx, desk, staff.id)
    if wrong is not None:
        return await _form(desk, staff, form, {wrong: WHY[wrong]})
    return RedirectResponse("/people?said=person_changed", 303)


@routes.post("/people/{staff_id}/end", allow=ADMINS, response_class=HTMLResponse)
async def end(desk: Signed, staff_id: UUID) -> Response:
    """End somebody's account and sign them out everywhere. What they did stays theirs."""
    staff, teams = await _found(desk, staff_id)
    async with desk.database.transaction() as tx:
        ended = await commands.end(tx, staff)
        if ended:
            await _noted(tx, desk, staff.id)
    if not ended:
        form = said(staff.name, staff.email, list(staff.roles), [one.id for one in teams])
        return await _form(desk, staff, form, {"roles": LAST_ADMIN})
    return RedirectResponse("/people?said=person_ended", 303)


@routes.post("/people/{staff_id}/return", allow=ADMINS, response_class=Response)
async def bring_back(desk: Signed, staff_id: UUID) -> Response:
    """Let somebody sign in again."""
    staff, _ = await _found(desk, staff_id)
    async with desk.database.transaction() as tx:
        await commands.bring_back(tx, staff)
        await _noted(tx, desk, staff.id)
    return RedirectResponse(f"/people/{staff_id}?said=person_back", 303)


@routes.post("/people/{staff_id}/password", allow=ADMINS, response_class=HTMLResponse)
async def give_password(desk: Signed, staff_id: UUID) -> Response:
    """Give somebody a new first password, which is shown once."""
    staff, _ = await _found(desk, staff_id)
    password, password_hash = await commands.with_first_password()
    async with desk.database.transaction() as tx:
        await commands.replace_password(tx, staff, password_hash)
        await _noted(tx, desk, staff.id)
    return desk.page(
        "people/password.html", here="people", name=staff.name, email=staff.email, password=password
    )


async def _noted(tx: Transaction, desk: Desk, about_id: UUID) -> None:
    await audit.insert(tx.conn, [desk.trace(Deed.STAFF_CHANGED, about_id=about_id)])


async def _found(desk: Desk, staff_id: UUID) -> tuple[Staff, list[Team]]:
    async with desk.database.reading() as conn:
        staff = await store.by_id(conn, staff_id)
        teams = await store.teams_of(conn, staff_id)
    if staff is None:
        raise NotFound("nobody here is known by this")
    return staff, teams


async def _listed(desk: Desk, faults: dict[str, str] | None = None) -> Response:
    async with desk.database.reading() as conn:
        people = await store.everybody(conn)
        teams = await store.teams(conn)
        members = await store.memberships(conn)
    names = {team.id: team.name for team in teams}
    of_whom: dict[UUID, list[str]] = {}
    for team_id, staff_id in members:
        of_whom.setdefault(staff_id, []).append(names[team_id])
    return desk.page(
        "people/people.html",
        here="people",
        status=422 if faults else 200,
        faults=faults,
        people=people,
        teams=teams,
        teams_of={staff_id: sorted(found) for staff_id, found in of_whom.items()},
        sizes={team.id: sum(team_id == team.id for team_id, _ in members) for team in teams},
    )


async def _form(
    desk: Desk, staff: Staff | None, form: Said, faults: dict[str, str] | None = None
) -> Response:
    async with desk.database.reading() as conn:
        teams = await store.teams(conn)
    return desk.page(
        "people/person.html",
        here="people",
        status=422 if faults else 200,
        faults=faults,
        staff=staff,
        form=form,
        roles=list(Role),
        teams=teams,
        local=desk.foundation.settings.desk_local_accounts,
    )
