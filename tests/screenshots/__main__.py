"""`make screenshots`: start a system with the sample, take every picture anew, leave nothing else behind.

Needs a Chromium, as the tests in tests/browser do.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize

from deploy.local.sample.living import with_sample
from deploy.local.settings import ROOT
from deploy.local.system import LocalSystem, Plan
from services.desk.model.staff import Role
from tests.screenshots.shots import SHOTS, Shot
from tests.support.at_work import colleague
from tests.support.browser import NO_CHROMIUM, chromium, launched

FOLDER = ROOT / "docs" / "screenshots"
SCREENS: Mapping[str, ViewportSize] = {
    "": {"width": 1280, "height": 800},
    "-phone": {"width": 375, "height": 760},
}
HEAVIEST = 150_000
"""Bytes of a picture; a checkout holds all of them for ever."""


def tell(message: str) -> None:
    """Say what is going on."""
    print(message, file=sys.stderr, flush=True)


async def main() -> int:
    """Take all pictures; whether one is too heavy is said at the end."""
    program = chromium()
    if program is None:
        tell(NO_CHROMIUM)
        return 1
    with tempfile.TemporaryDirectory(prefix="foothold-screenshots-") as folder:
        home = Path(folder)
        # PostgreSQL runs as somebody else where we are root.
        home.chmod(0o755)
        sample = with_sample(home / "home", Plan(), report=tell)
        async with sample as system, launched(program) as browser:
            taken = [await _take(system, browser, shot, screen) for shot in SHOTS for screen in shot.screens]
    for old in set(FOLDER.glob("*.png")) - set(taken):
        old.unlink()
    heavy = [path.name for path in taken if path.stat().st_size > HEAVIEST]
    tell(f"{len(taken)} pictures are in {FOLDER.relative_to(ROOT)}; too heavy: {heavy or 'none'}")
    return 1 if heavy else 0


async def _take(system: LocalSystem, browser: Browser, shot: Shot, screen: str) -> Path:
    path = FOLDER / f"{shot.name}{screen}.png"
    path.parent.mkdir(exist_ok=True)
    async with _somebody_at(system, browser, shot.role, SCREENS[screen]) as page:
        await shot.to(page)
        await page.wait_for_load_state("networkidle" if shot.still else "load")
        await page.evaluate("document.activeElement.blur()")
        await page.screenshot(path=path, animations="disabled", caret="hide", scale="css")
    tell(f"{path.stat().st_size // 1000:4} kB  {path.name}")
    return path


@asynccontextmanager
async def _somebody_at(
    system: LocalSystem, browser: Browser, role: Role | None, screen: ViewportSize
) -> AsyncIterator[Page]:
    """A page in front of somebody of this role, who has just signed in; or of nobody yet."""
    context = await browser.new_context(
        base_url=system.service_url("desk"), locale="en-GB", timezone_id="Europe/London", viewport=screen
    )
    context.set_default_timeout(20_000)
    try:
        page = await context.new_page()
        await page.goto("/sign-in")
        if role is not None:
            await page.get_by_label("E-mail address").fill(colleague(role).email)
            await page.locator("#password").fill(system.credentials.colleagues[role])
            await page.get_by_role("button", name="Sign in", exact=True).click()
            await page.get_by_role("button", name="Sign out").wait_for()
        yield page
    finally:
        await context.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
