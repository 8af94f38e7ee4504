"""The catalogue finds what a look at every service would find, however it came to know them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import Capacity, ServiceStatus
from services.navigation.catalogue import Catalogue
from services.navigation.model.directory import (
    EVERYWHERE,
    Listing,
    postcode_key,
    static_order,
)

POSTCODES = ("LS1 4AP", "LS6 2QT", "BD1 1HY", "zz9")


def listing(number: int, **more: Any) -> Listing:  # noqa: ANN401 - whatever a listing takes
    base = Listing(
        service_id=UUID(int=number),
        service_name=f"Service {number}",
        organization_id=UUID(int=number % 3),
        organization_name="Fold Neighbours",
        codes=("108-07-07",),
    )
    return replace(base, **more)


def catalogue(*listings: Listing) -> Catalogue:
    made = Catalogue()
    made.take(listings)
    return made


listings = st.builds(
    listing,
    st.integers(1, 12),
    codes=st.sampled_from([(), ("108-07-07",), ("108-07-07", "111-01"), ("108-07",), ("105-02-01",)]),
    areas=st.sampled_from([None, EVERYWHERE, ("LS",), ("LS1", "BD"), ("LS14AP",)]),
    status=st.sampled_from(ServiceStatus),
    capacity=st.sampled_from(Capacity),
    assured_date=st.sampled_from([None, date(2024, 1, 1), date(2026, 1, 1)]),
)


def fits(found: Listing, codes: Sequence[str], postcode: str | None) -> bool:
    offered = found.status in {ServiceStatus.ACTIVE, ServiceStatus.TEMPORARILY_CLOSED}
    wanted = any(own == code or own.startswith(f"{code}-") for own in found.codes for code in codes)
    return offered and wanted and (postcode is None or found.serves(postcode) is not False)


@given(
    st.lists(listings, max_size=30),
    st.lists(st.sampled_from(["108-07-07", "108-07", "108", "111-01", "999"]), min_size=1, max_size=3),
    st.sampled_from([None, *POSTCODES]),
)
def test_exactly_those_are_found_that_offer_it_and_could_serve_the_place(
    changes: list[Listing], codes: list[str], postcode: str | None
) -> None:
    latest = {change.service_id: change for change in changes}

    found = catalogue(*changes).candidates(codes, postcode)

    assert sorted(one.service_id for one in found) == sorted(
        one.service_id for one in latest.values() if fits(one, codes, postcode)
    )


@given(st.lists(listings, max_size=12, unique_by=lambda one: one.service_id), st.data())
def test_the_order_does_not_depend_on_the_order_of_learning(
    known: list[Listing], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(known))

    one, two = catalogue(*known), catalogue(*shuffled)

    for postcode in (None, *POSTCODES):
        assert one.candidates(["108", "111"], postcode) == two.candidates(["108", "111"], postcode)


def test_a_narrower_service_fits_a_broader_need_and_not_the_other_way_round() -> None:
    broad, narrow = listing(1, codes=("108-07",)), listing(2, codes=("108-07-07",))
    made = catalogue(broad, narrow)

    assert made.candidates(["108-07"], None) == (broad, narrow)
    assert made.candidates(["108-07-07"], None) == (narrow,)


def test_near_comes_before_everywhere_and_unknown_comes_last() -> None:
    unknown, everywhere = listing(1), listing(2, areas=EVERYWHERE)
    wide, near = listing(3, areas=("LS",)), listing(4, areas=("LS1",))

    found = catalogue(unknown, everywhere, wide, near).candidates(["108"], "ls1 4ap")

    assert found == (near, wide, everywhere, unknown)


def test_open_with_room_and_fresh_comes_first() -> None:
    closed = listing(1, status=ServiceStatus.TEMPORARILY_CLOSED)
    full = listing(2, capacity=Capacity.NONE)
    stale = listing(3, capacity=Capacity.HAS, assured_date=date(2024, 1, 1))
    fresh = listing(4, capacity=Capacity.HAS, assured_date=date(2026, 1, 1))

    found = catalogue(closed, full, stale, fresh).candidates(["108"], None)

    assert found == (fresh, stale, full, closed)
    assert sorted(found, key=static_order) == list(found)


def test_a_limit_keeps_the_first() -> None:
    many = [listing(number, areas=("LS",)) for number in range(1, 10)]
    assert catalogue(*many).candidates(["108"], "LS1", limit=3) == tuple(many[:3])


def test_a_service_that_closed_is_still_known_by_its_id() -> None:
    made = catalogue(listing(1), listing(1, status=ServiceStatus.INACTIVE))

    assert made.candidates(["108"], None) == ()
    found = made.listing(UUID(int=1))
    assert found is not None
    assert found.status is ServiceStatus.INACTIVE
    assert len(made) == 1


@pytest.mark.parametrize("written", ["ls1 4ap", "LS14AP", " Ls1-4aP "])
def test_a_postcode_is_the_same_however_it_is_written(written: str) -> None:
    assert postcode_key(written) == "LS14AP"
