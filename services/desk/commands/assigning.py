"""Give clients to a team, and to somebody in it. Whoever was quicker wins, and is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from contracts.events.desk import ClientAssigned
from services.desk.commands.stating import state
from services.desk.model.staff import Assigned
from services.desk.store import caseload, entries
from shared.unit_of_work import Origin, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """To whom clients go, with a note, and who decided it."""

    team_id: UUID
    staff_id: UUID | None
    note: str | None
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What came of it: who is assigned now, and who was given elsewhere in the meantime."""

    done: frozenset[UUID]
    changed: Mapping[UUID, Assigned]


async def assign(tx: Transaction, looked_at: Mapping[UUID, int], over: HandOver, *, origin: Origin) -> Handed:
    """Assign these clients, each in the version that somebody has looked at; 0 for who had no team yet.

    Those whom somebody else has assigned since are left as they are, unless it came to the same.
    """
    await entries.lock_clients(tx.conn, looked_at)
    now = await caseload.assigned(tx.conn, looked_at)
    same = {
        one.client_id for one in now.values() if (one.team_id, one.staff_id) == (over.team_id, over.staff_id)
    }
    changed = {
        client_id: one
        for client_id, one in now.items()
        if client_id not in same and one.version != looked_at[client_id]
    }
    free = [client_id for client_id in looked_at if client_id not in same and client_id not in changed]
    events = [
        ClientAssigned(
            client_id=client_id,
            version=looked_at[client_id] + 1,
            team_id=over.team_id,
            staff_id=over.staff_id,
            note=over.note,
            by=over.by,
            assigned_at=tx.now,
        )
        for client_id in free
    ]
    if events:
        await state(tx, events, origin=origin)
    return Handed(done=frozenset(free) | same, changed=changed)
