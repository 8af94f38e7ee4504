"""Procrastinate: defer inside the transaction, one worker with twenty jobs at a time."""

from __future__ import annotations

import asyncio
from uuid import UUID

import procrastinate
import psycopg_pool

from tests.bench.peers.job import EFFECT_PSYCOPG, STATE_PSYCOPG

WRITERS = 16
CONCURRENCY = 20


def _app(url: str) -> procrastinate.App:
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=WRITERS)
    )


class Procrastinate:
    """See `tests.bench.peers.job.Peer`."""

    async def install(self, url: str) -> None:
        """Create its schema."""
        async with _app(url).open_async() as app:
            await app.schema_manager.apply_schema_async()

    async def state(self, url: str, barriers: list[UUID]) -> None:
        """Write barriers and defer their jobs."""
        app = _app(url)
        pool = psycopg_pool.AsyncConnectionPool(url, min_size=WRITERS, max_size=WRITERS, open=False)
        waiting = iter(barriers)

        async def write() -> None:
            for barrier in waiting:
                async with pool.connection() as connection, connection.transaction():
                    await connection.execute(STATE_PSYCOPG, {"id": barrier})
                    await app.configure_task("answer", connection=connection).defer_async(
                        barrier=str(barrier)
                    )

        async with app.open_async(), pool:
            await asyncio.gather(*(write() for _ in range(WRITERS)))

    async def work(self, url: str) -> None:
        """Run the worker."""
        app = _app(url)
        pool = psycopg_pool.AsyncConnectionPool(url, min_size=4, max_size=CONCURRENCY, open=False)

        @app.task(name="answer")
        async def answer(barrier: str) -> None:
            async with pool.connection() as connection:
                await connection.execute(EFFECT_PSYCOPG, {"id": barrier})

        async with pool, app.open_async():
            await app.run_worker_async(concurrency=CONCURRENCY, delete_jobs="successful")
