"""The directory as people have it before them: for everybody, whatever a service says or leaves out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.async_api import Browser, expect

from contracts.events.navigation import (
    ReferralAccepted,
    ReferralEvent,
    ReferralRejected,
    ReferralRequested,
    ServiceChanged,
    ServiceDetails,
    ServiceReported,
)
from contracts.terms import Capacity, ServiceStatus
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.browser.desk.test_lists import LONG, RIGHT_TO_LEFT, signed_in
from tests.integration.desk.conftest import bus, clock, house
from tests.support.browser import Watched
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_desk import stated
from tests.support.desk import House, Person
from tests.support.desk_lists import a_client

__all__ = ["bus", "clock", "house"]

TODAY = MONDAY_MORNING.date()
MOST_BYTES = 100_000
LONG_DETAILS = ServiceDetails(
    description=f"{LONG}. " * 30,
    phones=tuple(f"+44 20 7946 000{number} ({LONG})" for number in range(3)),
    addresses=(LONG,),
    alert=LONG,
    url=f"https://example.org/{LONG.replace(' ', '-')}",
    email="a" * 90 + "@example.org",
    required_documents=(LONG, "A letter"),
)


def service(name: str, **fields: object) -> ServiceChanged:
    usual: dict[str, object] = {
        "status": "active", "closed_until": None, "open_reports": 0, "conflicting": (), "corrected": (),
        "assured_date": TODAY - timedelta(days=12), "capacity": "has", "places": 3,
    }  # fmt: skip
    return stated(ServiceChanged, **({"service_id": new_id(), "name": name} | usual | fields))


def many() -> dict[str, ServiceChanged]:
    """A service of each kind that a page may have to show."""
    return {
        "service": service("Lark Yard Drivers"),
        "closed": service("Elm House", status="temporarily closed", closed_until=date(2026, 12, 7)),
        "stale": service(
            "Circle", assured_date=date(2025, 3, 1), capacity="unknown", places=None, areas=None
        ),
        "retired": service("Forms Together", retired=True, status="defunct", assured_date=None),
        "long": service(
            f"{LONG} {LONG}", organization_name=LONG, open_reports=1, conflicting=("name", "phones"),
            corrected=("name", "assured_date"), areas=tuple(f"NB{number}" for number in range(60)),
            details=LONG_DETAILS,
        ),
        "right-to-left": service(
            RIGHT_TO_LEFT,
            organization_name=RIGHT_TO_LEFT,
            details=ServiceDetails(description=RIGHT_TO_LEFT * 9),
        ),
        "bare": ServiceChanged(
            service_id=new_id(), version=1, at=MONDAY_MORNING, name="Bare", organization_id=new_id(),
            organization_name="Somebody", source="newshire", status=ServiceStatus.ACTIVE,
        ),
    }  # fmt: skip


async def referred(house: House, there: ServiceChanged, editor: Person) -> None:
    """Three referrals: one answered with yes, one with no, one not at all."""
    client_id = await a_client(house, "Amina Diallo", with_=editor)
    at = MONDAY_MORNING - timedelta(days=6)
    answers: tuple[tuple[type[ReferralEvent], str, timedelta], ...] = (
        (ReferralAccepted, "accepted", timedelta(hours=4)),
        (ReferralRejected, "rejected", timedelta(hours=30)),
    )
    whose = [
        {"client_id": client_id, "service_id": there.service_id, "referral_id": new_id()} for _ in range(3)
    ]
    await house.told(
        *(
            stated(
                ReferralRequested, **one, version=1, at=at, status="requested",
                acknowledge_by=at + timedelta(days=2),
            )
            for one in whose
        ),
        *(
            stated(kind, **one, version=2, status=status, at=at + after)
            for one, (kind, status, after) in zip(whose, answers, strict=False)
        ),
    )  # fmt: skip


@pytest.fixture
async def editor(house: House) -> Person:
    return await house.hire(Role.DIRECTORY_EDITOR, Role.CASE_MANAGER, name="Rosa Lindqvist")


async def test_the_directory_is_for_everybody_found_or_not(
    house: House, editor: Person, watched: Watched
) -> None:
    page = await signed_in(house, editor, watched.page)
    await page.goto(f"{house.service.url}/directory")
    await expect(page.get_by_text("There is nothing in the directory yet")).to_be_visible()
    await watched.holds("directory-empty")

    await house.told(*many().values(), *(service(f"Number {number}") for number in range(15)))
    for name, address in {
        "found": "?shown=all",
        "found-by-all": f"?words={LONG.split()[0]}&kind=105&place=NB12&checked=180&shown=all&room=has",
        "nothing": "?words=zzz&place=NB1&shown=retired&look=conflicting",
    }.items():
        await page.goto(f"{house.service.url}/directory{address}")
        await watched.holds(f"directory-{name}")


async def test_a_service_is_for_everybody_whatever_it_says_or_leaves_out(
    house: House, editor: Person, watched: Watched
) -> None:
    every = many()
    usual, long = every["service"], every["long"]
    by_rosa = {"version": 43, "by_staff": editor.id}
    await house.told(
        *every.values(),
        stated(ServiceReported, service_id=long.service_id, report_id=new_id(), words=LONG),
        usual.model_copy(update=by_rosa | {"minimum_age": 18.0, "capacity": Capacity.NONE}),
        long.model_copy(update=by_rosa | {"details": ServiceDetails(description="Short")}),
        long.model_copy(update={"version": 44}),
    )
    await referred(house, usual, editor)

    page = await signed_in(house, editor, watched.page)
    for name, one in every.items():
        await page.goto(f"{house.service.url}/directory/{one.service_id}")
        await expect(page.locator("h1")).to_have_text(one.name)
        await watched.holds(f"directory-{name}")
        assert len((await page.content()).encode()) < MOST_BYTES
    await page.goto(f"{house.service.url}/directory/{long.service_id}/history")
    await watched.holds("directory-history")
    assert len((await page.content()).encode()) < MOST_BYTES


async def test_services_are_looked_for_narrowed_and_turned_without_scripts(
    house: House, browser: Browser
) -> None:
    person = await house.hire(Role.INTAKE)
    await house.told(
        *(service(f"Number {number:02}", codes=("108-07-09",)) for number in range(25)),
        service("Lark Yard Drivers", codes=("105-02-01",), free=True),
    )
    context = await browser.new_context(java_script_enabled=False)
    page = await signed_in(house, person, await context.new_page())
    await page.goto(f"{house.service.url}/directory")
    await expect(page.get_by_role("heading", name="26 services")).to_be_visible()
    await page.get_by_role("link", name="Later in the list").click()
    await expect(page.get_by_text("21 to 26 of 26")).to_be_visible()

    await page.get_by_label("What are you looking for?").fill("num")
    await page.get_by_label("Kind of help").select_option("Groups")
    await page.get_by_text("Checked, open, room, what to look at").click()
    await page.get_by_label("Checked", exact=True).select_option("In the last 30 days")
    await page.get_by_role("button", name="Look").click()
    await expect(page.get_by_role("heading", name="25 services")).to_be_visible()
    await page.get_by_role("link", name="Leave out Groups").click()
    await page.get_by_role("link", name="Leave out “num”").click()
    await expect(page.get_by_role("heading", name="26 services")).to_be_visible()

    await page.get_by_role("link", name="Lark Yard Drivers").click()
    await expect(page.get_by_text("Lifts to appointments")).to_be_visible()
    await context.close()
