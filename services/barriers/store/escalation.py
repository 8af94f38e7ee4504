"""Tasks whose window has passed with nobody having done them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.terms import TaskKind
from services.barriers.model import Cause
from shared.db import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A task that is to be escalated."""

    task_id: UUID
    client_id: UUID
    kind: TaskKind
    due_by: datetime
    cause: Cause


ESCALATE = """
with due as (
    select id
    from task
    where status in ('open', 'claimed', 'in_progress') and escalated_at is null and due_by < $1
    order by due_by
    limit $2
    for update skip locked
)
update task
set escalated_at = $1
from due
where task.id = due.id
returning task.id, task.client_id, task.kind, task.due_by, task.caused_by, task.correlation_id
"""


async def escalate(conn: Connection, *, now: datetime, limit: int) -> list[Overdue]:
    """Mark up to `limit` tasks that are overdue as escalated, each only ever once, and give them."""
    rows = await conn.fetch(ESCALATE, now, limit)
    return [
        Overdue(
            task_id=row["id"],
            client_id=row["client_id"],
            kind=TaskKind(row["kind"]),
            due_by=row["due_by"],
            cause=Cause(event_id=row["caused_by"], correlation_id=row["correlation_id"]),
        )
        for row in rows
    ]
