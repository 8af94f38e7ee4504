"""What all parts of a client's page share: the way in, the clocks, and how a part is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk
from services.desk.api.live import live_url
from services.desk.channels.prompting import Moment, Prompter, Prompts
from services.desk.model.clients import Looked, Person
from services.desk.model.entries import Entry
from services.desk.model.pictures import BarrierPicture
from services.desk.policy.one_person import together
from services.desk.policy.wording import WORDS, Group, Told, Wall, staff_of, terms, told, whose_move
from services.desk.store import clients, one_person, pulses
from services.desk.store import staff as people
from shared.db import Connection
from shared.errors import NotFound
from shared.http import Given

JOINED = "This record was put together with another one of the same person."
WRITERS = ("intake", "case_manager")
"""Who writes down what a client said."""
HELPERS = ("case_manager",)
"""Who moves barriers, plans and steps."""
ASKERS = ("case_manager", "supervisor")
"""Who moves referrals."""

SAID: Mapping[str, str] = {
    "conversation": "The conversation was written down.",
    "goal": "What matters to them was written down.",
    "rulers": "The rulers were written down.",
    "barrier": "It was written down. What came of it is below.",
    "setback": "It was written down, as something to learn from.",
    "wish": "Their wish was written down, and holds from now on.",
    "moved": "It was written down.",
    "category": "It is understood in another way now, and the playbook has looked at it anew.",
    "plan": "The plan was written down as it stands now.",
    "chosen": "Their choice was written down. Nobody was asked yet.",
    "sent": "They were asked. What was told is in the list of who was told what.",
    "heard": "What they said was written down.",
    "declined": "It stopped at once.",
    "confirmed": "Their answer was written down.",
    "stopped": "No more messages are sent, from now on.",
    "started": "Messages are sent again.",
    "allowed": "What they allow was written down. They can take it back at any time.",
    "taken-back": "The consent is taken back. Whatever rested on it has stopped.",
    "step": "The step was written down as it stands now.",
    "balance": "What they weighed was written down.",
}
"""What a page says after something was done."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, as the timeline shows it."""

    entry: Entry
    told: Told
    group: Group
    who: str
    when: str
    elsewhere: bool = False
    """Whether it was written down in another record of the same person."""


Prompting = Annotated[Prompter, Given(Prompter)]


async def prompts_about(
    prompting: Prompter, looked: Looked, barrier: BarrierPicture | None
) -> Prompts | None:
    """What to ask and say about a barrier, by where the client is on the rulers."""
    if barrier is None or barrier.category is None:
        return None
    rulers = looked.client.rulers
    moment = Moment(barrier.category, importance=rulers.importance, confidence=rulers.confidence)
    return await prompting.about(moment)


async def person_of(desk: Desk, client_id: UUID) -> Person:
    """The person whom a record is of, with every record that is shown; each look is written down first.

    A record that was put together with another one is shown there: its own pages lead to where that is said.
    What somebody was writing about it when that happened is still taken in.
    """
    async with desk.database.reading() as conn:
        person = await one_person.person(conn, client_id)
    if person.shown == client_id:
        await desk.clients(person.records)
        return person
    await desk.client(client_id)
    if desk.request.method == "GET":
        raise NotFound(JOINED, go_to=f"/clients/{client_id}/joined")
    return Person(shown=client_id, records=frozenset({client_id}))


async def look(desk: Desk, client_id: UUID) -> Looked:
    """A client whom this person may see; raises what its page says where there is none."""
    person = await person_of(desk, client_id)
    async with desk.database.reading() as conn:
        found = await clients.looked_at(conn, client_id, person.records)
    own = next((one for one in found.clients if one.id == client_id), None)
    if own is None:
        raise NotFound("There is nobody with this address here, or not yet. Try again in a moment.")
    return Looked(
        client=together(own, found.clients),
        own=own,
        team_id=found.team_id,
        team_name=found.team_name,
        staff_id=found.staff_id,
        staff_name=found.staff_name,
        counts=found.counts,
        records=person.records,
    )


async def look_at_barrier(desk: Desk, client_id: UUID, barrier_id: UUID) -> tuple[Looked, BarrierPicture]:
    """A client whom this person may see, and what gets in their way; raises where there is no such thing."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        barrier = await clients.barrier(conn, looked.records, barrier_id)
    if barrier is None:
        raise NotFound("There is nothing of theirs with this address.")
    return looked, barrier


def ours(desk: Desk) -> Wall:
    """The clock on our own wall."""
    return Wall(desk.foundation.settings.zone, desk.foundation.clock.now())


def theirs(desk: Desk, looked: Looked) -> Wall:
    """The clock on the client's wall."""
    context = looked.client.context
    zone = ZoneInfo(context.time_zone) if context else desk.foundation.settings.zone
    return Wall(zone, desk.foundation.clock.now())


async def show(  # noqa: PLR0913 - what a page is made of
    desk: Desk,
    looked: Looked,
    template: str,
    *,
    part: str = "",
    status: int = 200,
    live: bool = False,
    faults: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
    **content: object,
) -> HTMLResponse:
    """A part of a client's page; `live` where it hears of news."""
    said = {"said": SAID[word]} if (word := desk.request.query_params.get("said", "")) in SAID else {}
    return desk.page(
        template,
        here="clients",
        status=status,
        faults=faults,
        **said,
        looked=looked,
        client=looked.client,
        part=part,
        roles=desk.viewer.roles,
        say=terms,
        ours=ours(desk),
        theirs=theirs(desk, looked),
        live_url=await _live_url(desk, looked.records) if live else None,
        **(more or {}),
        **content,
    )


async def _live_url(desk: Desk, records: Collection[UUID]) -> str:
    async with desk.database.reading() as conn:
        positions = await pulses.positions(conn, records)
    return live_url(records, max(positions.values(), default=0))


async def lines(desk: Desk, conn: Connection, looked: Looked, found: list[Entry]) -> list[Line]:
    """What happened in words, with who did it."""
    staff = {staff_id for one in found if (staff_id := staff_of(one.event)) is not None}
    names = await people.names(conn, staff) if staff else {}
    own, wall = theirs(desk, looked), ours(desk)
    return [
        Line(
            entry=one,
            told=told(one.event, own),
            group=WORDS[type(one.event)][0] if type(one.event) in WORDS else Group.RECORD,
            who=who_did(one, names, looked),
            when=wall.begun(wall.moment(one.occurred_at)),
            elsewhere=one.client_id != looked.id,
        )
        for one in found
    ]


def who_did(entry: Entry, names: Mapping[UUID, str], looked: Looked) -> str:
    """Who did it, in words; nothing where it happened by itself."""
    staff_id = staff_of(entry.event)
    if staff_id is not None:
        return names.get(staff_id, "a colleague")
    move = whose_move(entry.event)
    if move is None:
        return ""
    return looked.name if move.value == "client" else terms.WHOSE[move]
