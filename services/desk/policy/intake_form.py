"""The pages on which a client is registered: what can be typed on each, and what still needs a look.

Only a name to be called by is needed. Whatever is begun and cannot be kept as it stands is pointed out in
words, on the field that it is about; nothing that was typed is ever dropped for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time

from contracts.terms import BarrierCategory, Strength, Wish
from services.desk.model.drafts import Typed
from services.desk.policy.allowing import lacking
from services.desk.policy.drafts import LONGEST

WAYS = ("mobile", "email", "post")
"""Ways to reach somebody; each has fields for whether and when it is safe."""
RULERS = ("importance", "confidence", "readiness")
MOST_BARRIERS = 30
BARRIER = re.compile(r"barrier-([1-9]|[12]\d|30)")

_WAY = {f"{way}{part}" for way in WAYS for part in ("", "-safe", "-days", "-from", "-to")}
_BORN = {"born-day", "born-month", "born-year"}
_LIFE = {"pace", "setting", "caring", "free_only", "needs", "days", "from", "to"}

FIELDS: Mapping[str, frozenset[str]] = {
    "who": frozenset(
        {"preferred_name", "full_name", "postcode", "language", "time_zone", "mobile-use", "first"}
        | {"contact_prohibited", "messages_wanted", "someone_else"}
        | _WAY
        | _BORN
        | _LIFE
    ),
    "alike": frozenset({"someone_else", "same"}),
    "matters": frozenset({"goal", "value"}),
    "rulers": frozenset({"words"} | {f"{ruler}{part}" for ruler in RULERS for part in ("", "-why", "-up")}),
    "barrier": frozenset({"words", "category", "strength", "own_idea", "wish", "goal"}),
    "consent": frozenset(
        {"answer", "scopes", "until", "until-day", "given_how", "signer", "representative", "explained"}
    ),
}
"""What can be typed on each page."""

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_SEPARATORS = re.compile(r"[\s().\-/]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
LONGEST_NAME = 200


def kind_of(part: str) -> str | None:
    """Which kind of page it is; None where there is no such page."""
    if BARRIER.fullmatch(part):
        return "barrier"
    return part if part in FIELDS and part != "barrier" else None


def one(typed: Typed, name: str) -> str:
    """What a field holds, without spaces around it; empty where nothing was typed."""
    return typed[name][0].strip() if typed.get(name) else ""


def faults_of(part: str, typed: Typed) -> dict[str, str]:
    """What needs a look on a page, by field, in words."""
    found = dict(_too_long(typed))
    check = _CHECKS.get(kind_of(part) or "")
    for field, words in check(typed) if check else ():
        found.setdefault(field, words)
    return found


def born_on(typed: Typed) -> date | None:
    """The date of birth as far as there is a whole one. Raises `ValueError` where there is no such day."""
    parts = [one(typed, f"born-{part}") for part in ("year", "month", "day")]
    return date(*(int(part) for part in parts)) if any(parts) else None


def number_of(typed: Typed) -> str:
    """The telephone number without what people put between its digits."""
    return _SEPARATORS.sub("", one(typed, "mobile"))


def hours(typed: Typed, prefix: str = "") -> tuple[time, time] | None:
    """From when to when, where that was said. Raises `ValueError` where it is no time, or the wrong way."""
    opens, closes = one(typed, f"{prefix}from"), one(typed, f"{prefix}to")
    if not opens and not closes:
        return None
    begins = time.fromisoformat(opens) if opens else time(0, 0)
    ends = time.fromisoformat(closes) if closes else time(23, 59)
    if ends <= begins:
        raise ValueError("the second time comes after the first")
    return begins, ends


def _too_long(typed: Typed) -> Iterator[tuple[str, str]]:
    for name, values in typed.items():
        if any(len(value) > LONGEST for value in values):
            yield name, f"This is longer than {LONGEST:,} characters. Please make two of it."


def _who(typed: Typed) -> Iterator[tuple[str, str]]:
    if not one(typed, "preferred_name") and not one(typed, "full_name"):
        yield "preferred_name", "Write down what they would like to be called. Any name will do."
    for field in ("preferred_name", "full_name"):
        if len(one(typed, field)) > LONGEST_NAME:
            yield field, f"A name can have up to {LONGEST_NAME} characters here."
    yield from _born(typed)
    if one(typed, "mobile") and not _PHONE.fullmatch(number_of(typed)):
        yield "mobile", "Write the number with its country code, such as +44 7700 900123."
    if one(typed, "email") and not _EMAIL.fullmatch(one(typed, "email")):
        yield "email", "This does not look like an e-mail address yet."
    for way in WAYS:
        yield from _hours(typed, f"{way}-")
    yield from _hours(typed, "")
    yield from _first(typed)


def _born(typed: Typed) -> Iterator[tuple[str, str]]:
    try:
        born_on(typed)
    except (ValueError, OverflowError):
        yield "born", "Write day, month and year in numbers, such as 27 3 1985, or leave all three empty."


def _hours(typed: Typed, prefix: str) -> Iterator[tuple[str, str]]:
    try:
        hours(typed, prefix)
    except ValueError:
        yield f"{prefix}from", "Write two times, such as 09:00 and 17:00, the earlier one first."


def _first(typed: Typed) -> Iterator[tuple[str, str]]:
    first = one(typed, "first")
    way = "mobile" if first in {"sms", "phone"} else first
    if not first:
        return
    if not one(typed, way):
        yield "first", "You chose a way to reach them that is still empty above."
    elif not one(typed, f"{way}-safe"):
        yield "first", "The way to use first must be one that they call safe."
    elif way == "mobile" and first not in uses(typed):
        yield "first", "Tick above whether the number is for text messages, for calls, or for both."


def uses(typed: Typed) -> tuple[str, ...]:
    """What a number is for; both where nothing was said, as long as a person decides what is sent first."""
    return tuple(use for use in ("sms", "phone") if use in typed.get("mobile-use", ())) or ("phone",)


def _barrier(typed: Typed) -> Iterator[tuple[str, str]]:
    if not typed:
        return
    if not one(typed, "words"):
        yield "words", "Write down what they said, in their own words."
    if one(typed, "strength") not in {str(strength.value) for strength in Strength}:
        yield "strength", "Ask how much it is in the way. It decides how much we do about it."
    if one(typed, "wish") not in set(Wish):
        yield "wish", "Ask what they would like us to do. Just listening is an answer too."
    if one(typed, "category") and one(typed, "category") not in set(BarrierCategory):
        yield "category", "Choose one of these, or leave it with their own words."


def _consent(typed: Typed) -> Iterator[tuple[str, str]]:
    if one(typed, "answer") == "yes":
        yield from lacking(typed)


_CHECKS = {"who": _who, "barrier": _barrier, "consent": _consent}
