"""What becomes of registrations, changes, consents, rulers and barriers.

A rule that turns something away names every flaw it sees, in words that help to put it right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.events.intake import BarrierStated
from contracts.terms import ChannelKind
from contracts.values import Channel, ClientContext, Consent, Readiness, Window
from services.intake.model import (
    Changed,
    Client,
    ConsentForm,
    ConsentState,
    Contact,
    Explained,
    Flaw,
    Flawed,
    Outdated,
    Registration,
    SamePerson,
    Signer,
    Standing,
    Statement,
    Unchanged,
)

OLDEST_YEARS = 125
"""Nobody has lived much longer (Jeanne Calment: 122 years); an older date of birth is a slip of the pen."""

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
"""ITU-T E.164: a plus, the country code, 15 digits at most."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_SEPARATORS = re.compile(r"[\s().\-/]+")
_APOSTROPHES = re.compile(r"['’ʼ`]")  # noqa: RUF001 - the apostrophes that people type in names
_NOT_A_WORD = re.compile(r"[\W_]+")

_TOLD = {
    Explained.HOW_TO_REVOKE: "how to take the consent back",
    Explained.MAY_BE_PASSED_ON: "that what is told may be passed on by those who receive it",
    Explained.WHAT_IF_NOT_SIGNED: "what it means not to sign",
}


def register(
    proposed: Client, now: datetime, *, same_person: Sequence[UUID], is_someone_else: bool
) -> Registration | SamePerson | Flawed:
    """Decide what becomes of a registration.

    `same_person` are the clients who are very much like this one; staff who looked may say that this is
    someone else.
    """
    tidied = _tidied(proposed)
    if flaws := tuple(_flaws_of(tidied, now)):
        return Flawed(flaws=flaws)
    if same_person and not is_someone_else:
        return SamePerson(client_ids=tuple(same_person))
    return Registration(client=_with_plain_windows(tidied))


def change(
    current: Client, proposed: Client, now: datetime, *, seen: int
) -> Changed | Unchanged | Outdated | Flawed:
    """Decide what becomes of a change that was made on version `seen` of the record."""
    if seen != current.version:
        return Outdated(version=current.version)
    tidied = _tidied(proposed)
    if flaws := tuple(_flaws_of(tidied, now)):
        return Flawed(flaws=flaws)
    wanted = _with_plain_windows(tidied)
    context_changed = wanted.context != current.context
    contact_changed = wanted.contact != current.contact
    if not context_changed and not contact_changed:
        return Unchanged()
    context = wanted.context.model_copy(update={"version": current.version + 1})
    return Changed(
        client=replace(wanted, context=context, changed_at=max(now, current.registered_at)),
        context_changed=context_changed,
        contact_changed=contact_changed,
    )


def name_words(*names: str) -> tuple[str, ...]:
    """The words of names in the form they are compared in, sorted, each once.

    Case, accents, apostrophes and the order of the words make no difference: "O'Brien, Zoë" and
    "zoe obrien" have the same words.
    """
    joined = _APOSTROPHES.sub("", " ".join(names))
    plain = "".join(c for c in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(c))
    return tuple(sorted({word for word in _NOT_A_WORD.split(plain.casefold()) if word}))


def name_key(full_name: str) -> str:
    """What is equal for two spellings of one name."""
    return " ".join(name_words(full_name))


def plain_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same hours of the week as few windows: in order, none overlapping or touching another.

    Expects windows that close after they open and carry no offset.
    """
    plain: list[Window] = []
    for window in sorted(windows, key=lambda w: (w.weekday, w.opens, w.closes)):
        last = plain[-1] if plain else None
        if last and last.weekday == window.weekday and window.opens <= last.closes:
            plain[-1] = last.model_copy(update={"closes": max(last.closes, window.closes)})
        else:
            plain.append(window)
    return tuple(plain)


def consent_flaws(form: ConsentForm, now: datetime) -> tuple[Flaw, ...]:
    """What a consent still lacks of the content that 42 CFR 2.31(a) asks for, and what contradicts itself."""
    return (*_recipient_flaws(form), *_signature_flaws(form, now), *_expiry_flaws(form.consent, now))


def consent_state(consent: Consent, at: datetime) -> ConsentState:
    """Where a consent is at a moment; taken back outweighs everything else."""
    if consent.revoked_at is not None and consent.revoked_at <= at:
        return ConsentState.REVOKED
    if consent.expires_at is not None and consent.expires_at <= at:
        return ConsentState.EXPIRED
    return ConsentState.IN_FORCE if consent.granted_at <= at else ConsentState.NOT_YET


def readiness_flaws(readiness: Readiness, now: datetime) -> tuple[Flaw, ...]:
    """What cannot be accepted about an asking of the rulers."""
    flaws: list[Flaw] = []
    if (readiness.importance, readiness.confidence, readiness.readiness) == (None, None, None):
        flaws.append(Flaw(field="importance", words="Please fill in at least one of the three rulers."))
    if readiness.measured_at is not None and readiness.measured_at > now:
        flaws.append(Flaw(field="measured_at", words="This moment has not come yet."))
    return tuple(flaws)


def follow_ups(readiness: Readiness) -> tuple[str, ...]:
    """The questions that make a ruler a conversation: why not lower, then what would move it up by one.

    Never "why not 10?", which asks the client to argue against themselves (Miller and Rollnick).
    """
    asked = {
        "important": readiness.importance,
        "sure of yourself": readiness.confidence,
        "ready": readiness.readiness,
    }
    return tuple(
        question for how, value in asked.items() if value is not None for question in _ask(how, value)
    )


def barrier_stated(client_id: UUID, statement: Statement, standing: Standing, now: datetime) -> BarrierStated:
    """The event for a barrier: what the client said, with everything that stood at that moment."""
    return BarrierStated(
        client_id=client_id,
        barrier_id=statement.barrier_id,
        words=statement.words,
        category=statement.category,
        strength=statement.strength,
        own_idea=statement.own_idea,
        wish=statement.wish,
        goal_words=standing.goal_words,
        stated_at=now,
        stated_by=statement.stated_by,
        client=standing.context,
        readiness=standing.readiness,
        consents=standing.consents,
    )


def _ask(how: str, value: int) -> Iterator[str]:
    lower = max(0, value - 3)
    if value > lower:
        yield f"What makes it {value} and not {lower}, when you think how {how} you feel about this?"
    else:
        yield f"What would have to be different for you to feel a little more {how}?"
    if lower < value < 10:
        yield f"What would it take to go from {value} to {value + 1}?"


def _tidied(client: Client) -> Client:
    """The record in the form in which we keep it. Nothing that was said changes its meaning."""
    contact = replace(
        client.contact,
        full_name=" ".join(client.contact.full_name.split()),
        preferred_name=" ".join(client.contact.preferred_name.split()),
        channels=tuple(_tidied_channel(channel) for channel in client.contact.channels),
    )
    context = client.context
    postcode = " ".join(context.postcode.upper().split()) if context.postcode else None
    needs = frozenset(_NOT_A_WORD.sub("_", need.casefold()).strip("_") for need in context.access_needs)
    return replace(
        client,
        contact=contact,
        context=context.model_copy(update={"postcode": postcode or None, "access_needs": needs - {""}}),
    )


def _tidied_channel(channel: Channel) -> Channel:
    address = channel.address.strip()
    if channel.kind in {ChannelKind.SMS, ChannelKind.PHONE}:
        address = _SEPARATORS.sub("", address)
    return channel.model_copy(update={"address": address})


def _with_plain_windows(client: Client) -> Client:
    channels = tuple(
        channel.model_copy(update={"windows": plain_windows(channel.windows)})
        for channel in client.contact.channels
    )
    context = client.context.model_copy(update={"available": plain_windows(client.context.available)})
    return replace(client, context=context, contact=replace(client.contact, channels=channels))


def _flaws_of(client: Client, now: datetime) -> Iterator[Flaw]:
    yield from _name_flaws(client.contact)
    yield from _birth_flaws(client.context, now)
    yield from _window_flaws("available", client.context.available)
    yield from _channel_flaws(client.contact.channels)


def _name_flaws(contact: Contact) -> Iterator[Flaw]:
    for field, name in (("full_name", contact.full_name), ("preferred_name", contact.preferred_name)):
        if not name_words(name):
            yield Flaw(field=field, words="Please write down a name, whichever the client wants to go by.")


def _birth_flaws(context: ClientContext, now: datetime) -> Iterator[Flaw]:
    if context.born_on is None:
        return
    today = now.astimezone(ZoneInfo(context.time_zone)).date()
    if context.born_on > today:
        yield Flaw(field="born_on", words="This date of birth is still to come.")
    elif context.born_on < _years_before(today, OLDEST_YEARS):
        yield Flaw(field="born_on", words=f"This date of birth is more than {OLDEST_YEARS} years ago.")


def _years_before(day: date, years: int) -> date:
    # 29 February has no counterpart in most years: the day after is near enough.
    first = date(day.year - years, day.month, 1)
    return first + timedelta(days=day.day - 1)


def _window_flaws(field: str, windows: Iterable[Window]) -> Iterator[Flaw]:
    for number, window in enumerate(windows):
        where = f"{field}[{number}]"
        if window.opens.tzinfo is not None or window.closes.tzinfo is not None:
            yield Flaw(
                field=where,
                words="Please give times on the client's own wall clock, such as 18:00, no offset.",
            )
        elif window.closes <= window.opens:
            yield Flaw(
                field=where,
                words="A window closes after it opens; one that passes midnight is a window on each day.",
            )


def _channel_flaws(channels: Sequence[Channel]) -> Iterator[Flaw]:
    if sum(channel.preferred for channel in channels) > 1:
        yield Flaw(field="channels", words="Only one way can be the one the client likes best.")
    seen: set[tuple[ChannelKind, str]] = set()
    for number, channel in enumerate(channels):
        where = f"channels[{number}]"
        if (channel.kind, channel.address.casefold()) in seen:
            yield Flaw(field=where, words="This one is in the list twice.")
        seen.add((channel.kind, channel.address.casefold()))
        if channel.preferred and not channel.safe:
            yield Flaw(
                field=where, words="A way that the client calls not safe cannot be the one to use first."
            )
        yield from _address_flaws(where, channel)
        yield from _window_flaws(f"{where}.windows", channel.windows)


def _address_flaws(where: str, channel: Channel) -> Iterator[Flaw]:
    match channel.kind:
        case ChannelKind.SMS | ChannelKind.PHONE:
            if not _PHONE.fullmatch(channel.address):
                yield Flaw(
                    field=where,
                    words="Please write the number with its country code, such as +44 7700 900123.",
                )
        case ChannelKind.EMAIL:
            if not _EMAIL.fullmatch(channel.address):
                yield Flaw(field=where, words="This does not look like an e-mail address.")
        case ChannelKind.POST:
            pass


def _recipient_flaws(form: ConsentForm) -> Iterator[Flaw]:
    if not form.recipients and not form.consent.any_matched_service:
        yield Flaw(
            field="recipients",
            words="Please name who may be told, or say that every service the client is matched with may be.",
        )
    if len({recipient.organization_id for recipient in form.recipients}) < len(form.recipients):
        yield Flaw(field="recipients", words="An organisation is in the list twice.")
    if form.consent.any_matched_service and not form.intermediary:
        yield Flaw(
            field="intermediary",
            words="Where services are not named one by one, whoever passes the information on must be.",
        )
    if form.consent.any_matched_service and not form.recipient_class:
        yield Flaw(
            field="recipient_class",
            words='Please write who is meant, as on the form: "services that I am matched with for ...".',
        )


def _signature_flaws(form: ConsentForm, now: datetime) -> Iterator[Flaw]:
    missing = [words for told, words in _TOLD.items() if told not in form.explained]
    if missing:
        yield Flaw(field="explained", words=f"Before signing the client is told {', '.join(missing)}.")
    if form.signer is Signer.REPRESENTATIVE and not form.representative:
        yield Flaw(field="representative", words="Please name who signed for the client.")
    if form.signer is Signer.CLIENT and form.representative:
        yield Flaw(field="representative", words="The client signed, so nobody signed for them.")
    if form.consent.granted_at > now:
        yield Flaw(field="granted_at", words="This moment has not come yet.")


def _expiry_flaws(consent: Consent, now: datetime) -> Iterator[Flaw]:
    if consent.expires_at is not None and consent.expires_at <= max(consent.granted_at, now):
        yield Flaw(field="expires_at", words="This consent would be over before it begins to count.")
