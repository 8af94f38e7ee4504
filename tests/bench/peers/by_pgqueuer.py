"""PgQueuer: enqueue inside the transaction, one worker that takes fifty at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.queries import Queries

from tests.bench.peers.job import EFFECT, STATE

WRITERS = 16
BATCH = 50


class Pgqueuer:
    """See `tests.bench.peers.job.Peer`."""

    async def install(self, url: str) -> None:
        """Create its schema."""
        connection = await asyncpg.connect(url)
        await Queries(AsyncpgDriver(connection)).install()
        await connection.close()

    async def state(self, url: str, barriers: list[UUID]) -> None:
        """Write barriers and enqueue their jobs."""
        waiting = iter(barriers)

        async def write() -> None:
            connection = await asyncpg.connect(url)
            queries = Queries(AsyncpgDriver(connection))
            for barrier in waiting:
                async with connection.transaction():
                    await connection.execute(STATE, barrier)
                    await queries.enqueue("answer", barrier.bytes)
            await connection.close()

        await asyncio.gather(*(write() for _ in range(WRITERS)))

    async def work(self, url: str) -> None:
        """Run the worker."""
        pool = await asyncpg.create_pool(url, min_size=4, max_size=WRITERS)
        queue = PgQueuer.from_asyncpg_connection(await asyncpg.connect(url))

        @queue.entrypoint("answer")
        async def answer(job: Job) -> None:
            assert job.payload is not None
            await pool.execute(EFFECT, UUID(bytes=job.payload))

        await queue.run(batch_size=BATCH, dequeue_timeout=timedelta(seconds=1))
