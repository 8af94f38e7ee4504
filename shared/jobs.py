"""Work that time drives: each job does one bounded piece, says how much, and is run again.

Any number of copies may run the same job: pieces are claimed with `FOR UPDATE SKIP LOCKED`, never by
electing a leader. A run that raises is logged and tried again at the next turn.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from shared.clock import Clock
from shared.retry import describe
from shared.telemetry import JOB_FAILURES, JOB_RUNS

SHORTEST_SECONDS = 0.02

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A named piece of work. `run` returns how many things it did; above 0 it is run again at once.

    `every` is time of the domain's clock: at a rate of 60 a job of every minute runs each second, but
    never more often than every 20 ms. With `real_time` it is time of the wall clock at any rate: for what
    waits for other people's machines.
    """

    name: str
    every: timedelta
    run: Callable[[], Awaitable[int]]
    real_time: bool = False


class JobRunner:
    """Runs jobs side by side until stopped; a run that has begun is finished."""

    def __init__(self, jobs: Sequence[Job], clock: Clock) -> None:
        self._jobs = jobs
        self._clock = clock
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start every job."""
        self._tasks = [asyncio.create_task(self._repeat(job), name=f"job-{job.name}") for job in self._jobs]

    async def stop(self, grace: float) -> None:
        """Let the runs that have begun finish within `grace` seconds, then cancel them."""
        self._stopping.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, job: Job) -> None:
        rate = 1.0 if job.real_time else self._clock.rate
        pause = max(SHORTEST_SECONDS, job.every.total_seconds() / rate)
        while not self._stopping.is_set():
            if not await self._run(job):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run(self, job: Job) -> int:
        try:
            done = await job.run()
        except Exception as problem:  # noqa: BLE001 - one bad run must not end the job
            JOB_FAILURES.labels(job.name).inc()
            log.warning("job_failed", job=job.name, error=describe(problem))
            return 0
        JOB_RUNS.labels(job.name).inc(done)
        return done
