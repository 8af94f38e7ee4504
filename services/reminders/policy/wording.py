"""Put a message into a client's language, from templates that were checked when they were loaded.

A template that lacks a message, uses a word nobody fills in, or would grow beyond two text messages (three
where the language needs letters outside the GSM alphabet) does not load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.terms import ChannelKind, MessageKind
from services.reminders.policy.civil import local

FALLBACK = "en"
LONGEST_NAME = 20
"""A longer name is cut in a text message, so that the message keeps its length."""

GSM_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""3GPP TS 23.038: the letters that fit 160 to a text message; with any other only 70 fit."""
GSM_EXTENSION = frozenset("^{}\\[~]|€")
"""Letters of the same standard that count twice."""
MOST_PARTS = {True: 2, False: 3}
"""How many parts a text message may have: in the GSM alphabet, and outside it."""

_WHEN = frozenset({"weekday", "day", "month", "time"})
_ALWAYS = frozenset({"name"})
_WITH_APPOINTMENT = frozenset({MessageKind.APPOINTMENT_REMINDER, MessageKind.PLAN_CUE})
_LONGEST_HOUR = datetime(2026, 11, 25, 22, 30)  # noqa: DTZ001 - only its letters matter
Text = Annotated[str, Field(min_length=1)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Template(_Data):
    """One message: as a text, and as a mail with its subject."""

    text: Text
    subject: Annotated[str, Field(min_length=1, max_length=60)]
    mail: Text


class Language(_Data):
    """Every message in one language, with the words for days and hours."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    weekdays: Annotated[tuple[Text, ...], Field(min_length=7, max_length=7)]
    months: Annotated[tuple[Text, ...], Field(min_length=12, max_length=12)]
    when: Text
    clock: Literal[12, 24]
    how_to_stop: Text
    messages: Mapping[MessageKind, Template]

    @model_validator(mode="after")
    def _complete_and_short(self) -> Self:
        """Refuse what would go wrong later."""
        missing = set(MessageKind) - set(self.messages)
        if missing:
            raise ValueError(f"{self.language} lacks {', '.join(sorted(missing))}")
        _only(self.when, _WHEN, f"{self.language}/when")
        for kind, template in self.messages.items():
            _check(self, kind, template)
        return self

    def says(self, moment: datetime) -> str:
        """A local moment in words, such as `Tue 24 Nov at 3:00 pm`."""
        return self.when.format_map(
            {
                "weekday": self.weekdays[moment.weekday()],
                "day": moment.day,
                "month": self.months[moment.month - 1],
                "time": _clock_time(moment, self.clock),
            }
        )


class Wording:
    """All languages. A client's language without its region decides; English stands in for the rest."""

    def __init__(self, languages: Iterable[Language]) -> None:
        self._languages = {language.language: language for language in languages}
        if FALLBACK not in self._languages:
            raise ValueError(f"there is no wording in {FALLBACK}, which stands in for all others")

    def languages(self) -> list[Language]:
        """Every language, for those who check them."""
        return list(self._languages.values())

    def compose(
        self, kind: MessageKind, channel: ChannelKind, *, name: str, language: str, about: datetime, zone: str
    ) -> tuple[str | None, str]:
        """Subject (None for a text message) and body of a message about a moment, in the client's zone."""
        words = self._languages.get(language.partition("-")[0], self._languages[FALLBACK])
        template = words.messages[kind]
        when = words.says(local(about, zone))
        if channel is ChannelKind.SMS:
            return None, _text(words, template, name=name, when=when)
        values = {"name": name, "when": when}
        return template.subject, f"{template.mail.format_map(values)}\n\n{words.how_to_stop}"


def parts_of(text: str) -> int:
    """How many parts a text message is sent in, by 3GPP TS 23.038 and 23.040."""
    if not _is_gsm(text):
        units = len(text.encode("utf-16-le")) // 2
        return 1 if units <= 70 else -(-units // 67)
    units = sum(2 if letter in GSM_EXTENSION else 1 for letter in text)
    return 1 if units <= 160 else -(-units // 153)


def _is_gsm(text: str) -> bool:
    return all(letter in GSM_ALPHABET or letter in GSM_EXTENSION for letter in text)


def _text(words: Language, template: Template, *, name: str, when: str) -> str:
    body = template.text.format_map({"name": name[:LONGEST_NAME].strip(), "when": when})
    return f"{body} {words.how_to_stop}"


def _check(words: Language, kind: MessageKind, template: Template) -> None:
    allowed = _ALWAYS | {"when"} if kind in _WITH_APPOINTMENT else _ALWAYS
    for text in (template.text, template.subject, template.mail):
        _only(text, allowed, f"{words.language}/{kind}")
    longest_day = max(words.weekdays, key=len)
    when = words.says(_LONGEST_HOUR).replace(words.weekdays[_LONGEST_HOUR.weekday()], longest_day)
    longest = _text(words, template, name="N" * LONGEST_NAME, when=when)
    if parts_of(longest) > MOST_PARTS[_is_gsm(longest)]:
        raise ValueError(f"{words.language}/{kind} is too long for a text message ({len(longest)} letters)")


def _only(text: str, allowed: Iterable[str], where: str) -> None:
    used = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
    if unknown := used - set(allowed):
        raise ValueError(f"{where} uses {', '.join(sorted(unknown))}, which nobody fills in")


def _clock_time(moment: datetime, clock: Literal[12, 24]) -> str:
    if clock == 24:
        return f"{moment.hour}:{moment.minute:02}"
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
