"""Single values as people write them: dates, times, numbers, money, yes and no, languages.

Each function returns None for what it cannot read; the caller says what that means.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

FIRST_YEAR = 1990
"""Earlier dates, such as the year 1 that spreadsheets write for "no year", say nothing about today."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMERIC_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})$")
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})$")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]+)\.?,? (\d{4})$")
_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2}(?:\.\d+)?)?\s*([ap])?\.?(?:m\.?)?\s*(?:Z|[+-]\d\d:?\d\d)?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?(?!\d)")
_CURRENCIES = {"£": "GBP", "$": "USD", "€": "EUR"}
_CURRENCY_WORD = re.compile(r"\b([A-Za-z]{3})\b")
_KNOWN_CURRENCIES = {*_CURRENCIES.values(), "CAD", "AUD", "NZD", "CHF", "SEK", "NOK", "DKK", "PLN", "INR"}


@lru_cache(maxsize=4096)
def day(written: str) -> date | None:
    """Read a date: ISO (a time after it is cut off), 12/24/15, 24.12.2015, January 01, 2020, 1 May 2020.

    Slashed dates are month first, as in the directories that use them, unless that cannot be.
    """
    if found := _ISO_DATE.match(written):
        return _date(found[1], found[2], found[3])
    if found := _NUMERIC_DATE.match(written):
        year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
        return _date(year, found[1], found[2]) or _date(year, found[2], found[1])
    if found := _MONTH_FIRST.match(written):
        return _date(found[3], _MONTHS.get(found[1].lower(), 0), found[2])
    if found := _DAY_FIRST.match(written):
        return _date(found[3], _MONTHS.get(found[2].lower(), 0), found[1])
    return None


def _date(year: str, month: str | int, day_of_month: str) -> date | None:
    try:
        return date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def minutes(written: str) -> int | None:
    """Read a wall-clock time as minutes after midnight: 09:00, 9am, 17.30, 24:00. Offsets are not applied."""
    found = _TIME.match(written.strip())
    if found is None:
        return {"noon": 12 * 60, "midday": 12 * 60, "midnight": 0}.get(written.strip().lower())
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    total = hour * 60 + minute
    return total if minute < 60 and total <= 24 * 60 else None


def number(written: str) -> float | None:
    """Read the first number of a text: `18`, `18+`, `from 18 years`."""
    found = _NUMBER.search(written)
    return float(found[0]) if found else None


def amount(written: str) -> tuple[Decimal, str | None] | None:
    """Read an amount and the currency that stands with it, if any: `35`, `£12.50 an hour`, `USD 1,200`."""
    found = _AMOUNT.search(written)
    if found is None or "-" in written[: found.start()]:
        return None
    digits = found[0]
    plain = digits.replace(",", "") if re.search(r",\d{3}", digits) else digits.replace(",", ".")
    symbol = next((code for sign, code in _CURRENCIES.items() if sign in written), None)
    return Decimal(plain), symbol or next(
        (word.upper() for word in _CURRENCY_WORD.findall(written) if word.upper() in _KNOWN_CURRENCIES), None
    )


def currency(written: str) -> str | None:
    """Read an ISO 4217 code, in either case, or one of the common signs."""
    if written in _CURRENCIES:
        return _CURRENCIES[written]
    return written.upper() if re.fullmatch(r"[A-Za-z]{3}", written) else None


def yes_or_no(written: str) -> bool | None:
    """Read true, yes, y, t or 1, and their opposites."""
    return {
        **dict.fromkeys(("true", "yes", "y", "t", "1"), True),
        **dict.fromkeys(("false", "no", "n", "f", "0"), False),
    }.get(written.lower())


@lru_cache(maxsize=4096)
def language(written: str) -> str | None:
    """Read a language as its primary subtag: `es`, `spa`, `es-MX`, `Spanish`, `Chinese (Mandarin)`."""
    word = re.split(r"[\s(;/-]", written.strip().lower(), maxsplit=1)[0].replace("_", "")
    if written.strip().lower() in _BY_NAME:
        return _BY_NAME[written.strip().lower()]
    if word in _BY_NAME:
        return _BY_NAME[word]
    if word in _THREE_LETTERS:
        return _THREE_LETTERS[word]
    # Anything else of two or three letters is taken at its word: there are thousands of ISO 639 codes.
    return word if re.fullmatch(r"[a-z]{2,3}", word) and len(written.strip()) <= 8 else None


_LANGUAGES = """
am amh Amharic|ar ara Arabic|bg bul Bulgarian|bn ben Bengali Bangla|bs bos Bosnian|ca cat Catalan|
cs ces cze Czech|cy cym wel Welsh|da dan Danish|de deu ger German|el ell gre Greek|en eng English|
es spa Spanish|et est Estonian|fa fas per Persian Farsi|fi fin Finnish|fr fra fre French|ga gle Irish|
gd gla Gaelic|gu guj Gujarati|he heb Hebrew|hi hin Hindi|hmn Hmong|hr hrv Croatian|
ht hat Haitian Creole|hu hun Hungarian|hy hye arm Armenian|id ind Indonesian|ig ibo Igbo|it ita Italian|
ja jpn Japanese|ka kat geo Georgian|km khm Khmer Cambodian|ko kor Korean|ku kur Kurdish|lo lao Laotian|
lt lit Lithuanian|lv lav Latvian|mk mkd mac Macedonian|ms msa may Malay|my mya bur Burmese|ne nep Nepali|
nl nld dut Dutch|no nor Norwegian|om orm Oromo|pa pan Punjabi Panjabi|pl pol Polish|ps pus Pashto|
pt por Portuguese|ro ron rum Romanian|ru rus Russian|sk slk slo Slovak|sl slv Slovenian|sm smo Samoan|
so som Somali|sq sqi alb Albanian|sr srp Serbian|sv swe Swedish|sw swa Swahili|ta tam Tamil|te tel Telugu|
th tha Thai|ti tir Tigrinya|tl tgl Tagalog|fil Filipino|to ton Tongan|tr tur Turkish|uk ukr Ukrainian|
ur urd Urdu|uz uzb Uzbek|vi vie Vietnamese|yi yid Yiddish|yo yor Yoruba|zu zul Zulu|
zh zho chi Chinese Mandarin Cantonese|bfi BSL|ase ASL
"""
_BY_NAME: dict[str, str] = {
    "british sign language": "bfi",
    "american sign language": "ase",
}
_THREE_LETTERS: dict[str, str] = {}
for _entry in _LANGUAGES.replace("\n", "").split("|"):
    _code, *_others = _entry.split()
    for _other in _others:
        if _other[0].isupper():
            _BY_NAME[_other.lower()] = _code
        else:
            _THREE_LETTERS[_other] = _code
