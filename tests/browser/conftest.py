"""Chromium in front of a running navigation, and a partner with nothing but e-mail.

Which Chromium: FOOTHOLD_TEST_CHROMIUM, or an installed one; `tests/browser/get-chromium` gets one. Without
one these tests fail and say so, unless FOOTHOLD_TEST_BROWSER=none leaves them out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.integration.navigation.conftest import clock, navigation
from tests.support.browser import NO_CHROMIUM, Watched, chromium, launched, left_out
from tests.support.links import LINKED

__all__ = ["clock", "navigation"]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests."""
    if left_out():
        pytest.skip("left out: FOOTHOLD_TEST_BROWSER=none")
    program = chromium()
    if program is None:
        pytest.fail(NO_CHROMIUM)
    async with launched(program) as browser:
        yield browser


@pytest.fixture
async def watched(browser: Browser) -> AsyncIterator[Watched]:
    """A page of a browser that has seen nothing yet."""
    context = await browser.new_context(locale="en-GB", timezone_id="America/Chicago")
    context.set_default_timeout(10_000)
    yield Watched(await context.new_page())
    await context.close()


@pytest.fixture
def further_settings() -> dict[str, object]:
    """Links are made, and may be opened often."""
    return {**LINKED, "navigation_link_visits_per_minute": 1000, "navigation_address_visits_per_minute": 1000}
