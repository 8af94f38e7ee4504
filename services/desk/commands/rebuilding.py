"""Make the desk's picture anew from the histories of all services, while everybody goes on working.

First every history is read to its end and kept, then each thing is folded from all that was stated about it.
What is stated meanwhile comes by its stream as ever and is folded by the same code under the same locks, so
nothing is lost or doubled and no page stands still. Broken off, it can simply be begun again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from contracts.event import Envelope
from contracts.registry import UnknownSubjectError, event_for
from services.desk.channels.gateway import Gateway, Owner
from services.desk.commands.projecting import fold_anew, keep
from services.desk.model.entries import Entry, Kind
from services.desk.policy.places import entry_of
from services.desk.store import entries, pictures
from shared.auth import Caller
from shared.history import HISTORY, lines_after
from shared.ids import new_id
from shared.unit_of_work import Database

AT_ONCE = 2000
FOLDED_AT_ONCE = 500
BEGINNING = UUID(int=0)

Progress = Callable[[str], None]
Read = Callable[[UUID], Awaitable[Sequence[str]]]
"""Gives the next events of a history after the one with this id, a line each; none at the end."""


class Line(BaseModel):
    """One event of a history."""

    id: UUID
    type: str
    about: UUID
    correlation_id: UUID
    causation_id: UUID | None
    time: AwareDatetime
    data: dict[str, object]


async def rebuild(database: Database, gateway: Gateway, *, progress: Progress) -> int:
    """Make everything anew; gives of how many things there is a picture now.

    Raises `Transient` when a service does not answer: nothing is lost then, and it can be begun again.
    """
    for owner in Owner:
        await _keep_history(database, owner.value, _history_of(gateway, owner), progress)
    await _keep_history(database, "desk", _own_history(database), progress)
    folded = await _fold_all(database, progress)
    async with database.transaction() as tx:
        gone = await pictures.forget_unstated(tx.conn)
    progress(f"{folded:,} things stand as they were stated; {gone:,} that nobody stated are gone")
    return folded


def _history_of(gateway: Gateway, owner: Owner) -> Read:
    caller = Caller(new_id(), "service", scopes=frozenset({HISTORY}))

    async def read(after: UUID) -> Sequence[str]:
        params = {"after": str(after), "limit": str(AT_ONCE)}
        return (await gateway.read(owner, "/history", caller=caller, params=params)).text.splitlines()

    return read


def _own_history(database: Database) -> Read:
    """The desk's own history is at hand."""

    async def read(after: UUID) -> Sequence[str]:
        async with database.reading() as conn:
            return await lines_after(conn, after, limit=AT_ONCE)

    return read


async def _keep_history(database: Database, name: str, read: Read, progress: Progress) -> None:
    after, kept = BEGINNING, 0
    while lines := [Line.model_validate_json(text) for text in await read(after)]:
        async with database.transaction() as tx:
            await keep(tx, [_entry(line) for line in lines if _is_known(line)])
        after, kept = lines[-1].id, kept + len(lines)
        progress(f"{name}: {kept:,} events")


def _is_known(line: Line) -> bool:
    """Whether this release speaks of such events; what a newer one states waits for its rebuild."""
    try:
        event_for(line.type)
    except UnknownSubjectError:
        return False
    return True


def _entry(line: Line) -> Entry:
    envelope = Envelope(
        id=line.id,
        type=line.type,
        source="",
        time=line.time,
        about=line.about,
        correlation_id=line.correlation_id,
        causation_id=line.causation_id,
    )
    return entry_of(envelope, event_for(line.type).model_validate(line.data))


async def _fold_all(database: Database, progress: Progress) -> int:
    async with database.reading() as conn:
        total = await entries.count_subjects(conn)
    kind, subject_id, folded = "", BEGINNING, 0
    while True:
        async with database.transaction() as tx:
            found = await entries.subjects_after(tx.conn, kind, subject_id, limit=FOLDED_AT_ONCE)
            if not found:
                return folded
            # Where clients are folded, it may turn out who is one person.
            joining = any(of_kind is Kind.CLIENT for of_kind, *_ in found)
            client_ids = {client_id for *_, of_it in found for client_id in of_it}
            services = {about for of_kind, about, _ in found if of_kind is Kind.SERVICE}
            await entries.lock_clients(tx.conn, client_ids | services, joining=joining)
            await fold_anew(tx, [(of_kind, about) for of_kind, about, _ in found])
        kind, subject_id, folded = found[-1][0].value, found[-1][1], folded + len(found)
        progress(f"folded {folded:,} of {total:,}")
