"""Small wins: noticed by themselves, once each, in words that the client would like to hear."""

from __future__ import annotations

from uuid import UUID, uuid5

from contracts.events.barriers import WinNoticed
from contracts.terms import WinKind
from services.barriers.model import Barrier, Plan, SmallStep, Win
from services.barriers.policy.draft import Draft
from services.barriers.policy.wording import filled, quoted


def step_kept(draft: Draft, barrier: Barrier, step: SmallStep) -> None:
    """Notice that a step was kept."""
    words = filled(draft.playbook.phrases.step_kept, words=quoted(step.words))
    _notice(draft, barrier, words, kind=WinKind.STEP_KEPT, subject_id=step.id)


def plan_helped(draft: Draft, barrier: Barrier, plan: Plan) -> None:
    """Notice that a plan helped when its moment came."""
    phrase = draft.playbook.phrases.plan_helped
    words = filled(phrase, if_words=quoted(plan.if_words), then_words=quoted(plan.then_words))
    _notice(draft, barrier, words, kind=WinKind.PLAN_HELPED, subject_id=plan.id)


def got_help(draft: Draft, barrier: Barrier, *, referral_id: UUID, service_name: str) -> None:
    """Notice that a referral brought what was needed, as the client says."""
    words = filled(draft.playbook.phrases.got_help, service=service_name)
    _notice(draft, barrier, words, kind=WinKind.GOT_HELP, subject_id=referral_id)


def _notice(draft: Draft, barrier: Barrier, words: str, *, kind: WinKind, subject_id: UUID) -> None:
    win_id = uuid5(subject_id, f"win/{kind.value}")
    if win_id in draft.wins:
        return
    known = draft.rules_of(barrier).affirmations
    win = Win(
        id=win_id,
        client_id=barrier.client_id,
        barrier_id=barrier.id,
        kind=kind,
        subject_id=subject_id,
        words=words,
        # Not the same one every time, and the same one for the same win in a replay.
        affirmation=known[win_id.int % len(known)],
        noticed_at=draft.now,
    )
    draft.wins[win_id] = win
    draft.events.append(
        WinNoticed(
            client_id=win.client_id,
            win_id=win.id,
            barrier_id=win.barrier_id,
            kind=kind,
            step_id=subject_id if kind is WinKind.STEP_KEPT else None,
            plan_id=subject_id if kind is WinKind.PLAN_HELPED else None,
            referral_id=subject_id if kind is WinKind.GOT_HELP else None,
            words=win.words,
            affirmation=win.affirmation,
            noticed_at=draft.now,
        )
    )
