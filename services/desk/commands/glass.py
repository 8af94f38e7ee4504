"""Breaking the glass: seeing the record of another team's client for a while, with a reason that is kept."""

from __future__ import annotations

from uuid import UUID

from services.desk.model.glass import Glass
from services.desk.model.staff import Assigned, Viewer
from services.desk.policy.access import GLASS_LASTS
from services.desk.store import glass as store
from shared.clock import real_now
from shared.ids import new_id
from shared.unit_of_work import Transaction


async def break_glass(tx: Transaction, viewer: Viewer, assigned: Assigned, reason: str) -> Glass:
    """Let somebody see a client of another team from now on, for four hours; their supervisors are told."""
    now = real_now()
    broken = Glass(
        id=new_id(),
        client_id=assigned.client_id,
        team_id=assigned.team_id,
        staff_id=viewer.id,
        reason=reason,
        broken_at=now,
        ends_at=now + GLASS_LASTS,
    )
    await store.insert(tx.conn, broken)
    return broken


async def acknowledge(tx: Transaction, viewer: Viewer, glass_id: UUID) -> bool:
    """Say that a supervisor of the client's team has seen it; whether it was theirs to see."""
    return await store.acknowledge(
        tx.conn, glass_id, staff_id=viewer.id, team_ids=viewer.team_ids, now=real_now()
    )
