"""Every macro with whatever people may write into it, and what the desk's own script adds to a page."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.desk.conftest import Desk
from tests.support.eventually import eventually

POINTS = [
    {"day": "12 November", "at": 0, "importance": 7, "confidence": None, "readiness": 0},
    {"day": "24 November", "at": 12, "importance": 10, "confidence": 5, "readiness": None},
]
SHORT = "Rides"
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz and a good many words after it. " * 2
RIGHT_TO_LEFT = "لا أستطيع الوصول إلى الموعد."
FIELDS = (
    *("line", "tel", "secret", "text", "one", "few", "any"),
    *("tick", "born", "at", "select", "file", "ruler"),
)
NAMES = {"short": SHORT, "long": LONG, "right-to-left": RIGHT_TO_LEFT}


@pytest.mark.parametrize("name", NAMES)
async def test_every_piece_is_for_everybody_whatever_it_says(desk: Desk, name: str) -> None:
    words = NAMES[name]
    await desk.show("_every.html", {"words": words, "hint": words, "points": POINTS})
    await desk.watched.holds(f"desk-pieces-{name}")


@pytest.mark.parametrize("name", NAMES)
async def test_every_piece_that_is_to_be_looked_at_again_is_for_everybody(desk: Desk, name: str) -> None:
    words = NAMES[name]
    values = {"words": words, "hint": "", "points": POINTS, "faults": dict.fromkeys(FIELDS, words)}
    await desk.show("_every.html", values)
    await desk.watched.holds(f"desk-pieces-{name}-again")

    for field in FIELDS:
        await expect(desk.page.locator(f"[id='{field}-fault']")).to_be_visible()


async def test_the_summary_has_the_focus_and_leads_to_each_field(desk: Desk) -> None:
    faults = dict.fromkeys(FIELDS, "Please look")
    await desk.show("_every.html", {"words": SHORT, "hint": "", "points": POINTS, "faults": faults})
    page = desk.page

    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    for place, field in enumerate(FIELDS):
        await page.locator(".govuk-error-summary a").nth(place).click()
        await expect(page.locator(f"[id='{field}']")).to_be_focused()


async def test_what_belongs_to_a_choice_appears_with_it_also_without_scripts(desk: Desk) -> None:
    await desk.page.route("**/*.js", lambda route: route.abort())
    await desk.show("_every.html", {"words": SHORT, "hint": "", "points": POINTS})

    await expect(desk.page.locator("#inside")).to_be_visible()
    await desk.page.check("#one")
    await expect(desk.page.locator("#inside")).to_be_hidden()


async def test_a_ruler_asks_why_with_the_number_that_was_chosen(desk: Desk) -> None:
    await desk.show("_every.html", {"words": SHORT, "hint": "", "points": POINTS})
    page = desk.page
    first = page.locator("[data-ruler-why]").first

    await expect(first).to_have_text("Why a 6 and not a 3?")
    await expect(page.locator("#unasked-why")).to_be_hidden()
    await page.focus("#unasked-none")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#unasked")).to_be_checked()
    await expect(page.locator("#unasked-why")).to_be_visible()
    for _ in range(8):
        await page.keyboard.press("ArrowRight")
    await expect(page.locator("[data-ruler-why]").nth(1)).to_have_text("Why an 8 and not a 5?")


async def test_what_is_typed_is_saved_and_tried_again_until_it_is(desk: Desk) -> None:
    desk.answers = 503
    await desk.show("_every.html", {"words": SHORT, "hint": "", "points": POINTS})
    await desk.page.fill("#line", "The last bus")
    await expect(desk.page.locator("[data-kept]")).to_contain_text("Not saved yet")

    desk.answers = 204
    await expect(desk.page.locator("[data-kept]")).to_have_text("Saved", timeout=15_000)
    assert "line=The+last+bus" in desk.posted[-1]
    # Chromium says of each answer that it was a 503.
    desk.watched.complaints.clear()


async def test_what_was_typed_last_goes_out_as_the_page_is_left(desk: Desk) -> None:
    await desk.show("_every.html", {"words": SHORT, "hint": "", "points": POINTS})
    await desk.page.fill("#line", "The last bus")
    # Nobody can look at what is sent from a page that is gone, so that it is only told that it goes.
    await desk.page.evaluate("dispatchEvent(new Event('pagehide'))")

    async def saved() -> bool:
        return any("line=The+last+bus" in sent for sent in desk.posted)

    await eventually(saved, within=0.6)


async def test_news_come_by_themselves_move_nothing_and_are_shown_when_asked_for(desk: Desk) -> None:
    desk.news = "retry: 60000\nevent: touched\ndata: 5\n\n"
    page = desk.page
    await desk.show("today.html", {"live_url": "/live?known=4"}, later={"fresh": True, "who": "Priya Raman"})

    await expect(page.locator(".news-bar")).to_have_text("1 new Show")
    # What changed is changed in its place, also what is said about it; what is new is not there yet.
    await expect(page.locator("#t1 .task-who")).to_have_text("Priya Raman")
    await expect(page.locator("#now-count")).to_have_text("2 things")
    await expect(page.get_by_role("link", name="Call Lena back")).to_have_count(0)
    # htmx says of a stream that ended that it ended.
    desk.watched.complaints.clear()
    await desk.watched.holds("desk-today-news")

    await page.click("text=Show")
    await expect(page.get_by_role("link", name="Call Lena back")).to_be_visible()
    await expect(page.locator("#main")).to_be_focused()
    await expect(page.locator(".news-bar")).to_have_count(0)


async def test_what_somebody_is_using_stays_as_it_is_and_what_is_gone_stays_in_sight(desk: Desk) -> None:
    desk.news = "retry: 60000\nevent: touched\ndata: 5\n\n"
    page = desk.page
    await desk.show("today.html")
    gone = desk.shown.replace('id="t2"', 'id="t9"').replace("2 things", "9 things")
    await desk.show("today.html", {"live_url": "/live"}, wait=True)
    await page.check("#t1 [type=checkbox]")
    await page.focus("#t1 .task-title a")
    desk.shown = gone.replace("Until 12:00 today", "Until 18:00 today")
    desk.go_on()

    await expect(page.locator("#now-count")).to_have_text("9 things")
    await expect(page.locator("#t2")).to_have_class("task task-now is-gone")
    # htmx says of a stream that ended that it ended.
    desk.watched.complaints.clear()
    await desk.watched.holds("desk-today-gone")
    await expect(page.locator("#t1 .task-window")).to_have_text("Until 12:00 today")
    await expect(page.locator("#t1 [type=checkbox]")).to_be_checked()
