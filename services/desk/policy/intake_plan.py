"""From what was typed to what intake is asked to write down: which requests, in which order, by which names.

A request's name never changes, so that its key does not either. What rests on an earlier answer says so:
`{client}` and `{goal-1}` stand for the ids that intake gives, and are filled in when it goes out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from services.desk.model.drafts import Draft, Step, Typed
from services.desk.policy.allowing import consent_body
from services.desk.policy.intake_form import RULERS, WAYS, born_on, hours, number_of, one, uses

PLACE = re.compile(r"\{([a-z]+(?:-\d+)?)\}")

Asked = tuple[str, str, dict[str, object]]
"""A request: its name, its path and its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What is the same for every client of this house."""

    organization: str
    """Who may tell, by the name that stands on the form."""
    time_zone: str
    now: datetime


def steps_of(draft: Draft, house: House, *, told_apart: Collection[UUID] = ()) -> tuple[Step, ...]:
    """Everything that intake is asked to write down for a draft, in order.

    `told_apart` are the people on record who were shown as possibly the same and are somebody else.
    """
    return tuple(
        Step(name=name, position=position, path=path, body=body)
        for position, (name, path, body) in enumerate(_asked(draft, house, told_apart))
    )


def filled(step: Step, known: Mapping[str, UUID]) -> tuple[str, dict[str, object]]:
    """A request as it goes out: with the ids that were given so far.

    Raises `KeyError` where an answer that it rests on is not there yet.
    """
    body = dict(step.body)
    rests_on = PLACE.fullmatch(str(body.get("goal_id", "")))
    if rests_on:
        body["goal_id"] = str(known[rests_on[1]])
    return PLACE.sub(lambda found: str(known[found[1]]), step.path), body


def part_of(step: str) -> str:
    """The page that a request comes from."""
    kind = step.partition("-")[0]
    pages = {"client": "who", "goal": "matters", "value": "matters", "readiness": "rulers", "barrier": step}
    return pages.get(kind, kind)


def _asked(draft: Draft, house: House, told_apart: Collection[UUID]) -> Iterator[Asked]:
    if not one(draft.typed("alike"), "same"):
        yield "client", "/clients", client_body(draft.typed("who"), house, told_apart)
    matters = draft.typed("matters")
    for kind in ("goal", "value"):
        for number, words in enumerate(matters.get(kind, ()), 1):
            yield f"{kind}-{number}", "/clients/{client}/goals", {"kind": kind, "words": words}
    readiness = readiness_body(draft.typed("rulers"))
    if readiness:
        yield "readiness", "/clients/{client}/readiness", readiness
    for name in draft.barriers:
        yield name, "/clients/{client}/barriers", barrier_body(draft.typed(name), matters)
    if one(draft.typed("consent"), "answer") == "yes":
        yield "consent", "/clients/{client}/consents", _consent(draft.typed("consent"), house)


def client_body(typed: Typed, house: House, told_apart: Collection[UUID]) -> dict[str, object]:
    """Who they are and how it is safe to reach them."""
    called, full = one(typed, "preferred_name"), one(typed, "full_name")
    born, caring = born_on(typed), one(typed, "caring")
    body: dict[str, object] = {
        "full_name": full or called,
        "preferred_name": called or None,
        "born_on": born.isoformat() if born else None,
        "time_zone": one(typed, "time_zone") or house.time_zone,
        "language": one(typed, "language") or "en",
        "postcode": one(typed, "postcode") or None,
        "pace": one(typed, "pace") or "steady",
        "setting": one(typed, "setting") or "either",
        "available": _windows(typed),
        "caring_duties": {"yes": True, "no": False}.get(caring),
        "access_needs": sorted(typed.get("needs", ())),
        "free_only": bool(one(typed, "free_only")),
        "channels": channels_of(typed),
        "contact_prohibited": bool(one(typed, "contact_prohibited")),
        "messages_wanted": bool(one(typed, "messages_wanted")),
    }
    if told_apart:
        body |= {"is_someone_else": True, "not_the_same_as": sorted(str(one_of) for one_of in told_apart)}
    elif one(typed, "someone_else"):
        body["is_someone_else"] = True
    return body


def channels_of(typed: Typed) -> list[dict[str, object]]:
    """Ways to reach them, in the order in which `ways_of` names the fields that they come from."""
    first = one(typed, "first")
    return [
        {
            "kind": kind,
            "address": number_of(typed) if way == "mobile" else one(typed, way),
            "safe": bool(one(typed, f"{way}-safe")),
            "preferred": kind == first,
            "windows": _windows(typed, f"{way}-"),
        }
        for kind, way in ways_of(typed)
    ]


def ways_of(typed: Typed) -> list[tuple[str, str]]:
    """Each way to reach them as intake knows it, and the field that it comes from."""
    return [
        (kind, way)
        for way in WAYS
        if one(typed, way)
        for kind in (uses(typed) if way == "mobile" else (way,))
    ]


def readiness_body(typed: Typed) -> dict[str, object]:
    """The rulers that were asked, with what was said; empty where none was."""
    asked = {ruler: int(one(typed, ruler)) for ruler in RULERS if one(typed, ruler).isdecimal()}
    if not asked:
        return {}
    follow_ups = [
        {"ruler": ruler, "why_not_lower": why or None, "what_would_help": up or None}
        for ruler in asked
        for why, up in [(one(typed, f"{ruler}-why"), one(typed, f"{ruler}-up"))]
        if why or up
    ]
    words = one(typed, "words")
    return asked | ({"follow_ups": follow_ups} if follow_ups else {}) | ({"words": words} if words else {})


def barrier_body(typed: Typed, matters: Typed) -> dict[str, object]:
    """What gets in the way, in their words; what nobody chose a kind for is other."""
    goal = one(typed, "goal")
    names = {
        words.strip(): f"{kind}-{number}"
        for kind in ("value", "goal")
        for number, words in enumerate(matters.get(kind, ()), 1)
    }
    return {
        "words": typed.get("words", ("",))[0],
        "category": one(typed, "category") or "other",
        "strength": int(one(typed, "strength")),
        "own_idea": typed["own_idea"][0] if typed.get("own_idea") else None,
        "wish": one(typed, "wish"),
    } | ({"goal_id": f"{{{names[goal]}}}"} if goal in names else {})


def _consent(typed: Typed, house: House) -> dict[str, object]:
    zone = ZoneInfo(house.time_zone)
    return consent_body(typed, organization=house.organization, zone=zone, now=house.now)


def _windows(typed: Typed, prefix: str = "") -> list[dict[str, object]]:
    said = hours(typed, prefix)
    days = [int(day) for day in typed.get(f"{prefix}days", ()) if day in set("1234567")]
    if said is None and not days:
        return []
    opens, closes = said or (time(0, 0), time(23, 59))
    return [
        {"weekday": day, "opens": opens.isoformat("minutes"), "closes": closes.isoformat("minutes")}
        for day in days or range(1, 8)
    ]


_FIELDS: Mapping[str, str] = {
    "full_name": "preferred_name",
    "born_on": "born",
    "available": "from",
    "expires_at": "until",
    "recipients": "scopes",
    "importance": "importance",
}


def field_of(problem: str, typed: Typed) -> str:
    """The field of a page that a field of intake's belongs to; empty for the page as a whole."""
    name = problem.removeprefix("body.").partition(".")[0]
    channel = re.match(r"channels\W?(\d+)", problem.removeprefix("body."))
    if channel:
        ways = ways_of(typed)
        number = int(channel[1])
        return ways[number][1] if number < len(ways) else "mobile"
    return _FIELDS.get(name.partition("[")[0], name.partition("[")[0])
