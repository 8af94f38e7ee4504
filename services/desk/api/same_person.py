"""One person or two: the records of somebody, who else may be them, and what staff made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.intake_forms import sent, uuid_in
from services.desk.channels.gateway import Owner
from services.desk.model.audit import Deed
from services.desk.model.listening import Alike, Alikes
from services.desk.model.records import Merge, Records
from services.desk.policy.access import may_see
from services.desk.store import caseload, finding
from services.desk.store import staff as people
from shared.errors import Conflict, Invalid, Problem
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["clients"], include_in_schema=False)

SAID: Mapping[str, str] = {
    "one": "They are one person's records now. Both stay as they are, and it can be undone.",
    "two": "The records are two people's again.",
    "else": "That is remembered. They are not suggested again unless more speaks for it.",
}


@routes.get("/clients/{client_id}/same", allow=CLIENTS, response_class=HTMLResponse)
async def read_records(desk: Signed, client_id: UUID, said: str = "") -> Response:
    """Show the records of one person, how they came together, and who else may be them."""
    await desk.client(client_id)
    return await _shown(desk, client_id, said=SAID.get(said))


@routes.post("/clients/{client_id}/same", allow=CLIENTS, response_class=Response)
async def decide(desk: Signed, client_id: UUID) -> Response:
    """Keep what staff made of two records: one person, two, or two again after all."""
    await desk.client(client_id)
    said = await sent(desk)
    verdict, _, other = said.value("decide").partition(":")
    other_id = uuid_in(other)
    if verdict not in {"same", "else", "split"} or other_id is None:
        raise Invalid("Please say whether they are one person.")
    why = said.value("why").strip()[:4000]
    await desk.clients([client_id, other_id], Deed.CHANGED)
    # The record that is looked at stands for the person; the other one is merged into it.
    path, body = {
        "same": (f"/clients/{other_id}/merge", {"into": str(client_id)}),
        "else": (f"/clients/{client_id}/someone-else", {"client_id": str(other_id)}),
        "split": (f"/clients/{other_id}/split", {}),
    }[verdict]
    if why and verdict != "else":
        body["why"] = why
    try:
        await desk.act(Owner.INTAKE, "POST", path, body, once=said.value("once"), client_id=client_id)
    except Conflict as conflict:
        return await _shown(desk, client_id, why=why, fault=conflict.detail, status=409)
    done = {"same": "one", "else": "else", "split": "two"}[verdict]
    return RedirectResponse(f"/clients/{client_id}/same?said={done}", 303)


async def _shown(
    desk: Desk, client_id: UUID, *, said: str | None = None, why: str = "", fault: str = "", status: int = 200
) -> Response:
    gateway = desk.foundation.gateway
    answer = await gateway.read(Owner.INTAKE, f"/clients/{client_id}/records", caller=desk.caller)
    records = Records.model_validate_json(answer.content)
    try:
        done = await gateway.send(
            Owner.INTAKE,
            "POST",
            "/clients/duplicates",
            {"client_id": str(client_id)},
            caller=desk.caller,
            key=str(new_id()),
            correlation_id=new_id(),
        )
        alike = Alikes.model_validate(done.answer).items
    except Problem:
        alike = ()
    return desk.page(
        "clients/same.html",
        here="clients",
        status=status,
        said=said,
        faults={"": fault} if fault else {},
        client_id=client_id,
        survivor_id=records.survivor_id,
        records=await _named(desk, records.client_ids),
        merges=await _told(desk, records.merges),
        people=await _seen(desk, alike),
        why=why,
        once=new_id,
    )


async def _named(desk: Desk, client_ids: Sequence[UUID]) -> Sequence[tuple[UUID, str]]:
    async with desk.database.reading() as conn:
        names = await finding.client_names(conn, client_ids)
    return [(client_id, names.get(client_id, "No name yet")) for client_id in client_ids]


async def _told(desk: Desk, merges: Sequence[Merge]) -> Sequence[Mapping[str, object]]:
    who = {by for one in merges for by in (one.merged_by, one.split_by) if by is not None}
    async with desk.database.reading() as conn:
        names = await people.names(conn, who)
    zone = desk.foundation.settings.zone

    def deed(at: datetime | None, by: UUID | None) -> str:
        return f"{at.astimezone(zone):%-d %B %Y}, {names.get(by, 'a colleague')}" if at and by else ""

    return [
        {
            "client_id": one.client_id,
            "is_merged": one.split_at is None,
            "merged": deed(one.merged_at, one.merged_by),
            "why": one.why or "",
            "split": deed(one.split_at, one.split_by),
            "split_why": one.split_why or "",
        }
        for one in merges
    ]


async def _seen(desk: Desk, alike: Sequence[Alike]) -> Sequence[Mapping[str, object]]:
    if not alike:
        return ()
    async with desk.database.reading() as conn:
        teams = await caseload.teams_of(conn, [one.client_id for one in alike])
    return [{"alike": one, "seen": may_see(desk.viewer, teams[one.client_id])} for one in alike]
