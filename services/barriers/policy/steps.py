"""Small steps: offered, agreed by the client, tried, paused, changed, done or left for another time.

A step is agreed only when it is specific, counted and has a last day. One that does not come about is
information, never a verdict: a kind question, and a smaller step to offer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from contracts.events.barriers import StepAgreed, StepMoved
from contracts.terms import BarrierStatus, StepStatus
from services.barriers.model import Barrier, Caseload, Decision, Playbook, Progress, Refusal, SmallStep
from services.barriers.policy import wins
from services.barriers.policy.draft import Draft
from services.barriers.policy.moves import STEP_MOVES, can_move, possible_moves, refusal
from services.barriers.policy.referrals import review
from services.barriers.policy.wording import filled, quoted

LONGEST_DAYS = 366
"""A small step ends within a year."""

UNDER_WAY = frozenset({StepStatus.AGREED, StepStatus.PAUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """A step in the client's words; None leaves a part as it is, or as a new step has it."""

    words: str | None = None
    times: int | None = None
    counted: str | None = None
    begins_on: date | None = None
    ends_on: date | None = None
    serves: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMove:
    """A move of a step: which, on which version they looked at, and when."""

    step_id: UUID
    version: int
    now: datetime


def offer(  # noqa: PLR0913 - one keyword for each thing that an offer may bring along
    playbook: Playbook,
    caseload: Caseload,
    barrier_id: UUID,
    wording: StepWords,
    *,
    step_id: UUID,
    agreed: bool,
    now: datetime,
) -> Decision | Refusal:
    """Offer a small step about a barrier, or write down one that the client agreed right away."""
    barrier = caseload.barriers[barrier_id]
    if barrier.status is BarrierStatus.WITHDRAWN:
        return Refusal(
            reason="The client took this back. It can be taken up again first, if they would like to.",
            possible=("reopen",),
        )
    draft = Draft(playbook, caseload, now=now, cause=barrier.cause)
    step = _new(draft, barrier, wording, step_id=step_id)
    trouble = _trouble(step, draft, agreed=agreed)
    if trouble is not None:
        return trouble
    _tell(draft, replace(step, status=StepStatus.AGREED) if agreed else step)
    return draft.decision()


def agree(
    playbook: Playbook, caseload: Caseload, move: StepMove, *, wording: StepWords | None = None
) -> Decision | Refusal:
    """Write down that the client agreed a step, or took one up again, in their wording."""
    return _moved(playbook, caseload, move, StepStatus.AGREED, wording=wording)


def change(
    playbook: Playbook, caseload: Caseload, move: StepMove, *, wording: StepWords
) -> Decision | Refusal:
    """Change a step at any time. The new wording is an offer until the client agrees it."""
    return _moved(playbook, caseload, move, StepStatus.OFFERED, wording=wording)


def pause(playbook: Playbook, caseload: Caseload, move: StepMove, *, note: str | None) -> Decision | Refusal:
    """Let a step rest at the client's word; nothing is asked of anybody until it is taken up again."""
    return _moved(playbook, caseload, move, StepStatus.PAUSED, note=note)


def note_progress(
    playbook: Playbook, caseload: Caseload, move: StepMove, *, note: str | None, more_times: int
) -> Decision | Refusal:
    """Write down how a step is going, in the client's words; a step stays as it is until they say more."""
    step = caseload.steps[move.step_id]
    if step.status not in UNDER_WAY:
        return _not_under_way(step)
    stale = _stale(step, move)
    if stale is not None:
        return stale
    draft = Draft(playbook, caseload, now=move.now, cause=step.cause)
    _go_forward(draft, step, note=note, more_times=more_times)
    return draft.decision()


def done(
    playbook: Playbook, caseload: Caseload, move: StepMove, *, note: str | None, more_times: int = 0
) -> Decision | Refusal:
    """Write down that the client kept a step; that is a small win, noticed at once."""
    made = _moved(playbook, caseload, move, StepStatus.DONE, note=note, more_times=more_times)
    if isinstance(made, Refusal):
        return made
    step = made.caseload.steps[move.step_id]
    draft = Draft(playbook, made.caseload, now=move.now, cause=step.cause)
    wins.step_kept(draft, draft.barriers[step.barrier_id], step)
    return _together(made, draft.decision())


def not_this_time(
    playbook: Playbook,
    caseload: Caseload,
    move: StepMove,
    *,
    told: str | None,
    smaller: StepWords | None,
) -> Decision | Refusal:
    """Write down that a step does not come about for now, and offer a smaller one where there is an idea.

    One that was under way is looked at as information: with a smaller step in hand there is nothing more to
    do, otherwise there is a task to look at it together. An offer that is not taken up needs no reason.
    """
    before = caseload.steps[move.step_id]
    made = _moved(playbook, caseload, move, StepStatus.NOT_THIS_TIME, note=told)
    if isinstance(made, Refusal):
        return made
    draft = Draft(playbook, made.caseload, now=move.now, cause=before.cause)
    step, barrier = draft.steps[move.step_id], draft.barriers[before.barrier_id]
    if before.status in UNDER_WAY and barrier.is_open:
        happened = told or filled(playbook.phrases.step_not_this_time, words=quoted(step.words))
        setback_id = uuid5(step.id, f"setback/{step.version}")
        draft.record_setback(barrier, setback_id=setback_id, what_happened=happened)
        if smaller is None:
            review(draft, barrier, setback_id=setback_id, told=happened)
    if smaller is not None:
        smaller_id = uuid5(step.id, f"smaller/{step.version}")
        trouble = _offer_smaller(draft, barrier, step, smaller, smaller_id=smaller_id)
        if trouble is not None:
            return trouble
    return _together(made, draft.decision())


def make_smaller(
    playbook: Playbook, caseload: Caseload, move: StepMove, *, wording: StepWords, smaller_id: UUID
) -> Decision | Refusal:
    """Offer a smaller version of a step that was left for another time; what is not said is as it was."""
    step = caseload.steps[move.step_id]
    if step.status is not StepStatus.NOT_THIS_TIME:
        return Refusal(
            reason="A smaller step can be offered for one that was left for another time.",
            possible=possible_for(step),
        )
    stale = _stale(step, move)
    if stale is not None:
        return stale
    draft = Draft(playbook, caseload, now=move.now, cause=step.cause)
    barrier = draft.barriers[step.barrier_id]
    trouble = _offer_smaller(draft, barrier, step, wording, smaller_id=smaller_id)
    return trouble or draft.decision()


def possible_for(step: SmallStep) -> tuple[str, ...]:
    """Name what can be done with a step now."""
    moves = possible_moves(STEP_MOVES, step.status)
    if step.status in UNDER_WAY:
        return "progress", *moves
    return ("smaller", *moves) if step.status is StepStatus.NOT_THIS_TIME else moves


def _new(draft: Draft, barrier: Barrier, wording: StepWords, *, step_id: UUID) -> SmallStep:
    return SmallStep(
        id=step_id,
        client_id=barrier.client_id,
        barrier_id=barrier.id,
        status=StepStatus.OFFERED,
        version=1,
        words=wording.words or "",
        times=wording.times or 1,
        counted=wording.counted,
        times_done=0,
        begins_on=wording.begins_on or _today(draft),
        ends_on=wording.ends_on,
        serves=wording.serves or barrier.goal_words,
        smaller_of=None,
        offered_at=draft.now,
        moved_at=draft.now,
        cause=barrier.cause,
    )


def _offer_smaller(
    draft: Draft, barrier: Barrier, step: SmallStep, wording: StepWords, *, smaller_id: UUID
) -> Refusal | None:
    offered = replace(
        _new(draft, barrier, wording, step_id=smaller_id),
        words=wording.words or step.words,
        counted=wording.counted or step.counted,
        serves=wording.serves or step.serves,
        smaller_of=step.id,
        cause=step.cause,
    )
    trouble = _trouble(offered, draft, agreed=False)
    if trouble is None:
        _tell(draft, offered)
    return trouble


def _moved(  # noqa: PLR0913 - one keyword for each thing that a move may bring along
    playbook: Playbook,
    caseload: Caseload,
    move: StepMove,
    status: StepStatus,
    *,
    wording: StepWords | None = None,
    note: str | None = None,
    more_times: int = 0,
) -> Decision | Refusal:
    step = caseload.steps[move.step_id]
    if not can_move(STEP_MOVES, step.status, status):
        made = refusal(STEP_MOVES, step.status, status, "step")
        return replace(made, possible=possible_for(step))
    stale = _stale(step, move)
    if stale is not None:
        return stale
    draft = Draft(playbook, caseload, now=move.now, cause=step.cause)
    reworded = _reworded(step, wording)
    trouble = _trouble(reworded, draft, agreed=status is StepStatus.AGREED)
    if trouble is not None and status in {StepStatus.AGREED, StepStatus.OFFERED}:
        return trouble
    _go_forward(draft, replace(reworded, status=status), note=note, more_times=more_times)
    return draft.decision()


def _go_forward(draft: Draft, step: SmallStep, *, note: str | None, more_times: int) -> None:
    moved = replace(
        step, version=step.version + 1, times_done=step.times_done + more_times, moved_at=draft.now
    )
    if note is not None or more_times:
        progress = Progress(
            id=uuid5(step.id, f"progress/{moved.version}"),
            client_id=step.client_id,
            step_id=step.id,
            version=moved.version,
            more_times=more_times,
            note=note,
            noted_at=draft.now,
        )
        draft.progress[progress.id] = progress
    _tell(draft, moved, note=note, more_times=more_times)


def _tell(draft: Draft, step: SmallStep, *, note: str | None = None, more_times: int = 0) -> None:
    was = draft.steps.get(step.id)
    draft.steps[step.id] = step
    newly_agreed = step.status is StepStatus.AGREED and (was is None or was.status is not StepStatus.AGREED)
    shown = {
        "client_id": step.client_id,
        "step_id": step.id,
        "barrier_id": step.barrier_id,
        "version": step.version,
        "status": step.status,
        "words": step.words,
        "times": step.times,
        "counted": step.counted,
        "times_done": step.times_done,
        "begins_on": step.begins_on,
        "ends_on": step.ends_on,
        "serves": step.serves,
        "smaller_of": step.smaller_of,
        "moved_at": draft.now,
    }
    if newly_agreed:
        draft.events.append(StepAgreed.model_validate(shown))
    else:
        draft.events.append(StepMoved.model_validate(shown | {"note": note, "more_times": more_times}))


def _reworded(step: SmallStep, wording: StepWords | None) -> SmallStep:
    if wording is None:
        return step
    return replace(
        step,
        words=wording.words or step.words,
        times=wording.times or step.times,
        counted=wording.counted or step.counted,
        begins_on=wording.begins_on or step.begins_on,
        ends_on=wording.ends_on or step.ends_on,
        serves=wording.serves or step.serves,
    )


def _trouble(step: SmallStep, draft: Draft, *, agreed: bool) -> Refusal | None:
    """Say what a step lacks: to be offered its days must make sense, to be agreed it needs a last day."""
    today = _today(draft)
    if step.ends_on is None:
        if not agreed:
            return None
        return Refusal(
            reason="A step is agreed with a last day, so that both know when to look at it: say until when.",
            possible=("say_until_when",),
        )
    if step.ends_on < max(today, step.begins_on) or (step.ends_on - today).days > LONGEST_DAYS:
        return Refusal(
            reason="The last day of a step is today or later, not before its first day, and within a year.",
            possible=("say_until_when",),
        )
    return None


def _today(draft: Draft) -> date:
    return draft.now.astimezone(ZoneInfo(draft.client.context.time_zone)).date()


def _stale(step: SmallStep, move: StepMove) -> Refusal | None:
    if step.version == move.version:
        return None
    return Refusal(
        reason=f"The step has changed since you looked at it: it is now at version {step.version}.",
        possible=("look_again",),
    )


def _not_under_way(step: SmallStep) -> Refusal:
    now = step.status.value.replace("_", " ")
    return Refusal(
        reason=f"The step is {now}, so there is no progress to write down.", possible=possible_for(step)
    )


def _together(first: Decision, then: Decision) -> Decision:
    return Decision(caseload=then.caseload, events=(*first.events, *then.events))
