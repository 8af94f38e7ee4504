"""Which services fit a need, in which order, and why.

Every hard check answers yes, no or unknown with a reason. One no rejects a service; an unknown means that
somebody has to ask, so it never rejects and ranks behind what is known. Ties break on the service's id, so
that a replay chooses the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from uuid import UUID

from contracts.terms import Answer, ServiceFeature, Setting
from contracts.values import Candidate, Check, Window
from services.navigation.model.directory import (
    EVERYWHERE,
    Capacity,
    Listing,
    ServiceStatus,
    half_hours,
    postcode_key,
)
from services.navigation.model.matching import Match, Need

ENOUGH = 10
"""The search ends when so many services fit; those given first are looked at first."""

OPTIONS = 3
REJECTED = 4
"""How many options, and how many rejected services, are kept with their reasons."""

FRESH_DAYS = 180
STALE_DAYS = 365
DAY_SECONDS = 86_400.0

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


def match(need: Need, listings: Iterable[Listing]) -> Match:
    """Look through the services in the order given, until enough fit, and rank those that do.

    That order decides nothing about the ranking. Of those that do not fit the first few are kept.
    """
    asks = checks_for(need)
    answers = [ask.answer for ask in asks if not ask.fixed]
    rank = _ranking(need)
    fitting: list[tuple[tuple[object, ...], Listing]] = []
    rejected: list[Listing] = []
    rejected_more = 0
    for listing in listings:
        unknowns = _unknowns(answers, listing)
        if unknowns is None:
            if len(rejected) < REJECTED:
                rejected.append(listing)
            else:
                rejected_more += 1
            continue
        fitting.append((rank(listing, unknowns), listing))
        if len(fitting) == ENOUGH:
            break
    fitting.sort(key=_first)
    return Match(
        options=tuple(
            _option(need, asks, listing, rank=place)
            for place, (_, listing) in enumerate(fitting[:OPTIONS], start=1)
        ),
        rejected=tuple(_rejected(asks, listing) for listing in rejected),
        rejected_more=rejected_more,
    )


def _first(pair: tuple[tuple[object, ...], Listing]) -> tuple[object, ...]:
    return pair[0]


def _unknowns(answers: Iterable[Callable[[Listing], Answer]], listing: Listing) -> int | None:
    """How many checks of the service cannot be answered; None when one says no."""
    unknowns = 0
    for answer in answers:
        found = answer(listing)
        if found is NO:
            return None
        if found is UNKNOWN:
            unknowns += 1
    return unknowns


def objections(need: Need, listing: Listing) -> tuple[Check, ...]:
    """What speaks against this one service as things stand now; empty when nothing does."""
    return _against(checks_for(need), listing)


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


_FEATURE_WORDS = {
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
    words = _FEATURE_WORDS[feature]
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


def _ranking(need: Need) -> Callable[[Listing, int], tuple[object, ...]]:
    """How to compare services that fit: a lower tuple is a better fit.

    What is known comes before what has to be asked; then the playbook's preferences, a place before a
    waiting list, the kind of help named first, a checked entry before a stale one, quick answers.
    """
    prefer = [feature_test(feature, need.client.language) for feature in sorted(need.filters.prefer)]
    avoid = [feature_test(feature, need.client.language) for feature in sorted(need.filters.avoid)]
    kinds = [(code, f"{code}-") for code in need.resource_codes]

    def rank(listing: Listing, unknowns: int) -> tuple[object, ...]:
        liked = 0
        for has in prefer:
            liked -= has(listing) is YES
        for has in avoid:
            liked += has(listing) is YES
        return (
            unknowns > 0,
            liked,
            listing.capacity is Capacity.WAITLIST,
            _kind(kinds, listing.codes),
            _staleness(listing.assured_date, need.on),
            _slowness(need.answers_within.get(listing.organization_id)),
            unknowns,
            listing.service_id.int,
        )

    return rank


def _kind(kinds: list[tuple[str, str]], codes: tuple[str, ...]) -> int:
    for place, (code, narrower) in enumerate(kinds):
        for offered in codes:
            if offered == code or offered.startswith(narrower):
                return place
    return len(kinds)


def _staleness(assured: date | None, on: date) -> int:
    if assured is None:
        return 3
    days = on.toordinal() - assured.toordinal()
    return 0 if days <= FRESH_DAYS else 1 if days <= STALE_DAYS else 2


def _slowness(seconds: float | None) -> int:
    if seconds is None:
        return 1
    return 0 if seconds <= DAY_SECONDS else 1 if seconds <= 3 * DAY_SECONDS else 2


def _option(need: Need, asks: Iterable[Ask], listing: Listing, *, rank: int) -> Candidate:
    checks = tuple(ask.check(listing, ask.answer(listing)) for ask in asks)
    unknown = [check.name.replace("_", " ") for check in checks if check.answer is UNKNOWN]
    return Candidate(
        service_id=listing.service_id,
        service_name=listing.service_name,
        organization_id=listing.organization_id,
        organization_name=listing.organization_name,
        eligible=UNKNOWN if unknown else YES,
        rank=rank,
        reasons=tuple(_reasons(need, listing, unknown)),
        checks=checks,
    )


def _rejected(asks: Iterable[Ask], listing: Listing) -> Candidate:
    return Candidate(
        service_id=listing.service_id,
        service_name=listing.service_name,
        organization_id=listing.organization_id,
        organization_name=listing.organization_name,
        eligible=NO,
        checks=_against(asks, listing),
    )


def _against(asks: Iterable[Ask], listing: Listing) -> tuple[Check, ...]:
    return tuple(ask.check(listing, NO) for ask in asks if not ask.fixed and ask.answer(listing) is NO)


@lru_cache(maxsize=4096)
def _check(name: str, answer: Answer, reason: str) -> Check:
    return Check(name=name, answer=answer, reason=reason)


def _reasons(need: Need, listing: Listing, unknown: list[str]) -> Iterable[str]:
    for feature in sorted(need.filters.prefer):
        if feature_test(feature, need.client.language)(listing) is YES:
            yield f"It is {_FEATURE_WORDS[feature]}, which suits this."
    for feature in sorted(need.filters.avoid):
        if feature_test(feature, need.client.language)(listing) is YES:
            yield f"It is {_FEATURE_WORDS[feature]}, which suits this less."
    if listing.capacity is Capacity.WAITLIST:
        yield "There is a waiting list."
    yield _checked_when(listing.assured_date, need.on)
    seconds = need.answers_within.get(listing.organization_id)
    if seconds is not None:
        yield f"They usually answer within {_days(seconds)}."
    if unknown:
        yield f"To be asked: {', '.join(unknown)}."


def _checked_when(assured: date | None, on: date) -> str:
    if assured is None:
        return "Nobody has said when this entry was last checked."
    stale = _staleness(assured, on)
    return f"The entry was checked on {assured.isoformat()}{', a while ago' if stale else ''}."


def _days(seconds: float) -> str:
    days = max(1, -(-int(seconds) // int(DAY_SECONDS)))
    return "a day" if days == 1 else f"{days} days"


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
