"""A load of stated barriers on the whole system, and the reckoning afterwards: each answered exactly once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import nats
from nats.aio.client import Client

from deploy.local.credentials import OPERATOR
from deploy.local.sample import import_sample
from deploy.local.servers import Servers
from deploy.local.services import SERVICES
from deploy.local.system import LocalSystem, Plan
from services.intake.api.conversation import NewBarrier, state_barrier
from shared.unit_of_work import Database
from tests.bench.people import POSTCODES, barriers_of, register_clients
from tests.support.eventually import eventually

STAFF = UUID("01960000-0000-7000-8000-0000000000aa")
WITHIN = 75.0
"""Seconds until everything has settled, on a machine that has other things to do as well."""

ANSWERS = """
with stated as (
    select data ->> 'barrier_id' as barrier
    from intake.event where type = 'care.intake.barrier.stated.v1'
), answered as (
    select data ->> 'barrier_id' as barrier, count(*) as times
    from barriers.event where type = 'care.barriers.barrier.answered.v1' group by 1
), planned as (
    select data ->> 'barrier_id' as barrier, count(*) as times
    from barriers.event where type = 'care.barriers.plan.drafted.v1' group by 1
), helped as (
    select data ->> 'barrier_id' as barrier, count(*) as times
    from navigation.event
    where type in (
        'care.navigation.referral.requested.v1', 'care.navigation.referral.drafted.v1',
        'care.navigation.help.unmatched.v1'
    ) group by 1
)
select
    count(*) as stated,
    count(*) filter (where a.times = 1 and p.times = 1 and h.times = 1) as answered_once
from stated s
left join answered a using (barrier) left join planned p using (barrier) left join helped h using (barrier)
"""

LEFT_OVER = """
select (select count(*) from {0}.outbox) + (select count(*) from {0}.dead_letter)
    + (select count(*) from {0}.event) - (select count(*) from {0}.publication)
"""

CHECK_INS = """
select count(distinct client_id) as clients, count(*) as pending
from reminders.reminder where kind = 'check_in' and stage in ('scheduled', 'held')
"""


@asynccontextmanager
async def system_on(
    servers: Servers,
    folder: Path,
    *,
    copies: int = 1,
    environment: Mapping[str, Mapping[str, str]] | None = None,
) -> AsyncIterator[LocalSystem]:
    """The whole system with the sample directory, for one test alone."""
    plan = Plan(
        copies=dict.fromkeys(SERVICES, copies),
        environment=environment or {},
        ready_within=90,
        command=_mortal,
    )
    async with LocalSystem(folder / "home", plan, servers=servers) as system:
        await import_sample(system)
        yield system


def _mortal(service: str, verb: str) -> Sequence[str]:
    return (sys.executable, "-m", "tests.faults.system.mortal", service, verb)


async def clients_with_barriers(
    system: LocalSystem, clients: int, *, postcodes: Sequence[str] = POSTCODES
) -> Sequence[tuple[UUID, NewBarrier]]:
    """Register clients who consent; give what they will state, three barriers each."""
    headers = {"Authorization": "Bearer " + system.token("staff", ["intake"])}
    url = system.service_url("intake")
    return barriers_of(await register_clients(url, headers, clients, postcodes=postcodes))


async def state(intake: Database, statements: Sequence[tuple[UUID, NewBarrier]], *, pause: float) -> None:
    """State the barriers one after the other with a pause, each until it is committed."""
    for client, barrier in statements:
        while True:
            try:
                async with intake.transaction() as tx:
                    await state_barrier(tx, client, barrier, stated_by=STAFF)
                break
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
                # The database is away; whoever states a barrier tries again.
                await asyncio.sleep(0.2)
        await asyncio.sleep(pause)


@asynccontextmanager
async def operator(system: LocalSystem) -> AsyncIterator[Client]:
    """A connection that may watch and write everywhere."""
    bus = await nats.connect(system.nats.url, user=OPERATOR, password=system.credentials.nats[OPERATOR])
    try:
        yield bus
    finally:
        await bus.close()


async def reckon(system: LocalSystem, *, barriers: int, clients: int) -> None:
    """Wait until every count is as it must be; raises AssertionError with those that are not."""

    async def settled() -> tuple[int, ...]:
        connection = await asyncpg.connect(system.database_url())
        try:
            answers = await connection.fetchrow(ANSWERS)
            left = [int(await connection.fetchval(LEFT_OVER.format(name))) for name in SERVICES]
            checks = await connection.fetchrow(CHECK_INS)
            assert answers is not None
            assert checks is not None
            return (*answers, *left, *checks, await unread(system))
        finally:
            await connection.close()

    nothing = (0,) * len(SERVICES)
    await eventually(settled, (barriers, barriers, *nothing, clients, clients, 0), within=WITHIN)


async def unread(system: LocalSystem) -> int:
    """Messages that a durable consumer has not read or not acknowledged."""
    async with operator(system) as bus:
        stream = bus.jetstream()
        infos = [i for name in SERVICES for i in await stream.consumers_info(name.upper())]
    return sum((info.num_pending or 0) + (info.num_ack_pending or 0) for info in infos)
