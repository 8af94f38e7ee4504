"""Somebody's way through the desk in a browser, and what must hold on every page that they come by."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Route, ViewportSize, expect

from deploy.local.accounts import Colleague
from services.desk.api.pages import assets
from tests.support.at_work import AtWork
from tests.support.browser import AXE, HERE, Watched

HEAVIEST = 100_000
"""Bytes of a page with all that belongs to it, as they come over the line."""
NO_SCRIPTS = "script-src 'none'; object-src 'none'"


@dataclass
class Walk:
    """One person at the desk, on a screen of some width, whose browser runs scripts or does not."""

    work: AtWork
    watched: Watched
    width: int
    scripts: bool
    beside: Page
    """Where pages are judged that came to a browser without scripts."""
    name: str
    visited: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """What they have before them."""
        return self.watched.page

    async def goes(self, path: str) -> None:
        """Open an address of the desk."""
        await self.page.goto(f"{self.work.desk}{path}")

    async def signs_in(self, who: Colleague) -> None:
        """Sign in with their first password, after a slip."""
        await self.goes("/")
        await self.looked_at("sign-in")
        await self.page.get_by_label("E-mail address").fill(who.email)
        await self.page.locator("#password").fill("not this one")
        await self.presses("Sign in")
        await expect(self.page.get_by_text("do not go together").first).to_be_visible()
        await expect(self.page.get_by_label("E-mail address")).to_have_value(who.email)
        await self.looked_at("sign-in-again")
        await self.page.locator("#password").fill(self.work.password(who))
        await self.presses("Sign in")

    async def signs_out(self) -> None:
        """Leave."""
        await self.presses("Sign out")
        await expect(self.page.get_by_role("button", name="Sign in")).to_be_visible()

    async def presses(self, words: str) -> None:
        """Press a button that says exactly this."""
        await self.page.get_by_role("button", name=words, exact=True).first.click()

    async def follows(self, words: str, *, within: Locator | None = None) -> None:
        """Follow a link that says exactly this, whether it looks like a button or not."""
        where = self.page if within is None else within
        link, button = (where.get_by_role(role, name=words, exact=True) for role in ("link", "button"))
        await link.or_(button).first.click()

    async def sees(self, words: str) -> None:
        """Wait until these words stand there."""
        await expect(self.page.get_by_text(words).first).to_be_visible()

    async def looked_at(self, what: str) -> None:
        """Check the page as it stands: for everybody, whole, light, quiet, and nothing asked elsewhere.

        Pictures are left in FOOTHOLD_TEST_SHOTS, where that names a folder, for somebody to look at.
        """
        where = f"{self.name}, {what}, {urlsplit(self.page.url).path}"
        self.visited.append(what)
        await self.page.wait_for_load_state()
        html = await self.page.content()
        assert await self.page.get_attribute("html", "lang") == "en", where
        assert (await self.page.title()).endswith(" - Foothold"), where
        found = await Axe().run(await self._to_judge(html), options=AXE)
        assert found.violations_count == 0, f"{where}:\n{found.generate_report()}"
        await self.watched.fits(where)
        assert await self._weight(html) <= HEAVIEST, where
        assert self.watched.complaints == [], f"{where}: {self.watched.complaints}"
        assert {urlsplit(url).hostname for url in self.watched.asked} == {HERE}, where
        if shots := os.environ.get("FOOTHOLD_TEST_SHOTS"):
            await self.page.screenshot(path=Path(shots) / f"{self.name}-{what}.png", full_page=True)

    async def _to_judge(self, html: str) -> Page:
        """The page itself; or, since axe is a script, the same in a window that runs axe and nothing else."""
        if self.scripts:
            return self.page

        async def again(route: Route) -> None:
            headers = {"Content-Security-Policy": NO_SCRIPTS}
            await route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)

        address = self.page.url.partition("#")[0]
        await self.beside.route(address, again)
        await self.beside.goto(address)
        await self.beside.unroute(address, again)
        return self.beside

    async def _weight(self, html: str) -> int:
        """How much came for this page, where the browser has seen none of it before."""
        named = "link[rel=stylesheet], link[rel=icon], script[src], img[src], body[data-govuk]"
        addresses: list[str] = await self.page.locator(named).evaluate_all(
            "all => all.map(one => one.dataset.govuk || one.getAttribute('src') || one.getAttribute('href'))"
        )
        return len(html.encode()) + sum(_squeezed().get(address, 0) for address in set(addresses))


@cache
def _squeezed() -> dict[str, int]:
    """How much comes for each of the desk's files."""
    return {one.address: len(gzip.compress(one.content, mtime=0)) for one in assets().values()}


@asynccontextmanager
async def walking(
    work: AtWork, browser: Browser, name: str, *, width: int, scripts: bool
) -> AsyncIterator[Walk]:
    """Sit somebody down in front of a browser that has seen nothing yet."""
    screen: ViewportSize = {"width": width, "height": 800}
    context = await browser.new_context(
        locale="en-GB", timezone_id="Europe/London", viewport=screen, java_script_enabled=scripts
    )
    other = await browser.new_context(locale="en-GB", viewport=screen)
    context.set_default_timeout(15_000)
    try:
        page, beside = await context.new_page(), await other.new_page()
        yield Walk(work, Watched(page), width, scripts, beside, f"{name}-{width}")
    finally:
        await context.close()
        await other.close()
