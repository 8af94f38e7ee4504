"""The person as a partner may know them: a contained Patient cut to the scopes of the consent in force."""

from __future__ import annotations

from datetime import time

from contracts.terms import ChannelKind, InformationScope, Setting
from contracts.values import Channel, Window
from services.navigation.model.fhir import (
    Address,
    Communication,
    ContactPoint,
    Extension,
    HumanName,
    Patient,
    Reference,
)
from services.navigation.model.referrals import Told
from services.navigation.policy.fhir import terms

CLIENT = "client"
THE_CLIENT = Reference(reference=f"#{CLIENT}")

_MASKED = (HumanName(extension=(Extension(url=terms.DATA_ABSENT, value_code="masked"),)),)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SYSTEMS = {ChannelKind.SMS: "sms", ChannelKind.EMAIL: "email", ChannelKind.PHONE: "phone"}
_SETTINGS = {
    Setting.IN_PERSON: "Would rather meet in person.",
    Setting.REMOTE: "Would rather meet by telephone or video.",
    Setting.EITHER: "Open to meeting in person, by telephone or by video.",
}


def patient(told: Told) -> Patient:
    """The person; nothing but a place to point at once no consent stands."""
    if not told.scopes:
        return Patient(id=CLIENT)
    channels = [c for c in told.channels if c.kind in _SYSTEMS]
    letters = [c for c in told.channels if c.kind is ChannelKind.POST]
    return Patient(
        id=CLIENT,
        name=_names(told),
        telecom=tuple(_point(c, told) for c in channels) or None,
        address=tuple(Address(extension=_when_safe(c, told), text=c.address) for c in letters) or None,
        communication=_communication(told),
    )


def _names(told: Told) -> tuple[HumanName, ...] | None:
    if InformationScope.NAME_AND_CONTACT not in told.scopes:
        return _MASKED
    names = [
        HumanName(use=use, text=text)
        for use, text in (("official", told.full_name), ("usual", told.preferred_name))
        if text
    ]
    return tuple(names) or None


def _point(channel: Channel, told: Told) -> ContactPoint:
    return ContactPoint(
        extension=_when_safe(channel, told),
        system=_SYSTEMS[channel.kind],
        value=channel.address,
        rank=1 if channel.preferred else None,
    )


def _when_safe(channel: Channel, told: Told) -> tuple[Extension, ...] | None:
    """Say when this way is safe. An address without its hours would be a danger."""
    if not channel.windows:
        return None
    comment = f"Safe only at these times ({_zone(told)}): {_times(channel.windows)}."
    return (Extension(url=terms.CONTACT_COMMENT, value_string=comment),)


def _communication(told: Told) -> tuple[Communication, ...] | None:
    if told.language is None:
        return None
    return (Communication(language=terms.concept(terms.LANGUAGES, told.language), preferred=True),)


def remarks(told: Told) -> list[str]:
    """What to know when meeting the person, as far as they agreed to it being said."""
    said = []
    if told.available:
        said.append(f"Times that suit ({_zone(told)}): {_times(told.available)}.")
    if told.setting is not None:
        said.append(_SETTINGS[told.setting])
    if told.access_needs:
        said.append(f"Access needs: {', '.join(sorted(told.access_needs))}.")
    return said


def _zone(told: Told) -> str:
    return told.time_zone or "where the person lives"


def _times(windows: tuple[Window, ...]) -> str:
    return "; ".join(f"{_DAYS[w.weekday - 1]} {_hour(w.opens)} to {_hour(w.closes)}" for w in windows)


def _hour(moment: time) -> str:
    return moment.strftime("%H:%M")
