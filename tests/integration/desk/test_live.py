"""News come by themselves to open pages, and what is being read stays where it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from html import unescape

import httpx
import pytest
from nats.aio.client import Client

from contracts.events.barriers import TaskMoved
from contracts.terms import TaskStatus
from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE
from services.desk.api.cookies import COOKIE
from services.desk.commands.signing_in import end_session
from services.desk.model.staff import Role
from services.desk.settings import DeskSettings
from shared.run import running
from tests.support.builders_desk import stated
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import SETTINGS, House, Person
from tests.support.desk_lists import a_client, a_task
from tests.support.running import settings_for


@pytest.fixture
async def sam(house: House) -> Person:
    return await house.hire(Role.CASE_MANAGER)


class Stream:
    """What an open page hears."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.aiter_lines()
        self.is_over = False
        """Whether it said that there is nothing to come back for."""

    async def touched(self, *, within: float = 3.0) -> int:
        """The position of the next touch; 0 when the stream has ended, or is to be left."""
        async with asyncio.timeout(within):
            async for line in self._lines:
                if line == "event: over":
                    self.is_over = True
                    return 0
                if line.startswith("data:"):
                    return int(line.removeprefix("data:"))
        return 0


@asynccontextmanager
async def listening(browser: httpx.AsyncClient, page: httpx.Response) -> AsyncIterator[Stream]:
    """Listen as a page does, at the address that it names."""
    address = re.search(r'sse-connect="([^"]+)"', page.text)
    assert address
    async with browser.stream("GET", unescape(address[1])) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


async def test_a_new_task_is_told_of_within_a_second_and_the_page_has_it(house: House, sam: Person) -> None:
    client_id = await a_client(house, with_=sam)
    async with house.browser(sam) as browser:
        page = await browser.get("/today")
        assert "Second" not in page.text
        async with listening(browser, page) as stream:
            await house.tell(a_task(client_id, "Second"))
            assert await stream.touched()
        assert "Second" in (await browser.get("/today")).text


async def test_what_came_between_the_page_and_its_stream_is_told_at_once(house: House, sam: Person) -> None:
    client_id = await a_client(house, with_=sam)
    async with house.browser(sam) as browser:
        page = await browser.get("/today")
        await house.told(a_task(client_id))
        async with listening(browser, page) as stream:
            assert await stream.touched()


async def test_somebody_from_whom_a_task_is_taken_hears_of_it(house: House, sam: Person) -> None:
    kay = await house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=sam.team_id)
    client_id = await a_client(house, team_id=sam.team_id)
    task = a_task(client_id)
    taken = {"client_id": client_id, "task_id": task.task_id, "status": TaskStatus.CLAIMED}
    await house.told(task, stated(TaskMoved, **taken, version=2, assignee=sam.id))
    async with house.browser(sam) as browser, listening(browser, await browser.get("/today")) as stream:
        await house.told(stated(TaskMoved, **taken, version=3, assignee=kay.id))
        assert await stream.touched()


async def test_whoever_looks_at_their_team_hears_of_every_client_of_it(house: House, sam: Person) -> None:
    kay = await house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=sam.team_id)
    client_id = await a_client(house, with_=kay)
    async with house.browser(sam) as browser:
        page = await browser.get("/today?whose=team")
        async with listening(browser, page) as stream:
            await house.told(a_task(client_id))
            assert await stream.touched()


async def test_a_change_for_another_persons_client_wakes_nobody_else(house: House, sam: Person) -> None:
    kay = await house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=sam.team_id)
    theirs, mine = await a_client(house, with_=kay), await a_client(house, with_=sam)
    async with house.browser(sam) as browser, listening(browser, await browser.get("/today")) as stream:
        await house.told(a_task(theirs, "Theirs"))
        before = await house.count("select last_value from pulse_position")
        await house.told(a_task(mine, "Mine"))
        assert await stream.touched() > before


async def test_nobody_listens_to_a_team_or_a_client_who_is_not_theirs(house: House, sam: Person) -> None:
    other = await house.hire(Role.CASE_MANAGER)
    client_id = await a_client(house, with_=other)
    async with house.browser(sam) as browser:
        assert (await browser.get(f"/live?topic={client_id}")).status_code == 403
        assert (await browser.get(f"/live?topic={sam.id}&topic={client_id}")).status_code == 403
        assert (await browser.get(f"/live?topic={other.id}")).status_code == 403
        assert (await browser.get(f"/live?topic={other.team_id}")).status_code == 403


async def test_a_stream_says_that_it_is_over_with_the_session(house: House, sam: Person) -> None:
    client_id = await a_client(house, with_=sam)
    async with house.browser(sam) as browser, listening(browser, await browser.get("/today")) as stream:
        async with house.service.database.transaction() as tx:
            await end_session(tx, browser.cookies[COOKIE])
        await house.told(a_task(client_id))
        # What is on its way is still told.
        told = 0
        while await stream.touched():
            told += 1
    assert told <= 2
    assert stream.is_over


async def test_open_pages_end_at_once_when_the_desk_stops(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> None:
    settings = settings_for(DeskSettings, "desk", database=database, nats=nats, **SETTINGS)
    assert isinstance(settings, DeskSettings)
    settings = settings.model_copy(update={"shutdown_grace_seconds": 20.0})
    async with AsyncExitStack() as opened:
        async with running(SERVICE, settings, clock) as service:
            house = House(service, bus, clock)
            browser = await opened.enter_async_context(house.browser(await house.hire(Role.CASE_MANAGER)))
            stream = await opened.enter_async_context(listening(browser, await browser.get("/today")))
            reading = asyncio.create_task(stream.touched(within=15))
            begun = asyncio.get_running_loop().time()
        assert await reading == 0
        assert not stream.is_over
        assert asyncio.get_running_loop().time() - begun < 5
