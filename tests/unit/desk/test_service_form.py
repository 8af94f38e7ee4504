"""The form of a service: what nobody touched is never sent, and what was typed means one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.policy.service_form import (
    FIELDS,
    Asked,
    Flaw,
    How,
    asked,
    in_words,
    marked_anew,
    marks,
    read,
    shown,
)

WORDS = st.text(max_size=40)
LINES = st.lists(st.text(min_size=1, max_size=20), max_size=4)
HOURS = st.lists(
    st.builds(
        lambda day, opens, long: {
            "weekday": day,
            "opens": f"{opens // 2:02}:{opens % 2 * 30:02}",
            "closes": f"{(opens + long) // 2:02}:{(opens + long) % 2 * 30:02}",
        },
        st.integers(1, 7),
        st.integers(0, 40),
        st.integers(1, 8),
    ),
    max_size=6,
)
OF: Mapping[How, st.SearchStrategy[object]] = {
    How.LINE: WORDS,
    How.TEXT: WORDS,
    How.ADDRESS: WORDS,
    How.MAIL: WORDS,
    How.LINES: LINES,
    How.CODES: st.lists(st.sampled_from(["108-07-07", "105-02", "101"]), unique=True),
    How.YES_NO: st.booleans(),
    How.STATUS: st.sampled_from(["active", "inactive", "defunct", "temporarily closed"]),
    How.AGE: st.floats(0, 130).map(lambda age: round(age, 1)),
    How.LANGUAGES: st.lists(st.sampled_from(["en", "es", "so", "xx", "prs"]), unique=True),
    How.ACCESS: st.lists(st.sampled_from(["wheelchair", "lift", "something_new"]), unique=True),
    How.AREAS: st.lists(st.sampled_from(["", "LS1", "BD", "90210"]), unique=True),
    How.HOURS: HOURS,
}
SERVICES = st.fixed_dictionaries({name: st.none() | OF[how] for name, (_, how) in FIELDS.items()})
Texts = dict[str, list[str]]


def texts_of(values: Mapping[str, object]) -> Texts:
    return {part: typed for name, value in values.items() for part, typed in shown(name, value).items()}


def asked_of(texts: Mapping[str, Sequence[str]], values: Mapping[str, object]) -> Asked:
    return asked(lambda part: texts.get(part, ()), marks(values))


def read_from(name: str, /, **texts: str) -> object | Flaw:
    return read(name, lambda part: [texts[part]] if part in texts else [])


@given(SERVICES)
def test_a_form_that_nobody_touched_asks_for_nothing(values: dict[str, object]) -> None:
    assert asked_of(texts_of(values), values) == Asked()


@given(SERVICES)
def test_browsers_write_line_ends_and_spaces_their_own_way(values: dict[str, object]) -> None:
    texts = {part: [f" {text} " for text in typed] for part, typed in texts_of(values).items()}
    assert asked_of(texts, values) == Asked()


@given(SERVICES, st.sampled_from([name for name, (_, how) in FIELDS.items() if how is How.YES_NO]))
def test_yes_no_and_not_known_are_three_answers(values: dict[str, object], name: str) -> None:
    for chosen, means in (("yes", True), ("no", False), ("unknown", None)):
        expected = Asked() if values[name] is means else Asked(values={name: means})
        assert asked_of({**texts_of(values), name: [chosen]}, values) == expected


@given(SERVICES, SERVICES)
def test_what_a_colleague_made_of_a_field_counts_as_known_from_then_on(
    mine: dict[str, object], theirs: dict[str, object]
) -> None:
    known = marked_anew(marks(mine), {**theirs, "assured_date": "2026-11-26"})
    texts = texts_of(theirs)
    assert asked(lambda part: texts.get(part, ()), known) == Asked()


@given(SERVICES)
def test_every_value_has_words(values: dict[str, object]) -> None:
    assert all(isinstance(in_words(name, value), str) for name, value in values.items())


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("9-17", [("09:00", "17:00")]),
        ("09:00\u201312:00, 13.30 to 24:00", [("09:00", "12:00"), ("13:30", "24:00")]),
        ("closed", []),
        ("nine to five", None),
        ("17:00-09:00", None),
        ("9-25", None),
        ("9-17:75", None),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, means: list[tuple[str, str]] | None) -> None:
    week = read_from("hours", hours="these", hours_2=typed)
    if means is None:
        assert isinstance(week, Flaw)
        assert week.id == "hours_2"
    else:
        assert week == [{"weekday": 2, "opens": opens, "closes": closes} for opens, closes in means]


@pytest.mark.parametrize(
    ("name", "typed", "means"),
    [
        ("languages", "english; ES, pt-BR", ["en", "es", "pt"]),
        ("languages", "", None),
        ("areas", "ls1 4ap, bd", ["BD", "LS14AP"]),
        ("url", "example.org/rides", "https://example.org/rides"),
        ("url", "see our poster", Flaw),
        ("email", "nobody", Flaw),
        ("minimum_age", "18", 18.0),
        ("minimum_age", "131", Flaw),
        ("minimum_age", "-1", Flaw),
        ("codes", "108-07-07\n105-02 ", ["105-02", "108-07-07"]),
        ("codes", "rides", Flaw),
        ("phones", "0113 496 0000 \n\n 0113 496 0001", ["0113 496 0000", "0113 496 0001"]),
        ("phones", "1\n" * 21, Flaw),
        ("description", "x" * 4001, Flaw),
        ("name", " ", Flaw),
        ("status", "gone", Flaw),
    ],
)
def test_what_was_typed_is_read_or_pointed_out(name: str, typed: str, means: object) -> None:
    found = read_from(
        name, **({"areas": "these", "areas_these": typed} if name == "areas" else {name: typed})
    )
    assert isinstance(found, Flaw) if means is Flaw else found == means


def test_the_youngest_age_is_not_above_the_oldest() -> None:
    values: dict[str, object] = dict.fromkeys(FIELDS)
    values |= {"name": "Rides", "status": "active", "maximum_age": 12.0}
    found = asked_of({**texts_of(values), "minimum_age": ["18"]}, values)
    assert "minimum_age" in found.faults


def test_never_open_is_asked_about_before_it_is_believed() -> None:
    values: dict[str, object] = dict.fromkeys(FIELDS) | {"name": "Rides", "status": "active"}
    assert "hours" in asked_of({**texts_of(values), "hours": ["these"]}, values).faults
