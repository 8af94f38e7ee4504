"""A service of the directory in plain words. What nobody has said is said so, never guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from contracts.events.navigation import OpenHours, ServiceChanged
from contracts.terms import Capacity, ServiceStatus
from services.desk.model.directory import ServicePicture, Standing
from services.desk.policy.kinds_of_help import kinds_words
from services.desk.policy.wording.terms import language, listed
from services.desk.policy.wording.times import DAYS, MONTHS, Wall

FRESH_DAYS = 180
"""Longer ago, and what the entry says may well have changed since; as navigation judges it."""
EVERYWHERE = ""
MOST_AREAS = 40
_A_MONTH, _TWO_MONTHS, _A_YEAR, _TWO_YEARS = 30.44, 60, 365, 730

CAPACITIES: Mapping[Capacity, tuple[str, str]] = {
    Capacity.HAS: ("Has room", "done"),
    Capacity.WAITLIST: ("Waiting list", "careful"),
    Capacity.NONE: ("No room now", "careful"),
    Capacity.UNKNOWN: ("Room not known", ""),
}
"""Words, and the kind of tag."""
STATUSES: Mapping[ServiceStatus, str] = {
    ServiceStatus.ACTIVE: "Open",
    ServiceStatus.INACTIVE: "Not running at present",
    ServiceStatus.DEFUNCT: "Has ended",
    ServiceStatus.TEMPORARILY_CLOSED: "Closed for a time",
}
ACCESS: Mapping[str, str] = {
    "wheelchair": "Wheelchair access",
    "step_free": "A way in without steps",
    "hearing_loop": "A hearing loop",
    "quiet_space": "A quiet space",
    "sign_language": "Sign language",
    "parking": "Parking for disabled people",
    "toilet": "An accessible toilet",
    "large_print": "Large print",
    "braille": "Braille",
    "assistance_animals": "Assistance animals welcome",
}


def day_words(day: date) -> str:
    """A day of the calendar, with its year: 26 November 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def ago(days: int) -> str:
    """How long ago, as one says it."""
    if days <= 1:
        return "yesterday" if days == 1 else "today"
    if days < _TWO_MONTHS:
        return f"{days} days ago"
    if days < _TWO_YEARS:
        return f"{round(days / _A_MONTH)} months ago"
    return f"{days // _A_YEAR} years ago"


@dataclass(frozen=True, slots=True)
class Tag:
    """A short status: its words and the kind of tag."""

    words: str
    kind: str = ""


def checked_tag(said: ServiceChanged, *, today: date) -> Tag:
    """When somebody last said that it is right; amber where that is long ago."""
    if said.assured_date is None:
        return Tag("Never checked", "careful")
    days = max((today - said.assured_date).days, 0)
    return Tag(f"Checked {ago(days)}", "careful" if days > FRESH_DAYS else "")


def standing_tag(service: ServicePicture) -> Tag | None:
    """Why nobody is sent there; None where it is open."""
    if service.standing is Standing.RETIRED:
        return Tag("No longer listed", "stopped")
    if service.standing is Standing.OPEN:
        return None
    said = service.said
    return Tag(
        f"Closed until {day_words(said.closed_until)}" if said.closed_until else STATUSES[said.status],
        "careful",
    )


def tags(service: ServicePicture, *, today: date) -> list[Tag]:
    """What a list says of a service at a glance."""
    said = service.said
    found = [
        standing_tag(service),
        Tag(*CAPACITIES[said.capacity]) if said.capacity is not Capacity.UNKNOWN else None,
        checked_tag(said, today=today),
        Tag("Free") if said.free else None,
        Tag("By telephone or video") if said.remote else None,
        Tag(reports_words(said.open_reports), "new") if said.open_reports else None,
        Tag("Its directory says something else", "careful") if said.conflicting else None,
    ]
    return [one for one in found if one]


def reports_words(number: int) -> str:
    """How many reports wait."""
    return "1 report waits" if number == 1 else f"{number} reports wait"


def who_checked(said: ServiceChanged) -> str:
    """By which kind of source the last check came."""
    return (
        "by a colleague here"
        if "assured_date" in said.corrected
        else f"as its directory, {said.source}, says"
    )


def is_stale(said: ServiceChanged, *, today: date) -> bool:
    """Whether nobody has said for half a year that it is right."""
    return said.assured_date is None or (today - said.assured_date).days > FRESH_DAYS


def room_words(said: ServiceChanged, wall: Wall) -> str:
    """Whether it can take somebody on, how many, and who said so when."""
    words, _ = CAPACITIES[said.capacity]
    if said.capacity is Capacity.UNKNOWN:
        return "Nobody has said"
    if said.places and said.capacity is not Capacity.NONE:
        words += f", {said.places} {'place' if said.places == 1 else 'places'} free"
    if said.capacity_said_at is None:
        return f"{words}, as its directory, {said.source}, says"
    return f"{words}, since {wall.moment(said.capacity_said_at)}, said by the service or a colleague"


def ages_words(said: ServiceChanged) -> str:
    """For which ages it is."""
    youngest, oldest = said.minimum_age, said.maximum_age
    if youngest is None and oldest is None:
        return ""
    if oldest is None:
        return f"From {youngest:g} years on" if youngest else "Every age"
    return f"Up to {oldest:g} years" if not youngest else f"From {youngest:g} to {oldest:g} years"


def areas_words(areas: Sequence[str] | None) -> str:
    """Which places it serves."""
    if areas is None:
        return ""
    if EVERYWHERE in areas:
        return "Everywhere"
    more = len(areas) - MOST_AREAS
    return ", ".join(areas[:MOST_AREAS]) + (f", and {more} more" if more > 0 else "")


def where_words(said: ServiceChanged) -> str:
    """Where it takes place."""
    ways = [
        words
        for words, holds in (("in person", said.in_person), ("by telephone, video or online", said.remote))
        if holds
    ]
    if ways:
        words = listed(ways)
        return words[:1].upper() + words[1:]
    return "" if said.in_person is None or said.remote is None else "Neither in person nor from afar"


def cost_words(said: ServiceChanged) -> str:
    """What it costs."""
    free = {True: "It costs nothing, or can", False: "It costs something", None: ""}[said.free]
    return ". ".join(part.rstrip(".") for part in (free, said.details.fees or "") if part)


def languages_words(said: ServiceChanged) -> str:
    """Which languages are spoken there."""
    return ", ".join(language(tag) for tag in said.languages or ())


def access_words(said: ServiceChanged) -> str:
    """What the place offers to who needs it."""
    return ", ".join(ACCESS.get(one, one.replace("_", " ").capitalize()) for one in said.accessibility or ())


def hours_words(hours: Sequence[OpenHours] | None) -> list[tuple[str, str]]:
    """When it is open: days that are alike together, in the order of the week."""
    by_day = {
        weekday: ", ".join(_span(one) for one in of_day)
        for weekday, of_day in groupby(
            sorted(hours or (), key=lambda one: (one.weekday, one.opens)), lambda one: one.weekday
        )
    }
    found: list[tuple[int, int, str]] = []
    for weekday, words in by_day.items():
        if found and found[-1][1] == weekday - 1 and found[-1][2] == words:
            found[-1] = found[-1][0], weekday, words
        else:
            found.append((weekday, weekday, words))
    return [(_days(first, last), words) for first, last, words in found]


def _span(one: OpenHours) -> str:
    return (
        "the whole day" if (one.opens, one.closes) == ("00:00", "24:00") else f"{one.opens} to {one.closes}"
    )


def _days(first: int, last: int) -> str:
    begins, ends = DAYS[first - 1], DAYS[last - 1]
    return begins if first == last else f"{begins} {'and' if last == first + 1 else 'to'} {ends}"


def kinds(said: ServiceChanged) -> tuple[str, ...]:
    """What kinds of help it gives."""
    return kinds_words(said.codes)


def moment_of(at: datetime, wall: Wall) -> str:
    """A moment at the beginning of a sentence."""
    return wall.begun(wall.moment(at))
