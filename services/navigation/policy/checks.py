"""The hard checks: each answers yes, no or unknown for one service, with a reason that a person can read.

Unknown means that the directory or the client did not say: somebody has to ask. It is never a no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from uuid import UUID

from contracts.terms import Answer, Capacity, ServiceFeature, ServiceStatus, Setting
from contracts.values import Check, Window
from services.navigation.model.directory import (
    EVERYWHERE,
    Listing,
    half_hours,
    postcode_key,
)
from services.navigation.model.matching import Need

KEPT = 1024
"""How many checks are kept ready: clients differ, and what they ask of a service mostly does not."""

EVENINGS = sum(half_hours(day, 18 * 60, 22 * 60) for day in range(1, 6))
WEEKENDS = sum(half_hours(day, 0, 24 * 60) for day in (6, 7))

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


@dataclass(frozen=True, slots=True)
class Ask:
    """One check: its answer for a service, and how that answer reads. `fixed` is the same for all."""

    answer: Callable[[Listing], Answer]
    check: Callable[[Listing, Answer], Check]
    fixed: bool = False


def checks_for(need: Need) -> tuple[Ask, ...]:
    """Every hard check for this need, what rejects most first, then the playbook's own musts."""
    client = need.client
    age = None if client.born_on is None else years_between(client.born_on, need.on)
    asks = [
        _status(),
        _capacity(),
        _language(client.language),
        _cost(free_only=client.free_only),
        _setting(client.setting),
        _age(age),
        _hours(weekly_mask(client.available), client.setting),
        _accessibility(client.access_needs),
        _excluded(client.excluded_organizations),
        _area(client.postcode),
    ]
    if need.tried:
        asks.append(_tried(need.tried))
    asks.extend(_must(feature, client.language) for feature in sorted(need.filters.must))
    return tuple(asks)


@lru_cache(maxsize=KEPT)
def _fixed(name: str, reason: str) -> Ask:
    return Ask(lambda _listing: YES, lambda _listing, _answer: _check(name, YES, reason), fixed=True)


def _told(
    name: str, answer: Callable[[Listing], Answer], *, yes: str, no: str = "", unknown: str = ""
) -> Ask:
    """A check whose answers read the same for every service."""
    words, known = {YES: yes, NO: no, UNKNOWN: unknown}, dict[Answer, Check]()

    def check(_listing: Listing, answer: Answer) -> Check:
        found = known.get(answer)
        if found is None:
            found = known[answer] = _check(name, answer, words[answer])
        return found

    return Ask(answer, check)


_TRI = {True: YES, False: NO, None: UNKNOWN}


@lru_cache(maxsize=KEPT)
def _status() -> Ask:
    def check(listing: Listing, answer: Answer) -> Check:
        reason = "It is open." if answer is YES else f"It is {listing.status.value}."
        return _check("status", answer, reason)

    return Ask(lambda listing: YES if listing.status is ServiceStatus.ACTIVE else NO, check)


_ROOM = {Capacity.HAS: YES, Capacity.WAITLIST: YES, Capacity.NONE: NO, Capacity.UNKNOWN: UNKNOWN}
_ROOM_WORDS = {
    Capacity.HAS: "It has places.",
    Capacity.WAITLIST: "It has a waiting list.",
    Capacity.NONE: "It has no places at the moment.",
    Capacity.UNKNOWN: "Nobody has said whether it has places; ask.",
}


@lru_cache(maxsize=KEPT)
def _capacity() -> Ask:
    return Ask(
        lambda listing: _ROOM[listing.capacity],
        lambda listing, answer: _check("capacity", answer, _ROOM_WORDS[listing.capacity]),
    )


@lru_cache(maxsize=KEPT)
def _language(tag: str) -> Ask:
    language = tag.split("-", maxsplit=1)[0].lower()
    return _told(
        "language",
        lambda listing: (
            UNKNOWN if listing.languages is None else YES if language in listing.languages else NO
        ),
        yes=f"Your language ({language}) is spoken.",
        no=f"Your language ({language}) is not among those spoken.",
        unknown=f"The directory does not say whether your language ({language}) is spoken; ask.",
    )


@lru_cache(maxsize=KEPT)
def _cost(*, free_only: bool) -> Ask:
    if not free_only:
        return _fixed("cost", "Free help only was not asked for.")
    return _told(
        "cost",
        lambda listing: _TRI[listing.free],
        yes="It is free.",
        no="It costs money, and you can only use free help.",
        unknown="The directory does not say what it costs; ask.",
    )


@lru_cache(maxsize=KEPT)
def _setting(wanted: Setting) -> Ask:
    match wanted:
        case Setting.EITHER:
            return _fixed("setting", "Both ways of meeting suit you.")
        case Setting.REMOTE:
            return _told(
                "setting",
                lambda listing: _TRI[listing.remote],
                yes="It can be used by telephone, video or online.",
                no="It can only be visited in person.",
                unknown="The directory does not say whether it can be used from a distance; ask.",
            )
        case Setting.IN_PERSON:
            return _told(
                "setting",
                lambda listing: _TRI[listing.in_person],
                yes="It can be visited in person.",
                no="It cannot be visited in person.",
                unknown="The directory does not say whether it can be visited in person; ask.",
            )


@lru_cache(maxsize=KEPT)
def _age(age: int | None) -> Ask:
    def answer(listing: Listing) -> Answer:
        low, high = listing.minimum_age, listing.maximum_age
        if low is None and high is None:
            return YES
        if age is None:
            return UNKNOWN
        return YES if (low is None or age >= low) and (high is None or age < high + 1) else NO

    def check(listing: Listing, answer: Answer) -> Check:
        return _check("age", answer, _age_words(listing, answer))

    return Ask(answer, check)


def _age_words(listing: Listing, answer: Answer) -> str:
    low, high = listing.minimum_age, listing.maximum_age
    if low is None and high is None:
        return "No age limit is given."
    limits = [f"from {low:g}"] if low is not None else []
    limits += [f"up to {high:g}"] if high is not None else []
    unsure = ", and we do not know your age; ask" if answer is UNKNOWN else ""
    return f"It is for people aged {' '.join(limits)}{unsure}."


@lru_cache(maxsize=KEPT)
def _hours(free: int, wanted: Setting) -> Ask:
    if not free:
        return _fixed("hours", "No times were named.")

    def answer(listing: Listing) -> Answer:
        hours = _hours_of(listing, wanted)
        return UNKNOWN if hours is None else YES if hours & free else NO

    return _told(
        "hours",
        answer,
        yes="It is open at times that suit you.",
        no="It is never open at the times that suit you.",
        unknown="The directory does not say when it is open; ask.",
    )


def _hours_of(listing: Listing, wanted: Setting) -> int | None:
    if wanted is Setting.REMOTE and listing.remote_hours is not None:
        return listing.remote_hours
    if wanted is Setting.IN_PERSON and listing.in_person_hours is not None:
        return listing.in_person_hours
    return listing.open_hours


@lru_cache(maxsize=KEPT)
def _accessibility(needs: frozenset[str]) -> Ask:
    if not needs:
        return _fixed("accessibility", "Nothing was asked for.")
    named = ", ".join(sorted(needs)).replace("_", " ")
    return _told(
        "accessibility",
        lambda listing: UNKNOWN if listing.accessibility is None else _TRI[needs <= listing.accessibility],
        yes=f"It offers what you need ({named}).",
        no=f"It does not offer all that you need ({named}).",
        unknown=f"The directory does not say whether it offers what you need ({named}); ask.",
    )


@lru_cache(maxsize=KEPT)
def _excluded(excluded: frozenset[UUID]) -> Ask:
    if not excluded:
        return _fixed("excluded", "You did not rule it out.")
    return _told(
        "excluded",
        lambda listing: NO if listing.organization_id in excluded else YES,
        yes="You did not rule it out.",
        no="You do not want to be sent there.",
    )


@lru_cache(maxsize=KEPT)
def _area(postcode: str | None) -> Ask:
    place = postcode_key(postcode) if postcode else None

    def answer(listing: Listing) -> Answer:
        areas = listing.areas
        if areas is None:
            return UNKNOWN
        if areas == EVERYWHERE:
            return YES
        return UNKNOWN if place is None else YES if place.startswith(areas) else NO

    return _told(
        "area",
        answer,
        yes="It serves where you live.",
        no="It does not serve where you live.",
        unknown="We do not know whether it serves where you live; ask.",
    )


def _tried(tried: frozenset[UUID]) -> Ask:
    return _told(
        "tried",
        lambda listing: NO if listing.service_id in tried else YES,
        yes="It was not asked for this before.",
        no="It was asked for this before.",
    )


FEATURE_WORDS = {
    ServiceFeature.FREE: "free of charge",
    ServiceFeature.EVENINGS: "open in the evening",
    ServiceFeature.WEEKENDS: "open at the weekend",
    ServiceFeature.VIRTUAL: "usable from a distance",
    ServiceFeature.IN_PERSON: "there to be visited",
    ServiceFeature.CLIENT_LANGUAGE: "in your language",
    ServiceFeature.HAS_CAPACITY: "ready with a place now",
}


@lru_cache(maxsize=KEPT)
def _must(feature: ServiceFeature, language: str) -> Ask:
    words = FEATURE_WORDS[feature]
    return _told(
        f"must_be_{feature.value}",
        feature_test(feature, language),
        yes=f"It is {words}.",
        no=f"It is not {words}, which this calls for.",
        unknown=f"The directory does not say whether it is {words}; ask.",
    )


def feature_test(feature: ServiceFeature, language: str) -> Callable[[Listing], Answer]:  # noqa: PLR0911
    """How to tell whether a service has a feature that a playbook rule names."""
    match feature:
        case ServiceFeature.FREE:
            return lambda listing: _TRI[listing.free]
        case ServiceFeature.EVENINGS:
            return lambda listing: _open_in(listing, EVENINGS)
        case ServiceFeature.WEEKENDS:
            return lambda listing: _open_in(listing, WEEKENDS)
        case ServiceFeature.VIRTUAL:
            return lambda listing: _TRI[listing.remote]
        case ServiceFeature.IN_PERSON:
            return lambda listing: _TRI[listing.in_person]
        case ServiceFeature.CLIENT_LANGUAGE:
            return _language(language).answer
        case ServiceFeature.HAS_CAPACITY:
            return lambda listing: NO if listing.capacity is Capacity.WAITLIST else _ROOM[listing.capacity]


def _open_in(listing: Listing, hours: int) -> Answer:
    return UNKNOWN if listing.open_hours is None else YES if listing.open_hours & hours else NO


@lru_cache(maxsize=4096)
def _check(name: str, answer: Answer, reason: str) -> Check:
    return Check(name=name, answer=answer, reason=reason)


def weekly_mask(windows: Iterable[Window]) -> int:
    """The half hours of the week that lie wholly within the windows."""
    mask = 0
    for window in windows:
        opens, closes = _minutes(window.opens), _minutes(window.closes)
        if closes > opens:
            mask |= half_hours(window.weekday, opens, closes)
    return mask


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def years_between(born_on: date, on: date) -> int:
    """Someone's age in whole years on a day."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
