"""What clients read: complete, short, kind, and silent about what nobody else should know."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from contracts.terms import ChannelKind, MessageKind
from services.reminders.__main__ import WORDING, load_wording
from services.reminders.policy.wording import Language, Template, Wording, parts_of

LOADED = load_wording()
TEMPLATES = [
    pytest.param(template, id=f"{language.language}-{kind}")
    for language in LOADED.languages()
    for kind, template in language.messages.items()
]
BLAME = re.compile(
    r"\b(fail\w*|refus\w*|resist\w*|complian\w*|non-?complian\w*|missed|no.?show|must|should|fault|again late"
    r"|debe|fracas\w*|rechaz\w*|culpa|faltó|incumpl\w*|tiene que)\b",
    re.IGNORECASE,
)
HEALTH = re.compile(
    r"\b(health|mental|therap\w*|counsel\w*|clinic\w*|treat\w*|drug\w*|alcohol|recovery|doctor|diagnos\w*|referral"
    r"|salud|terapia|consejer\w*|clínica|tratamiento|drogas?|recuperación|médic\w*)\b",
    re.IGNORECASE,
)
WHEN = datetime(2026, 11, 25, 15, 5, tzinfo=UTC)


def text_of(kind: MessageKind, **values: str) -> str:
    given = {"name": "Amina", "language": "en", "zone": "Europe/London"} | values
    return LOADED.compose(
        kind, ChannelKind.SMS, name=given["name"], language=given["language"], zone=given["zone"], about=WHEN
    )[1]


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_message_blames_anybody_or_tells_strangers_why(template: Template) -> None:
    for text in (template.text, template.subject, template.mail):
        assert not BLAME.search(text)
        assert not HEALTH.search(text)


@pytest.mark.parametrize("language", [language.language for language in LOADED.languages()])
@pytest.mark.parametrize("kind", MessageKind)
def test_every_message_fits_a_text_and_says_how_to_stop(kind: MessageKind, language: str) -> None:
    text = text_of(kind, language=language, name="Maximiliana Alejandrina de la Vega")

    assert "STOP" in text
    assert parts_of(text) <= (2 if language == "en" else 3)
    subject, mail = LOADED.compose(
        kind, ChannelKind.EMAIL, name="Amina", language=language, zone="UTC", about=WHEN
    )
    assert subject
    assert "STOP" in mail
    assert "{" not in text + mail + subject


@pytest.mark.parametrize(
    ("language", "zone", "expected"),
    [
        ("en", "Europe/London", "Wed 25 Nov at 3:05 pm"),
        ("en-GB", "Asia/Kathmandu", "Wed 25 Nov at 8:50 pm"),
        ("es-MX", "America/Mexico_City", "miércoles 25 nov, 9:05"),
        # There is no Nepali yet: English stands in.
        ("ne", "Pacific/Apia", "Thu 26 Nov at 4:05 am"),
    ],
)
def test_an_appointment_is_told_in_the_clients_language_and_zone(
    language: str, zone: str, expected: str
) -> None:
    assert expected in text_of(MessageKind.APPOINTMENT_REMINDER, language=language, zone=zone)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("í" * 70, 1),
        ("í" * 71, 2),
        ("í" * 135, 3),
    ],
)
def test_parts_are_counted_as_networks_count_them(text: str, parts: int) -> None:
    assert parts_of(text) == parts


def changed(path: str, value: object) -> dict[str, object]:
    data: dict[str, object] = yaml.safe_load(Path(WORDING / "en.yaml").read_text("utf-8"))
    *folders, last = path.split("/")
    inner = data
    for folder in folders:
        inner = inner[folder]  # type: ignore[assignment]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("messages/check_in/text", "Hi {nmae}", "nmae"),
        ("messages/check_in/text", "Hi {name}, on {when}", "when"),
        ("messages/check_in/text", "Hi {name.__class__}", "name.__class__"),
        ("messages/small_win", None, "small_win"),
        ("messages/check_in/text", "Hi {name}" + " and so on" * 40, "too long"),
        ("weekdays", ["Mon"], "weekdays"),
        ("messages/check_in/texts", "Hi", "texts"),
        ("when", "{day} {year}", "year"),
    ],
)
def test_a_wording_that_would_go_wrong_does_not_load(path: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Language.model_validate(changed(path, value))


def test_there_is_no_wording_without_english() -> None:
    with pytest.raises(ValueError, match="stands in for all others"):
        Wording([])
