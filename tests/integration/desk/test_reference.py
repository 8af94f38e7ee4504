"""The playbook and the directory, read at the desk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from deploy.local.servers import MessageServer
from services.barriers.__main__ import SERVICE as BARRIERS
from services.barriers.settings import BarriersSettings
from services.desk.__main__ import SERVICE as DESK
from services.desk.model.staff import Role
from services.desk.settings import DeskSettings
from services.navigation.__main__ import SERVICE as NAVIGATION
from services.navigation.settings import NavigationSettings
from shared.run import running
from tests.support.builders_navigation import listing
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import SETTINGS, House
from tests.support.eventually import eventually
from tests.support.navigation import add_services
from tests.support.running import settings_for


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: object, clock: ManualClock
) -> AsyncIterator[House]:
    """The desk beside barriers and navigation, which knows one service."""
    async with AsyncExitStack() as stack:
        for_barriers = settings_for(BarriersSettings, "barriers", database=database, nats=nats)
        for_navigation = settings_for(NavigationSettings, "navigation", database=database, nats=nats)
        assert isinstance(for_barriers, BarriersSettings)
        assert isinstance(for_navigation, NavigationSettings)
        barriers = await stack.enter_async_context(running(BARRIERS, for_barriers, clock))
        navigation = await stack.enter_async_context(running(NAVIGATION, for_navigation, clock))
        async with navigation.database.reading() as conn:
            await add_services(conn, [listing(service_name="Lark Yard Drivers")])
        there = {"barriers_url": barriers.url, "navigation_url": navigation.url}
        for_desk = settings_for(DeskSettings, "desk", database=database, nats=nats, **SETTINGS, **there)
        assert isinstance(for_desk, DeskSettings)
        desk = await stack.enter_async_context(running(DESK, for_desk, clock))
        yield House(desk, bus, clock)  # type: ignore[arg-type]  # nothing is told here


async def test_a_case_manager_reads_what_to_listen_for_and_what_to_ask(house: House) -> None:
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        every = await eventually(
            lambda: browser.get("/playbook"), lambda answer: "on its way" not in answer.text
        )
        one = await browser.get("/playbook/transport")

    assert every.status_code == one.status_code == 200
    assert 'href="/playbook/transport"' in every.text
    assert "You could ask" in one.text
    assert "Words to listen for" in one.text


async def test_an_editor_finds_a_service_and_reads_whether_it_was_checked(house: House) -> None:
    async with house.browser(await house.hire(Role.DIRECTORY_EDITOR)) as browser:
        found = await eventually(
            lambda: browser.get("/directory", params={"words": "lark"}),
            lambda answer: "Lark Yard Drivers" in answer.text,
        )
        [address] = re.findall(r'href="/directory/([0-9a-f-]{36})"', found.text)
        one = await browser.get(f"/directory/{address}")
        nothing = await browser.get("/directory", params={"words": "zzzz"})

    assert one.status_code == 200
    assert "Checked" in one.text
    assert "Nothing fits all of this" in nothing.text
