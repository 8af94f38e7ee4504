"""A real Chromium that may talk to this machine only, and what every page of ours must keep in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = (375, 1200)
HERE = "127.0.0.1"
NO_CHROMIUM = (
    "There is no Chromium for these tests. Install one (as root on Debian: tests/browser/get-chromium), or"
    " name one with FOOTHOLD_TEST_CHROMIUM=path. To leave these tests out knowingly, say"
    " FOOTHOLD_TEST_BROWSER=none."
)
AXE = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


def left_out() -> bool:
    """Whether whoever runs the tests said that there is to be no browser."""
    return os.environ.get("FOOTHOLD_TEST_BROWSER") == "none"


def chromium() -> str | None:
    """The Chromium to use: the one that is named, or else one that is installed."""
    named = os.environ.get("FOOTHOLD_TEST_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@asynccontextmanager
async def launched(program: str) -> AsyncIterator[Browser]:
    """A Chromium, for as long as the block lasts; no name but this machine's leads anywhere."""
    arguments = [f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}", "--disable-background-networking"]
    if os.geteuid() == 0:
        # Chromium's own sandbox does not start as root.
        arguments.append("--no-sandbox")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        await browser.close()


@dataclass
class Watched:
    """A page, with everything that it asked for and complained about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._ask)
        self.page.on("console", self._complain)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)

    def _complain(self, message: ConsoleMessage) -> None:
        # That the page itself came with another status than 200 is no fault of the page.
        of_itself = message.location.get("url") == self.page.url and "status of" in message.text
        if message.type in {"error", "warning"} and not of_itself:
            self.complaints.append(message.text)

    async def holds(self, name: str) -> None:
        """Check the page as it stands, at both widths: accessible, nothing cut off, nothing asked elsewhere.

        Pictures are left in FOOTHOLD_TEST_SHOTS, where that names a folder, for somebody to look at.
        """
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            found = await Axe().run(self.page, options=AXE)
            assert found.violations_count == 0, f"{name} at {width} px:\n{found.generate_report()}"
            await self.fits(f"{name} at {width} px")
            if shots := os.environ.get("FOOTHOLD_TEST_SHOTS"):
                await self.page.screenshot(path=Path(shots) / f"{name}-{width}.png", full_page=True)
        assert self.complaints == [], f"{name}: {self.complaints}"
        assert {urlsplit(url).hostname for url in self.asked} == {HERE}, name

    async def fits(self, name: str) -> None:
        """Check that nobody has to scroll sideways."""
        wider = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, f"{name}: {wider} px are cut off"
