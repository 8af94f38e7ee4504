"""Identifiers: unique and growing, or derived and always the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.clock import real_now
from shared.ids import derived_id, new_id


def test_new_ids_grow_one_after_the_other() -> None:
    made = [new_id() for _ in range(10_000)]

    assert made == sorted(set(made))


def test_new_ids_are_unique_across_threads() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: new_id(), range(4000)))

    assert len(set(made)) == 4000


def test_a_new_id_is_a_version_7_uuid_of_this_moment() -> None:
    made = new_id()

    assert type(made) is UUID
    assert made.version == 7
    assert abs((made.int >> 80) / 1000 - real_now().timestamp()) < 60


@given(st.uuids(), st.lists(st.text(), min_size=1))
def test_a_derived_id_is_the_same_every_time(parent: UUID, names: list[str]) -> None:
    assert derived_id(parent, *names) == derived_id(parent, *names)


@given(st.uuids(), st.uuids(), st.text(min_size=1), st.text(min_size=1))
def test_derived_ids_differ_by_parent_and_by_name(one: UUID, other: UUID, name: str, another: str) -> None:
    assert (derived_id(one, name) == derived_id(other, name)) == (one == other)
    assert (derived_id(one, name) == derived_id(one, another)) == (name == another)
