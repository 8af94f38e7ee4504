"""A directory editor's journey: is this still right, who says so, and since when."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from playwright.async_api import expect

from shared.ids import new_id
from tests.support.desk_directory import published
from tests.support.walking import Walk

SERVICE = "Door-to-Door Car"


async def keep_it_right(walk: Walk) -> None:
    """Find a service, put it right, write down that it was checked, answer a report, and bring in more."""
    await _found(walk)
    here = urlsplit(walk.page.url).path
    await _put_right(walk, here)
    await _checked(walk, here)
    await _reported(walk, here)
    await _brought_in(walk)


async def _found(walk: Walk) -> None:
    """A service is found by its words."""
    page = walk.page
    await walk.looked_at("directory")
    await page.locator("#words").fill("nothing of this name anywhere")
    await walk.presses("Look")
    await walk.looked_at("directory-nothing")
    await page.locator("#words").fill("door")
    await walk.presses("Look")
    await walk.looked_at("directory-found")
    await walk.follows(SERVICE)
    await page.wait_for_url("**/directory/*-*")
    await walk.looked_at("service")


async def _put_right(walk: Walk, here: str) -> None:
    """A form that is not whole, and one whose service does not answer, keep every word."""
    page = walk.page
    await walk.goes(f"{here}/edit")
    costs = page.get_by_label("What it costs", exact=True)
    words = f"£{walk.width} a year, whoever one is."
    await costs.fill(words)
    await walk.presses("Save what I changed")
    await walk.sees("Please look again")
    await expect(costs).to_have_value(words)
    await walk.looked_at("edit-again")
    await page.get_by_label("Say in a sentence where this comes from").fill("They told me on the telephone.")
    navigation = walk.work.system.processes["navigation"]
    await navigation.stop()
    await walk.presses("Save what I changed")
    await walk.sees("nothing you wrote is lost")
    await expect(costs).to_have_value(words)
    await walk.looked_at("edit-not-saved")
    await navigation.start()
    await walk.presses("Save what I changed")
    await page.wait_for_url("**/directory/*?said=service_edited")
    await walk.looked_at("edited")


async def _checked(walk: Walk, here: str) -> None:
    """Somebody was asked today."""
    page = walk.page
    await walk.goes(f"{here}/check")
    await walk.looked_at("check")
    await page.get_by_label("By telephone").check()
    await page.get_by_label("There is room", exact=True).check()
    await walk.presses("I asked them today, it is right")
    await page.wait_for_url("**/directory/*?said=service_checked")
    await walk.looked_at("checked")


async def _reported(walk: Walk, here: str) -> None:
    """Something is wrong, and what became of it is said."""
    page = walk.page
    await walk.goes(f"{here}/report")
    await page.get_by_label("What is wrong, in your words?").fill("The telephone rings and rings.")
    await walk.looked_at("report")
    await walk.presses("Tell the editors")
    await page.wait_for_url("**/directory/*?said=service_reported")
    await walk.goes("/directory/reports")
    await walk.looked_at("reports")
    await walk.follows(SERVICE)
    await page.get_by_label("It was passed on").check()
    await page.get_by_label("What did you find, or do?").fill("They print it anew in spring.")
    await walk.looked_at("one-report")
    await walk.presses("Write it down")
    await page.wait_for_url("**/directory/reports?said=report_answered")
    await walk.looked_at("reports-answered")


async def _brought_in(walk: Walk) -> None:
    """What would become of each row of a file is seen before it is brought in."""
    page = walk.page
    rows = [published(new_id(), name=f"Rides {walk.width}"), {"id": "nameless", "status": "active"}]
    await walk.goes("/directory/imports")
    await walk.presses("Look at what would become of it")
    await walk.sees("Choose the file.")
    await walk.looked_at("imports-again")
    await page.get_by_label("Whose directory is it?").fill(f"Newshire {walk.width}")
    await page.get_by_label("The file", exact=True).set_input_files(
        {"name": "newshire.json", "mimeType": "application/json", "buffer": json.dumps(rows).encode()}
    )
    await walk.presses("Look at what would become of it")
    await expect(page.get_by_role("button", name="Bring it in")).to_be_visible(timeout=30_000)
    await walk.looked_at("import-previewed")
    await walk.presses("Bring it in")
    await expect(page.get_by_text("It is brought in.")).to_be_visible(timeout=30_000)
    await walk.looked_at("import-done")
