"""Single values as people write them in directories."""

from datetime import date
from decimal import Decimal

import pytest

from services.navigation.directory.values import amount, currency, day, language, minutes, number, yes_or_no


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-09", date(2026, 3, 9)),
        ("2026-03-09T10:30:45.123Z", date(2026, 3, 9)),
        ("12/24/15", date(2015, 12, 24)),
        ("12/24/2015", date(2015, 12, 24)),
        ("24/12/2015", date(2015, 12, 24)),
        ("24.12.2015", date(2015, 12, 24)),
        ("January 01, 0001", date(1, 1, 1)),
        ("Sept 3, 2024", date(2024, 9, 3)),
        ("1 May 2020", date(2020, 5, 1)),
        ("13/13/2015", None),
        ("2026-02-30", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_date_is_read_however_it_is_written(written: str, meant: date | None) -> None:
    assert day(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("09:00", 540),
        ("9:00:00", 540),
        ("09:30Z", 570),
        ("09:30+01:00", 570),
        ("9am", 540),
        ("9.30 p.m.", 1290),
        ("12am", 0),
        ("12:15 PM", 735),
        ("17", 1020),
        ("24:00", 1440),
        ("noon", 720),
        ("24:01", None),
        ("13pm", None),
        ("09:75", None),
        ("by appointment", None),
    ],
)
def test_a_time_is_read_as_the_clock_on_the_wall_shows_it(written: str, meant: int | None) -> None:
    assert minutes(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("35", (Decimal(35), None)),
        ("£12.50 an hour", (Decimal("12.50"), "GBP")),
        ("USD 1,200", (Decimal(1200), "USD")),
        ("12,50 EUR", (Decimal("12.50"), "EUR")),
        ("0", (Decimal(0), None)),
        ("-5", None),
        ("ask us", None),
    ],
)
def test_an_amount_is_read_out_of_its_words(written: str, meant: tuple[Decimal, str | None] | None) -> None:
    assert amount(written) == meant


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("es", "es"),
        ("spa", "es"),
        ("es-MX", "es"),
        ("Spanish", "es"),
        ("Chinese (Mandarin)", "zh"),
        ("Chinese (Cantonese)", "zh"),
        ("Farsi", "fa"),
        ("British Sign Language", "bfi"),
        ("BSL", "bfi"),
        ("gsw", "gsw"),
        ("Taiwanese", None),
        ("all languages", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_code_or_name(written: str, code: str | None) -> None:
    assert language(written) == code


@pytest.mark.parametrize(
    ("written", "meant"), [("18", 18.0), ("18+", 18.0), ("from 0.5 years", 0.5), ("adults", None)]
)
def test_a_number_is_found_in_a_text(written: str, meant: float | None) -> None:
    assert number(written) == meant


def test_currencies_and_answers_are_read_in_any_case() -> None:
    assert [currency(written) for written in ("gbp", "USD", "€", "pounds")] == ["GBP", "USD", "EUR", None]
    assert [yes_or_no(written) for written in ("TRUE", "no", "1", "maybe")] == [True, False, True, None]
