"""What staff put right and what a directory says: which holds, and when a person has to decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.navigation.model.directory import HALF_HOURS_PER_WEEK, half_hours
from services.navigation.model.editing import WORDS, Correction, Field, Value
from services.navigation.policy.correcting import facts_of, normalised, objection_to, reconcile, with_facts
from services.navigation.policy.opening import mask_of, openings
from shared.ids import new_id
from tests.support.builders_navigation import listing

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def correction(field: Field, value: Value, source_value: Value, *, conflicting: bool = False) -> Correction:
    return Correction(
        field=field,
        value=value,
        source_value=source_value,
        conflicting=conflicting,
        until=None,
        why="They said so.",
        corrected_at=NOW,
        corrected_by=new_id(),
    )


def test_ours_holds_while_the_directory_says_what_it_said_before() -> None:
    ours = correction(Field.MINIMUM_AGE, 16.0, 18.0)

    found = reconcile([ours], {Field.MINIMUM_AGE: 18.0})

    assert found.kept == (ours,)
    assert (found.agreed, found.newly_conflicting) == ((), ())


def test_a_correction_has_done_its_work_once_the_directory_says_the_same() -> None:
    found = reconcile([correction(Field.MINIMUM_AGE, 16.0, 18.0)], {Field.MINIMUM_AGE: 16.0})

    assert (found.kept, found.agreed) == ((), (Field.MINIMUM_AGE,))


def test_a_third_thing_is_for_a_person_to_decide_and_ours_holds_until_then() -> None:
    found = reconcile([correction(Field.MINIMUM_AGE, 16.0, 18.0)], {Field.MINIMUM_AGE: 21.0})

    assert [(c.value, c.source_value, c.conflicting) for c in found.kept] == [(16.0, 21.0, True)]
    assert found.newly_conflicting == (Field.MINIMUM_AGE,)
    assert found.facts == {Field.MINIMUM_AGE: 16.0}


def test_what_a_person_has_still_to_decide_is_not_told_as_new_again() -> None:
    waiting = correction(Field.FEES, "Free", "5 pounds", conflicting=True)

    found = reconcile([waiting], {Field.FEES: "6 pounds"})

    assert found.newly_conflicting == ()
    assert [c.conflicting for c in found.kept] == [True]


@pytest.mark.parametrize(
    ("theirs", "holds"),
    [("2026-11-01", "2026-11-20"), (None, "2026-11-20"), ("2026-11-20", None), ("2026-11-23", None)],
)
def test_the_later_check_counts_whoever_made_it(theirs: str | None, holds: str | None) -> None:
    found = reconcile(
        [correction(Field.ASSURED_DATE, "2026-11-20", "2026-10-01")], {Field.ASSURED_DATE: theirs}
    )

    assert found.facts.get(Field.ASSURED_DATE) == holds
    assert found.newly_conflicting == ()


VALUES = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["a", "b", "c"]))


@given(ours=VALUES, before=VALUES, sayings=st.lists(VALUES, max_size=6))
def test_however_often_a_directory_changes_its_mind_ours_holds_until_it_says_the_same(
    ours: Value, before: Value, sayings: list[Value]
) -> None:
    kept = [correction(Field.ALERT, ours, before)]
    for said in sayings:
        kept = list(reconcile(kept, {Field.ALERT: said}).kept)
        if not kept:
            assert said == ours
            return
        assert kept[0].value == ours
        assert kept[0].source_value == said
    assert ours not in sayings


def test_every_fact_goes_into_a_listing_and_comes_out_as_it_was() -> None:
    full = listing(minimum_age=16.0, maximum_age=60.0, open_hours=half_hours(2, 540, 1020))

    facts = facts_of(full)
    again = with_facts(listing(service_id=full.service_id, organization_id=full.organization_id), facts)

    assert set(facts) == set(Field) - WORDS
    assert facts_of(again) == facts
    assert all(normalised(field, value) == value for field, value in facts.items())


def test_new_hours_count_in_every_way_in_which_hours_were_known() -> None:
    both = replace(listing(), in_person_hours=1, remote_hours=None)

    changed = with_facts(both, {Field.HOURS: [{"weekday": 1, "opens": "09:00", "closes": "10:00"}]})

    monday = half_hours(1, 540, 600)
    assert (changed.open_hours, changed.in_person_hours, changed.remote_hours) == (monday, monday, None)


@given(st.integers(0, (1 << HALF_HOURS_PER_WEEK) - 1))
def test_a_week_of_openings_says_what_the_half_hours_said(mask: int) -> None:
    assert mask_of(openings(mask) or ()) == mask


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        (Field.AREAS, ["ls1 4", "LS14"], ["LS14"]),
        (Field.AREAS, ["", "LS1"], [""]),
        (Field.AREAS, [], None),
        (Field.LANGUAGES, ["pt-BR", "en"], ["en", "pt"]),
        (Field.HOURS, [{"weekday": 1, "opens": "09:10", "closes": "10:00"}], None),
        (Field.MINIMUM_AGE, 16, 16.0),
        (Field.NAME, "  Rides ", "Rides"),
    ],
)
def test_there_is_one_way_to_write_what_means_the_same(field: Field, value: Value, written: Value) -> None:
    expected = written
    if field is Field.HOURS:
        expected = [{"weekday": 1, "opens": "09:30", "closes": "10:00"}]
    assert normalised(field, value) == expected


def test_ages_the_wrong_way_round_are_pointed_out() -> None:
    assert objection_to(listing(minimum_age=18.0, maximum_age=16.0)) is not None
    assert objection_to(listing(minimum_age=16.0, maximum_age=18.0)) is None
