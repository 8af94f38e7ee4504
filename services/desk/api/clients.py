"""Finding clients. Names are only ever sent in what a form holds, never in an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.imports import IMPORTERS
from services.desk.api.intake_forms import WRITERS, sent
from services.desk.model.audit import Deed
from services.desk.policy.names import words_of
from services.desk.store import finding
from services.desk.store import staff as people
from services.desk.store.finding import Found
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

AT_ONCE = 20
LATEST = 10
FARTHEST = 2000
MOST_WORDS = 8
SAID: Mapping[str, str] = {"thrown-away": "That conversation was thrown away. Nothing of it is kept."}


@routes.get("/clients", allow=CLIENTS, response_class=HTMLResponse)
async def read_clients(desk: Signed) -> Response:
    """Show the search, who was registered last, and who waits for a team."""
    async with desk.database.reading() as conn:
        latest = await finding.latest(conn, desk.viewer.team_ids, limit=LATEST)
        waiting = await finding.waiting(conn, limit=AT_ONCE)
    await desk.noted(Deed.LISTED)
    return desk.page(
        "clients/index.html",
        here="clients",
        typed="",
        searched=False,
        found=[],
        before=None,
        following=None,
        latest=await _shown(desk, latest),
        waiting=await _shown(desk, waiting),
        may_register=_may(desk, WRITERS),
        may_import=_may(desk, IMPORTERS),
    )


@routes.post("/clients", allow=CLIENTS, response_class=HTMLResponse)
async def find_clients(desk: Signed) -> Response:
    """Look for clients by the beginnings of their names, in any order; accents make no difference."""
    said = await sent(desk)
    typed = said.value("name")[:200].strip()
    offset = min(int(said.value("offset") or 0) if said.value("offset").isdecimal() else 0, FARTHEST)
    words = sorted(words_of(typed), key=len, reverse=True)[:MOST_WORDS]
    faults = {} if words else {"name": "Write the beginning of a name. One letter is enough."}
    found: list[Found] = []
    if words:
        async with desk.database.reading() as conn:
            found = await finding.by_name(
                conn, words, team_ids=desk.viewer.team_ids, offset=offset, limit=AT_ONCE + 1
            )
        await desk.noted(Deed.LOOKED_FOR)
    return desk.page(
        "clients/index.html",
        here="clients",
        status=422 if faults else 200,
        faults=faults,
        typed=typed,
        searched=not faults,
        found=await _shown(desk, found[:AT_ONCE]),
        before=max(0, offset - AT_ONCE) if offset else None,
        following=offset + AT_ONCE if len(found) > AT_ONCE else None,
        latest=[],
        waiting=[],
        may_register=_may(desk, WRITERS),
        may_import=_may(desk, IMPORTERS),
    )


def _may(desk: Desk, roles: Sequence[str]) -> bool:
    return any(role in desk.viewer.roles for role in roles)


async def _shown(desk: Desk, found: Sequence[Found]) -> Sequence[Mapping[str, object]]:
    if not found:
        return ()
    async with desk.database.reading() as conn:
        teams = await finding.team_names(conn, finding.names_in(found))
        names = await people.names(conn, {one.staff_id for one in found if one.staff_id is not None})
    # One person may be found by several records.
    people_found = {one.client_id: one for one in found}.values()
    return [_row(one, teams, names) for one in people_found]


def _row(one: Found, teams: Mapping[UUID, str], names: Mapping[UUID, str]) -> Mapping[str, object]:
    born = date.fromisoformat(one.born_on).strftime("%-d %B %Y") if one.born_on else ""
    return {
        "href": f"/clients/{one.client_id}",
        "name": one.full_name or "No name yet",
        "called": one.preferred_name if one.preferred_name not in one.full_name.split() else "",
        "facts": ", ".join(fact for fact in (f"born {born}" if born else "", one.postcode or "") if fact),
        "team": teams.get(one.team_id, "") if one.team_id else "",
        "who": names.get(one.staff_id, "") if one.staff_id else "",
        "unreached": one.contact_prohibited,
    }
