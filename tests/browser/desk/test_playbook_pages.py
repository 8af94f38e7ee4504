"""The playbook read, changed, tried and published: for everybody, at every width, however it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page, expect

from contracts.terms import BarrierCategory, Wish
from deploy.local.servers import MessageServer
from services.barriers.playbook import read_texts
from services.desk.model.staff import Role
from tests.browser.desk.test_lists import signed_in
from tests.integration.desk.conftest import bus, clock
from tests.integration.desk.test_playbook_copies import (
    CALMER,
    RIDE,
    answered,
    by_somebody_else,
    kept,
)
from tests.support.browser import Watched
from tests.support.builders import barrier_stated, client_context
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import House, Person
from tests.support.desk_and_others import desk_beside
from tests.support.desk_lists import a_client
from tests.support.eventually import eventually

__all__ = ["bus", "clock"]

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz and a good many words after it"
RIGHT_TO_LEFT = "أمينة ديالو"
TEXTS = read_texts()
OTHER = CALMER.replace("  - What part of the way is the hard one?\n", f"  - {LONG}?\n").replace(
    "prefer: [virtual]", "prefer: [in_person]"
)


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    """The desk beside barriers, before anything has arrived."""
    async with desk_beside("barriers", database=database, nats=nats, bus=bus, clock=clock) as house:
        await eventually(lambda: house.count("select count(*) from playbook_version"), 1, within=15)
        yield house


@pytest.fixture
async def mei(house: House) -> Person:
    return await house.hire(Role.SUPERVISOR, name="Mei Tanaka")


async def see(watched: Watched, house: House, name: str, address: str) -> None:
    await watched.page.goto(f"{house.service.url}{address}")
    await watched.holds(f"playbook-{name}")


async def test_it_is_read_changed_tried_and_published_by_everybody(
    house: House, mei: Person, watched: Watched
) -> None:
    page = await signed_in(house, mei, watched.page)
    own = await a_client(house, RIGHT_TO_LEFT, with_=mei)
    others = await a_client(house, "Another", with_=await house.hire(Role.CASE_MANAGER))
    await answered(
        house,
        *(
            barrier_stated(
                category=BarrierCategory.TRANSPORT,
                wish=Wish.GO_AHEAD,
                own_idea=None,
                client=client_context(client_id=client_id),
                client_id=client_id,
            )
            for client_id in (own, others)
        ),
    )
    for name, address in {
        "index": "/playbook",
        "kind": "/playbook/transport",
        "kind-person-first": "/playbook/safety",
        "kind-only-talk": "/playbook/other",
        "every-kind": "/playbook/every-kind",
        "versions": "/playbook/versions",
        "first-version": "/playbook/versions/1",
        "no-copy": "/playbook/copy",
        "text": "/playbook/copy/transport",
    }.items():
        await see(watched, house, name, address)
        assert len((await page.content()).encode()) < 100_000

    await _find_a_slip(watched, house)
    await _change_and_try(watched, house)
    await _publish_and_go_back(watched, house)


async def _find_a_slip(watched: Watched, house: House) -> None:
    """A slip is found by its line, and the text stays."""
    page = watched.page
    await page.locator("#text").fill(RIDE.replace("  then:", "  thn:"))
    await page.get_by_role("button", name="Check it and keep it").click()
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await watched.holds("playbook-text-flawed")
    await page.get_by_role("link", name="Go to line").last.click()
    await expect(page.locator("#text")).to_be_focused()
    assert "thn" in await page.evaluate("getSelection().toString()")
    await see(watched, house, "copy-unread", "/playbook/copy")


async def _change_and_try(watched: Watched, house: House) -> None:
    page = watched.page
    await page.goto(f"{house.service.url}/playbook/copy/transport")
    await page.locator("#text").fill(OTHER)
    await expect(page.locator("[data-kept]")).to_have_text("Saved")
    await page.reload()
    await expect(page.locator("#text")).to_have_value(OTHER)
    await page.get_by_role("button", name="Check it and keep it").click()
    await expect(page.get_by_text("It is kept in your copy")).to_be_visible()
    await watched.holds("playbook-copy")

    await page.get_by_label("On how many weeks").fill("0")
    await page.get_by_role("button", name="Try it").click()
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await watched.holds("playbook-copy-again")
    await page.get_by_label("On how many weeks").fill("8")
    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("A client of another team")).to_be_visible()
    await watched.holds("playbook-trial")


async def _publish_and_go_back(watched: Watched, house: House) -> None:
    page = watched.page
    await page.goto(f"{house.service.url}/playbook/copy")
    await page.get_by_label("What did you change, and why?").fill(LONG)
    await page.get_by_role("button", name="Publish it as a new version").click()
    await expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    await watched.holds("playbook-version")
    await see(watched, house, "going-back", "/playbook/versions/1/restore")
    await page.get_by_role("button", name="Go back to version 1").click()
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await watched.holds("playbook-going-back-again")


async def test_a_trial_without_a_difference_and_a_version_in_between_are_explained(
    house: House, mei: Person, watched: Watched
) -> None:
    page = await signed_in(house, mei, watched.page)
    async with house.browser(mei) as browser:
        await kept(browser, RIDE.replace("  - What part of the way is the hard one?\n", ""))
    await page.goto(f"{house.service.url}/playbook/copy")
    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("Nothing was answered in these weeks")).to_be_visible()
    await watched.holds("playbook-trial-of-nothing")
    await answered(house, barrier_stated(category=BarrierCategory.TRANSPORT))
    await page.goto(f"{house.service.url}/playbook/copy")
    await page.get_by_role("button", name="Try it again").click()
    await expect(page.get_by_text("Every answer would have been the same")).to_be_visible()
    await watched.holds("playbook-trial-without-difference")

    await page.goto(f"{house.service.url}/playbook/copy")
    await page.get_by_label("What did you change, and why?").fill("One question less")
    await by_somebody_else(house, {"transport.yaml": CALMER}, LONG)
    await page.get_by_role("button", name="Publish it as a new version").click()
    await expect(page.get_by_role("heading", name="Version 2 came in force")).to_be_visible()
    await expect(page.get_by_label("What did you change, and why?")).to_have_value("One question less")
    await watched.holds("playbook-copy-overtaken")
    await page.get_by_role("button", name="Base my copy on version 2").click()
    await expect(page.get_by_text("is based on the version in force now")).to_be_visible()


async def test_two_windows_do_not_overwrite_each_other(house: House, mei: Person, watched: Watched) -> None:
    page = await signed_in(house, mei, watched.page)
    other = await watched.page.context.new_page()
    for one in (page, other):
        await one.goto(f"{house.service.url}/playbook/copy/transport")
    await other.locator("#text").fill(CALMER + "# from the other window\n")
    await other.get_by_role("button", name="Check it and keep it").click()
    await page.locator("#text").fill(CALMER + "# from this one\n")
    await page.get_by_role("button", name="Check it and keep it").click()
    await expect(page.get_by_role("heading", name="You changed this in another window")).to_be_visible()
    # That a window could not save while another one had is said by the browser as well.
    watched.complaints.clear()
    await watched.holds("playbook-text-two-windows")


async def test_all_of_it_works_without_scripts(house: House, mei: Person, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page: Page = await signed_in(house, mei, await context.new_page())
    await page.goto(f"{house.service.url}/playbook")
    await page.get_by_role("link", name="Getting there").click()
    await page.get_by_role("button", name="Change this").click()
    await page.locator("#text").fill(CALMER)
    await page.get_by_role("button", name="Check it and keep it").click()
    await expect(page.get_by_text("I ring and move the visit")).to_be_visible()
    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("Nothing was answered in these weeks")).to_be_visible()
    await page.get_by_role("link", name="Your copy").click()
    await page.get_by_label("What did you change, and why?").fill("It came up in the team")
    await page.get_by_role("button", name="Publish it as a new version").click()
    await expect(page.get_by_text("It is in force. Every answer")).to_be_visible()
    await page.goto(f"{house.service.url}/playbook/versions/1")
    await page.get_by_role("button", name="Go back to this version").click()
    await page.get_by_label("Why go back?").fill("It was better")
    await page.get_by_role("button", name="Go back to version 1").click()
    await expect(page.get_by_text("Brought back version 1")).to_be_visible()
    await context.close()
