"""How referrals read over HTTP, for staff and for partners."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from contracts.terms import (
    BusinessStatus,
    ChangedBy,
    ClientConfirmed,
    InformationScope,
    ReasonCode,
    ReferralStatus,
    Setting,
)
from contracts.values import Candidate, Channel, Window
from services.navigation.api.base import Body
from services.navigation.model.referrals import MoveName, Referral, Told, UnderWay
from services.navigation.policy import clock, disclosure
from services.navigation.policy.publishing import client_notice
from services.navigation.policy.referrals import possible_moves


class AppointmentView(Body):
    """A meeting that the partner made."""

    id: UUID
    starts_at: AwareDatetime
    remote: bool


class ReferralSummary(Body):
    """Where a referral stands at the moment of reading. The highest `version` is the latest."""

    id: UUID
    client_id: UUID
    barrier_id: UUID
    version: int
    status: ReferralStatus
    business_status: BusinessStatus
    service_id: UUID
    service_name: str
    organization_id: UUID
    organization_name: str
    runner_up_id: UUID | None
    """The service that comes next if this one cannot help."""
    replaces: UUID | None
    superseded_by: UUID | None
    """The referral that took its place, where one did."""
    why_not_sent: str | None
    consent_id: UUID | None
    sent_at: AwareDatetime | None
    acknowledge_by: AwareDatetime | None
    progress_by: AwareDatetime | None
    """When the next word from a partner at work on it is, or was, due."""
    appointment: AppointmentView | None
    reason: ReasonCode | None
    reason_text: str | None
    ended_by: ChangedBy | None
    outcome: str | None
    client_confirmed: ClientConfirmed
    unacknowledged: bool
    """Whether the service's time for an answer has run out; derived, never stored."""
    stalled: bool
    """Whether the partner has not moved it in the service's time for that; derived, never stored."""
    loop_open: bool
    """Whether the partner says that help was given and the client has not been heard; derived."""
    drafted_at: AwareDatetime
    moved_at: AwareDatetime


class MoveView(Body):
    """One move in a referral's history."""

    version: int
    move: str
    by: ChangedBy
    recorded_by: UUID | None
    """The person who wrote it down; None when a message, a partner's system or the clock made the move."""
    reason: ReasonCode | None
    reason_text: str | None
    moved_at: AwareDatetime


class LiveView(Body):
    """A referral that is under way for the same need of the client."""

    id: UUID
    barrier_id: UUID
    status: ReferralStatus
    service_name: str
    organization_name: str
    sent_at: AwareDatetime


class Chosen(ReferralSummary):
    """A draft as it was chosen, with what is under way for the same need already."""

    live: tuple[LiveView, ...]


class ReferralDetail(ReferralSummary):
    """A referral with every service that was considered, and what can be done now."""

    live: tuple[LiveView, ...]
    """What else is under way for the same need; a second one takes its place only when that is said."""

    candidates: tuple[Candidate, ...]
    """The options, best first, then some of those that do not fit, with the reasons."""
    rejected_more: int
    """How many more were looked at and do not fit."""
    history: tuple[MoveView, ...]
    possible_for_staff: tuple[MoveName, ...]
    possible_for_client: tuple[MoveName, ...]
    possible_for_partner: tuple[MoveName, ...]


def _fields(referral: Referral, *, now: datetime) -> dict[str, object]:
    met = referral.appointment
    return {
        name: getattr(referral, name)
        for name in ReferralSummary.model_fields
        if name not in {"appointment", "unacknowledged", "stalled", "loop_open"}
    } | {
        "appointment": AppointmentView(id=met.id, starts_at=met.starts_at, remote=met.remote)
        if met
        else None,
        "unacknowledged": clock.is_unacknowledged(referral, now=now),
        "stalled": clock.has_stalled(referral, now=now),
        "loop_open": referral.status is ReferralStatus.COMPLETED
        and referral.client_confirmed is ClientConfirmed.UNKNOWN,
    }


def summary(referral: Referral, *, now: datetime) -> ReferralSummary:
    """A referral as staff read it in a list."""
    return ReferralSummary.model_validate(_fields(referral, now=now))


def chosen(referral: Referral, *, live: Iterable[UnderWay], now: datetime) -> Chosen:
    """A draft after a choice, with what to look at before it is sent."""
    return Chosen.model_validate(_fields(referral, now=now) | {"live": _live(live)})


def _live(live: Iterable[UnderWay]) -> list[LiveView]:
    return [
        LiveView.model_validate({name: getattr(one, name) for name in LiveView.model_fields}) for one in live
    ]


def detail(
    referral: Referral, *, history: tuple[MoveView, ...], live: Iterable[UnderWay], now: datetime
) -> ReferralDetail:
    """A referral as staff read it by itself."""
    return ReferralDetail.model_validate(
        _fields(referral, now=now)
        | {
            "live": _live(live),
            "candidates": referral.candidates,
            "rejected_more": referral.rejected_more,
            "history": history,
            "possible_for_staff": possible_moves(referral, by=ChangedBy.STAFF),
            "possible_for_client": possible_moves(referral, by=ChangedBy.CLIENT),
            "possible_for_partner": possible_moves(referral, by=ChangedBy.PARTNER),
        }
    )


class ToldView(Body):
    """What the client lets this partner know at this moment: cut to the scopes of the consent in force."""

    scopes: tuple[InformationScope, ...]
    full_name: str | None
    preferred_name: str | None
    channels: tuple[Channel, ...]
    """Safe ways to make contact, each with the times at which it is safe."""
    contact_prohibited: bool
    """Nobody may write or call at all."""
    category: str | None
    resource_codes: tuple[str, ...]
    words: str | None
    """What the client said stands in the way, in their own words."""
    language: str | None
    time_zone: str | None
    available: tuple[Window, ...]
    setting: Setting | None
    access_needs: tuple[str, ...]


class PartnerReferral(Body):
    """A referral as its partner reads it.

    `client` is empty once no consent stands any more, in the repeat of an answer, and for a key that is not
    for reading.
    """

    id: UUID
    version: int
    status: ReferralStatus
    business_status: BusinessStatus
    service_id: UUID
    service_name: str
    sent_at: AwareDatetime
    acknowledge_by: AwareDatetime
    appointment: AppointmentView | None
    reason: ReasonCode | None
    reason_text: str | None
    outcome: str | None
    consent_id: UUID | None
    client: ToldView
    notice: str
    """Goes with everything here (42 CFR 2.32)."""
    possible: tuple[MoveName, ...]
    """Which answers can be given now."""


def without_the_client(answer: PartnerReferral) -> PartnerReferral:
    """What is kept of an answer for a repeated request: by then the client may have taken it all back."""
    nothing = {"client": _told(Told()), "consent_id": None, "reason_text": None, "outcome": None}
    return answer.model_copy(update=nothing)


def for_partner(referral: Referral, told: Told) -> PartnerReferral:
    """A referral with what its partner may know."""
    assert referral.sent_at is not None, "a partner sees only what was sent"
    assert referral.acknowledge_by is not None, "what was sent has a clock"
    met = referral.appointment
    return PartnerReferral(
        id=referral.id,
        version=referral.version,
        status=referral.status,
        business_status=referral.business_status,
        service_id=referral.service_id,
        service_name=referral.service_name,
        sent_at=referral.sent_at,
        acknowledge_by=referral.acknowledge_by,
        appointment=AppointmentView(id=met.id, starts_at=met.starts_at, remote=met.remote) if met else None,
        reason=referral.reason,
        reason_text=disclosure.words_told(referral, told),
        outcome=referral.outcome if told.scopes else None,
        consent_id=told.consent_id,
        client=_told(told),
        notice=disclosure.NOTICE,
        possible=possible_moves(referral, by=ChangedBy.PARTNER),
    )


def _told(told: Told) -> ToldView:
    return ToldView.model_validate({**dict(client_notice(told)), "scopes": tuple(sorted(told.scopes))})
