"""What the search for help and its outcome lead to. Right for any order of arrival: the version decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from contracts.events.navigation import (
    HelpUnmatched,
    ReferralAccepted,
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralEvent,
    ReferralMissed,
    ReferralProgressed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralStalled,
    ReferralUnanswered,
)
from contracts.terms import BarrierStatus, ChangedBy, ClientConfirmed, ReasonCode, TaskKind, Wish
from services.barriers.model import Barrier, Caseload, Cause, Decision, Playbook, Referral
from services.barriers.policy import wins
from services.barriers.policy.answering import ANSWERS
from services.barriers.policy.draft import Draft
from services.barriers.policy.needs import need_about
from services.barriers.policy.wishes import SEARCHING, settle
from services.barriers.policy.wording import filled

WAITING = frozenset({TaskKind.FOLLOW_UP_REFERRAL, TaskKind.OFFER_OPTIONS, TaskKind.ASK_PERMISSION})
"""What a referral's own tasks wait for; a sign of life from the partner answers them."""

NOTHING_TO_DO = frozenset({ReasonCode.CONSENT_REVOKED, ReasonCode.BARRIER_WITHDRAWN, ReasonCode.SUPERSEDED})
"""Endings that the client or a successor brought about; nobody has to follow them up."""

ALL_BUT_REPLIES = ANSWERS | SEARCHING | {TaskKind.REVIEW_SETBACK}


def follow(
    playbook: Playbook, caseload: Caseload, event: ReferralEvent, *, now: datetime, cause: Cause
) -> Decision:
    """Take in where a referral is, and do what it calls for. The barrier must be in the case."""
    draft = Draft(playbook, caseload, now=now, cause=cause)
    known = draft.referrals.get(event.referral_id)
    is_latest = known is None or event.version > known.version
    if is_latest:
        draft.referrals[event.referral_id] = Referral(
            id=event.referral_id,
            client_id=event.client_id,
            barrier_id=event.barrier_id,
            version=event.version,
            status=event.status,
            service_name=event.service_name,
        )
    barrier = draft.barriers[event.barrier_id]
    if isinstance(event, ReferralMissed):
        _missed(draft, barrier, event, is_latest=is_latest)
    elif is_latest:
        _latest(draft, barrier, event)
    return draft.decision()


def unmatched(
    playbook: Playbook, caseload: Caseload, event: HelpUnmatched, *, now: datetime, cause: Cause
) -> Decision:
    """Have a person look where the directory has nothing, unless the client no longer wants it."""
    barrier = caseload.barriers[event.barrier_id]
    if not barrier.is_open or not barrier.help_asked:
        return Decision(caseload=caseload)
    draft = Draft(playbook, caseload, now=now, cause=cause)
    draft.ask_for(
        need_about(playbook, barrier, TaskKind.FIND_HELP, subject_id=event.help_id, occasion="unmatched")
    )
    return draft.decision()


def _latest(draft: Draft, barrier: Barrier, event: ReferralEvent) -> None:
    match event:
        case ReferralDrafted():
            _drafted(draft, barrier, event)
        case ReferralRequested():
            _requested(draft, barrier, event)
        case ReferralScheduled():
            _heard_from(draft, event)
            _planned(draft, barrier, event)
        case ReferralAccepted() | ReferralProgressed() | ReferralCompleted():
            _heard_from(draft, event)
        case ReferralRejected() | ReferralUnanswered() | ReferralStalled():
            _no_help_there(draft, barrier, event)
        case ReferralEnded():
            _ended(draft, barrier, event)
        case ReferralConfirmed():
            _confirmed(draft, barrier, event)
        case _:
            pass


def _drafted(draft: Draft, barrier: Barrier, event: ReferralDrafted) -> None:
    if event.replaces is not None or not barrier.is_open or not barrier.help_asked:
        return
    reason = _sentence(event.why_not_sent)
    # Where another referral is under way for the same need, a consent would change nothing: it is a choice.
    only_consent_is_missing = (
        event.live_id is None
        and barrier.wish is Wish.GO_AHEAD
        and not draft.rules_of(barrier).never_auto_refer
    )
    need = need_about(
        draft.playbook,
        barrier,
        TaskKind.ASK_PERMISSION if only_consent_is_missing else TaskKind.OFFER_OPTIONS,
        subject_id=event.referral_id,
        occasion="drafted",
        referral_id=event.referral_id,
        why=draft.playbook.phrases.sharing if only_consent_is_missing else None,
        service=event.service_name,
        reason=reason,
    )
    draft.ask_for(need)


def _requested(draft: Draft, barrier: Barrier, event: ReferralRequested) -> None:
    sent = filled(draft.playbook.phrases.referral_sent, service=event.service_name)
    over = {event.referral_id, event.replaces} - {None}
    draft.answer_needs(lambda need: need.referral_id in over and need.kind in WAITING, reason=sent)
    settle(draft, barrier.id, frozenset({TaskKind.FIND_HELP}), reason=sent)
    _planned(draft, barrier, event)


def _no_help_there(
    draft: Draft, barrier: Barrier, event: ReferralRejected | ReferralUnanswered | ReferralStalled
) -> None:
    if isinstance(event, ReferralStalled):
        _follow_up(draft, barrier, event, told=draft.playbook.phrases.stalled)
        return
    said = _sentence(event.reason_text) if isinstance(event, ReferralRejected) else "No answer has come yet."
    _follow_up(draft, barrier, event, told=f"{said} {_next_step(draft, event.runner_up_id)}")


def _planned(draft: Draft, barrier: Barrier, event: ReferralEvent) -> None:
    if barrier.status is BarrierStatus.ACKNOWLEDGED:
        sent = filled(draft.playbook.phrases.referral_sent, service=event.service_name)
        draft.move_barrier(barrier, BarrierStatus.PLANNED, by=ChangedBy.FOOTHOLD, reason=sent)


def _heard_from(draft: Draft, event: ReferralEvent) -> None:
    _settle_referral(draft, event.referral_id, reason=draft.playbook.phrases.answered)


def _settle_referral(draft: Draft, referral_id: UUID, *, reason: str) -> None:
    draft.answer_needs(lambda need: need.referral_id == referral_id and need.kind in WAITING, reason=reason)


def _follow_up(draft: Draft, barrier: Barrier, event: ReferralEvent, *, told: str) -> None:
    if not barrier.is_open:
        return
    draft.ask_for(
        need_about(
            draft.playbook,
            barrier,
            TaskKind.FOLLOW_UP_REFERRAL,
            subject_id=event.referral_id,
            occasion=f"v{event.version}",
            referral_id=event.referral_id,
            service=event.service_name,
            reason=told,
        )
    )


def _missed(draft: Draft, barrier: Barrier, event: ReferralMissed, *, is_latest: bool) -> None:
    setback_id = uuid5(event.referral_id, f"setback/{event.appointment_id}")
    if not barrier.is_open or setback_id in draft.setbacks:
        return
    told = filled(draft.playbook.phrases.missed, service=event.service_name)
    draft.record_setback(barrier, setback_id=setback_id, what_happened=told, referral_id=event.referral_id)
    if is_latest and barrier.status is not BarrierStatus.ACKNOWLEDGED:
        draft.move_barrier(barrier, BarrierStatus.ACKNOWLEDGED, by=ChangedBy.FOOTHOLD, reason=told)
    review(draft, barrier, setback_id=setback_id, told=told, referral_id=event.referral_id)


def review(
    draft: Draft, barrier: Barrier, *, setback_id: UUID, told: str, referral_id: UUID | None = None
) -> None:
    """Have somebody look at a setback together with the client: a question, and a smaller step to offer."""
    text = draft.rules_of(barrier).setback
    draft.ask_for(
        need_about(
            draft.playbook,
            barrier,
            TaskKind.REVIEW_SETBACK,
            subject_id=setback_id,
            occasion="setback",
            referral_id=referral_id,
            reason=_sentence(told),
            question=text.question,
            step=text.smaller_step,
        )
    )


def _ended(draft: Draft, barrier: Barrier, event: ReferralEnded) -> None:
    told = _sentence(event.reason_text)
    _settle_referral(draft, event.referral_id, reason=told)
    if not barrier.is_open or event.reason in NOTHING_TO_DO:
        return
    if event.reason is not ReasonCode.CLIENT_DECLINED:
        next_step = _next_step(draft, event.runner_up_id)
        _follow_up(draft, barrier, event, told=f"{told} {next_step}")
        return
    draft.barriers[barrier.id] = replace(barrier, help_asked=False)
    draft.ask_for(
        need_about(
            draft.playbook,
            barrier,
            TaskKind.HAVE_CONVERSATION,
            subject_id=event.referral_id,
            occasion="declined",
            referral_id=event.referral_id,
        )
    )


def _confirmed(draft: Draft, barrier: Barrier, event: ReferralConfirmed) -> None:
    phrases = draft.playbook.phrases
    if event.client_confirmed is ClientConfirmed.YES:
        draft.barriers[barrier.id] = replace(barrier, help_asked=False)
        draft.move_barrier(
            draft.barriers[barrier.id], BarrierStatus.EASED, by=ChangedBy.CLIENT, reason=phrases.eased
        )
        settle(draft, barrier.id, frozenset(ALL_BUT_REPLIES), reason=phrases.eased)
        wins.got_help(draft, barrier, referral_id=event.referral_id, service_name=event.service_name)
    elif event.client_confirmed is ClientConfirmed.NO:
        if barrier.status is not BarrierStatus.ACKNOWLEDGED:
            draft.move_barrier(
                barrier, BarrierStatus.ACKNOWLEDGED, by=ChangedBy.CLIENT, reason=phrases.not_yet
            )
        _follow_up(draft, draft.barriers[barrier.id], event, told=phrases.not_yet)


def _next_step(draft: Draft, runner_up_id: UUID | None) -> str:
    phrases = draft.playbook.phrases
    return phrases.no_runner_up if runner_up_id is None else phrases.runner_up


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "…", '"')) else f"{text}."
