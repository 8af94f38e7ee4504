"""What is done about help that was asked for: leave it, offer it, send it, or say that nothing fits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.terms import BusinessStatus, ReferralStatus, Wish
from contracts.values import Candidate, ClientContext, Consent
from services.navigation.model.directory import code_and_parents
from services.navigation.model.matching import Match, Need, NobodyFits, Offer, SendNow
from services.navigation.model.referrals import Help, Referral, UnderWay
from services.navigation.policy import disclosure


def need_of(
    asked: Help,
    context: ClientContext,
    *,
    now: datetime,
    tried: frozenset[UUID],
    answers_within: dict[UUID, float],
) -> Need:
    """What to look for, on the client's own day."""
    return Need(
        resource_codes=asked.resource_codes,
        client=context,
        on=now.astimezone(ZoneInfo(context.time_zone)).date(),
        filters=asked.filters,
        tried=tried,
        answers_within=answers_within,
    )


def is_withdrawn(asked: Help, withdrawn_at: datetime | None) -> bool:
    """Whether help has been called off since it was asked for; at the same moment, the no wins."""
    return withdrawn_at is not None and withdrawn_at >= asked.needed_at


def is_same_need(asked: Help, other: UnderWay) -> bool:
    """Whether a live referral is for what is asked for: the same barrier, kind of barrier or kind of help."""
    if other.barrier_id == asked.barrier_id or other.category == asked.category:
        return True
    mine = {broader for code in asked.resource_codes for broader in code_and_parents(code)}
    theirs = {broader for code in other.resource_codes for broader in code_and_parents(code)}
    return not mine.isdisjoint(other.resource_codes) or not theirs.isdisjoint(asked.resource_codes)


def beside(decision: Offer | SendNow, live: UnderWay) -> Offer:
    """What is done instead of sending a second one for the same need: the live one is shown first."""
    why = f"{live.service_name} has been asked about the same need, so nothing more has been sent."
    if isinstance(decision, Offer):
        why = f"{decision.why_not_sent} {why}"
    return Offer(best=decision.best, why_not_sent=why, live_id=live.id)


def is_successor(draft: Referral, live: UnderWay) -> bool:
    """Whether the draft was prepared to come next because that one was left without an answer."""
    return draft.replaces == live.id and live.unanswered_at is not None


def may_be_sent(asked: Help) -> bool:
    """Whether wish and rule let it go out by itself, if there is a consent for whoever fits best."""
    return asked.wish is Wish.GO_AHEAD and asked.send_allowed


def what_to_do(
    asked: Help, best: Candidate | None, consents: Iterable[Consent], *, now: datetime
) -> NobodyFits | Offer | SendNow:
    """Send to the best fit if the client said go ahead and a consent covers it; otherwise offer it first.

    A consent granted a moment ahead of our own clock, as clocks differ, counts from the request on.
    """
    if best is None:
        return NobodyFits()
    at = max(now, asked.needed_at)
    consent = disclosure.standing_consent(consents, best.organization_id, at=at)
    why = disclosure.why_not_sent(
        wish=asked.wish,
        send_allowed=asked.send_allowed,
        consent=consent,
        organization=best.organization_name,
    )
    if why is None and consent is not None:
        return SendNow(best=best, consent=consent)
    return Offer(best=best, why_not_sent=why or "The client chooses first.")


def first_draft(  # noqa: PLR0913 - one argument per thing that is new
    asked: Help,
    found: Match,
    best: Candidate,
    *,
    referral_id: UUID,
    why_not_sent: str,
    now: datetime,
    replaces: UUID | None = None,
    version: int = 1,
) -> Referral:
    """A referral to the best fit with its runner-up; its first version is what is first said of it."""
    return Referral(
        id=referral_id,
        client_id=asked.client_id,
        barrier_id=asked.barrier_id,
        help_id=asked.id,
        version=version,
        status=ReferralStatus.DRAFT,
        business_status=BusinessStatus.CREATED,
        service_id=best.service_id,
        service_name=best.service_name,
        organization_id=best.organization_id,
        organization_name=best.organization_name,
        candidates=found.candidates,
        rejected_more=found.rejected_more,
        runner_up_id=found.runner_up.service_id if found.runner_up else None,
        replaces=replaces,
        why_not_sent=why_not_sent,
        drafted_at=now,
        moved_at=now,
        cause_id=asked.cause_id,
        correlation_id=asked.correlation_id,
    )
