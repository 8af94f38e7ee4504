"""A decision in the making: starts from a case, takes in what is decided, and gives the case as it then is.

Nothing here is seen outside before `decision()`; the case that was passed in is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from contracts.event import Event
from contracts.events.barriers import (
    BarrierMoved,
    HelpNeeded,
    HelpWithdrawn,
    SetbackRecorded,
    TaskMoved,
    TaskOpened,
)
from contracts.terms import BarrierCategory, BarrierStatus, ChangedBy, Priority, TaskKind, TaskStatus, Wish
from contracts.values import Consent
from services.barriers.model import (
    Barrier,
    Caseload,
    CategoryRules,
    Cause,
    Decision,
    HelpRules,
    Need,
    Playbook,
    Setback,
    Task,
)
from services.barriers.policy.moves import BARRIER_MOVES, can_move
from services.barriers.policy.windows import due_window
from services.barriers.policy.wording import filled

RANK = {priority: rank for rank, priority in enumerate(Priority)}
"""Priorities from the lowest up."""

WEEK = timedelta(days=7)

TAKEN_BACK = frozenset({TaskStatus.SUPERSEDED, TaskStatus.CANCELLED})
"""Tasks that nobody had to do; they do not count towards the cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNeed:
    """A need as it arises: what to do about what, why, how urgent, and the id of the task if it gets one."""

    need: Need
    task_id: UUID
    title: str
    priority: Priority
    priority_reason: str


class Draft:
    """The case while one decision is being made."""

    def __init__(self, playbook: Playbook, caseload: Caseload, *, now: datetime, cause: Cause) -> None:
        self.playbook = playbook
        self.client = caseload.client
        self.now = now
        self.cause = cause
        self.barriers = dict(caseload.barriers)
        self.tasks = dict(caseload.tasks)
        self.plans = dict(caseload.plans)
        self.referrals = dict(caseload.referrals)
        self.setbacks = dict(caseload.setbacks)
        self.steps = dict(caseload.steps)
        self.progress = dict(caseload.progress)
        self.wins = dict(caseload.wins)
        self.answers = dict(caseload.answers)
        self.asked: set[TaskKind] = set()
        self.events: list[Event] = []

    @property
    def client_id(self) -> UUID:
        """Whose case it is."""
        return self.client.context.client_id

    def decision(self) -> Decision:
        """Give the case as it stands now, and what is to be told."""
        caseload = Caseload(
            client=self.client,
            barriers=self.barriers,
            tasks=self.tasks,
            plans=self.plans,
            referrals=self.referrals,
            setbacks=self.setbacks,
            steps=self.steps,
            progress=self.progress,
            wins=self.wins,
            answers=self.answers,
        )
        return Decision(caseload=caseload, events=tuple(self.events))

    def rules_of(self, barrier: Barrier) -> CategoryRules:
        """Give the playbook's rules for a barrier."""
        return self.playbook.categories[barrier.category]

    # -- tasks -------------------------------------------------------------------------------------------

    def ask_for(self, new: NewNeed) -> None:
        """Put a need on a task: one that answers it already, one that fits, or a new one; never lost."""
        need = new.need
        self.asked.add(need.kind)
        live = [task for task in self.tasks.values() if task.is_live]
        if any(_answers(task, need) for task in live):
            return
        related = [task for task in live if task.kind is need.kind and self._related(task, need)]
        if related:
            self._join(min(related, key=_first_due), new, why=need.why)
        elif live and self._at_cap(new.priority):
            fitting = min(live, key=lambda task: self._fit(task, need))
            told = f"{new.title}. {need.why}"
            self._join(fitting, new, why=filled(self.playbook.phrases.joined, reason=told))
        else:
            self._open(new)

    def answer_needs(
        self, which: Callable[[Need], bool], *, reason: str, unclaimed_only: bool = False
    ) -> None:
        """Take needs that are answered off their tasks; a task with none left is superseded."""
        for task in sorted(self.tasks.values(), key=_first_due):
            if not task.is_live or (unclaimed_only and task.status is not TaskStatus.OPEN):
                continue
            needs = tuple(
                replace(need, answered=True) if not need.answered and which(need) else need
                for need in task.needs
            )
            if needs == task.needs:
                continue
            done = all(need.answered for need in needs)
            status = TaskStatus.SUPERSEDED if done else task.status
            self.move_task(replace(task, needs=needs, status=status), reason=reason)

    def move_task(self, task: Task, *, reason: str | None) -> Task:
        """Take in a task's move, and tell it."""
        outcome = reason if not task.is_live else task.outcome
        moved = replace(task, version=task.version + 1, moved_at=self.now, outcome=outcome)
        self.tasks[task.id] = moved
        self.events.append(
            TaskMoved(
                client_id=task.client_id,
                task_id=task.id,
                version=moved.version,
                status=moved.status,
                reason=reason,
                assignee=moved.assignee,
                barrier_ids=moved.barrier_ids,
                why=moved.why,
                priority=moved.priority,
                priority_reason=moved.priority_reason,
                due_from=moved.due_from,
                due_by=moved.due_by,
                moved_at=self.now,
            )
        )
        return moved

    def _at_cap(self, priority: Priority) -> bool:
        caps = self.playbook.caps
        if RANK[priority] >= RANK[caps.own_task_from]:
            return False
        week_ago = self.now - WEEK
        lately = sum(
            task.opened_at > week_ago and task.status not in TAKEN_BACK for task in self.tasks.values()
        )
        return lately >= caps.tasks_per_client_week

    def _related(self, task: Task, need: Need) -> bool:
        if need.barrier_id is None or need.kind is TaskKind.HEAR_REPLY:
            return need.kind is TaskKind.HEAR_REPLY
        if need.barrier_id in task.barrier_ids:
            return True
        mine = self.barriers.get(need.barrier_id)
        others = (self.barriers.get(barrier_id) for barrier_id in task.barrier_ids)
        return mine is not None and any(
            other is not None and other.category is mine.category for other in others
        )

    def _fit(self, task: Task, need: Need) -> tuple[bool, bool, int, datetime, UUID]:
        kind_differs = task.kind is not need.kind
        return kind_differs, not self._related(task, need), -RANK[task.priority], task.due_by, task.id

    def _window(self, kind: TaskKind) -> tuple[datetime, datetime]:
        context = self.client.context
        windows = self.playbook.tasks[kind].windows.by_pace
        return due_window(self.now, context.time_zone, windows[context.pace])

    def _open(self, new: NewNeed) -> None:
        due_from, due_by = self._window(new.need.kind)
        task = Task(
            id=new.task_id,
            client_id=self.client_id,
            kind=new.need.kind,
            status=TaskStatus.OPEN,
            version=1,
            title=new.title,
            needs=(new.need,),
            priority=new.priority,
            priority_reason=new.priority_reason,
            due_from=due_from,
            due_by=due_by,
            opened_at=self.now,
            moved_at=self.now,
            cause=self.cause,
        )
        self.tasks[task.id] = task
        self.events.append(
            TaskOpened(
                client_id=task.client_id,
                task_id=task.id,
                kind=task.kind,
                title=task.title,
                why=new.need.why,
                barrier_ids=() if new.need.barrier_id is None else (new.need.barrier_id,),
                referral_id=new.need.referral_id,
                priority=task.priority,
                priority_reason=task.priority_reason,
                due_from=due_from,
                due_by=due_by,
                opened_at=self.now,
            )
        )

    def _join(self, task: Task, new: NewNeed, *, why: str) -> None:
        due_from, due_by = self._window(new.need.kind)
        rises = RANK[new.priority] > RANK[task.priority]
        joined = replace(
            task,
            needs=(*task.needs, replace(new.need, why=why)),
            priority=new.priority if rises else task.priority,
            priority_reason=new.priority_reason if rises else task.priority_reason,
            due_from=min(task.due_from, due_from),
            due_by=min(task.due_by, due_by),
        )
        self.move_task(joined, reason=why)

    # -- barriers ----------------------------------------------------------------------------------------

    def move_barrier(self, barrier: Barrier, status: BarrierStatus, *, by: ChangedBy, reason: str) -> Barrier:
        """Take in a barrier's move where its machine has it, and tell it; else leave it as it is."""
        if not can_move(BARRIER_MOVES, barrier.status, status):
            return barrier
        moved = replace(barrier, status=status, version=barrier.version + 1, moved_at=self.now)
        self.barriers[barrier.id] = moved
        self.events.append(
            BarrierMoved(
                client_id=barrier.client_id,
                barrier_id=barrier.id,
                version=moved.version,
                was=barrier.status,
                status=status,
                by=by,
                reason=reason,
                moved_at=self.now,
            )
        )
        return moved

    # -- help --------------------------------------------------------------------------------------------

    def ask_for_help(self, barrier: Barrier, *, consents: tuple[Consent, ...]) -> Barrier:
        """Ask navigation for help, unless it is being looked for already or this kind has none."""
        rules = self.rules_of(barrier)
        if rules.help is None or barrier.help_asked or self.looked_for(barrier):
            return barrier
        asked = replace(barrier, help_asked=True, help_round=barrier.help_round + 1)
        self.barriers[barrier.id] = asked
        self.tell_need(asked, rules.help, consents=consents)
        return asked

    def tell_need(self, barrier: Barrier, wanted: HelpRules, *, consents: tuple[Consent, ...]) -> None:
        """Tell navigation what would help with a barrier for which help is asked."""
        self.events.append(
            HelpNeeded(
                client_id=barrier.client_id,
                help_id=uuid5(barrier.id, f"help/{barrier.help_round}"),
                barrier_id=barrier.id,
                category=barrier.category,
                resource_codes=wanted.resources,
                filters=wanted.filters,
                wish=Wish.GO_AHEAD,
                send_allowed=not self.rules_of(barrier).never_auto_refer,
                words=barrier.words,
                client=self.client.context,
                consents=consents,
                rule=barrier.rule,
                playbook_version=self.playbook.edition,
                needed_at=self.now,
            )
        )

    def withdraw_help(self, barrier: Barrier, *, by: ChangedBy, reason: str) -> Barrier:
        """Stop what is under way; where another barrier of the kind still wants help, ask for that one."""
        withdrawn = replace(barrier, help_asked=False)
        self.barriers[barrier.id] = withdrawn
        self.events.append(
            HelpWithdrawn(
                client_id=barrier.client_id,
                barrier_id=barrier.id,
                by=by,
                reason=reason,
                withdrawn_at=self.now,
            )
        )
        for other in self.same_kind(barrier.category, but=barrier.id):
            if (
                other.wish is Wish.GO_AHEAD
                and other.help_round == 0
                and not self.rules_of(other).never_auto_refer
            ):
                self.ask_for_help(other, consents=self.client.consents)
        return withdrawn

    def looked_for(self, barrier: Barrier) -> bool:
        """Whether help is being looked for already because of another open barrier of the same kind."""
        return any(other.help_asked for other in self.same_kind(barrier.category, but=barrier.id))

    def same_kind(self, category: BarrierCategory, *, but: UUID) -> list[Barrier]:
        """Give the client's other open barriers of a kind, in the order in which they were stated."""
        found = [
            other
            for other in self.barriers.values()
            if other.id != but and other.category is category and other.is_open
        ]
        return sorted(found, key=lambda other: (other.stated_at, other.id))

    # -- setbacks ----------------------------------------------------------------------------------------

    def record_setback(
        self,
        barrier: Barrier,
        *,
        setback_id: UUID,
        what_happened: str,
        task_id: UUID | None = None,
        referral_id: UUID | None = None,
    ) -> Setback:
        """Record that something did not work out, with a kind question and a smaller step to offer."""
        text = self.rules_of(barrier).setback
        setback = Setback(
            id=setback_id,
            client_id=barrier.client_id,
            barrier_id=barrier.id,
            task_id=task_id,
            referral_id=referral_id,
            what_happened=what_happened,
            question=text.question,
            smaller_step=text.smaller_step,
            recorded_at=self.now,
        )
        self.setbacks[setback.id] = setback
        self.events.append(
            SetbackRecorded(
                client_id=setback.client_id,
                setback_id=setback.id,
                barrier_id=setback.barrier_id,
                task_id=task_id,
                referral_id=referral_id,
                what_happened=what_happened,
                question=setback.question,
                smaller_step=setback.smaller_step,
                recorded_at=self.now,
            )
        )
        return setback


def _answers(task: Task, need: Need) -> bool:
    return any(
        one.kind is need.kind and one.subject_id == need.subject_id and not one.answered for one in task.needs
    )


def _first_due(task: Task) -> tuple[datetime, UUID]:
    return task.due_by, task.id
