"""What is made of one service document, odd ones above all."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import Capacity, ServiceStatus
from services.navigation.directory.documents import Document, canonical
from services.navigation.directory.normalising import Unusable, identify, listing_of
from services.navigation.directory.places import access_in
from services.navigation.model.directory import EVERYWHERE, Listing, half_hours

TODAY = date(2026, 11, 22)
SERVICE_ID = "5b1c6e0a-4d3f-4a57-9d0c-0a8f2f6f1b11"


def document(**more: object) -> Document:
    return {
        "id": SERVICE_ID,
        "name": "Talking Room",
        "status": "active",
        "organization": {"id": "7d3d0d52-7a44-4a4e-8f6e-9a5a41a4bb01", "name": "Second Spring"},
        "attributes": [{"taxonomy_term": {"code": "108-07-01", "name": "Counseling"}}],
        **more,
    }


def read(**more: object) -> tuple[Listing, set[str]]:
    warned: set[str] = set()
    listing = listing_of(
        document(**more), source="here", today=TODAY, warn=lambda field, _value, _reason: warned.add(field)
    )
    assert isinstance(listing, Listing)
    return listing, warned


def test_what_a_directory_does_not_say_is_not_known() -> None:
    listing, warned = read()

    assert warned == set()
    assert listing.areas is None
    assert listing.languages is None
    assert listing.free is None
    assert listing.open_hours is None
    assert listing.in_person is None
    assert listing.remote is None
    assert listing.accessibility is None
    assert listing.capacity is Capacity.UNKNOWN
    assert listing.assured_date is None


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"id": ""}, "id"), ({"name": " "}, "name"), ({"organization": None}, "organization_id")],
)
def test_only_a_service_that_nobody_could_use_is_rejected(missing: Document, field: str) -> None:
    found = listing_of(document(**missing), source="here", today=TODAY, warn=lambda *_: None)
    assert isinstance(found, Unusable)
    assert found.field == field


@pytest.mark.parametrize(
    ("written", "status", "odd"),
    [
        ("active", ServiceStatus.ACTIVE, False),
        ("Temporarily Closed", ServiceStatus.TEMPORARILY_CLOSED, False),
        ("defunct", ServiceStatus.DEFUNCT, False),
        ("closed", ServiceStatus.INACTIVE, False),
        ("pending review", ServiceStatus.ACTIVE, True),
        (None, ServiceStatus.ACTIVE, True),
    ],
)
def test_an_unknown_status_is_taken_as_active_and_named(
    written: str | None, status: ServiceStatus, *, odd: bool
) -> None:
    listing, warned = read(status=written)
    assert (listing.status, "status" in warned) == (status, odd)


@pytest.mark.parametrize(
    ("youngest", "oldest", "meant", "odd"),
    [
        (18, 25, (18.0, 25.0), False),
        ("18", None, (18.0, None), False),
        ("16+", "", (16.0, None), True),
        ("adults", 25, (None, 25.0), True),
        (65, 18, (None, None), True),
        (-1, None, (None, None), True),
        (400, None, (None, None), True),
    ],
)
def test_ages_are_numbers_or_not_known(
    youngest: object, oldest: object, meant: tuple[float | None, float | None], *, odd: bool
) -> None:
    listing, warned = read(minimum_age=youngest, maximum_age=oldest)
    assert (listing.minimum_age, listing.maximum_age) == meant
    assert bool(warned) is odd


@pytest.mark.parametrize(
    ("said", "free", "lowest", "unit"),
    [
        ({"cost_options": [{"amount": 35, "currency": "gbp"}, {"amount": 12}]}, False, Decimal(12), None),
        ({"cost_options": [{"amount": 0}]}, True, Decimal(0), None),
        ({"cost_options": [{"amount": "£12.50 an hour"}]}, False, Decimal("12.5"), "GBP"),
        ({"cost_options": [{"amount": 35, "valid_to": "2022-12-31"}]}, None, None, None),
        ({"cost_options": [{"option": "Free for everyone"}]}, True, Decimal(0), None),
        ({"cost_options": [{"amount": "ask"}]}, None, None, None),
        ({"fees_description": "None. Donations requested of those who can."}, True, Decimal(0), None),
        ({"fees": "Free"}, True, Decimal(0), None),
        ({"fees": "$2.50 suggested donation"}, None, None, None),
        ({"fees": "Freedom fund members pay $5"}, None, None, None),
    ],
)
def test_free_is_said_plainly_or_not_known(
    said: Document,
    *,
    free: bool | None,
    lowest: Decimal | None,
    unit: str | None,
) -> None:
    listing, _ = read(**said)
    assert (listing.free, listing.lowest_cost, listing.currency) == (free, lowest, unit)


@pytest.mark.parametrize(
    ("areas", "prefixes"),
    [
        ([{"extent": "AB1, AB2", "extent_type": "postcode"}], ("AB1", "AB2")),
        ([{"extent": "ls1 4ap;WF", "extent_type": "postcodes"}], ("LS14AP", "WF")),
        ([{"name": "all postcodes starting with AB1, AB2, and AB3"}], ("AB1", "AB2", "AB3")),
        ([{"name": "MyCity", "description": "zip codes 94063 and 941"}], ("94063", "941")),
        ([{"name": "94063"}], ("94063",)),
        ([{"name": "Nationwide"}, {"name": "AB1"}], EVERYWHERE),
        ([{"name": "San Mateo County"}], None),
        ([{"name": "AB1"}, {"name": "the old town"}], None),
        ([{"extent": "{}", "extent_type": "geojson"}], None),
        ([], None),
    ],
)
def test_areas_are_postcodes_everywhere_or_not_known(
    areas: list[Document], prefixes: tuple[str, ...] | None
) -> None:
    listing, warned = read(service_areas=areas)
    assert listing.areas == prefixes
    assert ("service_areas" in warned) is (bool(areas) and prefixes is None)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Wheelchair access is possible on all levels.", {"wheelchair"}),
        ("induction loops for hearing aids", {"hearing_loop"}),
        ("disabled_parking", {"parking"}),
        ("Step-free, with a quiet room", {"step_free", "quiet_space"}),
        ("There is no wheelchair access.", set()),
        ("Not accessible by wheelchair", set()),
        ("BSL on Tuesdays", {"sign_language"}),
        ("a lovely building", set()),
    ],
)
def test_access_is_what_is_offered_and_not_what_is_lacking(words: str, found: set[str]) -> None:
    assert access_in(words) == found


@pytest.mark.parametrize(
    ("said", "capacity", "places"),
    [
        ([{"available": 3}], Capacity.HAS, 3),
        ([{"available": "2"}, {"available": 1}], Capacity.HAS, 3),
        ([{"available": 0}], Capacity.NONE, 0),
        ([{"available": 0, "status": "waitlist"}], Capacity.WAITLIST, 0),
        ([{"status": "none"}], Capacity.NONE, None),
        ([{"available": "many"}], Capacity.UNKNOWN, None),
        ([], Capacity.UNKNOWN, None),
    ],
)
def test_capacity_is_counted_said_or_not_known(
    said: list[Document], capacity: Capacity, places: int | None
) -> None:
    listing, _ = read(service_capacity=said)
    assert (listing.capacity, listing.places) == (capacity, places)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-10-01", date(2026, 10, 1)),
        ("2027-01-01", None),
        ("January 01, 0001", None),
        ("last year", None),
    ],
)
def test_a_check_that_cannot_have_been_is_not_believed(written: str, meant: date | None) -> None:
    listing, warned = read(assured_date=written)
    assert listing.assured_date == meant
    assert ("assured_date" in warned) is (meant is None)


def test_a_service_has_its_own_hours_before_those_of_its_building() -> None:
    def hours(byday: str) -> list[Document]:
        return [{"byday": byday, "opens_at": "09:00", "closes_at": "10:00"}]

    building = {"id": "a", "location_type": "physical", "schedules": hours("SU")}
    inherited, _ = read(service_at_locations=[{"id": "b", "location": building}])
    own, _ = read(schedules=hours("MO"), service_at_locations=[{"id": "b", "location": building}])

    assert inherited.open_hours == half_hours(7, 540, 600)
    assert own.open_hours == half_hours(1, 540, 600)


def test_hours_are_kept_apart_by_how_one_attends() -> None:
    by_phone = {"byday": "MO", "opens_at": "18:00", "closes_at": "20:00", "attending_type": "telephone"}
    there = {"byday": "TU", "opens_at": "09:00", "closes_at": "12:00", "attending_type": "in person"}
    listing, _ = read(schedules=[by_phone, there])

    assert listing.remote_hours == half_hours(1, 1080, 1200)
    assert listing.in_person_hours == half_hours(2, 540, 720)
    assert listing.open_hours == half_hours(1, 1080, 1200) | half_hours(2, 540, 720)
    assert (listing.in_person, listing.remote) == (True, True)


@pytest.mark.parametrize(
    ("location", "in_person", "remote"),
    [
        ({"location_type": "physical"}, True, None),
        ({"location_type": "virtual"}, False, True),
        ({"virtual": "true"}, False, True),
        ({"virtual": "false"}, True, None),
        ({"addresses": [{"city": "Leeds"}]}, True, None),
        ({}, None, None),
    ],
)
def test_where_a_service_is_used_follows_from_its_location(
    location: Document, *, in_person: bool | None, remote: bool | None
) -> None:
    listing, _ = read(service_at_locations=[{"location": {"id": "a", **location}}])
    assert (listing.in_person, listing.remote) == (in_person, remote)


def test_a_place_off_the_earth_is_no_place() -> None:
    listing, warned = read(
        service_at_locations=[
            {"location": {"id": "a", "location_type": "physical", "latitude": 100, "longitude": 101}}
        ]
    )
    assert (listing.latitude, "latitude" in warned) == (None, True)


def test_codes_that_are_not_open_eligibility_do_not_find_a_service() -> None:
    listing, warned = read(attributes=[{"taxonomy_term": {"code": "LR-8000"}}])
    assert (listing.codes, warned) == ((), {"attributes"})


def test_an_id_of_a_source_is_always_the_same_and_only_its_own() -> None:
    assert str(identify("here", "service", SERVICE_ID)) == SERVICE_ID
    assert identify("here", "service", "1") == identify("here", "service", "1")
    assert (
        len({identify("here", "service", "1"), identify("there", "service", "1"), identify("here", "x", "1")})
        == 3
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
FIELDS = (
    "status", "minimum_age", "cost_options", "schedules", "service_areas", "languages", "attributes",
    "service_capacity", "service_at_locations", "assured_date", "organization", "name", "id",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_nothing_that_is_json_stops_the_import(mess: Document) -> None:
    found = listing_of(document(**mess), source="here", today=TODAY, warn=lambda *_: None)
    assert isinstance(found, Listing | Unusable)


@given(JSON)
def test_whatever_came_is_written_so_that_the_database_takes_it(value: object) -> None:
    written = canonical({"value": value})
    assert "\\u0000" not in written
    assert "NaN" not in written.replace('"NaN"', "")
    assert written.encode()
