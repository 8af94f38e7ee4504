"""A conversation in Chromium: for everybody, by keyboard, without scripts, and when things break."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page, Route, expect

from deploy.local.servers import MessageServer
from services.desk.api.cookies import COOKIE
from services.desk.commands.signing_in import begin_session
from services.desk.model.staff import Role
from tests.integration.desk.conftest import bus, clock
from tests.support.browser import Watched
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import House, Person
from tests.support.desk_and_others import desk_beside

__all__ = ["bus", "clock"]

BUS = "The last bus is gone by the time I finish work."
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 6
RIGHT_TO_LEFT = "أريد أن أستيقظ لأتناول الإفطار مع ابنتي"


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    others = ("intake", "barriers")
    async with desk_beside(*others, database=database, nats=nats, bus=bus, clock=clock) as house:
        yield house


@pytest.fixture
async def person(house: House) -> Person:
    return await house.hire(Role.INTAKE, Role.CASE_MANAGER)


async def sign_in(house: House, person: Person, page: Page) -> None:
    async with house.service.database.transaction() as tx:
        token = await begin_session(tx, person.staff)
    await page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.service.url}])


@pytest.fixture
async def page(house: House, person: Person, watched: Watched) -> Page:
    """A conversation that has just begun."""
    await sign_in(house, person, watched.page)
    await watched.page.goto(f"{house.service.url}/clients")
    await watched.page.get_by_role("button", name="Register somebody").first.click()
    return watched.page


async def say_who(page: Page, name: str = "Amina") -> None:
    await page.get_by_label("What would they like to be called?").fill(name)


async def say_what_is_in_the_way(page: Page, words: str = BUS) -> None:
    await page.get_by_label("In their own words", exact=True).fill(words)
    await page.get_by_role("group", name="How much is it in the way").get_by_label("Quite a lot").check()
    await page.get_by_label("Go ahead").check()


async def go(page: Page, part: str) -> None:
    """Go to another part, as the list of parts leads there."""
    await page.goto(f"{page.url.rsplit('/', 1)[0]}/{part}")


async def test_the_pages_about_the_person_are_for_everybody(page: Page, watched: Watched) -> None:
    await watched.holds("intake-who-empty")
    await say_who(page)
    await page.locator("#mobile").fill("+44 7700 900123")
    await page.get_by_label("It is safe: nobody else answers or reads it").check()
    await page.get_by_text("More about their life").click()
    await expect(page.locator(".kept")).to_contain_text("Saved at")
    await watched.holds("intake-who")
    await page.get_by_role("button", name="Go on").click()

    await watched.holds("intake-matters")
    await page.get_by_label("A goal, in their words").fill(RIGHT_TO_LEFT)
    await page.get_by_role("button", name="There is another one").click()
    await page.get_by_label("And another").first.fill(LONG)
    await watched.holds("intake-matters-long")
    await page.get_by_role("button", name="Go on").click()

    await page.check("#importance-6")
    await expect(page.get_by_text("Why a 6 and not a 3?")).to_be_visible()
    await watched.holds("intake-rulers")


async def test_what_the_playbook_hears_appears_as_one_types_and_nothing_is_chosen(
    page: Page, watched: Watched
) -> None:
    await say_who(page)
    await page.get_by_role("button", name="Go on").click()
    await go(page, "barrier-1")
    await say_what_is_in_the_way(page)
    await expect(page.get_by_text("Because they said")).to_be_visible()
    await expect(page.get_by_label("Other, in their own words")).to_be_checked()
    await expect(page.locator("#prompts").get_by_text("You could ask")).to_be_visible()
    await watched.holds("intake-barrier")
    await page.get_by_role("button", name="Keep this, and hear the next").click()
    await page.wait_for_url("**/barrier-2")
    await expect(page.get_by_text("Heard so far")).to_be_visible()
    await watched.holds("intake-barrier-second")


async def test_a_yes_that_is_not_whole_is_pointed_out_and_a_no_goes_on(page: Page, watched: Watched) -> None:
    await say_who(page)
    await page.get_by_role("button", name="Go on").click()
    await go(page, "consent")
    await page.get_by_label("Yes, to what is ticked below").check()
    await watched.holds("intake-consent")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("link", name="Tick what may be told")).to_be_visible()
    await watched.holds("intake-consent-again")
    await page.get_by_label("No", exact=True).check()
    await page.get_by_role("button", name="Go on").click()
    await page.wait_for_url("**/check")


async def test_what_was_said_becomes_a_sheet_and_the_client_is_found(
    house: House, page: Page, watched: Watched
) -> None:
    await say_who(page)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("A goal, in their words").fill("To be awake for breakfast with my daughter.")
    await page.get_by_role("button", name="Go on").click()
    await go(page, "barrier-1")
    await say_what_is_in_the_way(page)
    await expect(page.get_by_text("Because they said")).to_be_visible()
    await page.get_by_label("Getting there").check()
    await page.get_by_role("button", name="That is all").click()
    await go(page, "check")
    await watched.holds("intake-check")
    await page.get_by_role("button", name="Finish").click()
    await page.wait_for_url("**/sheet?*")
    await expect(page.get_by_text(BUS)).to_be_visible()
    await expect(page.get_by_text("What we will do, and who")).to_be_visible()
    await watched.holds("sheet")
    await page.emulate_media(media="print")
    await watched.holds("sheet-printed")
    await page.emulate_media(media="screen")
    await page.goto(f"{house.service.url}/clients")
    await page.get_by_label("Look for somebody").fill("ami")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Amina")).to_be_visible()
    assert "ami" not in page.url
    await watched.holds("clients-found")


async def test_what_is_typed_without_a_connection_survives_a_reload_and_is_saved_later(page: Page) -> None:
    await say_who(page)
    await expect(page.locator(".kept")).to_contain_text("Saved at")
    await page.context.set_offline(True)
    await page.locator("#postcode").fill("LS1 4AP")
    await expect(page.locator(".kept")).to_contain_text("Not saved yet")
    await page.context.set_offline(False)
    await page.route("**/intake/**", lambda route: route.abort() if _saves(route) else route.continue_())
    await page.reload()
    await expect(page.locator("#postcode")).to_have_value("LS1 4AP")
    await page.unroute("**/intake/**")
    await expect(page.locator(".kept")).to_contain_text("Saved at", timeout=20_000)
    await page.reload()
    await expect(page.locator("#postcode")).to_have_value("LS1 4AP")


async def test_signed_out_while_typing_one_signs_in_again_and_goes_on(
    house: House, person: Person, page: Page
) -> None:
    await say_who(page)
    await expect(page.locator(".kept")).to_contain_text("Saved at")
    await page.context.clear_cookies()
    await page.locator("#postcode").fill("LS1 4AP")
    await expect(page.locator(".kept")).to_contain_text("You have been signed out")
    await sign_in(house, person, page)
    await expect(page.locator(".kept")).to_contain_text("Saved at", timeout=20_000)
    await page.reload()
    await expect(page.locator("#postcode")).to_have_value("LS1 4AP")


async def test_two_windows_are_told_of_each_other_and_both_texts_stand_there(page: Page) -> None:
    second = await page.context.new_page()
    await second.goto(page.url)
    await say_who(page, "Amina")
    await expect(page.locator(".kept")).to_contain_text("Saved at")
    await say_who(second, "Aminata")
    await expect(second.locator(".kept")).to_contain_text("Another window")
    await second.get_by_role("button", name="Go on").click()
    await expect(second.get_by_text("changed in another window")).to_be_visible()
    await expect(second.locator("#preferred_name")).to_have_value("Aminata")
    await expect(second.get_by_role("definition").get_by_text("Amina", exact=True)).to_be_visible()


async def test_a_simple_case_needs_only_the_keyboard(page: Page) -> None:
    await page.locator("#preferred_name").focus()
    await page.keyboard.type("Amina")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/matters")
    for part in ("rulers", "barrier-1", "consent", "check"):
        await page.get_by_role("button", name="o on").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/{part}")
    await page.get_by_role("button", name="Finish").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sheet?*")


async def test_without_scripts_nothing_is_missing_but_what_comes_by_itself(
    house: House, person: Person, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await sign_in(house, person, page)
    await page.goto(f"{house.service.url}/clients")
    await page.get_by_role("button", name="Register somebody").first.click()
    await say_who(page)
    await page.get_by_role("button", name="Go on").click()
    await go(page, "barrier-1")
    await say_what_is_in_the_way(page)
    await page.get_by_role("button", name="That is all").click()
    await expect(page.get_by_text("Because they said")).to_be_visible()
    await page.get_by_label("Getting there").check()
    await page.get_by_role("button", name="That is all").click()
    await page.wait_for_url("**/consent")
    await go(page, "check")
    await page.get_by_role("button", name="Finish").click()
    await expect(page.get_by_text(BUS)).to_be_visible()
    await context.close()


def _saves(route: Route) -> bool:
    return route.request.method == "POST"
