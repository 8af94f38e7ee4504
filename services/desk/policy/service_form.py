"""The fields of a service as a form shows and reads them: what is not known stays apart from no.

A form holds a mark of each value that it showed. Only fields whose value has come to be another one are sent,
so that what nobody touched can neither overwrite nor contradict anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from hashlib import blake2b

from services.desk.policy.wording.terms import LANGUAGES, language
from services.desk.policy.wording.times import DAYS

AGES = {"minimum_age", "maximum_age"}
UNKNOWN, YES, NO, EVERYWHERE, THESE = "unknown", "yes", "no", "everywhere", "these"
LONGEST_LINE = 300
LONGEST_TEXT = 4_000
MOST_LINES = 20
LONGEST_MAIL = 254
LONGEST_AREA = 20
MOST_CODES = 30
MOST_AREAS = 500
OLDEST = 130
SHORT = 120

Said = Callable[[str], Sequence[str]]
"""Everything that was chosen or typed under one name."""
Texts = dict[str, list[str]]
"""What stands in the parts of a field."""


class How(Enum):
    """How a field is asked for."""

    LINE = auto()
    TEXT = auto()
    ADDRESS = auto()
    MAIL = auto()
    LINES = auto()
    CODES = auto()
    YES_NO = auto()
    STATUS = auto()
    AGE = auto()
    LANGUAGES = auto()
    ACCESS = auto()
    AREAS = auto()
    HOURS = auto()


FIELDS: Mapping[str, tuple[str, How]] = {
    "name": ("What it is called", How.LINE),
    "description": ("What it does", How.TEXT),
    "alert": ("What one should know first", How.TEXT),
    "status": ("Is it offered", How.STATUS),
    "codes": ("Kinds of help", How.CODES),
    "eligibility": ("Who may come", How.TEXT),
    "minimum_age": ("Youngest age", How.AGE),
    "maximum_age": ("Oldest age", How.AGE),
    "languages": ("Languages", How.LANGUAGES),
    "areas": ("Where people have to live", How.AREAS),
    "accessibility": ("Access", How.ACCESS),
    "free": ("Costs nothing", How.YES_NO),
    "fees": ("What it costs", How.TEXT),
    "application_process": ("How one gets in", How.TEXT),
    "in_person": ("In person", How.YES_NO),
    "remote": ("By telephone or video", How.YES_NO),
    "hours": ("When it is open", How.HOURS),
    "phones": ("Telephone numbers", How.LINES),
    "email": ("E-mail address", How.MAIL),
    "url": ("Website", How.ADDRESS),
    "addresses": ("Addresses", How.LINES),
}
"""Every field that may be put right, in the order of the form, with its name in words."""

STATUSES: Mapping[str, str] = {
    "active": "Yes",
    "inactive": "It is not offered at the moment, and nobody knows until when",
    "defunct": "There is no such service any more",
    "temporarily closed": "Yes, and it is closed for a time",
}
ACCESS: Mapping[str, str] = {
    "wheelchair": "Room for a wheelchair",
    "step_free": "A way in without steps",
    "lift": "A lift",
    "accessible_toilet": "A toilet for everybody",
    "parking": "Parking close by",
    "hearing_loop": "A hearing loop",
    "sign_language": "Sign language",
    "text_phone": "A text phone",
    "large_print": "Large print",
    "braille": "Braille",
    "quiet_space": "A quiet place",
}
_BY_NAME = {words.lower(): tag for tag, words in LANGUAGES.items()}
_TAG = re.compile(r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$")
_CODE = re.compile(r"^1[01]\d(-\d{2}){0,4}$")
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_HOURS = re.compile(rf"^{_TIME}\s*(?:-|\u2013|to|until)\s*{_TIME}$")


@dataclass(frozen=True, slots=True)
class Flaw:
    """What cannot be read, and at which element of the form."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks to be put right, and what has to be looked at again in it."""

    values: Mapping[str, object] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


def shown(name: str, value: object) -> Texts:
    """What stands in the form for a value."""
    return _SHOWN.get(FIELDS[name][1], _one_line)(name, value)


def read(name: str, said: Said) -> object | Flaw:
    """The value that was typed or chosen, as the directory writes it."""
    first = next(iter(said(name)), "").strip()
    return _READ[FIELDS[name][1]](name, first, said)


def in_words(name: str, value: object) -> str:
    """A value as one reads it; empty where it is not known."""
    if value is None:
        return ""
    return _WORDS.get(FIELDS[name][1], str)(value) if name in FIELDS else str(value)


def marks(values: Mapping[str, object]) -> str:
    """The marks of these values, for a form to hold."""
    return " ".join(
        f"{name}:{_mark(name, partial(_part, shown(name, value)))}" for name, value in values.items()
    )


def marked_anew(known: str, values: Mapping[str, object]) -> str:
    """The marks that a form holds, with those of fields that somebody else changed meanwhile."""
    fresh = {name: value for name, value in values.items() if name in FIELDS}
    kept = (part for part in known.split(" ") if part.partition(":")[0] not in fresh)
    return " ".join((*kept, marks(fresh))).strip()


def asked(said: Said, known: str) -> Asked:
    """What is to be put right: every field in which something else stands than the form was opened with."""
    before = dict(part.split(":", maxsplit=1) for part in known.split(" ") if ":" in part)
    values, faults = {}, {}
    for name in FIELDS:
        if _mark(name, said) == before.get(name):
            continue
        value = read(name, said)
        if isinstance(value, Flaw):
            faults[value.id] = value.words
        else:
            values[name] = value
    if values.get("hours") == []:
        faults["hours"] = "Write when it is open on one day at least, or say that it is not known."
    if AGES & values.keys() and _wrong_way_round(
        *(read(name, said) for name in ("minimum_age", "maximum_age"))
    ):
        faults["minimum_age"] = "The youngest age is above the oldest one."
    return Asked(values, faults)


def field_words(name: str) -> str:
    """What a field is called."""
    return FIELDS[name][0] if name in FIELDS else name.replace("_", " ").capitalize()


def sentence(words: str) -> str:
    """What a service says in half a sentence, as a whole one."""
    whole = words[:1].upper() + words[1:]
    return whole if not whole or whole.endswith((".", "!", "?")) else f"{whole}."


def _words(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else []


def _part(parts: Mapping[str, Sequence[str]], name: str) -> Sequence[str]:
    return parts.get(name, ())


def _mark(name: str, said: Said) -> str:
    """A mark of what stands in a field; the same for what nobody touched, whether it can be read or not."""
    typed = {part: sorted(text for one in said(part) if (text := one.strip())) for part in shown(name, None)}
    return blake2b(json.dumps(typed, sort_keys=True).encode(), digest_size=6).hexdigest()


def _wrong_way_round(youngest: object, oldest: object) -> bool:
    return isinstance(youngest, float) and isinstance(oldest, float) and youngest > oldest


def _one_line(name: str, value: object) -> Texts:
    # Browsers take line ends out of what is one line.
    return {name: [" ".join(str(value or "").split())]}


def _several_lines(name: str, value: object) -> Texts:
    return {name: [str(value or "").replace("\r\n", "\n").replace("\r", "\n").strip()]}


def _area_texts(name: str, value: object) -> Texts:
    areas = _words(value)
    chosen = UNKNOWN if not areas else EVERYWHERE if "" in areas else THESE
    return {name: [chosen], f"{name}_these": [", ".join(areas) if chosen == THESE else ""]}


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value or "")


_SHOWN: Mapping[How, Callable[[str, object], Texts]] = {
    How.TEXT: _several_lines,
    How.LINES: lambda name, value: {name: ["\n".join(" ".join(one.split()) for one in _words(value))]},
    How.CODES: lambda name, value: {name: ["\n".join(_words(value))]},
    How.YES_NO: lambda name, value: {name: [UNKNOWN if value is None else YES if value else NO]},
    How.AGE: lambda name, value: {name: [_number(value)]},
    How.LANGUAGES: lambda name, value: {name: [", ".join(language(tag) for tag in _words(value))]},
    How.ACCESS: lambda name, value: {name: _words(value)},
    How.AREAS: _area_texts,
    How.HOURS: lambda name, value: {name: [UNKNOWN if value is None else THESE]} | _days(value),
}


def _short(at: str, text: str, most: int) -> str | Flaw:
    return text if len(text) <= most else Flaw(at, f"Say it in {most:,} characters or fewer.")


def _name(name: str, text: str, _said: Said) -> str | Flaw:
    return (
        _short(name, " ".join(text.split()), LONGEST_LINE) if text else Flaw(name, "A service needs a name.")
    )


def _text(name: str, text: str, _said: Said) -> str | Flaw | None:
    return _short(name, text, LONGEST_TEXT) if text else None


def _address(name: str, text: str, _said: Said) -> str | Flaw | None:
    if not text:
        return None
    whole = text if re.match(r"^https?://", text) else f"https://{text}"
    if re.search(r"\s", whole) or "." not in whole:
        return Flaw(name, "Write the address of one page, such as https://www.example.org.")
    return _short(name, whole, LONGEST_LINE)


def _mail(name: str, text: str, _said: Said) -> str | Flaw | None:
    if text and not re.match(r"^[^@\s]+@[^@\s]+$", text):
        return Flaw(name, "Write one e-mail address, such as hello@example.org.")
    return _short(name, text, LONGEST_MAIL) if text else None


def _lines(name: str, text: str, _said: Said) -> list[str] | Flaw:
    found = [line for one in text.split("\n") if (line := " ".join(one.split()))]
    if len(found) > MOST_LINES:
        return Flaw(name, f"There is room for {MOST_LINES} lines.")
    if any(len(one) > LONGEST_LINE for one in found):
        return Flaw(name, f"Each line may have {LONGEST_LINE} characters.")
    return found


def _codes(name: str, text: str, _said: Said) -> list[str] | Flaw:
    found = sorted(set(_parts(text, r"[\s,;]+")))
    wrong = [one for one in found if not _CODE.match(one)]
    if wrong:
        return Flaw(name, f"“{wrong[0][:SHORT]}” is no Open Eligibility code. They look like 108-07-07.")
    return found if len(found) <= MOST_CODES else Flaw(name, f"There is room for {MOST_CODES} codes.")


def _status(name: str, chosen: str, _said: Said) -> str | Flaw:
    return chosen if chosen in STATUSES else Flaw(name, "Choose one of these.")


def _age(name: str, text: str, _said: Said) -> float | Flaw | None:
    if not text:
        return None
    if re.match(r"^\d{1,3}(\.\d{1,4})?$", text) and float(text) <= OLDEST:
        return float(text)
    return Flaw(name, "Write the age in years, as a number, such as 18.")


def _languages(name: str, text: str, _said: Said) -> list[str] | Flaw | None:
    tags = set()
    for one in _parts(text.lower(), r"[,;\n]+"):
        tag = _BY_NAME.get(one, one)
        if not _TAG.match(tag):
            return Flaw(name, f"“{one[:SHORT]}” is not a language we know. Write its code, such as es.")
        tags.add(tag.partition("-")[0])
    return sorted(tags) or None


def _areas(name: str, chosen: str, said: Said) -> list[str] | Flaw | None:
    if chosen != THESE:
        return [""] if chosen == EVERYWHERE else None
    at = f"{name}_these"
    typed = _parts(next(iter(said(at)), "").upper(), r"[,;\n]+")
    found = sorted({key for one in typed if (key := "".join(c for c in one if c.isalnum()))})
    if not found:
        return Flaw(at, "Write how the postcodes begin, such as LS1, or choose another answer.")
    if len(found) > MOST_AREAS or max(map(len, found)) > LONGEST_AREA:
        return Flaw(at, f"There is room for the beginnings of {MOST_AREAS} postcodes, each a short one.")
    return found


def _week(_name: str, chosen: str, said: Said) -> list[dict[str, object]] | Flaw | None:
    if chosen != THESE:
        return None
    week: list[dict[str, object]] = []
    for number, day in enumerate(DAYS, start=1):
        at = f"hours_{number}"
        for one in _parts(next(iter(said(at)), "").lower(), r"[,;]+|\band\b"):
            opening = _opening(one)
            if opening is None and one != "closed":
                return Flaw(at, f"{day}: write it as 09:00-17:30, or several with a comma in between.")
            week += [{"weekday": number, "opens": opening[0], "closes": opening[1]}] if opening else []
    return sorted(week, key=lambda one: (str(one["weekday"]), str(one["opens"])))


def _opening(text: str) -> tuple[str, str] | None:
    found = _HOURS.match(text)
    if not found:
        return None
    first, first_minutes, last, last_minutes = (int(part or 0) for part in found.groups())
    opens, closes = f"{first:02}:{first_minutes:02}", f"{last:02}:{last_minutes:02}"
    fits = max(first_minutes, last_minutes) < 60 and opens < closes <= "24:00"
    return (opens, closes) if fits else None


_READ: Mapping[How, Callable[[str, str, Said], object | Flaw]] = {
    How.LINE: _name,
    How.TEXT: _text,
    How.ADDRESS: _address,
    How.MAIL: _mail,
    How.LINES: _lines,
    How.CODES: _codes,
    How.YES_NO: lambda _name, chosen, _said: {YES: True, NO: False}.get(chosen),
    How.STATUS: _status,
    How.AGE: _age,
    How.LANGUAGES: _languages,
    How.ACCESS: lambda name, _first, said: sorted({one for one in said(name) if one}) or None,
    How.AREAS: _areas,
    How.HOURS: _week,
}


def _days(value: object) -> Texts:
    found: dict[int, list[str]] = {number: [] for number in range(1, 8)}
    for one in value if isinstance(value, list | tuple) else ():
        if isinstance(one, Mapping):
            found[int(one["weekday"])].append(f"{one['opens']}-{one['closes']}")
    return {f"hours_{number}": [", ".join(spans)] for number, spans in found.items()}


def _week_in_words(value: object) -> str:
    spans = [texts[0] for texts in _days(value).values()]
    return "; ".join(f"{day} {span}" for day, span in zip(DAYS, spans, strict=True) if span) or "Never"


_WORDS: Mapping[How, Callable[[object], str]] = {
    How.YES_NO: lambda value: "Yes" if value else "No",
    How.STATUS: lambda value: STATUSES.get(str(value), str(value)),
    How.AGE: _number,
    How.ACCESS: lambda value: ", ".join(ACCESS.get(one, one.replace("_", " ")) for one in _words(value)),
    How.AREAS: lambda value: "Everywhere" if "" in _words(value) else ", ".join(_words(value)),
    How.HOURS: _week_in_words,
    How.LANGUAGES: lambda value: ", ".join(language(tag) for tag in _words(value)),
    How.LINES: lambda value: "; ".join(_words(value)),
    How.CODES: lambda value: ", ".join(_words(value)),
}


def _parts(text: str, between: str) -> Iterable[str]:
    return [part for one in re.split(between, text) if (part := one.strip())]
