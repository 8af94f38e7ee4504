"""What was typed, as one reads it over once more before it is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from services.desk.model.drafts import Draft, Step, Typed
from services.desk.policy.intake_form import RULERS, one

WISHES: Mapping[str, str] = {
    "go_ahead": "Go ahead",
    "ask_me_first": "Ask me first",
    "just_listen": "Just listen for now",
}
STRENGTHS: Mapping[str, str] = {
    "0": "Not at all in the way",
    "1": "A little in the way",
    "2": "Quite a lot in the way",
    "3": "Very much in the way",
}
DAYS: Mapping[str, str] = {
    "1": "Mondays",
    "2": "Tuesdays",
    "3": "Wednesdays",
    "4": "Thursdays",
    "5": "Fridays",
    "6": "Saturdays",
    "7": "Sundays",
}
_WAYS: Mapping[str, str] = {"mobile": "Telephone", "email": "E-mail", "post": "Letters"}
Row = tuple[str, str, str]
"""What it is, what was said, and the page that it stands on."""


def rows_of(draft: Draft) -> list[Row]:
    """Everything that was said, line by line; what was not said is one line at most."""
    return [
        *_who(draft.typed("who")),
        *_matters(draft.typed("matters")),
        *_rulers(draft.typed("rulers")),
        *_barriers(draft),
        *_consent(draft.typed("consent")),
    ]


def step_words(step: Step, draft: Draft) -> str:
    """What a request writes down, in words."""
    kind = step.name.partition("-")[0]
    if kind == "client":
        return f"{one(draft.typed('who'), 'preferred_name') or 'The client'} is on record"
    if kind == "barrier":
        return f"In the way: {_shortened(one(draft.typed(step.name), 'words'))}"
    words = {
        "goal": "A goal, in their words",
        "value": "Something dear to them, in their words",
        "readiness": "The rulers",
        "consent": "Who may be told what",
    }
    return words[kind]


def days_and_hours(typed: Typed, prefix: str) -> str:
    """When something is possible, in words; empty where nothing was said."""
    days = [DAYS[day] for day in typed.get(f"{prefix}days", ()) if day in DAYS]
    opens, closes = one(typed, f"{prefix}from"), one(typed, f"{prefix}to")
    times = f"{opens or '00:00'} to {closes or '23:59'}" if opens or closes else ""
    return ", ".join(part for part in (_listed(days), times) if part)


def _who(typed: Typed) -> Iterator[Row]:
    yield "Called", one(typed, "preferred_name") or one(typed, "full_name"), "who"
    if one(typed, "full_name"):
        yield "Full name", one(typed, "full_name"), "who"
    born = " ".join(
        part for part in (one(typed, f"born-{name}") for name in ("day", "month", "year")) if part
    )
    if born:
        yield "Born", born, "who"
    if one(typed, "contact_prohibited"):
        yield "Reaching them", "Nobody may write or call at all", "who"
    for way, words in _WAYS.items():
        if one(typed, way):
            yield words, _way(typed, way), "who"
    if one(typed, "messages_wanted"):
        yield "Automatic messages", "They would like them", "who"
    if when := days_and_hours(typed, ""):
        yield "Has time", when, "who"


def _way(typed: Typed, way: str) -> str:
    when = days_and_hours(typed, f"{way}-")
    if not one(typed, f"{way}-safe"):
        return f"{one(typed, way)} - not called safe, so nothing is sent there"
    return f"{one(typed, way)} - safe{f', {when}' if when else ' at any time'}"


def _matters(typed: Typed) -> Iterator[Row]:
    for words in typed.get("goal", ()):
        yield "They want", words, "matters"
    for words in typed.get("value", ()):
        yield "Dear to them", words, "matters"
    if not typed:
        yield "What matters", "", "matters"


def _rulers(typed: Typed) -> Iterator[Row]:
    asked = [f"{ruler} {one(typed, ruler)}" for ruler in RULERS if one(typed, ruler)]
    yield "The rulers", ", ".join(asked).capitalize(), "rulers"


def _barriers(draft: Draft) -> Iterator[Row]:
    for name in draft.barriers:
        typed = draft.typed(name)
        details = [
            STRENGTHS.get(one(typed, "strength"), ""),
            WISHES.get(one(typed, "wish"), ""),
            f"Their own idea: {one(typed, 'own_idea')}" if one(typed, "own_idea") else "",
        ]
        said = ". ".join(detail for detail in details if detail)
        yield "In the way", f"{one(typed, 'words')}{f' ({said})' if said else ''}", name
    if not draft.barriers:
        yield "In the way", "", "barrier-1"


def _consent(typed: Typed) -> Iterator[Row]:
    answer = one(typed, "answer")
    words = {
        "yes": "Yes: services that they are matched with may be told what they chose",
        "no": "No, and that is fine: nobody is told anything",
    }
    yield "Who may be told", words.get(answer, ""), "consent"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


def _shortened(words: str) -> str:
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + " ..."
