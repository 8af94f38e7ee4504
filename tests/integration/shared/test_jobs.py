"""Work that time drives: again while there is more, not stopped by a bad run, finished at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from shared.clock import RatedClock
from shared.jobs import Job, JobRunner
from shared.run import running
from shared.settings import ServiceSettings
from tests.integration.shared.parcels import DEPOT
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import settings_for

HOUR = timedelta(hours=1)


@asynccontextmanager
async def repeating(
    run: Callable[[], Awaitable[int]], *, every: timedelta, rate: float = 1, grace: float = 5
) -> AsyncIterator[JobRunner]:
    runner = JobRunner([Job(name="test", every=every, run=run)], RatedClock(rate))
    await runner.start()
    yield runner
    await runner.stop(grace)


async def test_a_job_runs_again_at_once_while_it_finds_more_to_do() -> None:
    pieces = [100, 100, 7, 0, 5]
    done: list[int] = []

    async def run() -> int:
        done.append(pieces.pop(0))
        return done[-1]

    async with repeating(run, every=HOUR):
        await eventually(lambda: done, [100, 100, 7, 0])

    assert pieces == [5]


async def test_a_job_keeps_to_the_domains_clock() -> None:
    runs = 0

    async def run() -> int:
        nonlocal runs
        runs += 1
        return 0

    async with repeating(run, every=HOUR, rate=3600 * 50):
        await eventually(lambda: runs >= 5)


async def test_a_run_that_raises_is_tried_again_and_stops_no_other_job() -> None:
    runs = {"bad": 0, "good": 0}

    async def bad() -> int:
        runs["bad"] += 1
        raise LookupError

    async def good() -> int:
        runs["good"] += 1
        return 0

    every = timedelta(milliseconds=20)
    runner = JobRunner(
        [Job(name="bad", every=every, run=bad), Job(name="good", every=every, run=good)], RatedClock()
    )
    await runner.start()
    await eventually(lambda: min(runs.values()) >= 3)
    await runner.stop(1)


async def test_a_run_that_has_begun_is_finished_before_the_stop_and_no_other_begins() -> None:
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), 0

    async def run() -> int:
        nonlocal finished
        begun.set()
        await go_on.wait()
        finished += 1
        return 1

    async with repeating(run, every=HOUR) as runner:
        await begun.wait()
        stop = asyncio.create_task(runner.stop(5))
        await asyncio.wait([stop], timeout=0.05)
        assert not stop.done()
        go_on.set()
        await stop

    assert finished == 1


async def test_a_run_that_never_ends_does_not_outlast_the_grace_period() -> None:
    begun = asyncio.Event()

    async def run() -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    async with asyncio.timeout(5), repeating(run, every=HOUR, grace=0.1):
        await begun.wait()


async def test_old_answers_and_inbox_rows_are_forgotten_and_young_ones_kept(
    database: Database, nats: MessageServer, admin: asyncpg.Connection[asyncpg.Record], bus: Client
) -> None:
    await admin.execute(
        """
        insert into intake.inbox (consumer, event_id, handled_at)
        select 'x', gen_random_uuid(), clock_timestamp() - make_interval(days => d)
        from unnest(array[1, 30, 32]) d;
        insert into intake.idempotency (caller, key, route, request_hash, status, response, created_at)
        select gen_random_uuid(), 'k', 'r', '', 200, '{}', clock_timestamp() - make_interval(days => d)
        from unnest(array[1, 6, 8]) d;
        """
    )
    async with running(DEPOT, settings_for(ServiceSettings, "intake", database=database, nats=nats)):
        await eventually(lambda: admin.fetchval("select count(*) from intake.inbox"), 2)
        await eventually(lambda: admin.fetchval("select count(*) from intake.idempotency"), 2)
