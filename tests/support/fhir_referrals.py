"""Any referral that a partner may read, and whatever its partner may know of the person: for hypothesis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from contracts.terms import (
    BarrierCategory,
    BusinessStatus,
    ChannelKind,
    ClientConfirmed,
    InformationScope,
    ReasonCode,
    ReferralStatus,
    Setting,
)
from contracts.values import Channel
from services.navigation.model.referrals import ENDED, Appointment, Referral, Told
from tests.support.builders import MONDAY_MORNING, weekly
from tests.support.builders_navigation import referral

WORDS = st.text(min_size=1, max_size=60).filter(lambda words: bool(words.strip()))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
IDS = st.uuids(version=4)
SENT = [status for status in ReferralStatus if status is not ReferralStatus.DRAFT]
BOOKED = {BusinessStatus.SCHEDULED, BusinessStatus.UNATTENDED, BusinessStatus.EVENT_COMPLETED}
UNDER_WAY = [BusinessStatus.ACCEPTED, *sorted(BOOKED)]
ENDS_AS = {
    ReferralStatus.REQUESTED: [BusinessStatus.CREATED],
    ReferralStatus.REJECTED: [BusinessStatus.DECLINED],
    ReferralStatus.COMPLETED: [BusinessStatus.COMPLETED],
}


@st.composite
def sent_referrals(draw: st.DrawFn, *statuses: ReferralStatus) -> Referral:
    """A referral that was sent, in any state that the state machine can bring it to."""
    status = draw(st.sampled_from(list(statuses) or SENT))
    ended = status in ENDED
    usual = [BusinessStatus.FULFILMENT_CANCELLED] if ended else UNDER_WAY
    business = draw(st.sampled_from(ENDS_AS.get(status, usual)))
    met = draw(appointments()) if business in BOOKED or (ended and draw(st.booleans())) else None
    helped = status is ReferralStatus.COMPLETED
    with_words = status in {ReferralStatus.ON_HOLD, ReferralStatus.IN_PROGRESS}
    return replace(
        referral(status, id=draw(IDS), consent_id=draw(IDS)),
        version=draw(st.integers(1, 40)),
        business_status=business,
        appointment=met,
        service_name=draw(WORDS),
        organization_name=draw(WORDS),
        moved_at=draw(MOMENTS),
        reason=draw(st.sampled_from(ReasonCode)) if ended and not helped else None,
        reason_text=draw(WORDS) if (ended and not helped) or with_words else None,
        outcome=draw(WORDS) if helped else None,
        client_confirmed=draw(st.sampled_from(ClientConfirmed)) if helped else ClientConfirmed.UNKNOWN,
    )


@st.composite
def appointments(draw: st.DrawFn) -> Appointment:
    """A meeting at any time."""
    return Appointment(id=draw(IDS), starts_at=draw(MOMENTS), remote=draw(st.booleans()))


ADDRESSES = {
    ChannelKind.SMS: "+447700900123",
    ChannelKind.PHONE: "+447700900124",
    ChannelKind.EMAIL: "amina@example.org",
    ChannelKind.POST: "1 Harbour Street, Leeds",
}


@st.composite
def channels(draw: st.DrawFn) -> Channel:
    """A safe way to make contact, at any time or at some times only."""
    kind = draw(st.sampled_from(ChannelKind))
    windows = (weekly(draw(st.integers(1, 7)), "18:00", "20:30"),) if draw(st.booleans()) else ()
    return Channel(
        kind=kind, address=ADDRESSES[kind], safe=True, preferred=draw(st.booleans()), windows=windows
    )


@st.composite
def tellings(draw: st.DrawFn, consent_id: UUID | None = None) -> Told:
    """What a partner may know: within any scopes, down to nothing."""
    scopes = draw(st.frozensets(st.sampled_from(InformationScope)))
    if not scopes:
        return Told()
    prohibited = draw(st.booleans())
    told = Told(scopes=scopes, consent_id=consent_id or draw(IDS), contact_prohibited=prohibited)
    if InformationScope.NEED in scopes:
        codes = draw(st.lists(st.sampled_from(["105-02-01", "108-07-07", "106-04-08"]), unique=True))
        told = replace(
            told, category=draw(st.sampled_from(BarrierCategory)).value, resource_codes=tuple(codes)
        )
    if InformationScope.OWN_WORDS in scopes:
        told = replace(told, words=draw(WORDS))
    if InformationScope.NAME_AND_CONTACT in scopes:
        ways = () if prohibited else tuple(draw(st.lists(channels(), max_size=3)))
        told = replace(told, full_name="Amina Diallo", preferred_name="Amina", channels=ways)
    if InformationScope.AVAILABILITY in scopes:
        suits = (weekly(2, "18:00", "20:30"),) if draw(st.booleans()) else ()
        told = replace(
            told, available=suits, setting=draw(st.sampled_from(Setting)), time_zone="Europe/London"
        )
    if InformationScope.ACCESS_NEEDS in scopes:
        told = replace(told, language="es", access_needs=draw(st.frozensets(st.just("wheelchair"))))
    return told


SOON = MONDAY_MORNING + timedelta(days=3)
EVERYTHING = Told(
    scopes=frozenset(InformationScope),
    consent_id=UUID("0199d2a0-0000-7000-8000-00000000c0de"),
    full_name="Amina Diallo",
    preferred_name="Amina",
    category=BarrierCategory.TRANSPORT.value,
    resource_codes=("105-02-01",),
    words="The last bus is gone by the time I finish work.",
    language="en",
)
"""A person who agreed to everything being told."""
