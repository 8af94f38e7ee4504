"""What the pages of links say of a referral and a client, in words that people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale

from contracts.terms import BusinessStatus, ChannelKind, InformationScope, ReferralStatus, Setting
from contracts.values import Channel, Window
from services.navigation.model.referrals import Referral, Told

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
KINDS = {
    ChannelKind.SMS: "Text message",
    ChannelKind.EMAIL: "E-mail",
    ChannelKind.PHONE: "Telephone",
    ChannelKind.POST: "Post",
}
SETTINGS = {
    Setting.IN_PERSON: "In person",
    Setting.REMOTE: "By telephone or video",
    Setting.EITHER: "In person, or by telephone or video",
}
NEEDS = {
    "transport": "Getting there",
    "childcare": "Somebody to look after children",
    "cost.care": "What care costs",
    "cost.general": "Money for everyday life",
    "work_schedule": "Working hours",
    "language_culture": "Language and culture",
    "availability": "Waiting times and opening hours",
    "health_literacy_digital": "Finding the way through forms and technology",
    "unsure_where": "Knowing where to turn",
    "stigma.social": "What other people might think",
    "stigma.self": "Asking for help without feeling bad about it",
    "privacy.records": "Privacy, and who sees what",
    "fear.custody_parenting": "Worries as a parent",
    "fear.coercion_treatment": "Keeping a say in what happens",
    "bad_experience": "What happened on an earlier occasion",
    "doubt.helpfulness": "Whether it would help",
    "self_reliance": "Wanting to manage alone",
    "too_unwell": "Feeling too unwell to ask",
    "safety": "Being safe",
    "other": "Something of their own",
}
ACCESS = {
    "wheelchair": "Wheelchair access",
    "step_free": "A way in without steps",
    "hearing_loop": "A hearing loop",
    "quiet_space": "A quiet place",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A safe way to reach the client."""

    kind: str
    address: str
    href: str | None
    times: str | None
    preferred: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What may be known of the client, in words. None: they did not agree to it, or it was not said."""

    name: str | None
    full_name: str | None
    ways: tuple[Way, ...]
    do_not_contact: bool
    ways_told: bool
    need: str | None
    words: str | None
    times: tuple[str, ...]
    where: str | None
    language: str | None
    access: tuple[str, ...]


def state_words(referral: Referral, zone: str) -> str:
    """Where a referral stands, as its partner would say it."""
    if referral.business_status is BusinessStatus.SCHEDULED and referral.appointment:
        return f"Appointment on {moment_words(referral.appointment.starts_at, zone)}"
    if referral.business_status is BusinessStatus.UNATTENDED:
        return "The appointment was missed"
    if referral.business_status is BusinessStatus.EVENT_COMPLETED:
        return "The appointment took place"
    return {
        ReferralStatus.REQUESTED: "Waiting for your answer",
        ReferralStatus.ACCEPTED: "You said yes",
        ReferralStatus.ON_HOLD: "Waiting",
        ReferralStatus.IN_PROGRESS: "Under way",
    }.get(referral.status, "Ended")


def meeting_words(referral: Referral, zone: str) -> str | None:
    """The appointment that stands; None when there is none."""
    met = referral.appointment
    if met is None or referral.business_status is not BusinessStatus.SCHEDULED:
        return None
    how = "by telephone or video" if met.remote else "in person"
    return f"{moment_words(met.starts_at, zone)}, {how}"


def moment_words(at: datetime, zone: str) -> str:
    """A moment on the clocks of a zone, such as `Monday 30 November 2026, 14:30`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%A} {local.day} {local:%B %Y}, {local:%H:%M}"


def day_words(at: datetime, zone: str) -> str:
    """A day in a zone, such as `30 November 2026`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y}"


def zone_words(zone: str) -> str:
    """A zone as people say it, such as `London time`."""
    return f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def person_of(told: Told) -> Person:
    """What may be told of the client, in words."""
    contact = InformationScope.NAME_AND_CONTACT in told.scopes
    return Person(
        name=told.preferred_name or told.full_name,
        full_name=told.full_name,
        ways=tuple(_way(channel) for channel in sorted(told.channels, key=lambda c: not c.preferred)),
        do_not_contact=told.contact_prohibited,
        ways_told=contact,
        need=NEEDS.get(told.category, told.category) if told.category else None,
        words=told.words,
        times=_windows(told.available),
        where=SETTINGS[told.setting] if told.setting else None,
        language=language_words(told.language) if told.language else None,
        access=tuple(
            ACCESS.get(need, need.replace("_", " ").capitalize()) for need in sorted(told.access_needs)
        ),
    )


def _way(channel: Channel) -> Way:
    schemes = {ChannelKind.PHONE: "tel:", ChannelKind.SMS: "sms:", ChannelKind.EMAIL: "mailto:"}
    scheme = schemes.get(channel.kind)
    return Way(
        kind=KINDS[channel.kind],
        address=channel.address,
        href=scheme + channel.address.replace(" ", "") if scheme else None,
        times="; ".join(_windows(channel.windows)) or None,
        preferred=channel.preferred,
    )


def _windows(windows: Sequence[Window]) -> tuple[str, ...]:
    ordered = sorted(windows, key=lambda w: (w.weekday, w.opens))
    return tuple(f"{DAYS[w.weekday - 1]} {w.opens:%H:%M} to {w.closes:%H:%M}" for w in ordered)


def language_words(tag: str) -> str:
    """What English calls a language; the tag itself where it has no name there."""
    names = Locale("en").languages
    return names.get(tag.replace("-", "_")) or names.get(tag.partition("-")[0]) or tag
