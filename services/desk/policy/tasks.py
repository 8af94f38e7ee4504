"""A task in words: how it stands, what can be done with it, and what a colleague has changed of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from enum import StrEnum
from uuid import UUID

from contracts.terms import TaskKind, TaskStatus
from services.desk.model.pictures import TaskPicture
from services.desk.model.staff import Role, Viewer
from services.desk.policy.windows import window_words

S = TaskStatus
ALIVE = frozenset({S.OPEN, S.CLAIMED, S.IN_PROGRESS})

STATUS_WORDS: Mapping[TaskStatus, str] = {
    S.OPEN: "Open",
    S.CLAIMED: "Taken on",
    S.IN_PROGRESS: "Begun",
    S.DONE: "Done",
    S.COULD_NOT: "Could not be done this time",
    S.SUPERSEDED: "Answered by something else",
    S.CANCELLED: "Taken off the list",
}

PRIORITY_WORDS: Mapping[str, str] = {
    "stat": "At once",
    "asap": "As soon as possible",
    "urgent": "Soon",
    "routine": "In its time",
}


class Do(StrEnum):
    """What somebody can do with a task."""

    CLAIM = "claim"
    BEGIN = "begin"
    DONE = "done"
    COULD_NOT = "could-not"
    HAND_OVER = "hand-over"
    CANCEL = "cancel"
    SEEN = "seen"


MOVES: Mapping[Do, str] = {
    Do.CLAIM: "claim",
    Do.BEGIN: "start",
    Do.DONE: "done",
    Do.COULD_NOT: "could_not",
    Do.HAND_OVER: "reassign",
    Do.CANCEL: "cancel",
}
"""What each is called by the service that owns tasks."""

_BY_STATUS: Mapping[TaskStatus, frozenset[Do]] = {
    S.OPEN: frozenset({Do.CLAIM, Do.CANCEL}),
    S.CLAIMED: frozenset({Do.BEGIN, Do.CANCEL}),
    S.IN_PROGRESS: frozenset({Do.DONE, Do.COULD_NOT, Do.CANCEL}),
}

ANSWERS: tuple[tuple[str, str], ...] = (
    ("yes_go_ahead", "Yes, go ahead"),
    ("not_now", "Not now"),
    ("just_listen", "They would rather be listened to"),
)
"""What a client may say when they are asked first."""


def possible(task: TaskPicture, viewer: Viewer) -> frozenset[Do]:
    """What this person can do with a task as it stands; the owning service has the last word."""
    if task.status not in ALIVE:
        return frozenset()
    does: frozenset[Do] = frozenset()
    if Role.CASE_MANAGER in viewer.roles and task.assignee in {None, viewer.id}:
        does |= _BY_STATUS[task.status] | {Do.HAND_OVER}
    if Role.SUPERVISOR in viewer.roles:
        does |= {Do.HAND_OVER}
    if task.escalated_at is not None and task.acknowledged_at is None:
        does |= {Do.SEEN}
    return does


def asks_first(task: TaskPicture) -> bool:
    """Whether the task is to ask the client something, so that it needs their answer to be done."""
    return task.kind is TaskKind.ASK_PERMISSION


def changes(
    before: TaskPicture,
    after: TaskPicture,
    *,
    names: Mapping[UUID, str],
    now: datetime,
    zone: tzinfo,
) -> list[tuple[str, str, str]]:
    """What has changed of a task between two looks: what, what it was, what it is now; in words."""

    def told(task: TaskPicture) -> dict[str, str]:
        return {
            "How it stands": STATUS_WORDS[task.status],
            "Who has it": names.get(task.assignee, "a colleague") if task.assignee else "nobody yet",
            "When": window_words(task.due_from, task.due_by, now=now, zone=zone),
            "How pressing": PRIORITY_WORDS[task.priority.value],
            "Why": task.why,
        }

    was, is_now = told(before), told(after)
    return [(what, was[what], is_now[what]) for what in was if was[what] != is_now[what]]
