"""What is counted, what is new, and where a postcode lies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import BarrierCategory, TaskKind
from services.desk.model.lists import Count, Turn
from services.desk.policy import figures, today
from services.desk.policy.areas import area_of
from services.desk.policy.today import About

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
COUNTS = st.lists(
    st.builds(
        Count,
        turn=st.sampled_from(Turn),
        kind=st.sampled_from(TaskKind),
        too_long=st.booleans(),
        number=st.integers(0, 50),
    ),
    max_size=20,
)


def test_every_kind_of_task_is_found_under_exactly_one_heading_and_has_words() -> None:
    for kind in TaskKind:
        assert sum(kind in kinds for kinds in today.KINDS.values()) == 1
        assert today.KIND_WORDS[kind]
    assert all(figures.category_words(category) for category in BarrierCategory)
    assert set(today.ABOUT_WORDS) == set(About)


@given(counts=COUNTS)
def test_the_parts_of_a_list_add_up_to_the_whole(counts: list[Count]) -> None:
    whole = today.number_of(counts, turn=None, about=None)
    assert whole == sum(today.number_of(counts, turn=turn, about=None) for turn in Turn)
    assert whole == sum(today.number_of(counts, turn=None, about=about) for about in today.KINDS)


@pytest.mark.parametrize(
    ("postcode", "area"),
    [
        ("BS3 1TF", "BS3"),
        ("bs31tf", "BS3"),
        ("SW1A 1AA", "SW1A"),
        ("NB12", "NB12"),
        ("60614", "606"),
        ("60614-1234", "606"),
        ("10115 Berlin", "1011"),
        ("", None),
        (None, None),
        ("  ", None),
    ],
)
def test_of_a_postcode_only_the_area_is_told(postcode: str | None, area: str | None) -> None:
    assert area_of(postcode) == area


@given(st.text(max_size=20))
def test_whatever_is_written_an_area_is_short(text: str) -> None:
    area = area_of(text)
    assert area is None or len(area) <= 4
