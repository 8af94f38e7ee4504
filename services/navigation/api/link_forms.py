"""What a partner writes into the page of a link, and which answers it means. Nothing is dropped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, assert_never, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

from contracts.published.answers import (
    Accepts,
    Completes,
    Declines,
    Fails,
    Holds,
    Keeps,
    Misses,
    PartnerAnswer,
    PartnersReason,
    Progresses,
    Schedules,
)
from contracts.terms import ChangedBy, ReasonCode
from services.navigation.model.referrals import MoveName, Referral
from services.navigation.policy.referrals import possible_moves

MOST_WORDS = 4000
FURTHEST = timedelta(days=731)
REASONS = frozenset(get_args(PartnersReason))
REASON_WORDS = {
    ReasonCode.NO_CAPACITY: "We have no room at the moment",
    ReasonCode.NOT_ELIGIBLE: "They are outside what we may offer, such as by age or area",
    ReasonCode.WRONG_SERVICE: "It is not what our service does",
    ReasonCode.CANNOT_REACH: "We could not reach them",
    ReasonCode.REFERRED_ELSEWHERE: "We passed it to another service that fits better",
    ReasonCode.OTHER: "Something else",
}
"""The reasons as people read them, and the words of an answer that has no others."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _as_typed(text: str) -> str:
    """Browsers end lines with CR LF; what no text here can hold is left out."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n")).strip()


Typed = Annotated[str, AfterValidator(_as_typed)]


class Choice(StrEnum):
    """What a person can tell us about a referral."""

    ACCEPT = "accept"
    SCHEDULE = "schedule"
    HOLD = "hold"
    DECLINE = "decline"
    KEPT = "kept"
    MISSED = "missed"
    PROGRESS = "progress"
    COMPLETE = "complete"
    FAIL = "fail"


NEXT = (Choice.ACCEPT, Choice.SCHEDULE, Choice.HOLD, Choice.DECLINE)
"""What can be said first; an appointment or a place on a list says yes as well."""
LATER = (
    Choice.KEPT,
    Choice.MISSED,
    Choice.SCHEDULE,
    Choice.PROGRESS,
    Choice.HOLD,
    Choice.COMPLETE,
    Choice.FAIL,
)


class LinkForm(BaseModel):
    """The whole form, as it was filled in; every field may be empty, so that nothing is refused unread."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    form: str = ""
    """Which form it is: given out by the page, so that a form sent twice is taken once."""
    answer: Typed = ""
    """What is being told: accept, schedule, hold, decline, kept, missed, progress, complete or fail."""
    date: Typed = ""
    time: Typed = ""
    remote: Typed = ""
    hold_text: Typed = ""
    decline_reason: Typed = ""
    decline_text: Typed = ""
    progress_text: Typed = ""
    outcome: Typed = ""
    fail_reason: Typed = ""
    fail_text: Typed = ""

    @property
    def written(self) -> tuple[str, ...]:
        """Whatever was put into words, to be shown again where it cannot be taken."""
        texts = (self.hold_text, self.decline_text, self.progress_text, self.outcome, self.fail_text)
        return tuple(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that keeps a form from being taken, and the field to look at."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A form that has to be looked at again."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a form says: one answer, or a yes and what goes with it."""

    choice: Choice
    answers: tuple[PartnerAnswer, ...]


def offered(referral: Referral) -> tuple[Choice, ...]:
    """What can be told about a referral as it stands."""
    possible = possible_moves(referral, by=ChangedBy.PARTNER)
    if MoveName.ACCEPT in possible:
        return NEXT
    return tuple(choice for choice in LATER if MoveName(choice.value) in possible)


def understood(form: LinkForm, referral: Referral, *, zone: str, now: datetime) -> Understood | Faulty:
    """What a form says about a referral as it stands, or what to look at again."""
    try:
        choice = Choice(form.answer)
    except ValueError:
        return Faulty((Fault("answer", "Choose what you would like to tell us"),))
    said = _said(choice, form, zone=zone, now=now)
    if isinstance(said, Faulty):
        return said
    implies_yes = choice in {Choice.SCHEDULE, Choice.HOLD} and Choice.ACCEPT in offered(referral)
    return Understood(choice, (Accepts(answer="accept"), said) if implies_yes else (said,))


def _said(  # noqa: C901, PLR0911 - one line per choice
    choice: Choice, form: LinkForm, *, zone: str, now: datetime
) -> PartnerAnswer | Faulty:
    match choice:
        case Choice.ACCEPT:
            return Accepts(answer="accept")
        case Choice.KEPT:
            return Keeps(answer="kept")
        case Choice.MISSED:
            return Misses(answer="missed")
        case Choice.SCHEDULE:
            return _appointment(form, zone=zone, now=now)
        case Choice.PROGRESS:
            long = _too_long({"progress_text": form.progress_text})
            return long or Progresses(answer="progress", text=form.progress_text or None)
        case Choice.HOLD:
            missing = _words({"hold_text": form.hold_text}, "Say what it is waiting for")
            return missing or Holds(answer="hold", text=form.hold_text)
        case Choice.COMPLETE:
            missing = _words({"outcome": form.outcome}, "Say what help was given")
            return missing or Completes(answer="complete", outcome=form.outcome)
        case Choice.DECLINE | Choice.FAIL:
            return _no(choice, form)
    assert_never(choice)


def _no(choice: Choice, form: LinkForm) -> PartnerAnswer | Faulty:
    decline = choice is Choice.DECLINE
    reason_field, text_field = f"{choice.value}_reason", f"{choice.value}_text"
    reason_text = form.decline_reason if decline else form.fail_reason
    text = form.decline_text if decline else form.fail_text
    faults = []
    if reason_text not in REASONS:
        faults.append(Fault(reason_field, "Choose the reason that fits best"))
    elif not text and reason_text == ReasonCode.OTHER:
        faults.append(Fault(text_field, "Say it in a few words, so that we look in a better place next"))
    long = _too_long({text_field: text})
    if faults or long:
        return Faulty((*faults, *(long.faults if long else ())))
    reason = ReasonCode(reason_text)
    text = text or REASON_WORDS[reason]
    if decline:
        return Declines.model_validate({"answer": "decline", "reason": reason, "text": text})
    return Fails.model_validate({"answer": "fail", "reason": reason, "text": text})


def _words(fields: Mapping[str, str], missing: str) -> Faulty | None:
    empty = tuple(Fault(name, missing) for name, text in fields.items() if not text)
    return Faulty(empty) if empty else _too_long(fields)


def _too_long(fields: Mapping[str, str]) -> Faulty | None:
    faults = tuple(
        Fault(name, f"Please keep it to {MOST_WORDS:,} characters; these are {len(text):,}")
        for name, text in fields.items()
        if len(text) > MOST_WORDS
    )
    return Faulty(faults) if faults else None


def _appointment(form: LinkForm, *, zone: str, now: datetime) -> Schedules | Faulty:
    day, at = _date(form.date), _time(form.time)
    faults = []
    if day is None:
        faults.append(Fault("date", "Say on which day, such as 30/11/2026"))
    if at is None:
        faults.append(Fault("time", "Say at what time, such as 14:30"))
    if day is None or at is None:
        return Faulty(tuple(faults))
    moment = datetime.combine(day, at, ZoneInfo(zone))
    # Where clocks go forward there are times that no clock shows.
    if moment.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != moment.replace(
        tzinfo=None
    ):
        return Faulty((Fault("time", "The clocks go forward then, so there is no such time on that day"),))
    if moment <= now:
        return Faulty((Fault("date", "That time has passed; say when the appointment will be"),))
    if moment > now + FURTHEST:
        return Faulty((Fault("date", "That is more than two years from now; please check the year"),))
    return Schedules(answer="schedule", starts_at=moment, remote=bool(form.remote))


def _date(text: str) -> date | None:
    """A day as browsers send it, or as people type it where there is no calendar to pick from."""
    typed = re.fullmatch(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})", text)
    try:
        if typed:
            return date(int(typed[3]), int(typed[2]), int(typed[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    typed = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?::\d{2}(?:\.\d+)?)?", text)
    try:
        return time(int(typed[1]), int(typed[2])) if typed else None
    except ValueError:
        return None
