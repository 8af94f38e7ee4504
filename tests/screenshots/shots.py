"""Which pictures there are: who sees them, on which screens, and how one comes there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from playwright.async_api import Page, expect

from services.desk.model.staff import Role

WIDE, PHONE = "", "-phone"
BOTH = (WIDE, PHONE)
WORDS = "I can't get home in time for the little ones, the bus is gone by then."


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, and where it is taken."""

    name: str
    role: Role | None
    to: Callable[[Page], Awaitable[object]]
    """From the first page of this role to what is shown."""
    screens: Sequence[str] = (WIDE,)
    still: bool = True
    """Whether nothing keeps coming to the page; news do, where a page is live."""


def at(path: str) -> Callable[[Page], Awaitable[object]]:
    """Go to an address."""

    async def go(page: Page) -> None:
        await page.goto(path)

    return go


def of(name: str, *links: str) -> Callable[[Page], Awaitable[object]]:
    """Look for a client, open their page, and follow these links from there."""

    async def go(page: Page) -> None:
        await page.goto("/clients")
        await page.get_by_label("Look for somebody").fill(name)
        await page.get_by_role("button", name="Look", exact=True).click()
        await page.get_by_role("link", name=name).first.click()
        for words in links:
            link, button = (page.get_by_role(role, name=words) for role in ("link", "button"))
            await link.or_(button).first.click()
        await page.locator("main h1").wait_for()

    return go


async def _first_task(page: Page) -> None:
    await page.goto("/today")
    await (
        page.locator(".task")
        .filter(has_text=SAOIRSE)
        .get_by_role("heading")
        .get_by_role("link")
        .first.click()
    )
    await page.get_by_role("button", name="Take it on").wait_for()


async def _who(page: Page) -> None:
    """A conversation begins, and somebody of that name is on record."""
    await page.goto("/clients")
    await page.get_by_role("button", name="Register somebody").first.click()
    await page.get_by_label("What would they like to be called?").fill("Tom")
    await page.get_by_label("Full name").fill("Tomas Zielinski")
    for part, number in (("Day", "2"), ("Month", "9"), ("Year", "1978")):
        await page.get_by_label(part, exact=True).fill(number)
    await page.get_by_text("Are they on record already?").wait_for()
    await expect(page.locator(".kept")).to_contain_text("Saved at")


async def _in_the_way(page: Page) -> None:
    """What gets in the way is being written down, and the playbook hears something in it."""
    await _who(page)
    await page.goto(f"{page.url.rsplit('/', 1)[0]}/barrier-1")
    await page.get_by_label("In their own words", exact=True).fill(WORDS)
    await page.get_by_role("group", name="How much is it in the way").get_by_label("Quite a lot").check()
    await page.get_by_text("Because they said").first.wait_for()
    await page.locator("#prompts").get_by_text("You could ask").wait_for()


async def _candidates(page: Page) -> None:
    """Somebody for whom help was found, and who has not chosen yet."""
    prepared = page.locator("#asked > *").filter(has_text="Prepared, nobody was asked")
    for name in UNDECIDED:
        await of(name, "Help")(page)
        if await prepared.count():
            await prepared.first.get_by_role("heading").get_by_role("link").click()
            await page.get_by_role("button", name="Look at the others together").click()
            await page.get_by_text("Nobody is asked before they say so.").wait_for()
            return
    raise LookupError("nobody of the sample has help to choose from")


async def _service(page: Page) -> None:
    await page.goto("/directory?words=car")
    await page.locator("main a[href^='/directory/']").filter(has_text="Door-to-Door Car").first.click()
    await page.locator("main h1").wait_for()


WORKER, MANAGER, SUPERVISOR = Role.INTAKE, Role.CASE_MANAGER, Role.SUPERVISOR
AMINA, SAOIRSE = "Amina Diallo", "Saoirse Quinn"
UNDECIDED = ("Dafydd Llewellyn", "Siobhán Ní Bhriain", "Jasper Oyelaran", "Beatriz Carvalho")

SHOTS: Sequence[Shot] = (
    Shot("sign-in", None, at("/sign-in")),
    Shot("today", MANAGER, at("/today"), BOTH, still=False),
    Shot("task", MANAGER, _first_task, still=False),
    Shot("client", MANAGER, of(SAOIRSE), BOTH, still=False),
    Shot("in-the-way", MANAGER, of(SAOIRSE, "What gets in the way"), still=False),
    Shot("why", MANAGER, of(AMINA, "Help", "Why is this here"), still=False),
    Shot("candidates", MANAGER, _candidates, still=False),
    Shot("conversation", WORKER, _in_the_way, BOTH),
    Shot("alike", WORKER, _who),
    Shot("sheet", MANAGER, of(SAOIRSE, "The sheet for them"), still=False),
    Shot("team", SUPERVISOR, at("/team"), still=False),
    Shot("missing", SUPERVISOR, at("/figures/unmet"), still=False),
    Shot("playbook", SUPERVISOR, at("/playbook/transport"), still=False),
    Shot("service", Role.DIRECTORY_EDITOR, _service, still=False),
)
