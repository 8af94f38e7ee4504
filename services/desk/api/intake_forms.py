"""What the pages of a conversation are given, and what they send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from services.desk.api.base import Desk
from services.desk.commands.listening import Listener
from services.desk.model.drafts import Draft, Part, Typed, Writing
from services.desk.policy.drafts import plain
from services.desk.policy.intake_form import FIELDS, MOST_BARRIERS, kind_of, one
from services.desk.policy.intake_plan import House, part_of
from services.desk.store import drafts as store
from shared.errors import Malformed, NotFound
from shared.http import Given
from shared.ids import new_id

WRITERS = ("intake", "case_manager")
KEEPS = "x-keeps"
GONE = "There is no such conversation of yours. One that nobody goes on with is kept for two weeks."
LANGUAGES: Sequence[tuple[str, str]] = (
    ("en", "English"),
    ("am", "Amharic"),
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("zh", "Chinese"),
    ("prs", "Dari"),
    ("fa", "Farsi"),
    ("fr", "French"),
    ("de", "German"),
    ("gu", "Gujarati"),
    ("hi", "Hindi"),
    ("it", "Italian"),
    ("ku", "Kurdish"),
    ("ps", "Pashto"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pa", "Punjabi"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("so", "Somali"),
    ("es", "Spanish"),
    ("ta", "Tamil"),
    ("ti", "Tigrinya"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("cy", "Welsh"),
)
"""Languages that are offered, as tags and in words."""

Listening = Annotated[Listener, Given(Listener)]


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of a page, as templates ask for them: never None."""

    typed: Typed

    def one(self, name: str) -> str:
        """What a field holds, exactly as it was typed."""
        return self.typed[name][0] if self.typed.get(name) else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Everything that a field holds."""
        return self.typed.get(name, ())

    def day(self, name: str) -> Mapping[str, str]:
        """A date in three boxes."""
        return {part: self.one(f"{name}-{part}") for part in ("day", "month", "year")}


@dataclass(frozen=True, slots=True)
class Sent:
    """What a page sent."""

    pairs: Sequence[tuple[str, str]]

    def value(self, name: str) -> str:
        """The last value of a field, or nothing."""
        return next((value for field, value in reversed(self.pairs) if field == name), "")

    def typed(self, part: str) -> dict[str, tuple[str, ...]]:
        """The fields of a page."""
        return plain(self.pairs, FIELDS[kind_of(part) or "alike"])

    @property
    def writing(self) -> Writing:
        """From which opened page it came, and in which turn."""
        return Writing(
            page=uuid_in(self.value("page")) or new_id(),
            turn=_number(self.value("turn")),
            version=_number(self.value("version")),
        )

    @property
    def team_id(self) -> UUID | None:
        """The team that was chosen."""
        return uuid_in(self.value("team"))


@dataclass(frozen=True, slots=True)
class Talk:
    """One request in a conversation: who writes, what stands there so far, and who may have suggestions."""

    desk: Desk
    draft: Draft
    listener: Listener


async def sent(desk: Desk) -> Sent:
    """Read what a page sent."""
    try:
        async with desk.request.form() as form:
            pairs = form.multi_items()
    except ClientDisconnect:
        raise Malformed("the page was left before all of it had arrived") from None
    return Sent([(name, value) for name, value in pairs if isinstance(value, str)])


async def draft_of(desk: Desk, draft_id: UUID) -> Draft:
    """The viewer's own draft; for everybody else there is none."""
    async with desk.database.reading() as conn:
        draft = await store.read(conn, draft_id, desk.viewer.id)
    if draft is None:
        raise NotFound(GONE)
    return draft


def house_of(desk: Desk) -> House:
    """What is the same for every client here."""
    settings = desk.foundation.settings
    return House(
        organization=settings.desk_organization,
        time_zone=settings.desk_time_zone,
        now=desk.foundation.clock.now(),
    )


def wall(desk: Desk, moment: datetime) -> str:
    """A time of today as staff read it."""
    return moment.astimezone(desk.foundation.settings.zone).strftime("%H:%M")


def is_settled(draft: Draft, part: str) -> bool:
    """Whether a page is on record already, or may be: then it is not changed here any more."""
    return any(part_of(step) == part for step in draft.settled) or (
        part == "alike" and "client" in draft.settled
    )


def steps_for(draft: Draft) -> list[tuple[str, str]]:
    """The parts of the conversation, in their order, with their addresses."""
    base = f"/intake/{draft.id}"
    first = draft.barriers[0] if draft.barriers else "barrier-1"
    return [
        ("Who they are", f"{base}/who"),
        ("What matters", f"{base}/matters"),
        ("The rulers", f"{base}/rulers"),
        ("What gets in the way", f"{base}/{first}"),
        ("Who may be told", f"{base}/consent"),
        ("Look again", f"{base}/check"),
    ]


AT: Mapping[str, int] = {"who": 1, "matters": 2, "rulers": 3, "barrier": 4, "consent": 5, "check": 6}


def next_barrier(draft: Draft) -> str:
    """The page for one more thing that gets in the way."""
    numbers = [int(name.partition("-")[2]) for name in draft.barriers]
    return f"barrier-{min(max(numbers, default=0) + 1, MOST_BARRIERS)}"


def after(draft: Draft, part: str, then: str) -> str:
    """Where the conversation goes on."""
    base = f"/intake/{draft.id}"
    if then == "check":
        return f"{base}/check"
    if then == "stay":
        return f"{base}/{part}"
    kind = kind_of(part)
    if kind == "barrier" and then == "more":
        return f"{base}/{next_barrier(draft)}"
    following = {"who": "matters", "matters": "rulers", "consent": "check", "barrier": "consent"}
    if kind == "rulers":
        return f"{base}/{draft.barriers[0] if draft.barriers else 'barrier-1'}"
    return f"{base}/{following.get(kind or '', 'check')}"


def kept_answer(desk: Desk, part: Part | None) -> Response:
    """What a page is told that saves as one types."""
    saved = f"Saved at {wall(desk, part.saved_at)}" if part else "Nothing written yet"
    return JSONResponse({"version": part.version if part else 0, "saved": saved})


def name_of(typed: Typed) -> str:
    """What somebody is called, as far as it was typed."""
    return one(typed, "preferred_name") or one(typed, "full_name")


def uuid_in(text: str) -> UUID | None:
    """The id that a text is; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 9 else 0
