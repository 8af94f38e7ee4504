"""The pages that change the directory, in Chromium: for everybody, in every state, also without scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from httpx import AsyncClient
from playwright.async_api import Browser, Page, Route, expect

from deploy.local.servers import MessageServer
from services.desk.api.cookies import COOKIE
from services.desk.commands.signing_in import begin_session
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.browser import Watched
from tests.support.database import Database
from tests.support.desk import House, Person
from tests.support.desk_directory import Library, form_in, library_on, published

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 6
RIGHT_TO_LEFT = "ننقلك إلى موعدك ونعيدك إلى البيت"
RIDES = {
    "name": "Rides to appointments",
    "fees_description": "£2 each way, free for under 25s.",
    "eligibility_description": "Anybody with an appointment and no way to get there.",
    "url": "https://www.example.org/rides",
    "schedules": [{"id": "s", "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "17:00"}],
}


@pytest.fixture(scope="module")
async def library(migrated: Database, nats: MessageServer) -> AsyncIterator[Library]:
    async with library_on(migrated, nats) as library:
        yield library


@pytest.fixture(scope="module")
async def editor(library: Library) -> Person:
    return await library.hire(Role.DIRECTORY_EDITOR, name="Ines Fontaine")


async def sign_in(house: House, person: Person, page: Page) -> None:
    async with house.service.database.transaction() as tx:
        token = await begin_session(tx, person.staff)
    await page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.service.url}])


@pytest.fixture
async def page(library: Library, editor: Person, watched: Watched) -> Page:
    await sign_in(library, editor, watched.page)
    return watched.page


def at(library: Library, service_id: UUID, part: str) -> str:
    return f"{library.service.url}/directory/{service_id}/{part}"


async def test_an_editor_puts_something_right_with_the_keyboard_alone(
    library: Library, page: Page, watched: Watched
) -> None:
    service_id = await library.added(**RIDES)
    await page.goto(at(library, service_id, "edit"))
    await watched.holds("directory-edit")
    await page.get_by_label("What it costs", exact=True).focus()
    await page.keyboard.press("Control+A")
    await page.keyboard.type("£3 each way.")
    await page.get_by_label("Say in a sentence where this comes from").focus()
    await page.keyboard.type("They told me on the telephone.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/directory/*?said=service_edited")
    await page.goto(at(library, service_id, "edit"))
    await expect(page.get_by_label("What it costs", exact=True)).to_have_value("£3 each way.")
    await expect(page.get_by_role("heading", name="Put right before")).to_be_visible()
    await watched.holds("directory-edit-put-right-before")


async def test_what_is_wrong_in_the_form_is_led_to(library: Library, page: Page, watched: Watched) -> None:
    service_id = await library.added(name=RIGHT_TO_LEFT, description=LONG, alert=RIGHT_TO_LEFT)
    await page.goto(at(library, service_id, "edit"))
    await watched.holds("directory-edit-long-and-right-to-left")
    await page.get_by_label("What it is called").fill("")
    await page.get_by_label("Youngest age").fill("many")
    await page.get_by_role("group", name="Do we know when it is open?").get_by_label("Yes").check()
    await page.get_by_label("Tuesday").fill("nine to five")
    await page.get_by_role("button", name="Save what I changed").click()
    await page.get_by_role("link", name="Tuesday: write it as").click()
    await expect(page.get_by_label("Tuesday")).to_be_focused()
    await expect(page.get_by_label("Tuesday")).to_have_value("nine to five")
    await watched.holds("directory-edit-faults")


async def test_two_editors_of_the_same_field_and_the_way_on(
    library: Library, page: Page, watched: Watched
) -> None:
    service_id = await library.added(**RIDES)
    await page.goto(at(library, service_id, "edit"))
    await page.get_by_label("What it does").fill("Rides for everybody, there and back.")
    async with library.browser(await library.hire(Role.SUPERVISOR, name="بشير قاسم")) as other:
        address = f"/directory/{service_id}/edit"
        theirs = {"description": RIGHT_TO_LEFT, "why": "I was there.", "once": str(new_id())}
        await _changed(other, address, theirs)
    await page.get_by_label("Say in a sentence where this comes from").fill("They rang.")
    await page.get_by_role("button", name="Save what I changed").click()
    await expect(page.get_by_role("heading", name="changed this while you were writing")).to_be_visible()
    await expect(page.get_by_label("What it does")).to_have_value("Rides for everybody, there and back.")
    await watched.holds("directory-edit-conflict")
    await page.get_by_label("Theirs:").check()
    await page.get_by_role("button", name="Save what I changed").click()
    await page.wait_for_url("**/directory/*?said=service_same")


async def _changed(other: AsyncClient, address: str, values: dict[str, str]) -> None:
    form = form_in((await other.get(address)).text, action=address)
    assert (await other.post(address, data=form | values)).status_code == 303


async def test_its_directory_contradicts_us(library: Library, page: Page, watched: Watched) -> None:
    service_id, organization = new_id(), {"id": str(new_id()), "name": "Aire Valley Wheels"}

    async def comes(fees: str) -> None:
        document = published(service_id, organization=organization, **RIDES | {"fees_description": fees})
        await library.brought([document], source="contradicting")

    await comes("Free")
    await page.goto(at(library, service_id, "edit"))
    await page.get_by_label("What it costs", exact=True).fill("£2 a ride")
    await page.get_by_label("Say in a sentence where this comes from").fill("They rang.")
    await page.get_by_role("button", name="Save what I changed").click()
    await page.wait_for_url("**/directory/*?said=service_edited")
    await comes("£5 a ride")
    await page.goto(at(library, service_id, "edit"))
    await watched.holds("directory-edit-contradicted")
    await page.get_by_role("button", name="Theirs holds").click()
    await page.wait_for_url("**/edit?said=service_settled")
    await expect(page.get_by_label("What it costs", exact=True)).to_have_value("£5 a ride")


async def test_it_is_checked_with_one_click(library: Library, page: Page, watched: Watched) -> None:
    service_id = await library.added(**RIDES)
    await page.goto(at(library, service_id, "check"))
    await watched.holds("directory-check")
    await page.get_by_role("button", name="I asked them today, it is right").click()
    await watched.holds("directory-check-faults")
    await page.get_by_label("By telephone").check()
    await page.get_by_label("There is room", exact=True).check()
    await expect(page.get_by_label("How many places")).to_be_visible()
    await page.get_by_role("button", name="I asked them today, it is right").click()
    await page.wait_for_url("**/directory/*?said=service_checked")


async def test_what_is_wrong_is_said_and_answered(library: Library, page: Page, watched: Watched) -> None:
    service_id = await library.added(**RIDES)
    await page.goto(at(library, service_id, "report"))
    await watched.holds("directory-report")
    await page.get_by_label("What is wrong, in your words?").fill(RIGHT_TO_LEFT + "\n" + LONG)
    await page.get_by_role("button", name="Tell the editors").click()
    await page.wait_for_url("**/directory/*?said=service_reported")
    await page.goto(at(library, service_id, "report"))
    await expect(page.get_by_role("heading", name="Somebody has said this already")).to_be_visible()
    await watched.holds("directory-report-known")

    await page.goto(f"{library.service.url}/directory/reports")
    await watched.holds("directory-reports")
    await _answered(page, watched)


async def _answered(page: Page, watched: Watched) -> None:
    await page.get_by_role("link", name="Rides to appointments").click()
    await watched.holds("directory-one-report")
    await page.get_by_role("button", name="Write it down").click()
    await watched.holds("directory-one-report-faults")
    await page.get_by_label("It was passed on").check()
    await page.get_by_label("What did you find, or do?").fill("They print it anew in spring.")
    await page.get_by_role("button", name="Write it down").click()
    await page.wait_for_url("**/directory/reports?said=report_answered")
    await watched.holds("directory-reports-empty")
    await page.get_by_role("link", name="Answered").click()
    await watched.holds("directory-reports-answered")


async def test_it_is_closed_until_a_day_and_opened_again(
    library: Library, page: Page, watched: Watched
) -> None:
    service_id = await library.added(**RIDES)
    await page.goto(at(library, service_id, "close"))
    await watched.holds("directory-close")
    await page.get_by_role("button", name="Close it for a time").click()
    await watched.holds("directory-close-faults")
    await page.get_by_label("From which day is it open again?").fill("2031-02-03")
    await page.get_by_label("Why is it closed?").fill("They are moving house.")
    await page.get_by_role("button", name="Close it for a time").click()
    await page.wait_for_url("**/directory/*?said=service_closed")
    await page.goto(at(library, service_id, "close"))
    await watched.holds("directory-closed")
    await page.get_by_role("button", name="It is open again").click()
    await page.wait_for_url("**/directory/*?said=service_opened")


async def test_while_navigation_is_away_what_was_typed_stands_there(
    library: Library, editor: Person, page: Page, watched: Watched
) -> None:
    service_id = await library.added(**RIDES)
    await page.goto(at(library, service_id, "report"))
    await page.get_by_label("What is wrong, in your words?").fill("Their telephone is switched off.")

    async def from_the_other_copy(route: Route) -> None:
        """The same request, answered by the copy that cannot reach navigation."""
        async with library.alone.browser(editor) as cut_off:
            path = urlsplit(route.request.url).path
            form = dict(parse_qsl(route.request.post_data or ""))
            answer = await cut_off.post(path, data=form)
        await route.fulfill(status=answer.status_code, body=answer.text, content_type="text/html")

    await page.route("**/report", from_the_other_copy)
    await page.get_by_role("button", name="Tell the editors").click()
    await expect(page.get_by_role("heading", name="nothing you wrote is lost")).to_be_visible()
    await expect(page.get_by_label("What is wrong")).to_have_value("Their telephone is switched off.")
    await watched.holds("directory-report-away")
    await page.unroute("**/report")
    await page.get_by_role("button", name="Tell the editors").click()
    await page.wait_for_url("**/directory/*?said=service_reported")


async def test_without_scripts_nothing_is_missing(library: Library, editor: Person, browser: Browser) -> None:
    service_id = await library.added(**RIDES)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await sign_in(library, editor, page)
    await page.goto(at(library, service_id, "edit"))
    await page.get_by_role("group", name="Does it cost nothing?").get_by_label("Not known").check()
    await page.get_by_label("Where the postcode begins like this").check()
    await page.get_by_label("Beginnings of postcodes").fill("LS1, BD")
    await page.get_by_role("button", name="Save what I changed").click()
    await page.get_by_label("Say in a sentence where this comes from").fill("They rang.")
    await page.get_by_role("button", name="Save what I changed").click()
    await page.wait_for_url("**/directory/*?said=service_edited")
    await page.goto(at(library, service_id, "close"))
    await page.get_by_label("Why is it closed?").fill("They are moving house.")
    await page.get_by_role("button", name="Close it for a time").click()
    await page.wait_for_url("**/directory/*?said=service_closed")
    await context.close()
