"""Make the desk's picture anew from the histories of all services, while everybody goes on working.

First every history is read to its end and kept, then each thing is folded from all that was stated about it.
What is stated meanwhile comes by its stream as ever and is folded by the same code under the same locks, so
nothing is lost or doubled and no page stands still. Broken off, it can simply be begun again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from contracts.event import Envelope
from contracts.registry import UnknownSubjectError, event_for
from services.desk.channels.gateway import Gateway, Owner
from services.desk.commands.projecting import fold_anew
from services.desk.model.entries import Entry, Kind
from services.desk.policy.places import entry_of
from services.desk.store import caseload, entries, pictures
from shared.auth import Caller
from shared.history import HISTORY, lines_after
from shared.ids import new_id
from shared.unit_of_work import Database

AT_ONCE = 2000
FOLDED_AT_ONCE = 500
BEGINNING = UUID(int=0)

Progress = Callable[[str], None]


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
        await _keep_history(database, gateway, owner, progress)
    await _keep_own(database, progress)
    folded = await _fold_all(database, progress)
    async with database.transaction() as tx:
        gone = await pictures.forget_unstated(tx.conn)
    progress(f"{folded:,} things stand as they were stated; {gone:,} that nobody stated are gone")
    return folded


async def _keep_history(database: Database, gateway: Gateway, owner: Owner, progress: Progress) -> None:
    kept = 0
    async for lines in _history(gateway, owner):
        await _keep(database, [_entry(line) for line in lines if _is_known(line)])
        kept += len(lines)
        progress(f"{owner.value}: {kept:,} events")


async def _history(gateway: Gateway, owner: Owner) -> AsyncIterator[Sequence[Line]]:
    caller = Caller(new_id(), "service", scopes=frozenset({HISTORY}))
    after = BEGINNING
    while True:
        answer = await gateway.read(
            owner, "/history", caller=caller, params={"after": str(after), "limit": str(AT_ONCE)}
        )
        lines = [Line.model_validate_json(line) for line in answer.text.splitlines()]
        if not lines:
            return
        yield lines
        after = lines[-1].id


async def _keep_own(database: Database, progress: Progress) -> None:
    """The desk's own history is at hand."""
    after, kept = BEGINNING, 0
    while True:
        async with database.reading() as conn:
            texts = await lines_after(conn, after, limit=AT_ONCE)
        lines = [Line.model_validate_json(text) for text in texts]
        if not lines:
            return
        await _keep(database, [_entry(line) for line in lines])
        kept, after = kept + len(lines), lines[-1].id
        progress(f"desk: {kept:,} events")


async def _keep(database: Database, found: Sequence[Entry]) -> None:
    async with database.transaction() as tx:
        await entries.lock_clients(tx.conn, {one.client_id for one in found if one.client_id is not None})
        await entries.insert(tx.conn, found)
        await caseload.take_in(tx.conn, [one for one in found if one.place.kind is Kind.CASELOAD])


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
            await entries.lock_clients(tx.conn, {client_id for *_, of_it in found for client_id in of_it})
            await fold_anew(tx, [(of_kind, about) for of_kind, about, _ in found])
        kind, subject_id, folded = found[-1][0].value, found[-1][1], folded + len(found)
        progress(f"folded {folded:,} of {total:,}")
