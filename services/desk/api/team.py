"""The team: how much each has in hand, who waits for somebody, and giving clients to people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import AwareDatetime, BaseModel, Field

from services.desk.api.base import Desk, Signed
from services.desk.api.live import live_url
from services.desk.commands import assigning
from services.desk.commands.assigning import Handed, HandOver
from services.desk.model.audit import Deed
from services.desk.model.staff import Role
from services.desk.model.team import Colleague, Load, Team, TeamClient
from services.desk.store import pulses, staff
from services.desk.store import team as store
from shared.db import Connection
from shared.errors import Malformed
from shared.http import Routes
from shared.pages import cursor_of, read_cursor

SUPERVISORS = (Role.SUPERVISOR,)
PAGE = 50
MOST_CHOSEN = 200
MOST_COUNTED = 1000
SHORTEST_NOTE = 3
NOBODY, WAITING = "nobody", "waiting"

routes = Routes(tags=["team"], include_in_schema=False)

SAID: Mapping[str, str] = {"assigned": "Handed over, with your note."}


@routes.get("/team", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_team(desk: Signed) -> Response:
    """How much each person of one's teams has in hand, and who waits for somebody."""
    async with desk.database.reading() as conn:
        loads = await store.loads(conn, desk.viewer.team_ids, now=desk.foundation.clock.now())
        waiting = await store.number_without_team(conn, most=MOST_COUNTED)
        known = await pulses.positions(conn, desk.viewer.team_ids)
    nobodys = next((one for one in loads if one.staff_id is None), None)
    return desk.page(
        "team/index.html",
        here="team",
        live_url=live_url(desk.viewer.team_ids or {desk.viewer.id}, max(known.values(), default=0)),
        loads=loads,
        total=_total(loads),
        waiting=f"{MOST_COUNTED} or more" if waiting >= MOST_COUNTED else waiting,
        without_person=nobodys.clients if nobodys else 0,
    )


def _total(loads: Collection[Load]) -> Load:
    return Load(
        staff_id=None,
        name=None,
        clients=sum(one.clients for one in loads),
        open=sum(one.open for one in loads),
        late=sum(one.late for one in loads),
        too_long=sum(one.too_long for one in loads),
        unanswered=sum(one.unanswered for one in loads),
        stalled=sum(one.stalled for one in loads),
    )


@routes.get("/team/clients", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_clients(
    desk: Signed,
    who: Annotated[str, Query(max_length=36)] = NOBODY,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The clients of a person, of nobody in the team yet, or who wait for a team."""
    await desk.noted(Deed.LISTED)
    return await _clients(desk, who, after)


class Assigning(BaseModel):
    """Clients who are to be looked after by somebody."""

    who: Annotated[str, Field(max_length=36)] = NOBODY
    """The list that they were chosen from."""
    chosen: Annotated[list[UUID], Field(max_length=MOST_CHOSEN)] = []
    version: Annotated[list[str], Field(max_length=MOST_CHOSEN)] = []
    """Of each client who was shown: their id, and how often they had been assigned then."""
    to: Annotated[str, Field(max_length=73)] = ""
    """A team, or a team and a person of it: two ids with a colon between them."""
    note: Annotated[str, Field(max_length=1000)] = ""

    @property
    def looked_at(self) -> dict[UUID, int]:
        """What was chosen, each as it was shown."""
        pairs = (one.partition(":") for one in self.version)
        shown = {name: int(version) for name, _, version in pairs if version.isdecimal()}
        return {client_id: shown[str(client_id)] for client_id in self.chosen if str(client_id) in shown}


@routes.post("/team/assign", allow=SUPERVISORS, response_class=HTMLResponse)
async def assign(desk: Signed, form: Annotated[Assigning, Form()]) -> Response:
    """Give clients to a team and to somebody in it, with a note."""
    looked_at = form.looked_at
    async with desk.database.reading() as conn:
        choices = await _choices(conn, desk)
    faults = {}
    if form.to not in {value for value, _ in choices}:
        faults["to"] = "Please choose who looks after them"
    if not looked_at:
        faults["chosen"] = "Please choose at least one client"
    if faults:
        return await _clients(desk, form.who, None, form=form, faults=faults)
    await desk.clients(list(looked_at), Deed.CHANGED)
    team_id, _, staff_id = form.to.partition(":")
    over = HandOver(
        team_id=UUID(team_id),
        staff_id=UUID(staff_id) if staff_id else None,
        note=form.note.strip() or None,
        by=desk.viewer.id,
    )
    origin = desk.request.state.origin
    async with desk.database.transaction(origin) as tx:
        handed = await assigning.assign(tx, looked_at, over, origin=origin)
    if handed.changed:
        return await _clients(desk, form.who, None, form=form, handed=handed)
    return RedirectResponse(f"/team/clients?{urlencode({'who': form.who, 'said': 'assigned'})}", 303)


async def _choices(conn: Connection, desk: Desk) -> list[tuple[str, str]]:
    """To whom clients can be given: people of one's own teams, and any team."""
    teams = await store.teams(conn)
    people = await store.colleagues(conn, desk.viewer.team_ids)
    return choices_of(teams, people, desk.viewer.team_ids)


def choices_of(
    teams: Collection[Team], people: Collection[Colleague], own: Collection[UUID]
) -> list[tuple[str, str]]:
    """What can be chosen, and its words."""
    persons = [
        (f"{team.id}:{one.id}", f"{one.name} ({team.name})" if len(own) > 1 else one.name)
        for team in teams
        if team.id in own
        for one in people
        if team.id in one.team_ids
    ]
    return [*persons, *((f"{team.id}:", f"{team.name}: nobody in particular yet") for team in teams)]


async def _clients(
    desk: Desk,
    who: str,
    after: str | None,
    *,
    form: Assigning | None = None,
    faults: Mapping[str, str] | None = None,
    handed: Handed | None = None,
) -> Response:
    form = form or Assigning()
    async with desk.database.reading() as conn:
        found, following = await _found(conn, desk, who, after)
        choices = await _choices(conn, desk)
        person = _person(who)
        names = await staff.names(conn, [person] if person else [])
        changed = handed.changed if handed else {}
        holders = await staff.names(conn, [one.staff_id for one in changed.values() if one.staff_id])
    by_id = {one.client_id: one for one in found}
    return desk.page(
        "team/clients.html",
        here="team",
        status=422 if faults else 409 if handed else 200,
        faults=faults,
        said=SAID.get(desk.request.query_params.get("said", "")),
        who=who,
        whose=names.get(person, "A colleague") if person else "",
        clients=found[:PAGE],
        after=f"/team/clients?{urlencode({'who': who, 'after': following})}" if following else "",
        first=f"/team/clients?{urlencode({'who': who})}" if after else "",
        choices=choices,
        form=form,
        chosen=set(form.chosen) - (handed.done if handed else frozenset()),
        done=len(handed.done) if handed else 0,
        elsewhere=[
            (
                by_id[client_id].name if client_id in by_id else "One of them",
                holders.get(one.staff_id, "a colleague") if one.staff_id else "another team",
            )
            for client_id, one in changed.items()
        ],
    )


async def _found(
    conn: Connection, desk: Desk, who: str, after: str | None
) -> tuple[tuple[TeamClient, ...], str | None]:
    """The clients of a page, and the cursor after it where there are more."""
    if who == WAITING:
        at: tuple[datetime, UUID] | None = read_cursor(after, AwareDatetime, UUID)
        found = await store.clients_without_team(conn, after=at, limit=PAGE)
        last = found[PAGE - 1] if len(found) > PAGE else None
        return found, cursor_of(last.registered_at, last.client_id) if last else None
    cursor = read_cursor(after, UUID)
    found = await store.clients_of(
        conn,
        desk.viewer.team_ids,
        staff_id=_person(who),
        nobodys=who == NOBODY,
        after=cursor[0] if cursor else None,
        limit=PAGE,
    )
    return found, cursor_of(found[PAGE - 1].client_id) if len(found) > PAGE else None


def _person(who: str) -> UUID | None:
    if who in {NOBODY, WAITING}:
        return None
    try:
        return UUID(who)
    except ValueError:
        raise Malformed("there is no such list; please go to the team again") from None
