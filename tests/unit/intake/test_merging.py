"""Merges and splits, in whatever order and however often: a forest, and one answer for every reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.one_person import records_of, survivor_of
from services.intake.model import Client, Contact
from services.intake.model.matching import Deed, KeptMerge, Link, Merge, OneAlready
from services.intake.policy import merging
from tests.support.builders import client_context
from tests.support.clock import MONDAY_MORNING

RECORDS = [UUID(int=number) for number in range(1, 8)]
SOMEBODY = UUID(int=99)


@dataclass
class World:
    """Records with their links, every event that was stated, and who is one person as people said it."""

    links: dict[UUID, Link] = field(
        default_factory=lambda: {record: Link(client_id=record, into=None, version=0) for record in RECORDS}
    )
    stated: list[Link] = field(default_factory=list)

    def apply(self, link: Link) -> None:
        self.links[link.client_id] = link
        self.stated.append(link)

    def merge(self, one: UUID, other: UUID) -> Merge | OneAlready:
        outcome = merging.merge(one, other, self.links)
        if isinstance(outcome, Merge):
            self.apply(Link(client_id=outcome.client_id, into=outcome.into, version=outcome.version))
        return outcome

    def split(self, one: UUID) -> None:
        outcome = merging.split(self.links[one])
        if outcome is not None:
            self.apply(Link(client_id=one, into=None, version=outcome.version))

    @property
    def into(self) -> dict[UUID, UUID | None]:
        return {record: link.into for record, link in self.links.items()}


moves = st.lists(
    st.tuples(
        st.sampled_from(["merge", "merge", "split"]), st.sampled_from(RECORDS), st.sampled_from(RECORDS)
    ),
    max_size=25,
)


def lived_through(steps: list[tuple[str, UUID, UUID]]) -> World:
    world = World()
    for kind, one, other in steps:
        if kind == "split":
            world.split(one)
        elif one != other:
            world.merge(one, other)
    return world


@given(steps=moves)
def test_there_is_never_a_circle_and_everybody_has_one_survivor(steps: list[tuple[str, UUID, UUID]]) -> None:
    world = lived_through(steps)

    for record in RECORDS:
        survivor = survivor_of(record, world.into)
        assert world.into[survivor] is None
        assert record in records_of(survivor, world.into)


@given(steps=moves, one=st.sampled_from(RECORDS), other=st.sampled_from(RECORDS))
def test_after_a_merge_two_are_one_person_and_everybody_else_is_as_before(
    steps: list[tuple[str, UUID, UUID]], one: UUID, other: UUID
) -> None:
    world = lived_through(steps)
    before = dict(world.into)
    joined = records_of(survivor_of(one, before), before) | records_of(survivor_of(other, before), before)

    if one != other:
        world.merge(one, other)
        assert records_of(survivor_of(one, world.into), world.into) == joined
        assert survivor_of(one, world.into) == survivor_of(other, before)
    for record in set(RECORDS) - joined:
        assert survivor_of(record, world.into) == survivor_of(record, before)


@given(steps=moves, one=st.sampled_from(RECORDS), other=st.sampled_from(RECORDS))
def test_a_split_right_after_a_merge_leaves_everything_as_it_was(
    steps: list[tuple[str, UUID, UUID]], one: UUID, other: UUID
) -> None:
    world = lived_through(steps)
    before = dict(world.into)

    if one != other and isinstance(outcome := world.merge(one, other), Merge):
        world.split(outcome.client_id)

    assert world.into == before


@given(steps=moves, one=st.sampled_from(RECORDS))
def test_merging_into_ones_own_person_is_nothing_to_do(
    steps: list[tuple[str, UUID, UUID]], one: UUID
) -> None:
    world = lived_through(steps)

    for record in records_of(survivor_of(one, world.into), world.into) - {one}:
        assert world.merge(record, one) == OneAlready(survivor_id=survivor_of(one, world.into))


@settings(max_examples=60)
@given(steps=moves, seed=st.integers(0, 2**16))
def test_a_reader_gets_the_same_answer_in_whatever_order_and_however_often_it_hears(
    steps: list[tuple[str, UUID, UUID]], seed: int
) -> None:
    world = lived_through(steps)
    heard = world.stated * 2
    Random(seed).shuffle(heard)

    highest: dict[UUID, Link] = {}
    for link in heard:
        if link.client_id not in highest or highest[link.client_id].version < link.version:
            highest[link.client_id] = link
        into = {record: at.into for record, at in highest.items()}
        # At every moment there is an answer, whatever is still under way.
        assert all(survivor_of(record, into) in RECORDS for record in RECORDS)

    into = {record: at.into for record, at in highest.items()}
    assert [survivor_of(r, into) for r in RECORDS] == [survivor_of(r, world.into) for r in RECORDS]


def test_a_circle_that_is_still_being_heard_of_has_one_survivor_for_all() -> None:
    one, two, three, outside = RECORDS[:4]
    into = {one: two, two: three, three: one, outside: two}

    assert {survivor_of(record, into) for record in (one, two, three, outside)} == {one}


def client(number: int, *, prohibited: bool = False, version: int = 1) -> Client:
    return Client(
        context=client_context(client_id=UUID(int=number), version=version),
        contact=Contact(full_name="A", preferred_name="A", contact_prohibited=prohibited),
        registered_at=MONDAY_MORNING,
        changed_at=MONDAY_MORNING,
    )


def kept(number: int, silenced: dict[UUID, int], *, undone: bool = False) -> KeptMerge:
    deed = Deed(at=MONDAY_MORNING, by=SOMEBODY, why=None)
    return KeptMerge(
        merge_id=UUID(int=number),
        client_id=UUID(int=1),
        survivor_id=UUID(int=2),
        merged_at=deed.at,
        merged_by=deed.by,
        why=None,
        silenced=silenced,
        split_at=deed.at if undone else None,
        split_by=deed.by if undone else None,
        split_why=None,
    )


UNDONE = UUID(int=50)


def test_who_was_silent_only_because_of_the_merge_may_be_written_to_again() -> None:
    quiet = client(2, prohibited=True, version=3)

    assert merging.to_lift([quiet], [kept(50, {quiet.id: 3}, undone=True)], undone=UNDONE) == (quiet,)


def test_a_record_that_somebody_touched_since_stays_as_they_left_it() -> None:
    touched = client(2, prohibited=True, version=4)

    assert merging.to_lift([touched], [kept(50, {touched.id: 3}, undone=True)], undone=UNDONE) == ()


def test_the_clients_own_word_holds_for_all_their_records() -> None:
    quiet, own_word = client(2, prohibited=True, version=3), client(3, prohibited=True)

    assert merging.to_lift([quiet, own_word], [kept(50, {quiet.id: 3}, undone=True)], undone=UNDONE) == ()
