"""A supervisor's journey: who waits, where it gets stuck, who looked at what, and what we go by."""

from __future__ import annotations

from playwright.async_api import expect

from tests.support.eventually import eventually
from tests.support.walking import Walk

QUESTION = "  - What part of the way is the hard one?"


async def see_where_it_gets_stuck(walk: Walk) -> None:
    """Give those who wait to somebody, and look at what the team cannot see from within."""
    name = f"Leon Baptiste-{walk.width}"
    await walk.work.client(name, wish="ask_me_first")
    await walk.looked_at("today")
    await _somebody_waits(walk, name)
    await _figures(walk)
    await _who_looked(walk, name)
    await _playbook(walk)


async def _somebody_waits(walk: Walk, name: str) -> None:
    """Somebody who waits for a team is given to a colleague, with a note; nobody chosen is said first."""
    page = walk.page
    row = page.locator("#clients > li").filter(has_text=name)

    async def listed() -> bool:
        await walk.goes("/team/clients?who=waiting")
        return await row.count() > 0

    await eventually(listed, within=20)
    await page.get_by_label("What should they know?").fill("He works late; ring after six.")
    await row.get_by_role("checkbox").check()
    await walk.presses("Hand over")
    await walk.sees("Please look again")
    await expect(page.get_by_label("What should they know?")).to_have_value("He works late; ring after six.")
    await walk.looked_at("hand-over-again")
    await page.get_by_label("To whom").select_option(label="Sam Okoro")
    await walk.presses("Hand over")
    await expect(row).to_have_count(0)
    await walk.goes("/team")
    await walk.looked_at("team")
    await walk.follows("Sam Okoro")
    await expect(page.get_by_role("link", name=name)).to_be_visible()
    await walk.looked_at("caseload")
    await walk.follows(name)
    await walk.looked_at("client")
    await page.go_back()
    await expect(page.get_by_role("link", name=name)).to_be_visible()


async def _figures(walk: Walk) -> None:
    """Partners, barriers and what is missing; each leaves as a table."""
    page = walk.page
    await walk.goes("/partners?whose=team")
    await walk.looked_at("partners")
    for part, file, column in (
        ("barriers", "barriers.csv", "stated"),
        ("unmet", "unmet.csv", "category"),
    ):
        await walk.goes(f"/figures/{part}")
        await walk.looked_at(part)
        async with page.expect_download() as coming:
            await walk.follows("As a table for a spreadsheet (CSV)")
        download = await coming.value
        assert download.suggested_filename == file
        assert column in (await download.path()).read_text().splitlines()[0]


async def _who_looked(walk: Walk, name: str) -> None:
    """The audit is searched by who, what and whom."""
    page = walk.page
    await walk.goes("/access")
    await walk.looked_at("access")
    await page.get_by_label("Who", exact=True).select_option(label="Maren Holt")
    await walk.presses("Show")
    await page.get_by_role("link", name=name).first.click()
    await walk.sees("About one client only.")
    await walk.looked_at("access-one-client")
    await page.go_back()
    await expect(page.get_by_label("Who", exact=True)).not_to_have_value("")


async def _playbook(walk: Walk) -> None:
    """What we go by is read, changed in a copy, tried on what was answered, published, and gone back to."""
    await walk.goes("/playbook")
    await walk.looked_at("playbook")
    await walk.follows("Getting there")
    await walk.looked_at("playbook-kind")
    await walk.follows("Change this")
    await _changed(walk)
    await _tried_and_published(walk)
    await _gone_back(walk)


async def _changed(walk: Walk) -> None:
    """A slip is said by its line, and the text stays."""
    page = walk.page
    text = page.locator("#text")
    before = await text.input_value()
    slip = before.replace("  then:", "  thn:")
    await text.fill(slip)
    await walk.presses("Check it and keep it")
    await expect(page.locator(".govuk-error-summary")).to_be_visible()
    await expect(text).to_have_value(slip)
    await walk.looked_at("playbook-slip")
    await text.fill(before.replace(QUESTION, f"{QUESTION}\n  - Who has come along before, in {walk.width}?"))
    await walk.presses("Check it and keep it")
    await walk.sees("It is kept in your copy")
    await walk.looked_at("playbook-copy")


async def _tried_and_published(walk: Walk) -> None:
    page = walk.page
    await walk.presses("Try it")
    await expect(page.get_by_role("link", name="Your copy")).to_be_visible()
    await walk.looked_at("playbook-trial")
    await walk.follows("Your copy")
    await page.get_by_label("What did you change, and why?").fill("It came up in the team.")
    await walk.presses("Publish it as a new version")
    await walk.sees("It is in force.")
    await walk.looked_at("playbook-published")


async def _gone_back(walk: Walk) -> None:
    await walk.goes("/playbook/versions")
    await walk.looked_at("playbook-versions")
    await walk.goes("/playbook/versions/1")
    await walk.follows("Go back to this version")
    await walk.page.get_by_label("Why go back?").fill("Once more with what we know.")
    await walk.presses("Go back to version 1")
    await walk.sees("Brought back version 1")
    await walk.looked_at("playbook-gone-back")
