"""Four people get through their day: at both widths, and each with scripts and without.

All in one file, so that one running system is enough for all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser

from services.desk.model.staff import Role
from tests.browser.desk.journeys.case_manager import do_a_days_work
from tests.browser.desk.journeys.editor import keep_it_right
from tests.browser.desk.journeys.intake import hear_out
from tests.browser.desk.journeys.supervisor import see_where_it_gets_stuck
from tests.support.at_work import AtWork, colleague
from tests.support.walking import Walk, walking

WIDE, PHONE = 1280, 375
WAYS = (
    (Role.INTAKE, WIDE, True, hear_out),
    (Role.INTAKE, PHONE, False, hear_out),
    (Role.CASE_MANAGER, WIDE, False, do_a_days_work),
    (Role.CASE_MANAGER, PHONE, True, do_a_days_work),
    (Role.SUPERVISOR, WIDE, True, see_where_it_gets_stuck),
    (Role.SUPERVISOR, PHONE, False, see_where_it_gets_stuck),
    (Role.DIRECTORY_EDITOR, WIDE, False, keep_it_right),
    (Role.DIRECTORY_EDITOR, PHONE, True, keep_it_right),
)


@pytest.mark.parametrize(("role", "width", "scripts", "journey"), WAYS)
async def test_from_signing_in_to_done(
    work: AtWork,
    browser: Browser,
    *,
    role: Role,
    width: int,
    scripts: bool,
    journey: Callable[[Walk], Awaitable[None]],
) -> None:
    async with walking(work, browser, role, width=width, scripts=scripts) as walk:
        await walk.signs_in(colleague(role))
        await journey(walk)
        await walk.signs_out()
