"""Whether the directory met a need: eligible, checked within half a year, and nothing essential unknown."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import pytest

from services.navigation.model.directory import Listing
from services.navigation.model.unmet import Unmet, UnmetFigures, UnmetKind
from services.navigation.policy.matching import match
from services.navigation.policy.unmet import area_of, judge, table
from tests.support.builders import MONDAY_MORNING, client_context
from tests.support.builders_navigation import asked_help, knows_nothing, listing, need

LONG_AGO = date(2024, 1, 1)


def judged(*listings: Listing) -> Unmet | None:
    dates: dict[UUID, date | None] = {one.service_id: one.assured_date for one in listings}
    found = match(need(client_context(language="en")), listings)
    return judge(asked_help(), found, postcode="LS1 4AP", assured=dates.get, now=MONDAY_MORNING)


def test_a_fresh_service_that_fits_meets_the_need_whatever_else_does_not() -> None:
    assert judged(listing(), listing(languages=frozenset({"pl"})), knows_nothing()) is None


def test_what_fits_and_was_not_checked_for_half_a_year_is_not_relied_on() -> None:
    unmet = judged(listing(assured_date=LONG_AGO), listing(assured_date=None))

    assert unmet is not None
    assert (unmet.kind, unmet.reasons, unmet.area) == (UnmetKind.ONLY_STALE, ("stale",), "LS1")


def test_where_only_asking_would_tell_it_is_said_what_to_ask() -> None:
    unmet = judged(listing(languages=None))

    assert unmet is not None
    assert (unmet.kind, unmet.reasons) == (UnmetKind.ONLY_UNKNOWN, ("language",))


def test_where_nobody_fits_every_reason_that_was_in_the_way_counts_once() -> None:
    unmet = judged(listing(languages=frozenset({"pl"})), listing(languages=frozenset({"ur"}), areas=("EH",)))

    assert unmet is not None
    assert (unmet.kind, unmet.reasons) == (UnmetKind.NOBODY_FITS, ("area", "language"))


def test_where_the_directory_has_nothing_of_the_kind_that_is_the_reason() -> None:
    unmet = judged()

    assert unmet is not None
    assert unmet.reasons == ("nothing_listed",)


@pytest.mark.parametrize(
    ("postcode", "area"),
    [
        ("LS1 4AP", "LS1"),
        ("sw1a 1aa", "SW1A"),
        ("M1 1AE", "M1"),
        ("NB12", "NB12"),
        ("62959", "629"),
        ("K1A 0B1", "K1A"),
        ("", None),
        (None, None),
    ],
)
def test_only_the_outward_part_of_a_postcode_is_kept(postcode: str | None, area: str | None) -> None:
    assert area_of(postcode) == area


def test_a_spreadsheet_gets_the_most_frequent_reason_first_and_no_formula() -> None:
    moment = datetime.fromisoformat("2026-11-23T09:30:00+00:00")
    one = UnmetFigures(
        area="=LS1",
        category="transport",
        barriers=3,
        nobody_fits=2,
        only_unknown=1,
        only_stale=0,
        first_at=moment,
        last_at=moment,
        reasons={"area": 1, "language": 3},
    )

    heading, row = table([one]).splitlines()

    assert heading.startswith('"area","category","barriers"')
    assert row.startswith('"\'=LS1","transport","3"')
    assert row.endswith('"language: 3; area: 1"')
