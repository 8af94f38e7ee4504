"""Clients, tasks and referrals as the desk hears of them, for what lists show."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from contracts.events.barriers import TaskOpened
from contracts.events.desk import ClientAssigned
from contracts.terms import Priority, TaskKind
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, client_context, client_registered, contact_changed
from tests.support.desk import House, Person


async def a_client(
    house: House,
    name: str = "Amina Diallo",
    *,
    with_: Person | None = None,
    team_id: UUID | None = None,
    zone: str = "Europe/London",
) -> UUID:
    """A client whom somebody looks after, or only a team, or nobody yet."""
    client_id = new_id()
    context = client_context(client_id=client_id, time_zone=zone)
    team = team_id or (with_.team_id if with_ else None)
    assigned = (
        [
            ClientAssigned(
                client_id=client_id,
                version=1,
                team_id=team,
                staff_id=with_.id if with_ else None,
                assigned_at=MONDAY_MORNING,
            )
        ]
        if team
        else []
    )
    await house.told(
        contact_changed(client_id=client_id, full_name=name, version=1),
        client_registered(client_id=client_id, client=context),
        *assigned,
    )
    return client_id


def a_task(
    client_id: UUID,
    title: str = "Look at the plan together",
    *,
    kind: TaskKind = TaskKind.AGREE_PLAN,
    priority: Priority = Priority.ROUTINE,
    due_from: datetime = MONDAY_MORNING,
    days: float = 2,
    task_id: UUID | None = None,
) -> TaskOpened:
    """Something to do for a client, due so many days from Monday morning."""
    return TaskOpened(
        client_id=client_id,
        task_id=task_id or new_id(),
        kind=kind,
        title=title,
        why="They said that the bus does not come in the evening.",
        priority=priority,
        priority_reason="It stands a lot in the way.",
        due_from=due_from,
        due_by=due_from + timedelta(days=days),
        opened_at=MONDAY_MORNING,
    )
