"""The desk's own model of the directory: kept as it is stated, found by what people look for."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest

from contracts.events.navigation import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralEvent,
    ReferralRejected,
    ReferralRequested,
    ServiceChanged,
    ServiceDetails,
    ServiceReported,
)
from contracts.terms import ServiceStatus
from services.desk.commands.projecting import fold_anew
from services.desk.model.directory import ServicePicture
from services.desk.model.entries import Kind
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_desk import stated
from tests.support.desk import House
from tests.support.desk_lists import a_client

PICTURE = "select picture::text from service where id = $1"


async def picture(house: House, service_id: UUID) -> ServicePicture:
    async with house.service.database.reading() as conn:
        return ServicePicture.model_validate_json(await conn.fetchval(PICTURE, service_id))


async def test_of_everything_that_was_stated_the_highest_version_stands(house: House) -> None:
    service_id = new_id()
    newest = stated(ServiceChanged, service_id=service_id, version=9, name="Lark Yard Drivers")
    older = stated(ServiceChanged, service_id=service_id, version=7, name="Lark Lane Drivers")

    await house.told(newest)
    await house.told(older, stated(ServiceReported, service_id=service_id, report_id=new_id()))

    assert (await picture(house, service_id)).said == newest
    assert await house.count("select version from service where id = $1", service_id) == 9
    assert await house.count("select count(*) from entry where kind = 'service'") == 3


async def test_a_service_that_was_left_out_stays_and_is_marked(house: House) -> None:
    service_id = new_id()
    await house.told(stated(ServiceChanged, service_id=service_id, version=3, status="active"))
    await house.told(stated(ServiceChanged, service_id=service_id, version=4, retired=True))

    assert await house.count("select count(*) from service where standing = 'retired'") == 1


async def test_what_was_lost_or_spoilt_is_folded_anew_from_what_was_stated(house: House) -> None:
    service_id = new_id()
    event = stated(ServiceChanged, service_id=service_id, version=3)
    await house.told(event)
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update service set version = 99, sort_name = 'spoilt', picture = '{}'")

        await fold_anew(tx, [(Kind.SERVICE, service_id)])

    assert (await picture(house, service_id)).said == event
    assert await house.count("select version from service where id = $1", service_id) == 3


@pytest.fixture
async def editor(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser(await house.hire(Role.DIRECTORY_EDITOR)) as browser:
        yield browser


def service(name: str = "Lark Yard Drivers", **fields: object) -> ServiceChanged:
    usual: dict[str, object] = {
        "status": "active",
        "closed_until": None,
        "open_reports": 0,
        "conflicting": (),
        "corrected": (),
        "assured_date": MONDAY_MORNING.date(),
        "capacity": "has",
    }
    return stated(ServiceChanged, **({"service_id": new_id(), "name": name} | usual | fields))


async def found(browser: httpx.AsyncClient, query: str) -> tuple[int, set[str]]:
    answer = await browser.get(f"/directory?{query}")
    assert answer.status_code == 200, answer.text
    number = re.search(r"<h2>([\d,]+) services?</h2>", answer.text)
    assert number
    names = re.findall(r'task-title"><a href="[^"]+"><bdi>([^<]+)</bdi>', answer.text)
    return int(number[1].replace(",", "")), set(names)


async def test_services_are_found_by_everything_that_one_may_look_for(
    house: House, editor: httpx.AsyncClient
) -> None:
    today = MONDAY_MORNING.date()
    await house.told(
        service("Ärzte am Markt", codes=("106-06",), areas=("NB1",), languages=None),
        service("Bus Vouchers", codes=("105-02-01",), areas=("",), capacity="none"),
        service("Circle", codes=("108-07-09",), areas=None, assured_date=today - timedelta(days=200)),
        service("Drivers", codes=("105-01",), areas=("NB2",), assured_date=None, open_reports=2),
        service("Elm House", codes=(), status="temporarily closed", conflicting=("name",)),
        service("Forms", codes=("108-05-01",), retired=True, status="defunct"),
    )

    assert await found(editor, "") == (4, {"Ärzte am Markt", "Bus Vouchers", "Circle", "Drivers"})
    for query, names in {
        "words=arzte": {"Ärzte am Markt"},
        "words=mark+arz": {"Ärzte am Markt"},
        "words=lifts": {"Bus Vouchers"},
        "words=lantern&kind=105": {"Bus Vouchers", "Drivers"},
        "kind=105-02-01": {"Bus Vouchers"},
        "place=nb1+2xy": {"Ärzte am Markt", "Bus Vouchers", "Circle"},
        "checked=30": {"Ärzte am Markt", "Bus Vouchers"},
        "checked=stale": {"Circle", "Drivers"},
        "checked=never": {"Drivers"},
        "room=none": {"Bus Vouchers"},
        "look=reported": {"Drivers"},
        "shown=closed": {"Elm House"},
        "shown=closed&look=conflicting": {"Elm House"},
        "shown=retired": {"Forms"},
        "words=zzz": set[str](),
        "words=%21%21": {"Ärzte am Markt", "Bus Vouchers", "Circle", "Drivers"},
        "words=%27+%3A%2A+%26": {"Ärzte am Markt", "Bus Vouchers", "Circle", "Drivers"},
    }.items():
        assert await found(editor, query) == (len(names), names), query
    assert (await found(editor, "shown=all"))[0] == 6


async def test_the_count_is_exact_and_every_service_is_on_one_page_only(
    house: House, editor: httpx.AsyncClient
) -> None:
    await house.told(*(service("The same name") for _ in range(25)), *(service(f"N {n}") for n in range(20)))

    seen: list[str] = []
    address, places = "/directory", []
    while address:
        page = await editor.get(address)
        assert "45 services" in page.text
        places += re.findall(r"[0-9]+ to [0-9]+ of 45", page.text)
        seen += re.findall(r'task-title"><a href="/directory/([^"]+)"', page.text)
        onward = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = unescape(onward[1]) if onward else ""

    assert len(seen) == len(set(seen)) == 45
    assert places == ["1 to 20 of 45", "21 to 40 of 45", "41 to 45 of 45"]


async def test_a_service_says_all_that_is_known_and_what_nobody_has_said(
    house: House, editor: httpx.AsyncClient
) -> None:
    whole = stated(ServiceChanged, service_id=new_id())
    bare = ServiceChanged(
        service_id=new_id(), version=1, at=MONDAY_MORNING, name="Bare", organization_id=new_id(),
        organization_name="Somebody", source="newshire", status=ServiceStatus.ACTIVE,
    )  # fmt: skip
    await house.told(whole, bare, stated(ServiceReported, service_id=whole.service_id, report_id=new_id()))

    page = (await editor.get(f"/directory/{whole.service_id}")).text
    for words in (
        "Lantern Bus Vouchers", "Lantern Street Mobility", "Closed until 1 December 2026", "Waiting list",
        "Lifts to appointments", "Vouchers for buses to appointments.", "Monday: 09:00 to 17:30",
        "Saturday: the whole day", "12 Mill Street", "From 16 to 99 years", "NB12, NB13", "English, Spanish",
        "A way in without steps", "The number rings at a bakery.", "Checked on 2 November 2026",
        "Its directory says something else", "Nobody was referred there",
    ):  # fmt: skip
        assert words in page, words
    empty = (await editor.get(f"/directory/{bare.service_id}")).text
    assert "Not said" in empty
    assert "Nobody has ever said that this is right" in empty
    assert (await editor.get(f"/directory/{new_id()}")).status_code == 404


async def test_who_refers_there_and_how_fast_it_answers_are_counts_of_the_last_90_days(
    house: House, editor: httpx.AsyncClient
) -> None:
    there = service()
    person = await house.hire(Role.CASE_MANAGER)
    client_id = await a_client(house, "Amina Diallo", with_=person)

    def asked(days_ago: int, *answers: tuple[type[ReferralEvent], float, str]) -> list[ReferralEvent]:
        at = MONDAY_MORNING - timedelta(days=days_ago)
        whose = {
            "client_id": client_id,
            "barrier_id": new_id(),
            "referral_id": new_id(),
            "service_id": there.service_id,
        }
        first = stated(
            ReferralRequested, **whose, version=1, status="requested", at=at,
            acknowledge_by=at + timedelta(days=2),
        )  # fmt: skip
        return [
            first,
            *(
                stated(kind, **whose, version=turn, status=status, at=at + timedelta(hours=hours))
                for turn, (kind, hours, status) in enumerate(answers, start=2)
            ),
        ]

    await house.told(
        there,
        *asked(10, (ReferralAccepted, 5, "accepted"), (ReferralCompleted, 50, "completed")),
        *asked(9, (ReferralAccepted, 3, "accepted")),
        *asked(8, (ReferralRejected, 48, "rejected")),
        *asked(5),
        *asked(0),
        *asked(100, (ReferralAccepted, 1, "accepted")),
    )

    page = (await editor.get(f"/directory/{there.service_id}")).text
    figures = re.findall(r'figure-number">(\d+)</p>\s*<p class="figure-words">([^<]+)', page)
    assert [(words, int(number)) for number, words in figures] == [
        ("asked", 5), ("answered", 3), ("without an answer in time", 1), ("may still answer in time", 1),
    ]  # fmt: skip
    assert "Half of the first answers came within 5 hours; the slowest tenth took 2 days or longer." in page
    assert f"Team {person.team_id}" in page
    assert "They could not help" in page
    assert "Amina" not in page


async def test_every_change_is_told_with_who_did_it_and_from_what_to_what(
    house: House, editor: httpx.AsyncClient
) -> None:
    person = await house.hire(Role.DIRECTORY_EDITOR, name="Rosa Lindqvist")
    first = service(version=1, minimum_age=16, details=ServiceDetails(description="x" * 1000))
    described = ServiceDetails(description="x" * 1000 + " now with a creche")
    again = first.model_copy(update={"version": 2, "minimum_age": 18.0, "by_staff": person.id})
    checked = again.model_copy(
        update={"version": 3, "assured_date": date(2026, 11, 20), "by_staff": None, "details": described}
    )
    for event in (first, again, checked):
        house.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]  # a test's clock
        await house.told(event)

    page = (await editor.get(f"/directory/{first.service_id}/history")).text
    assert page.index("2 things changed") < page.index("Youngest age changed") < page.index("first time")
    assert "Rosa Lindqvist" in page
    assert "Its directory, newshire" in page
    assert re.search(r"It was: </span>16</del>.*Now it is: </span>18</ins>", page)
    assert "now with a creche" in page
    assert "x" * 300 not in page


async def test_the_history_of_a_service_is_read_page_by_page(house: House, editor: httpx.AsyncClient) -> None:
    first = service()
    await house.told(*(first.model_copy(update={"version": turn, "places": turn}) for turn in range(1, 46)))

    seen: list[str] = []
    address = f"/directory/{first.service_id}/history"
    while address:
        page = (await editor.get(address)).text
        seen += re.findall(r"<ins[^>]*>.*?</span>(\d+)</ins>", page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(onward[1]) if onward else ""

    assert sorted(map(int, seen)) == list(range(2, 46))
