"""What staff do with a task. A move that cannot be made is a `Refusal` that says which ones can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from contracts.terms import TaskKind, TaskStatus, Wish
from services.barriers.model import Barrier, Caseload, Decision, Need, Playbook, Refusal, Task
from services.barriers.policy.draft import Draft
from services.barriers.policy.moves import TASK_MOVES, can_move, refusal
from services.barriers.policy.referrals import review
from services.barriers.policy.wishes import obey

ANSWERS_TO_ASKING = {
    "yes_go_ahead": Wish.GO_AHEAD,
    "not_now": Wish.ASK_ME_FIRST,
    "just_listen": Wish.JUST_LISTEN,
}
"""What a client may say when they are asked, and the wish that it states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Somebody's move of a task: whose, on which version they looked at, and when.

    `any_holder` lets somebody move a task that is with somebody else: an administrator, or a supervisor who
    hands it over.
    """

    task_id: UUID
    version: int
    by: UUID
    now: datetime
    any_holder: bool = False


def claim(playbook: Playbook, caseload: Caseload, move: Move) -> Decision | Refusal:
    """Take a task on."""
    return _moved(playbook, caseload, move, TaskStatus.CLAIMED, assignee=move.by)


def start(playbook: Playbook, caseload: Caseload, move: Move) -> Decision | Refusal:
    """Begin with a claimed task."""
    return _moved(playbook, caseload, move, TaskStatus.IN_PROGRESS)


def finish(
    playbook: Playbook, caseload: Caseload, move: Move, *, note: str | None = None, answer: str | None = None
) -> Decision | Refusal:
    """Finish a task. Where it was to ask something first, `answer` says what the client said.

    "Yes, go ahead" asks for help; "just listen" stops whatever is under way; "not now" leaves it.
    """
    task = caseload.tasks[move.task_id]
    asked = [need for need in task.needs if need.kind is TaskKind.ASK_PERMISSION and not need.answered]
    if asked and answer not in ANSWERS_TO_ASKING and can_move(TASK_MOVES, task.status, TaskStatus.DONE):
        return Refusal(
            reason="This task was to ask first, so please say what the answer was.",
            possible=tuple(ANSWERS_TO_ASKING),
        )

    def then(draft: Draft, _: Task) -> None:
        for need in asked if answer is not None else ():
            _heard(draft, need, ANSWERS_TO_ASKING[str(answer)], occasion=f"asked-{task.id}")

    return _moved(playbook, caseload, move, TaskStatus.DONE, reason=note or answer, then=then)


def could_not(playbook: Playbook, caseload: Caseload, move: Move, *, reason: str) -> Decision | Refusal:
    """Say that a task could not be done, and why: a setback, looked at together, with a smaller step."""

    def then(draft: Draft, task: Task) -> None:
        known = [
            draft.barriers[barrier_id] for barrier_id in task.barrier_ids if barrier_id in draft.barriers
        ]
        if not known:
            return
        setback_id = uuid5(task.id, "setback")
        draft.record_setback(known[0], setback_id=setback_id, what_happened=reason, task_id=task.id)
        if task.kind is not TaskKind.REVIEW_SETBACK:
            review(draft, known[0], setback_id=setback_id, told=reason)
            _carry_needs(draft, task, known, setback_id=setback_id, told=reason)

    return _moved(playbook, caseload, move, TaskStatus.COULD_NOT, reason=reason, then=then)


def cancel(playbook: Playbook, caseload: Caseload, move: Move, *, reason: str) -> Decision | Refusal:
    """Take a task off the list, with the reason."""
    return _moved(playbook, caseload, move, TaskStatus.CANCELLED, reason=reason)


def reassign(
    playbook: Playbook, caseload: Caseload, move: Move, *, to: UUID, reason: str
) -> Decision | Refusal:
    """Hand a task to somebody else: one's own, or one that nobody has. With `any_holder` anybody's.

    An open one is claimed for them; one under way stays under way.
    """
    task = caseload.tasks[move.task_id]
    if task.status is TaskStatus.OPEN:
        return _moved(playbook, caseload, move, TaskStatus.CLAIMED, assignee=to, reason=reason)
    stale = _stale(task, move)
    if stale is not None:
        return stale
    if not task.is_live:
        return refusal(TASK_MOVES, task.status, TaskStatus.CLAIMED, "task")
    if _held_by_another(task, move):
        return Refusal(
            reason="Somebody else has taken this task on; they or a supervisor can hand it over.", possible=()
        )
    draft = Draft(playbook, caseload, now=move.now, cause=task.cause)
    draft.move_task(replace(task, assignee=to), reason=reason)
    return draft.decision()


def _heard(draft: Draft, need: Need, wish: Wish, *, occasion: str) -> None:
    """Take in what the client said when asked. Consent to share is recorded at intake, not here."""
    barrier = draft.barriers.get(need.barrier_id) if need.barrier_id else None
    about_sharing = need.referral_id is not None
    if barrier is None or wish is Wish.ASK_ME_FIRST or (about_sharing and wish is Wish.GO_AHEAD):
        return
    if wish is Wish.JUST_LISTEN:
        obey(draft, barrier.id, wish, occasion=occasion)
        return
    draft.barriers[barrier.id] = replace(barrier, wish=wish)
    if barrier.is_open:
        draft.ask_for_help(draft.barriers[barrier.id], consents=draft.client.consents)


def _carry_needs(draft: Draft, task: Task, known: list[Barrier], *, setback_id: UUID, told: str) -> None:
    """Keep the other barriers of a joined task with the review, so that none of them is dropped."""
    for barrier in known[1:]:
        review(draft, barrier, setback_id=uuid5(setback_id, str(barrier.id)), told=f"{task.title}: {told}")


def _moved(  # noqa: PLR0913 - one keyword for each thing that a move may bring along
    playbook: Playbook,
    caseload: Caseload,
    move: Move,
    status: TaskStatus,
    *,
    assignee: UUID | None = None,
    reason: str | None = None,
    then: Callable[[Draft, Task], None] | None = None,
) -> Decision | Refusal:
    task = caseload.tasks[move.task_id]
    if not can_move(TASK_MOVES, task.status, status):
        return refusal(TASK_MOVES, task.status, status, "task")
    stands_in_the_way = _stale(task, move) or _held_by_another(task, move)
    if stands_in_the_way is not None:
        return stands_in_the_way
    draft = Draft(playbook, caseload, now=move.now, cause=task.cause)
    draft.move_task(replace(task, status=status, assignee=assignee or task.assignee), reason=reason)
    if then is not None:
        then(draft, task)
    return draft.decision()


def _stale(task: Task, move: Move) -> Refusal | None:
    if task.version == move.version:
        return None
    return Refusal(
        reason=f"The task has changed since you looked at it: it is now at version {task.version}.",
        possible=("look_again",),
    )


def _held_by_another(task: Task, move: Move) -> Refusal | None:
    if task.assignee is None or task.assignee == move.by or move.any_holder:
        return None
    return Refusal(
        reason="Somebody else has taken this task on; they or a supervisor can hand it over.",
        possible=("reassign",),
    )
