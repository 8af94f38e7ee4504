"""An intake worker's journey: a conversation from a name to the sheet that is taken home."""

from __future__ import annotations

from playwright.async_api import expect

from services.desk.model.staff import Role
from tests.support.at_work import WORDS, colleague
from tests.support.walking import Walk

GOAL = "To be awake for breakfast with my daughter."


async def hear_out(walk: Walk) -> None:
    """Hear somebody out who has come for the first time."""
    known = await walk.work.client(f"Amina Diallo-{walk.width}")
    await walk.work.give(known, colleague(Role.CASE_MANAGER))
    await walk.looked_at("clients")
    await walk.presses("Register somebody")
    await _who(walk)
    await _matters_and_rulers(walk)
    await _what_gets_in_the_way(walk)
    await _what_may_be_told(walk)
    await _finished(walk)


async def _who(walk: Walk) -> None:
    """Somebody of nearly this name is on record: the worker looks, and says that it is somebody else."""
    page = walk.page
    await walk.looked_at("who")
    await page.get_by_label("What would they like to be called?").fill("Amina")
    await page.get_by_label("Full name").fill(f"Amina Dialo-{walk.width}")
    for part, number in (("Day", "14"), ("Month", "3"), ("Year", "1991")):
        await page.get_by_label(part, exact=True).fill(number)
    if not walk.scripts:
        await walk.presses("Go on")
    await walk.sees("Are they on record already?")
    await expect(page.locator("#beside")).to_contain_text("of 100 alike")
    await expect(page.get_by_label("Full name")).to_have_value(f"Amina Dialo-{walk.width}")
    await walk.looked_at("who-alike")
    await walk.presses("Somebody else")
    await walk.sees("You said: somebody else.")
    await walk.presses("Go on")


async def _matters_and_rulers(walk: Walk) -> None:
    page = walk.page
    await page.wait_for_url("**/matters")
    await walk.looked_at("matters")
    await page.go_back()
    await expect(page.get_by_label("What would they like to be called?")).to_have_value("Amina")
    await page.go_forward()
    await page.get_by_label("A goal, in their words").fill(GOAL)
    await walk.presses("Go on")
    await page.wait_for_url("**/rulers")
    await page.check("#importance-6")
    await walk.looked_at("rulers")
    await walk.presses("Go on")


async def _what_gets_in_the_way(walk: Walk) -> None:
    page = walk.page
    await page.wait_for_url("**/barrier-1")
    await page.get_by_label("In their own words", exact=True).fill(WORDS)
    await page.get_by_role("group", name="How much is it in the way").get_by_label("Quite a lot").check()
    await page.get_by_label("Go ahead").check()
    if not walk.scripts:
        await walk.presses("That is all: go on")
    await walk.sees("Because they said")
    await page.get_by_label("Getting there").check()
    await walk.looked_at("barrier")
    await walk.presses("That is all: go on")


async def _what_may_be_told(walk: Walk) -> None:
    """A yes that is not whole comes back with what was ticked."""
    page = walk.page
    await page.wait_for_url("**/consent")
    await page.get_by_label("Yes, to what is ticked below").check()
    await page.get_by_label("What kind of help they").check()
    await walk.presses("Go on")
    await walk.sees("Please look again")
    await expect(page.get_by_label("What kind of help they")).to_be_checked()
    await walk.looked_at("consent-again")
    await page.get_by_label("No", exact=True).check()
    await walk.presses("Go on")


async def _finished(walk: Walk) -> None:
    """Who keeps the record does not answer at first; nothing is lost, and nothing is written down twice."""
    page = walk.page
    await page.wait_for_url("**/check")
    await walk.looked_at("check")
    intake = walk.work.system.processes["intake"]
    await intake.stop()
    await walk.presses("Finish: write it down")
    await walk.sees("Not all of it is on record yet")
    await walk.sees(GOAL)
    await walk.looked_at("check-again")
    await intake.start()
    await walk.presses("Try again")
    await page.wait_for_url("**/sheet?*")
    await walk.sees(WORDS)
    await walk.looked_at("sheet")
    await walk.follows("Their page")
    await walk.sees(WORDS)
    await walk.looked_at("client")
