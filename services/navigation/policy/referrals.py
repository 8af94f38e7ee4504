"""Where a referral may go, who may move it there, and what the move leads to.

The statuses and edges are Gravity SDOH Clinical Care's (Task), the business statuses BSeR's:

    draft -> requested                          the requester
    requested -> accepted | rejected            the partner
    accepted -> in-progress | on-hold | completed | failed      the partner
    in-progress <-> on-hold, both -> completed | failed         the partner
    requested | accepted | in-progress | on-hold -> cancelled   either, and the client's no
    any -> entered-in-error                     the requester

A meeting that was made is moved, missed, kept or called off (5.1.1 to 5.1.4) without the status moving back.
BSeR's 5.2, cancellation requested, is not used: a client's no, a revoked consent and a cancellation by us end
the referral then and there, and wait for nobody's agreement.

A draft never left us, so that dropping it is our own affair: it ends as cancelled too. An answer that comes
twice is taken as a repeat; any other answer that does not fit is refused with what is possible instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import assert_never

from contracts.terms import BusinessStatus, ChangedBy, ReasonCode, ReferralStatus
from services.navigation.model.referrals import (
    ENDED,
    LIVE,
    UNDER_WAY,
    Accept,
    Cancel,
    Choose,
    ClientDeclines,
    Complete,
    Confirm,
    Decision,
    Decline,
    EnterInError,
    Fail,
    Hold,
    Kept,
    Missed,
    Move,
    Moved,
    MoveName,
    NotPossible,
    Progress,
    Referral,
    Repeated,
    Schedule,
    Send,
    Stalled,
    Unanswered,
    Unschedule,
)

DRAFT = frozenset({ReferralStatus.DRAFT})
REQUESTED = frozenset({ReferralStatus.REQUESTED})
ANSWERED = UNDER_WAY
OPEN = DRAFT | LIVE

STAFF = frozenset({ChangedBy.STAFF})
SENDERS = frozenset({ChangedBy.STAFF, ChangedBy.FOOTHOLD})
PARTNER = frozenset({ChangedBy.PARTNER})
CLIENT = frozenset({ChangedBy.CLIENT})
FOOTHOLD = frozenset({ChangedBy.FOOTHOLD})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the state machine: what it is called, from where, by whom; `meeting`: one was made."""

    name: MoveName
    source: frozenset[ReferralStatus]
    movers: frozenset[ChangedBy]
    meeting: bool = False


RULES: dict[type[Move], Rule] = {
    Choose: Rule(MoveName.CHOOSE, DRAFT, STAFF),
    Send: Rule(MoveName.SEND, DRAFT, SENDERS),
    Accept: Rule(MoveName.ACCEPT, REQUESTED, PARTNER),
    Decline: Rule(MoveName.DECLINE, REQUESTED, PARTNER),
    Unanswered: Rule(MoveName.UNANSWERED, REQUESTED, FOOTHOLD),
    Progress: Rule(MoveName.PROGRESS, ANSWERED, PARTNER),
    Hold: Rule(MoveName.HOLD, ANSWERED, PARTNER),
    Schedule: Rule(MoveName.SCHEDULE, ANSWERED, PARTNER),
    Unschedule: Rule(MoveName.UNSCHEDULE, ANSWERED, PARTNER, meeting=True),
    Missed: Rule(MoveName.MISSED, ANSWERED, PARTNER, meeting=True),
    Kept: Rule(MoveName.KEPT, ANSWERED, PARTNER, meeting=True),
    Complete: Rule(MoveName.COMPLETE, ANSWERED, PARTNER),
    Fail: Rule(MoveName.FAIL, ANSWERED, PARTNER),
    Stalled: Rule(MoveName.STALLED, ANSWERED, FOOTHOLD),
    ClientDeclines: Rule(MoveName.CLIENT_DECLINES, OPEN, CLIENT),
    Cancel: Rule(MoveName.CANCEL, OPEN, frozenset(ChangedBy)),
    EnterInError: Rule(
        MoveName.ENTER_IN_ERROR, frozenset(ReferralStatus) - {ReferralStatus.ENTERED_IN_ERROR}, STAFF
    ),
    Confirm: Rule(MoveName.CONFIRM, ANSWERED | {ReferralStatus.COMPLETED}, CLIENT),
}


def decide(referral: Referral, move: Move, *, by: ChangedBy, now: datetime) -> Decision:
    """Make the move, take it as a repeat, or say why not and what is possible for the same person."""
    if by in RULES[type(move)].movers and _already(referral, move):
        return Repeated(referral=referral)
    objection = objection_to(referral, type(move), by=by)
    if objection is not None:
        return objection
    return Moved(referral=_carried_out(referral, move, by=by, now=now), made=move, by=by)


def objection_to(referral: Referral, move: type[Move], *, by: ChangedBy) -> NotPossible | None:
    """Why this person cannot make such a move now; None when they can."""
    rule = RULES[move]
    if by not in rule.movers:
        why = f"Only {_named(rule.movers)} can do this: {rule.name.value}."
    elif not _legal(referral, rule, by=by):
        why = _why_not(referral, rule)
    else:
        return None
    return NotPossible(why=why, possible=possible_moves(referral, by=by))


def possible_moves(referral: Referral, *, by: ChangedBy) -> tuple[MoveName, ...]:
    """What this person can do with the referral as it stands."""
    return tuple(rule.name for rule in RULES.values() if by in rule.movers and _legal(referral, rule, by=by))


def _legal(referral: Referral, rule: Rule, *, by: ChangedBy) -> bool:
    said_before = {MoveName.UNANSWERED: referral.unanswered_at, MoveName.STALLED: referral.stalled_at}
    if said_before.get(rule.name) is not None:
        return False
    if by is ChangedBy.PARTNER and referral.sent_at is None:
        return False
    if rule.meeting and referral.business_status is not BusinessStatus.SCHEDULED:
        return False
    return referral.status in rule.source


def _why_not(referral: Referral, rule: Rule) -> str:
    if referral.status in ENDED:
        return f"This referral has ended ({referral.status.value}); it cannot be moved any more."
    if rule.meeting and referral.status in rule.source:
        return "There is no appointment that this could be about; make one first."
    if referral.status is ReferralStatus.DRAFT:
        return "This referral is still a draft; it has not been sent to anybody."
    return f"This referral is {referral.status.value}; that does not lead to: {rule.name.value}."


def _named(movers: frozenset[ChangedBy]) -> str:
    names = {
        ChangedBy.STAFF: "staff",
        ChangedBy.PARTNER: "the partner",
        ChangedBy.CLIENT: "the client",
        ChangedBy.FOOTHOLD: "Foothold itself",
    }
    return " or ".join(sorted(names[mover] for mover in movers))


def _already(referral: Referral, move: Move) -> bool:  # noqa: C901, PLR0911, PLR0912 - one line per move
    """Whether the referral stands exactly where the move would bring it."""
    status = referral.status
    match move:
        case Choose(candidate=candidate):
            return status is ReferralStatus.DRAFT and referral.service_id == candidate.service_id
        case Send():
            return status is ReferralStatus.REQUESTED
        case Accept():
            return status is ReferralStatus.ACCEPTED
        case Decline(reason=reason):
            return status is ReferralStatus.REJECTED and referral.reason is reason
        case Hold(text=text):
            return status is ReferralStatus.ON_HOLD and referral.reason_text == text
        case Progress(text=text):
            # That it goes on is news from a partner that was thought to have stopped.
            said = text in {None, referral.reason_text} and referral.stalled_at is None
            return status is ReferralStatus.IN_PROGRESS and said
        case Schedule(appointment=appointment):
            booked = referral.business_status is BusinessStatus.SCHEDULED
            return status is ReferralStatus.IN_PROGRESS and booked and referral.appointment == appointment
        case Unschedule():
            return status in ANSWERED and referral.business_status is BusinessStatus.EVENT_CANCELLED
        case Missed():
            return status in ANSWERED and referral.business_status is BusinessStatus.UNATTENDED
        case Kept():
            return status in ANSWERED and referral.business_status is BusinessStatus.EVENT_COMPLETED
        case Complete(outcome=outcome):
            return status is ReferralStatus.COMPLETED and referral.outcome == outcome
        case Fail(reason=reason):
            return status is ReferralStatus.FAILED and referral.reason is reason
        case ClientDeclines() | Cancel():
            return status is ReferralStatus.CANCELLED
        case EnterInError():
            return status is ReferralStatus.ENTERED_IN_ERROR
        case Confirm(confirmed=confirmed):
            return referral.client_confirmed is confirmed
        case Unanswered():
            return referral.unanswered_at is not None
        case Stalled():
            return referral.stalled_at is not None
    assert_never(move)


def _carried_out(  # noqa: C901, PLR0911, PLR0912 - one line per move
    referral: Referral, move: Move, *, by: ChangedBy, now: datetime
) -> Referral:
    # A partner's word is a sign of life: should it stall again, that will be news.
    stalled_at = None if by is ChangedBy.PARTNER else referral.stalled_at
    moved = partial(replace, referral, version=referral.version + 1, moved_at=now, stalled_at=stalled_at)
    ended = partial(moved, ended_by=by, business_status=BusinessStatus.FULFILMENT_CANCELLED)
    match move:
        case Choose(candidate=candidate, runner_up_id=runner_up_id):
            return moved(
                service_id=candidate.service_id,
                service_name=candidate.service_name,
                organization_id=candidate.organization_id,
                organization_name=candidate.organization_name,
                runner_up_id=runner_up_id,
            )
        case Send(consent_id=consent_id, acknowledge_by=acknowledge_by):
            return moved(
                status=ReferralStatus.REQUESTED,
                consent_id=consent_id,
                acknowledge_by=acknowledge_by,
                sent_at=now,
                why_not_sent=None,
            )
        case Accept():
            return moved(
                status=ReferralStatus.ACCEPTED,
                business_status=BusinessStatus.ACCEPTED,
                answered_at=now,
            )
        case Decline(reason=reason, text=text):
            return ended(
                status=ReferralStatus.REJECTED,
                business_status=BusinessStatus.DECLINED,
                answered_at=now,
                reason=reason,
                reason_text=text,
            )
        case Hold(text=text):
            return moved(status=ReferralStatus.ON_HOLD, reason_text=text)
        case Progress(text=text):
            return moved(status=ReferralStatus.IN_PROGRESS, reason_text=text)
        case Schedule(appointment=appointment):
            return moved(
                status=ReferralStatus.IN_PROGRESS,
                business_status=BusinessStatus.SCHEDULED,
                appointment=appointment,
                reason_text=None,
            )
        case Unschedule(text=text):
            return moved(business_status=BusinessStatus.EVENT_CANCELLED, appointment=None, reason_text=text)
        case Missed():
            return moved(business_status=BusinessStatus.UNATTENDED)
        case Kept():
            return moved(business_status=BusinessStatus.EVENT_COMPLETED)
        case Complete(outcome=outcome):
            return moved(
                status=ReferralStatus.COMPLETED,
                business_status=BusinessStatus.COMPLETED,
                outcome=outcome,
                reason_text=None,
            )
        case Fail(reason=reason, text=text):
            return ended(status=ReferralStatus.FAILED, reason=reason, reason_text=text)
        case Cancel(reason=reason, text=text, superseded_by=superseded_by):
            return ended(
                status=ReferralStatus.CANCELLED,
                reason=reason,
                reason_text=text,
                superseded_by=superseded_by,
            )
        case ClientDeclines(text=text):
            declined = ReasonCode.CLIENT_DECLINED
            return ended(status=ReferralStatus.CANCELLED, reason=declined, reason_text=text)
        case EnterInError(text=text):
            return ended(
                status=ReferralStatus.ENTERED_IN_ERROR,
                business_status=referral.business_status,
                reason=ReasonCode.OTHER,
                reason_text=text,
            )
        case Confirm(confirmed=confirmed):
            return moved(client_confirmed=confirmed)
        case Unanswered():
            return moved(unanswered_at=now)
        case Stalled():
            return moved(stalled_at=now)
    assert_never(move)


def needs_runner_up(decision: Moved) -> bool:
    """Whether the client is left without help by this move, and did not ask for that.

    After a client's no, a revoked consent or a withdrawn barrier nothing else is prepared: no pressure.
    """
    match decision.made:
        case Decline() | Fail() | Unanswered():
            return True
        case Cancel(reason=reason):
            return decision.by is ChangedBy.PARTNER and reason is not ReasonCode.CLIENT_DECLINED
        case _:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsEnd:
    """How drafts of the same barrier end with a move: all of them, or those prepared to follow it."""

    made: Cancel
    by: ChangedBy
    all_drafts: bool


def why_drafts_end(decision: Moved) -> DraftsEnd | None:
    """Whether a move leaves drafts of its barrier without a purpose, and how they end then."""
    match decision.made:
        case Accept():
            text = "The service that was asked first can help after all."
            made = Cancel(reason=ReasonCode.SUPERSEDED, text=text, superseded_by=decision.referral.id)
            return DraftsEnd(made=made, by=ChangedBy.FOOTHOLD, all_drafts=True)
        case ClientDeclines(text=text):
            made = Cancel(reason=ReasonCode.CLIENT_DECLINED, text=text)
            return DraftsEnd(made=made, by=ChangedBy.CLIENT, all_drafts=False)
        case Cancel(reason=ReasonCode.CONSENT_REVOKED as reason, text=text):
            made = Cancel(reason=reason, text=text)
            return DraftsEnd(made=made, by=ChangedBy.CLIENT, all_drafts=False)
        case _:
            return None
