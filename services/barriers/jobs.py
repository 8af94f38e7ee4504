"""Time in: tasks whose window passes are escalated, once each, as an event."""

from __future__ import annotations

from datetime import timedelta

from contracts.event import Envelope
from contracts.events.barriers import TaskEscalated
from contracts.events.intake import BarrierStated
from services.barriers.store import escalation
from shared.jobs import Job
from shared.unit_of_work import Database

AT_ONCE = 100


def escalation_job(database: Database) -> Job:
    """The job that looks every minute for tasks whose window has passed with nobody having done them."""

    async def run() -> int:
        async with database.transaction() as tx:
            overdue = await escalation.escalate(tx.conn, now=tx.now, limit=AT_ONCE)
            for task in overdue:
                event = TaskEscalated(
                    client_id=task.client_id,
                    task_id=task.task_id,
                    kind=task.kind,
                    due_by=task.due_by,
                    escalated_at=tx.now,
                )
                rests_on = Envelope(
                    id=task.cause.event_id,
                    type=BarrierStated.subject,
                    source=BarrierStated.publisher(),
                    time=tx.now,
                    about=task.client_id,
                    correlation_id=task.cause.correlation_id,
                )
                tx.publish(event, cause=rests_on)
        return len(overdue)

    return Job(name="escalate-tasks", every=timedelta(minutes=1), run=run)
