"""The process that sends is killed in the middle of it, again and again: nothing is lost or reordered."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contracts.published.events import Verb
from shared.clock import RatedClock
from shared.db import create_pool
from shared.unit_of_work import Database as ServiceDatabase
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.receiver import Received, Reply, receiving
from tests.support.webhooks import PostOffice

PROGRAM = Path(__file__).with_name("sender_process.py")
ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def sending(url: str) -> AsyncIterator[None]:
    """A process that sends; killed without warning when the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        url,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"sending\n"
    try:
        yield
    finally:
        process.kill()
        await process.wait()


@pytest.mark.slow
async def test_killed_again_and_again_nothing_is_lost_and_every_repeat_has_the_same_id(
    database: Database,
) -> None:
    url = database.url("navigation")
    pool = await create_pool(url, schema="navigation", size=3, application="faults")
    office = PostOffice(ServiceDatabase(pool, hand_over=lambda _: None, clock=RatedClock()))
    chance = random.Random(11)

    async def slowly(_: Received) -> Reply:
        await asyncio.sleep(chance.uniform(0.0, 0.05))
        return Reply()

    async with receiving() as receiver:
        receiver.behave = slowly
        told = []
        for _ in range(5):
            organization_id = await office.partner(receiver)
            told += await office.refer(
                organization_id, Verb.REQUESTED, Verb.ANSWERED, Verb.CANCELLED, many=20
            )
        for more in (15, 60, 120):
            async with sending(url):
                before = len(receiver.received)
                await eventually(lambda: len(receiver.received) - before, lambda n: n >= more, within=20)  # noqa: B023
        async with sending(url):
            await eventually(lambda: delivered(office), 300, within=30)
    await pool.close()

    said = {str(event.id) for _, events in told for event in events}
    assert set(receiver.ids) == said
    # What was in hand at a kill may come twice, no more than that.
    assert len(receiver.ids) <= len(said) + 3 * 5 * 4
    for _, events in told:
        places = [receiver.ids.index(str(event.id)) for event in events]
        assert places == sorted(places)


async def delivered(office: PostOffice) -> int:
    async with office.database.reading() as conn:
        return int(await conn.fetchval("select count(*) from delivery where state = 'delivered'"))
