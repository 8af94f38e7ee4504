"""A case manager's journey: from what needs them today to what was agreed with the client, and back."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

from playwright.async_api import Locator, expect

from services.desk.model.staff import Role
from shared.clock import real_now
from tests.support.at_work import WORDS, colleague
from tests.support.eventually import eventually
from tests.support.walking import Walk

ALSO = "I can't be away when the little ones come home. Who would be there?"
OURS = "I ring before six and we talk on the telephone"
A_SECOND = 1.0
"""And what a machine takes that has much else to do."""
PATIENCE = 2.0


async def do_a_days_work(walk: Walk) -> None:
    """Do what needs somebody, with the client in front of one or on the telephone."""
    name = f"Grace Okoro-{walk.width}"
    grace = await walk.work.client(name, wish="go_ahead")
    await walk.work.give(grace, colleague(Role.CASE_MANAGER))
    await _a_task(walk, name)
    await _what_else_gets_in_the_way(walk)
    await _a_plan(walk, grace)
    await _help(walk, grace)
    await _a_setback(walk, grace)
    await _everything(walk, grace)
    await _handed_over(walk, name)


async def _a_task(walk: Walk, name: str) -> None:
    """Today says what there is to do for whom; one of it is taken on and done."""
    page = walk.page
    rows = page.locator("li.task").filter(has_text=name)

    async def listed() -> bool:
        await walk.goes("/today")
        return await rows.count() > 0

    await eventually(listed, within=20)
    await walk.looked_at("today")
    if walk.width < 768:
        await page.get_by_text("Show: everything, of every kind").click()
    await page.get_by_role("link", name="Conversations").click()
    await rows.filter(has_text="if-then plan").get_by_role("heading").get_by_role("link").click()
    await walk.looked_at("task")
    await walk.presses("Take it on")
    await walk.presses("Begin")
    await page.get_by_label("Anything to remember?").fill("They would like to look at it together.")
    await walk.looked_at("task-begun")
    await walk.presses("It is done")
    await walk.sees("Today")
    await walk.goes("/today?whose=mine")
    await rows.first.get_by_role("link", name=name).click()


async def _what_else_gets_in_the_way(walk: Walk) -> None:
    """A form that is not whole, and one whose service does not answer, keep every word."""
    page = walk.page
    await walk.sees(WORDS)
    await walk.looked_at("client")
    await walk.follows("Something else gets in the way")
    await page.go_back()
    await walk.sees(WORDS)
    await page.go_forward()
    words = page.get_by_label("In their words")
    await words.fill(ALSO)
    await page.get_by_label("Quite a lot").check()
    await walk.presses("Write it down")
    await walk.sees("Please look again")
    await expect(words).to_have_value(ALSO)
    await walk.looked_at("barrier-again")
    await page.get_by_label("Just listen").check()
    await _saved_at_last(walk, words)


async def _saved_at_last(walk: Walk, words: Locator) -> None:
    page = walk.page
    intake = walk.work.system.processes["intake"]
    await intake.stop()
    await walk.presses("Write it down")
    await walk.sees("Nothing was lost, and it is not done yet")
    await expect(words).to_have_value(ALSO)
    await walk.looked_at("barrier-not-saved")
    await intake.start()
    await walk.presses("Write it down")
    await walk.sees("It was written down")
    await expect(page.get_by_role("heading", name="What gets in the way").first).to_be_attached()
    await expect(page.locator("#ways").get_by_text(ALSO)).to_have_count(1)
    await walk.looked_at("way")


async def _a_plan(walk: Walk, client_id: UUID) -> None:
    """A colleague agrees the plan while it is being worded: that is explained, and the words stay."""
    page = walk.page
    await walk.goes(f"/clients/{client_id}/way")
    await walk.follows("Agree it together")
    await page.get_by_label("then", exact=True).fill(OURS)
    await walk.looked_at("plan")
    plan = page.url.split("/")[-2]
    agreed = {"version": 1, "then_words": "my neighbour drives me on Thursdays"}
    await walk.work.send("barriers", f"/plans/{plan}/agree", agreed)
    await walk.presses("They agreed it")
    await walk.sees("changed this while you were writing")
    await expect(page.get_by_label("then", exact=True)).to_have_value(OURS)
    await walk.looked_at("plan-changed-meanwhile")
    await walk.goes(f"/clients/{client_id}/way")
    await walk.follows("Go through it once")
    await walk.presses("We went through it")
    await walk.sees("my neighbour drives me on Thursdays")
    await walk.looked_at("plan-gone-through")


async def _help(walk: Walk, client_id: UUID) -> None:
    """They choose another one than the first, it is asked, and it answers by telephone."""
    page = walk.page
    await walk.goes(f"/clients/{client_id}/referrals")
    await walk.looked_at("help")
    await page.locator("#asked .card-title a").first.click()
    await walk.looked_at("referral")
    await walk.work.allows(client_id)
    await walk.follows("Look at the others together")
    other = page.locator(".candidate").nth(1)
    name = await other.get_by_role("heading").inner_text()
    await other.get_by_role("radio").check()
    await walk.looked_at("candidates")
    await walk.presses("They would like this one")
    await expect(page.get_by_role("heading", name=name).first).to_be_visible()
    await walk.follows("Ask them")
    await walk.looked_at("ask")
    await walk.presses("They said yes: ask them")
    await walk.follows("They answered")
    await page.get_by_label("Yes, they can help").check()
    await walk.looked_at("answer")
    await walk.presses("Write it down")
    await walk.follows("They answered")
    await _a_meeting(walk)


async def _a_meeting(walk: Walk) -> None:
    page = walk.page
    await page.get_by_label("A meeting is arranged").check()
    await page.locator("#starts_at").fill(f"{real_now() + timedelta(days=7):%Y-%m-%d}")
    await page.locator("#time").fill("09:15")
    await walk.presses("Write it down")
    await walk.sees("at 09:15")
    await walk.looked_at("meeting")


async def _a_setback(walk: Walk, client_id: UUID) -> None:
    """Something did not work out: information."""
    page = walk.page
    await walk.goes(f"/clients/{client_id}")
    await walk.follows("Something did not work out")
    await page.get_by_label("What happened?").fill("The neighbour was away.")
    await walk.looked_at("setback")
    await walk.presses("Write it down")
    await walk.sees("The neighbour was away.")
    await walk.looked_at("setback-kept")


async def _handed_over(walk: Walk, name: str) -> None:
    """What is somebody else's to do goes to them with a note; a note that is missing is asked for."""
    page = walk.page
    await walk.goes("/today")
    row = page.locator("li.task").filter(has_text=name).filter(has_text="what got in the way")
    await row.get_by_role("heading").get_by_role("link").click()
    await page.get_by_text("Hand it over", exact=True).first.click()
    await page.get_by_label("To whom").select_option(label="Maren Holt")
    await walk.presses("Hand it over")
    await walk.sees("Please look again")
    await expect(page.get_by_label("To whom")).not_to_have_value("")
    await walk.looked_at("hand-over-again")
    await page.get_by_label("What should they know?").fill("She would rather be rung after six.")
    await walk.presses("Hand it over")
    await expect(page.locator("#task-who")).to_contain_text("Maren Holt has it")
    await walk.looked_at("handed-over")


async def _everything(walk: Walk, client_id: UUID) -> None:
    """Everything is there in order, says why, and what a colleague adds comes by itself where scripts run."""
    page = walk.page
    await walk.goes(f"/clients/{client_id}/timeline")
    await walk.looked_at("everything")
    line: Locator = page.locator("#line > li").nth(3)
    before = await line.bounding_box()
    begun = time.monotonic()
    await walk.work.send("intake", f"/clients/{client_id}/goals", {"words": "To sleep through the night."})
    if walk.scripts:
        await expect(page.locator("#news")).to_contain_text("new", timeout=10_000)
        assert time.monotonic() - begun < A_SECOND + PATIENCE
        assert await line.bounding_box() == before
        await page.locator("#news a").click()
    else:
        await eventually(lambda: _again(walk), within=10)
    await expect(page.locator("#line > li").first).to_contain_text("To sleep through the night.")
    await page.get_by_role("link", name="Why is this here?").first.click()
    await walk.looked_at("why")


async def _again(walk: Walk) -> bool:
    await walk.page.reload()
    return "To sleep through the night." in await walk.page.locator("#line > li").first.inner_text()
