"""Services of the directory in words, and what they are found by: for whatever is said, or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.navigation import OpenHours, ServiceChanged, ServiceDetails
from contracts.terms import Capacity, ServiceStatus
from services.desk.model.directory import Line, ServicePicture, Standing
from services.desk.model.entries import Entry, Kind, Place
from services.desk.policy import directory_history as past
from services.desk.policy import directory_words as words
from services.desk.policy.directory import Checked, Filters, found_by, prefixes_of, query_of
from services.desk.policy.directory_referrals import duration
from services.desk.policy.folding.services import fold_service
from services.desk.policy.kinds_of_help import codes_and_broader, kind_words
from services.desk.policy.wording.times import Wall
from shared.ids import new_id
from tests.support.builders_desk import stated

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WALL = Wall(ZoneInfo("Europe/London"), NOW)


def service(**fields: object) -> ServiceChanged:
    return stated(
        ServiceChanged, **({"service_id": new_id(), "status": "active", "closed_until": None} | fields)
    )


def entry(event: ServiceChanged) -> Entry:
    return Entry(
        id=new_id(),
        place=Place(Kind.SERVICE, event.service_id, event.version),
        client_id=None,
        occurred_at=NOW,
        correlation_id=new_id(),
        causation_id=None,
        event=event,
    )


@given(st.permutations(range(1, 6)))
def test_in_whatever_order_it_is_stated_the_highest_version_stands(order: list[int]) -> None:
    service_id = new_id()
    folded = fold_service([entry(service(service_id=service_id, version=one)) for one in order])
    assert folded is not None
    assert folded.said.version == 5


@given(st.text(max_size=60))
def test_whatever_is_typed_asks_for_words_that_are_quoted(typed: str) -> None:
    query = query_of(typed)
    for part in query.split(" & ") if query else ():
        assert part.startswith("'")
        assert part.endswith("':*")
        assert "'" not in part[1:-3]
        assert "\\" not in part


@given(st.text(max_size=30))
def test_every_prefix_of_a_place_begins_it(typed: str) -> None:
    prefixes = prefixes_of(typed)
    assert prefixes is None or (prefixes[0] == "" and all(prefixes[-1].startswith(one) for one in prefixes))


def test_a_single_letter_beside_words_is_passed_over_and_alone_is_looked_for() -> None:
    assert query_of("a lift") == "'lift':*"
    assert query_of("a") == "'a':*"
    assert query_of("Ärzte") == "'arzte':*"


def test_a_service_is_found_by_its_kinds_in_plain_words_and_by_every_broader_code() -> None:
    found = found_by(service(codes=("105-02-01",)))
    assert found.codes == ("105", "105-02", "105-02-01")
    assert {"lifts", "appointments", "lantern"} <= set(found.words)


def test_a_kind_that_is_not_known_is_told_by_the_nearest_broader_one() -> None:
    assert kind_words("105-02-99") == "Being driven (105-02-99)"
    assert kind_words("999") == "999"
    assert codes_and_broader(["108-07", "108-07-01"]) == ("108", "108-07", "108-07-01")


def test_an_address_says_only_what_was_asked_and_each_filter_is_left_out_by_itself() -> None:
    filters = Filters(words="bus", checked=Checked.STALE)
    assert filters.query == "words=bus&checked=stale"
    assert [address for _, address in filters.chosen()] == [
        "/directory?checked=stale",
        "/directory?words=bus",
    ]
    assert filters.wanted(today=NOW.date()).checked_before == NOW.date() - timedelta(days=words.FRESH_DAYS)


@pytest.mark.parametrize(
    ("days", "said", "kind"),
    [(0, "Checked today", ""), (1, "Checked yesterday", ""), (180, "Checked 6 months ago", ""),
     (181, "Checked 6 months ago", "careful"), (900, "Checked 2 years ago", "careful")],
)  # fmt: skip
def test_what_was_checked_long_ago_is_amber(days: int, said: str, kind: str) -> None:
    one = service(assured_date=NOW.date() - timedelta(days=days))
    assert words.checked_tag(one, today=NOW.date()) == words.Tag(said, kind)
    assert words.is_stale(one, today=NOW.date()) is bool(kind)


def test_days_that_are_alike_are_told_together() -> None:
    week = [OpenHours(weekday=day, opens="09:00", closes="17:00") for day in (1, 2, 3, 5)]
    late = OpenHours(weekday=3, opens="18:00", closes="20:00")
    assert words.hours_words([late, *week]) == [
        ("Monday and Tuesday", "09:00 to 17:00"),
        ("Wednesday", "09:00 to 17:00, 18:00 to 20:00"),
        ("Friday", "09:00 to 17:00"),
    ]


def test_room_says_how_many_places_only_where_there_is_some() -> None:
    assert ", 3 places free" in words.room_words(service(capacity=Capacity.HAS, places=3), WALL)
    assert "free" not in words.room_words(service(capacity=Capacity.NONE, places=3), WALL)
    assert words.room_words(service(capacity=Capacity.UNKNOWN), WALL) == "Nobody has said"


@pytest.mark.parametrize(
    ("fields", "standing"),
    [({}, Standing.OPEN), ({"status": "inactive"}, Standing.CLOSED), ({"retired": True}, Standing.RETIRED)],
)
def test_retired_goes_before_closed(fields: dict[str, object], standing: Standing) -> None:
    one = service(**fields)
    assert ServicePicture(id=one.service_id, said=one).standing is standing


@pytest.mark.parametrize(
    ("changes", "title", "who"),
    [
        ({"assured_date": date(2026, 11, 20)}, "It was checked", "Its directory, newshire"),
        (
            {"capacity": "none", "places": None, "capacity_said_at": NOW},
            "Whether it has room",
            "The service itself",
        ),
        ({"retired": True}, "Its directory left it out", "Its directory, newshire"),
        ({"status": ServiceStatus.DEFUNCT}, "It is not open any more", "Its directory, newshire"),
        ({"details": ServiceDetails(description="New")}, "12 things changed", "Its directory, newshire"),
        ({}, "It was heard of again, and says the same", "Its directory, newshire"),
    ],
)
def test_a_change_says_what_it_was_about_and_whose_word_it_is(
    changes: dict[str, object], title: str, who: str
) -> None:
    before = service(by_staff=None, version=1)
    now = ServiceChanged.model_validate(before.model_dump() | {"version": 2} | changes)
    told = past.told(Line(entry=entry(now), before=before, by=None))
    assert (told.title, told.who) == (title, who)


def test_a_length_of_time_is_told_as_one_says_it() -> None:
    assert [duration(hours * 3600) for hours in (0.2, 1.2, 5, 40, 80)] == [
        "an hour", "an hour", "5 hours", "2 days", "3 days",
    ]  # fmt: skip
