"""Which services fit a need, in which order, and why.

Every hard check answers yes, no or unknown with a reason. One no rejects a service; an unknown means that
somebody has to ask, so it never rejects and ranks behind what is known. Ties break on the service's id, so
that a replay chooses the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from contracts.terms import Answer, Capacity
from contracts.values import Candidate, Check
from services.navigation.model.directory import Listing
from services.navigation.model.matching import Keep, Match, Need
from services.navigation.policy.checks import (
    FEATURE_WORDS,
    NO,
    UNKNOWN,
    YES,
    Ask,
    checks_for,
    feature_test,
)

ENOUGH = 10
"""The search ends when so many services fit; those given first are looked at first."""

FULL = Keep(options=4, rejected=8)
"""What is kept for a person who is going to choose."""

BRIEF = Keep(options=2, rejected=2)
"""What is kept where nobody has to choose: what was taken, what comes next, and what did not fit."""

FRESH_DAYS = 180
STALE_DAYS = 365
DAY_SECONDS = 86_400.0


def match(need: Need, listings: Iterable[Listing], *, keep: Keep = FULL) -> Match:
    """Look through the services in the order given, until enough fit, and rank those that do.

    That order decides nothing about the ranking, and `keep` nothing but how much is kept: of those that do
    not fit the first few are.
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
            if len(rejected) < keep.rejected:
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
            for place, (_, listing) in enumerate(fitting[: keep.options], start=1)
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


def _reasons(need: Need, listing: Listing, unknown: list[str]) -> Iterable[str]:
    for feature in sorted(need.filters.prefer):
        if feature_test(feature, need.client.language)(listing) is YES:
            yield f"It is {FEATURE_WORDS[feature]}, which suits this."
    for feature in sorted(need.filters.avoid):
        if feature_test(feature, need.client.language)(listing) is YES:
            yield f"It is {FEATURE_WORDS[feature]}, which suits this less."
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
    return f"The entry was checked on {assured.day} {assured:%B %Y}{', a while ago' if stale else ''}."


def _days(seconds: float) -> str:
    days = max(1, -(-int(seconds) // int(DAY_SECONDS)))
    return "a day" if days == 1 else f"{days} days"
