"""The page behind a link in Chromium: for everybody, on phone and desk, by keyboard, without JavaScript."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.terms import InformationScope
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.linked import (
    mails,
    newest_link,
    referred,
    the_referral,
)
from tests.support.browser import Watched
from tests.support.builders import channel, consent_revoked, weekly
from tests.support.builders_navigation import delivery, listing
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(300)

LONG_NAME = "Maria-Magdalena-Anastasia von und zu Hohenstaufen-Weissenfels y Rodríguez de la Concepción"
LONG_WORDS = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 40
RIGHT_TO_LEFT = "أمينة يوسف الأحمدي"
WRONG_TOKEN = "k1.AaIVimOQchKdqAIE6CGq6gAAAABrGgT4.LSayCatNMerm0uMEfjU4yl0SSyhA8i84ZtdvUMZlSsI"


class Visits:
    """Opens links in a watched page, one new referral after the other."""

    def __init__(self, navigation: Navigation, watched: Watched) -> None:
        self.navigation = navigation
        self.watched = watched
        self.mails = 0

    @property
    def page(self) -> Page:
        return self.watched.page

    async def open(self, path: str) -> None:
        await self.page.goto(self.navigation.service.url + path)

    async def referred(self, organization: str = "Aire Valley Wheels", **fields: object) -> UUID:
        """Refer somebody, and open the link in the mail."""
        service = listing(service_name="Rides to appointments", organization_name=organization)
        client_id = await referred(self.navigation, service, **fields)  # type: ignore[arg-type]
        self.mails += 1
        self.path = await newest_link(self.navigation, self.mails)
        await self.open(self.path)
        return client_id

    async def choose(self, answer: str) -> None:
        await self.page.click(f"label[for=answer-{answer}]")

    async def send(self) -> None:
        await self.page.click("button[type=submit]")


@pytest.fixture
def visits(watched: Watched, navigation: Navigation) -> Visits:
    return Visits(navigation, watched)


async def test_what_can_be_answered_is_for_everybody_at_both_widths(  # noqa: PLR0915 - one visit, step by step
    visits: Visits,
) -> None:
    page, holds = visits.page, visits.watched.holds
    mornings = channel(windows=(weekly(1, "09:00", "12:00"),))
    await visits.referred(channels=(mornings, channel(address="+44 7700 900999")))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Can you help Amina?")
    await holds("fresh")

    await visits.send()
    await expect(page).to_have_title("Please look again - Foothold")
    await holds("error-nothing-chosen")

    await visits.choose("decline")
    await page.fill("#decline_text", "We only drive within Leeds.")
    await holds("choosing-no")
    await visits.send()
    await holds("error-no-reason")
    assert await page.input_value("#decline_text") == "We only drive within Leeds."

    await visits.choose("schedule")
    await page.fill("#date", "2026-11-01")
    await page.fill("#time", "14:30")
    await visits.send()
    await holds("error-in-the-past")

    await page.fill("#date", "2026-11-30")
    await page.click("label[for=remote]")
    await visits.send()
    # The client's clocks count, whatever the browser's show.
    await expect(page.locator(".state")).to_have_text("Appointment on Monday 30 November 2026, 14:30")
    await holds("answered-appointment")

    await visits.choose("missed")
    await visits.send()
    await holds("answered-missed")
    await visits.choose("complete")
    await page.fill("#outcome", "Two rides.")
    await visits.send()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your help")
    await holds("ended")


async def test_late_answers_and_unusual_people_are_for_everybody_at_both_widths(visits: Visits) -> None:
    page, holds = visits.page, visits.watched.holds
    client_id = await visits.referred(
        full_name=LONG_NAME,
        preferred_name="",
        words=LONG_WORDS,
        organization="The Association of Voluntary Drivers of the West Riding and Beyond",
    )
    await holds("long")
    await visits.choose("decline")
    await page.click("text=We have no room")
    await page.fill("#decline_text", "We are full until January, sorry.")
    referral = await the_referral(visits.navigation, client_id)
    said = await visits.navigation.post(
        f"/referrals/{referral['id']}/answers", {"said": {"answer": "accept"}}
    )
    assert said.status_code == 200, said.text
    await visits.send()
    await expect(page.get_by_text("We are full until January, sorry.")).to_be_visible()
    await holds("late")

    await visits.referred(
        full_name=RIGHT_TO_LEFT, preferred_name="أمينة", words="لا أستطيع الوصول إلى الموعد."
    )
    await holds("right-to-left")
    await visits.choose("hold")
    await page.fill("#hold_text", "مكان في القائمة")
    await visits.send()
    await holds("answered-waiting")

    await visits.referred(scopes=frozenset({InformationScope.NEED}))
    await holds("little")
    await visits.choose("accept")
    await visits.send()
    await holds("answered-yes")

    await visits.referred(contact_prohibited=True)
    await holds("no-contact")


async def test_links_that_lead_nowhere_are_for_everybody_at_both_widths(visits: Visits) -> None:
    page, holds, navigation = visits.page, visits.watched.holds, visits.navigation
    await visits.open(f"/r/{WRONG_TOKEN}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")
    await holds("unknown")

    client_id = await visits.referred()
    await visits.choose("hold")
    await page.fill("#hold_text", "A place in May.")
    referral = await the_referral(navigation, client_id)
    await navigation.receive(
        delivery(consent_revoked(client_id=client_id, consent_id=UUID(str(referral["consent_id"]))))
    )
    await eventually(lambda: mails(navigation), lambda seen: len(seen) == 2)
    visits.mails = 2
    await visits.send()
    await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing to see here any more")
    await expect(page.get_by_text("A place in May.")).to_be_visible()
    await holds("revoked")

    client_id = await visits.referred()
    path = visits.path
    referral = await the_referral(navigation, client_id)
    await navigation.post(f"/referrals/{referral['id']}/links", {})
    await visits.open(path)
    await holds("replaced")


class TestResting:
    """Where a link may be opened a few times only."""

    @pytest.fixture
    def further_settings(self, further_settings: dict[str, object]) -> dict[str, object]:
        return further_settings | {"navigation_link_visits_per_minute": 2}

    async def test_a_page_that_takes_a_rest_is_for_everybody(self, visits: Visits) -> None:
        await visits.referred()
        for _ in range(6):
            await visits.open(visits.path)
        await expect(visits.page.get_by_role("heading", level=1)).to_have_text("One moment, please")
        await visits.watched.holds("too-often")


class TestExpired:
    """Where links run out at once."""

    @pytest.fixture
    def further_settings(self, further_settings: dict[str, object]) -> dict[str, object]:
        return further_settings | {"navigation_link_lifetime": 1.0}

    async def test_a_link_that_has_run_out_brings_a_new_one_for_everybody(self, visits: Visits) -> None:
        await visits.referred()

        async def title() -> str:
            await visits.open(visits.path)
            return await visits.page.title()

        await eventually(title, "This link has run out - Foothold")
        await visits.watched.holds("expired")
        await visits.page.click("text=Send a new link")
        await expect(visits.page.get_by_role("heading", level=1)).to_have_text("There is a newer link")
        assert await newest_link(visits.navigation, 2) != visits.path


async def test_everything_can_be_done_by_keyboard(  # noqa: PLR0915 - one visit, step by step
    visits: Visits,
) -> None:
    client_id = await visits.referred()
    page = visits.page

    async def focused() -> str:
        found: str = await page.evaluate("document.activeElement.id || document.activeElement.textContent")
        return found.strip()

    async def tab_to(wanted: str) -> None:
        for _ in range(30):
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.matches(':focus-visible')")
            if await focused() == wanted:
                return
        raise AssertionError(f"Tab never reaches {wanted}")

    await page.keyboard.press("Tab")
    assert await focused() == "Skip to the content"
    await tab_to("answer-accept")
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    assert await focused() == "answer-decline"
    await tab_to("decline_text")
    await page.keyboard.type("We only drive within Leeds.")
    await tab_to("Send your answer")
    await page.keyboard.press("Enter")

    # What is to be looked at again has the focus, and leads to its field.
    await expect(page).to_have_title("Please look again - Foothold")
    await page.keyboard.press("Tab")
    assert await focused() == "Choose the reason that fits best"
    await page.keyboard.press("Enter")
    assert await focused() == "decline_reason"
    await page.keyboard.press("Space")
    await tab_to("Send your answer")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for telling us")
    assert (await the_referral(visits.navigation, client_id))["reason"] == "no_capacity"


async def test_everything_can_be_done_without_javascript_on_a_phone(
    browser: Browser, navigation: Navigation
) -> None:
    context = await browser.new_context(
        java_script_enabled=False, viewport={"width": 375, "height": 700}, is_mobile=True, has_touch=True
    )
    visits = Visits(navigation, Watched(await context.new_page()))
    client_id = await visits.referred()
    page = visits.page
    await expect(page.locator("#hold_text")).to_be_hidden()
    for target in await page.locator(".choice > .radio, button").all():
        box = await target.bounding_box()
        assert box is not None
        assert box["height"] >= 44

    await page.tap("text=Yes, but there is a waiting list")
    await page.fill("#hold_text", "A place on the list, in about two weeks.")
    await page.tap("button[type=submit]")

    await expect(page.get_by_role("status")).to_contain_text("we know that it has to wait")
    assert (await the_referral(navigation, client_id))["status"] == "on-hold"
    assert visits.watched.complaints == []
    await context.close()


async def test_a_small_screen_and_large_letters_cut_nothing_off(visits: Visits) -> None:
    await visits.referred(full_name=LONG_NAME, words=LONG_WORDS)
    await visits.page.set_viewport_size({"width": 320, "height": 640})
    await visits.watched.fits("320 px")
    await visits.choose("schedule")
    await visits.watched.fits("320 px, with an appointment")
    await visits.page.set_viewport_size({"width": 640, "height": 640})
    await visits.page.evaluate("document.documentElement.style.fontSize = '200%'")
    await visits.watched.fits("letters of twice the size")
