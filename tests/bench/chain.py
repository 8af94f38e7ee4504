"""The main job, measured by the database's own commit times.

Barriers are written by intake's own command (`services.intake.api.conversation.state_barrier`), one
transaction each, by a process that acts as one more copy of intake. An event row is written in the same
transaction as the effects it tells of and never changes, so the commit time of its row is theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import nats

from deploy.local.services import role_of
from deploy.local.system import LocalSystem
from services.intake.api.conversation import NewBarrier, state_barrier
from shared.clock import RatedClock
from shared.db import create_pool
from shared.outbox import Publisher
from shared.unit_of_work import Database
from tests.support.eventually import eventually

WRITERS = 16
STAFF = UUID("01960000-0000-7000-8000-0000000000aa")

ANSWERED = """
with stated as (
    select data ->> 'barrier_id' as barrier, pg_xact_commit_timestamp(xmin) as at
    from intake.event where type = 'care.intake.barrier.stated.v1' and about = any($1)
), effects as (
    select data ->> 'barrier_id' as barrier, pg_xact_commit_timestamp(xmin) as at, 'referral' as what
    from navigation.event
    where type in ('care.navigation.referral.requested.v1', 'care.navigation.referral.drafted.v1')
    union all
    select data -> 'barrier_ids' ->> 0, pg_xact_commit_timestamp(xmin), 'task'
    from barriers.event where type = 'care.barriers.task.opened.v1'
    union all
    select data ->> 'barrier_id', pg_xact_commit_timestamp(xmin), 'plan'
    from barriers.event where type = 'care.barriers.plan.drafted.v1'
)
select s.barrier, s.at as stated_at,
    min(e.at) filter (where what = 'referral') as referral_at,
    min(e.at) filter (where what = 'task') as task_at,
    min(e.at) filter (where what = 'plan') as plan_at
from stated s left join effects e using (barrier)
group by s.barrier, s.at
"""

COUNTS = """
select
    (select count(*) from navigation.event where type like 'care.navigation.referral.%')
    + (select count(*) from navigation.event where type = 'care.navigation.help.unmatched.v1') as helped,
    (select count(*) from barriers.event where type = 'care.barriers.barrier.answered.v1') as answered,
    (select count(*) from reminders.inbox where consumer = 'reminders-barrier-answered') as reminded
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """What came of a run of barriers."""

    barriers: int
    per_second: float
    latencies_ms: Sequence[float]
    """From a barrier's commit to the commit of its referral and its task, whichever is later; ascending."""
    without_referral: int
    """Barriers for which no service fitted; they are answered by a task and counted in the rate."""

    def percentile(self, share: float) -> float:
        """The latency that this share of the barriers did not exceed, in milliseconds."""
        return self.latencies_ms[min(len(self.latencies_ms) - 1, int(len(self.latencies_ms) * share))]


@asynccontextmanager
async def intake_writer(system: LocalSystem) -> AsyncIterator[Database]:
    """One more copy of intake's write path: its role, its NATS user, its publisher."""
    pool = await create_pool(
        system.database_url(role_of("intake")), schema="intake", size=WRITERS, application="bench"
    )
    bus = await nats.connect(
        system.nats.url,
        user="intake",
        password=system.credentials.nats["intake"],
        inbox_prefix="_INBOX_intake",
    )
    publisher = Publisher(pool, bus)
    await publisher.start()
    try:
        yield Database(pool, hand_over=publisher.hand_over, clock=RatedClock())
    finally:
        await publisher.stop()
        await bus.close()
        await pool.close()


async def measure(
    system: LocalSystem,
    intake: Database,
    statements: Sequence[tuple[UUID, NewBarrier]],
    *,
    per_second: float | None = None,
) -> Chain:
    """State these barriers, as fast as it goes or at a steady pace, and wait until all are answered."""
    observer = await asyncpg.connect(system.database_url())
    try:
        before = await observer.fetchrow(COUNTS)
        assert before is not None
        await _state(intake, statements, per_second)
        wanted = [count + len(statements) for count in before]
        await eventually(lambda: _at_least(observer, wanted), within=300)
        return await _result(observer, statements)
    finally:
        await observer.close()


async def _state(
    database: Database, statements: Sequence[tuple[UUID, NewBarrier]], per_second: float | None
) -> None:
    waiting = iter(enumerate(statements))
    loop = asyncio.get_running_loop()
    start = loop.time()

    async def write() -> None:
        for number, (client, barrier) in waiting:
            if per_second is not None:
                await asyncio.sleep(max(0.0, start + number / per_second - loop.time()))
            async with database.transaction() as tx:
                await state_barrier(tx, client, barrier, stated_by=STAFF)

    await asyncio.gather(*(write() for _ in range(WRITERS)))


async def _at_least(observer: asyncpg.Connection[asyncpg.Record], wanted: Sequence[int]) -> bool:
    await asyncio.sleep(0.05)
    row = await observer.fetchrow(COUNTS)
    assert row is not None
    return all(count >= least for count, least in zip(row, wanted, strict=True))


async def _result(
    observer: asyncpg.Connection[asyncpg.Record], statements: Sequence[tuple[UUID, NewBarrier]]
) -> Chain:
    rows = await observer.fetch(ANSWERED, list({client for client, _ in statements}))
    rows = sorted(rows, key=lambda row: row["stated_at"])[-len(statements) :]
    ends = [max(at for at in (r["referral_at"], r["task_at"], r["plan_at"]) if at is not None) for r in rows]
    seconds = (max(ends) - rows[0]["stated_at"]).total_seconds()
    latencies = sorted(
        (max(row["referral_at"], row["task_at"]) - row["stated_at"]).total_seconds() * 1000
        for row in rows
        if row["referral_at"] is not None and row["task_at"] is not None
    )
    return Chain(
        barriers=len(rows),
        per_second=len(rows) / seconds,
        latencies_ms=latencies,
        without_referral=sum(row["referral_at"] is None for row in rows),
    )
