"""500 partners, 50 of them dead, and 10,000 referrals: the healthy ones notice nothing of the dead ones.

In one process: the sender with its job as navigation runs it, a receiver for all partners, and whoever writes
the notices, in batches as a service under load commits them. What this machine can send at all is measured
first, and the pace is half of that, so that what is seen is what the dead cost the healthy and not a queue
that no sender could avoid. Where the machine slows down meanwhile, the writer waits for the healthy: never
are more of theirs under way than go out in half a second. Were the dead in anybody's way, those would not
arrive in time. The percentiles are printed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.published.events import Verb
from deploy.local.ports import free_port
from services.navigation.commands.webhooks import enable
from services.navigation.model.referrals import Referral
from services.navigation.policy import webhooks as policy
from services.navigation.store import webhook_deliveries
from shared.clock import RatedClock
from shared.db import create_pool
from shared.ids import new_id
from shared.jobs import Job, JobRunner
from shared.unit_of_work import Database as ServiceDatabase
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.receiver import Received, Receiver, Reply, receiving
from tests.support.webhooks import PostOffice, add_referrals, tell

PARTNERS, REFUSING, HANGING = 500, 25, 25
REFERRALS = 10_000
BATCH = 25
SLOWEST_PACE, FASTEST_PACE = 200.0, 500.0
"""Referrals per second; slower than this, the test would not end in time."""


@dataclass
class Load:
    """What was written when, and what arrived when. Times are the loop's."""

    office: PostOffice
    healthy: Sequence[UUID] = ()
    dead: Sequence[UUID] = ()
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    written: dict[UUID, float] = field(default_factory=dict)
    for_the_healthy: set[UUID] = field(default_factory=set)
    arrived: dict[UUID, float] = field(default_factory=dict)
    """When each came in for the first time."""
    order: dict[UUID, list[UUID]] = field(default_factory=dict)
    """The notices of each referral, in the order in which they were said."""
    hanging: set[str] = field(default_factory=set)
    _referrals: list[Referral] = field(default_factory=list)

    def take(self, received: Received) -> Reply:
        """Be everybody's endpoint."""
        self.arrived.setdefault(UUID(received.id), received.at)
        return Reply(silence=received.path in self.hanging)

    @property
    def outstanding(self) -> int:
        """How many notices have been written for healthy partners and not arrived."""
        return len(self.for_the_healthy - self.arrived.keys())

    async def write(self, organization_ids: Sequence[UUID]) -> None:
        """Commit a referral for each of these, and something new about some of the earlier ones."""
        about = self.chance.sample(self._referrals, min(len(self._referrals), len(organization_ids) // 5))
        async with self.office.database.transaction() as tx:
            made = await add_referrals(tx.conn, organization_ids)
            said = [(each, Verb.REQUESTED) for each in made] + [(each, Verb.UNANSWERED) for each in about]
            told = await tell(tx.conn, said)
        now, well = asyncio.get_running_loop().time(), set(self.healthy)
        self._referrals = [*self._referrals[-500:], *made]
        for event in sorted(told, key=lambda event: (event.referral_id, event.sequence)):
            self.written[event.id] = now
            self.order.setdefault(event.referral_id, []).append(event.id)
            if event.organization_id in well:
                self.for_the_healthy.add(event.id)

    async def settled(self) -> None:
        """Wait until everything for the healthy has arrived."""
        await eventually(lambda: self.outstanding, 0, within=30)

    async def able(self) -> float:
        """How many notices a second can be sent here at all, seen on a first burst."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        for _ in range(20):
            await self.write(self.chance.sample(self.healthy, BATCH))
        await self.settled()
        return len(self.written) / (clock() - begun)

    async def pace(self, per_second: float, *, most_outstanding: int) -> None:
        """Write the rest, spread over all partners, at an even pace, with an eye on what is outstanding."""
        clock, everybody = asyncio.get_running_loop().time, [*self.healthy, *self.dead]
        begun = clock()
        for done in range(0, REFERRALS, BATCH):
            await asyncio.sleep(max(0.0, begun + done / per_second - clock()))
            await eventually(lambda: self.outstanding <= most_outstanding, within=30)
            await self.write(self.chance.sample(everybody, BATCH))

    def waits(self, *, but: set[UUID]) -> list[float]:
        """How long the notices for healthy partners were on their way, in seconds."""
        return sorted(self.arrived[each] - self.written[each] for each in self.for_the_healthy - but)


@pytest.fixture
async def office(database: Database) -> AsyncIterator[PostOffice]:
    pool = await create_pool(database.url("navigation"), schema="navigation", size=6, application="faults")
    clock = RatedClock()
    yield PostOffice(
        ServiceDatabase(pool, hand_over=lambda _: None, clock=clock),
        seconds=15.0,
        lease=timedelta(seconds=45),
        most_at_once=256,
    )
    await pool.close()


@asynccontextmanager
async def sending(office: PostOffice) -> AsyncIterator[None]:
    """Send, as navigation does, for as long as the block lasts."""
    async with office.sender() as sender:
        job = Job(name="send-webhooks", every=timedelta(seconds=0.2), run=sender.run, real_time=True)
        runner = JobRunner([job], RatedClock())
        await runner.start()
        try:
            yield
        finally:
            await runner.stop(2)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_dead_delay_nobody_and_nothing_is_lost_or_out_of_order(office: PostOffice) -> None:
    load, revived = Load(office), Receiver(port=free_port())
    revived.behave = load.take
    async with receiving() as receiver, sending(office):
        receiver.behave = load.take
        load.healthy = [await office.partner(receiver) for _ in range(PARTNERS - REFUSING - HANGING)]
        load.dead = await _dead_partners(load, receiver, revived)
        able = await load.able()
        burst = set(load.written)
        per_second = max(SLOWEST_PACE, min(FASTEST_PACE, able / 2))
        began = asyncio.get_running_loop().time()
        await load.pace(per_second, most_outstanding=max(BATCH, int(able / 2)))
        await load.settled()
        _report(load, but=burst, aimed=per_second, able=able, began=began)
        await _the_dead_were_left_in_peace(load)
        await _every_query_has_its_index(office, load.healthy)

        await revived.start()
        load.hanging.clear()
        # What hangs now fails once more, when its time is over, before anybody can make it due.
        await eventually(office.nothing_in_hand, within=30)
        for organization_id in load.dead:
            async with office.database.transaction() as tx:
                await enable(tx, organization_id)
        await eventually(lambda: counted(office, "delivered"), len(load.written), within=60)
        await revived.stop()

    assert set(load.arrived) == set(load.written)
    for events in load.order.values():
        came = [load.arrived[event] for event in events]
        assert came == sorted(came)


async def _dead_partners(load: Load, receiver: Receiver, refusing: Receiver) -> list[UUID]:
    dead = [await load.office.partner(refusing) for _ in range(REFUSING)]
    for number in range(HANGING):
        load.hanging.add(f"/hook/{number}")
        dead.append(await load.office.partner(f"{receiver.url}/{number}"))
    return dead


def _report(load: Load, *, but: set[UUID], aimed: float, able: float, began: float) -> None:
    waits = load.waits(but=but)
    took = asyncio.get_running_loop().time() - began
    p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(  # noqa: T201 - a measurement that people want to see
        f"\n{len(load.written)} notices, {REFERRALS / took:.0f} referrals/s (aimed at {aimed:.0f}, able to"
        f" send {able:.0f}/s); the healthy had theirs after {p50 * 1000:.0f} ms (p50),"
        f" {p99 * 1000:.0f} ms (p99), {waits[-1] * 1000:.0f} ms at most"
    )
    assert p99 < 2.0


async def _the_dead_were_left_in_peace(load: Load) -> None:
    """What they did not take waits, and they were not asked for each of it."""
    theirs = len(load.written) - len(load.for_the_healthy)
    await eventually(lambda: counted(load.office, "waiting"), theirs, within=30)
    async with load.office.database.reading() as conn:
        attempts = await conn.fetchval(
            "select count(*) from webhook_attempt where organization_id = any($1::uuid[])", load.dead
        )
    assert policy.FAILURES_TO_OPEN * len(load.dead) / 2 <= attempts < theirs


async def counted(office: PostOffice, state: str) -> int:
    async with office.database.reading() as conn:
        return int(await conn.fetchval("select count(*) from delivery where state = $1", state))


async def _every_query_has_its_index(office: PostOffice, some: Sequence[UUID]) -> None:
    """With 10,000 deliveries and more, whatever looks for work looks at the work and at nothing else."""
    lease = timedelta(seconds=30)
    questions: list[tuple[str, tuple[object, ...]]] = [
        (webhook_deliveries.READY_ENDPOINTS, (64,)),
        (webhook_deliveries.IN_HAND, (some[:64],)),
        (webhook_deliveries.CLAIM, (some[:64], [4] * 64, new_id(), lease)),
        (webhook_deliveries.GIVE_UP_OLD, (policy.LONGEST,)),
        (webhook_deliveries.HURRY, (some[0],)),
        (webhook_deliveries.COUNTS, (some[0],)),
        (webhook_deliveries.DELIVERIES, (some[0], None, 51)),
        (webhook_deliveries.DELIVERIES_IN_STATE, (some[0], None, 51, "given_up")),
    ]
    async with office.database.reading() as conn:
        for sql, arguments in questions:
            rows = await conn.fetch("explain " + sql, *arguments)
            plan = "\n".join(row[0] for row in rows)
            assert "Seq Scan on delivery" not in plan, plan
