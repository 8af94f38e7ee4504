"""A task as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.barriers import TaskEscalated, TaskMoved, TaskOpened
from contracts.events.desk import EscalationAcknowledged
from services.desk.model.entries import Entry
from services.desk.model.pictures import HandedOver, Move, TaskPicture
from services.desk.policy.folding.order import of_type

_AS_IT_WAS_WHERE_NOT_SAID = ("why", "priority", "priority_reason", "due_from", "due_by")


def fold_task(entries: Sequence[Entry]) -> TaskPicture | None:
    """How a task stands; None while nothing says whose it is."""
    client_id = entries[0].client_id
    if client_id is None:
        return None
    picture = TaskPicture(id=entries[0].place.subject_id, client_id=client_id)
    for opened in of_type(entries, TaskOpened):
        picture = picture.model_copy(update=_opened(opened))
    for moved in of_type(entries, TaskMoved):
        picture = picture.model_copy(update=_moved(moved, picture))
    for escalated in of_type(entries, TaskEscalated):
        picture = picture.model_copy(update={"escalated_at": escalated.escalated_at})
    for seen in of_type(entries, EscalationAcknowledged)[:1]:
        picture = picture.model_copy(update=_acknowledged(seen))
    return picture


def _acknowledged(event: EscalationAcknowledged) -> dict[str, object]:
    return {
        "acknowledged_at": event.acknowledged_at,
        "acknowledged_by": event.by,
        "acknowledged_note": event.note,
    }


def _opened(event: TaskOpened) -> dict[str, object]:
    return {
        "kind": event.kind,
        "title": event.title,
        "why": event.why,
        "priority": event.priority,
        "priority_reason": event.priority_reason,
        "due_from": event.due_from,
        "due_by": event.due_by,
        "barrier_ids": event.barrier_ids,
        "referral_id": event.referral_id,
        "opened_at": event.opened_at,
    }


def _handed_over(event: TaskMoved, before: TaskPicture) -> HandedOver | None:
    """The note stays with a task for as long as whoever got it has it."""
    if event.assignee == before.assignee:
        return before.handed_over
    if event.assignee is None or event.assignee == event.by_staff or event.reason is None:
        return None
    return HandedOver(by=event.by_staff, note=event.reason, at=event.moved_at)


def _moved(event: TaskMoved, before: TaskPicture) -> dict[str, object]:
    said = {name: getattr(event, name) for name in _AS_IT_WAS_WHERE_NOT_SAID}
    return {
        "version": event.version,
        "status": event.status,
        "reason": event.reason,
        "assignee": event.assignee,
        "handed_over": _handed_over(event, before),
        "barrier_ids": event.barrier_ids or before.barrier_ids,
        "moves": (*before.moves, Move(status=event.status, reason=event.reason, at=event.moved_at)),
        **{name: value for name, value in said.items() if value is not None},
    }
