"""Navigation and NATS die while referrals flow to partners: all is heard, each answer is taken once."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from contracts.streams import REFERRALS
from deploy.local.servers import Servers
from deploy.local.system import LocalSystem
from tests.bench.chain import intake_writer
from tests.faults.system.load import clients_with_barriers, operator, reckon, state, system_on
from tests.faults.system.partners import (
    MOVES,
    NOTICES,
    ByWebhook,
    Notice,
    OnNats,
    OnTheFeed,
    PartnerSystem,
)
from tests.support.eventually import eventually

FIRST_CLIENTS, CLIENTS = 5, 80
EACH = 3
POSTCODES = ("LS1 4AP", "BD1 1HY", "HX1 5ER", "HD1 2TA", "WF1 3QX")
WITHIN = 120.0
NAVIGATION = {
    "FOOTHOLD_NAVIGATION_WEBHOOKS_LOCAL_DEVELOPMENT": "true",
    # What a dead sender had in hand is posted again after three times as long.
    "FOOTHOLD_NAVIGATION_WEBHOOK_SECONDS": "1",
}

RECEIVERS = """
select organization_id, count(*) from navigation.referral where sent_at is not null
group by organization_id order by count(*) desc, organization_id
"""
TOLD = """
select id, referral_id, sequence from navigation.partner_event
where organization_id = $1 and position > $2 order by position
"""
UNFINISHED = """
select
    (select count(*) from navigation.delivery where state <> 'delivered') as not_delivered,
    (select count(*) from navigation.referral r join navigation.partner p using (organization_id)
     where r.sent_at is not null and not r.id = any($1::uuid[]) and r.status <> 'on-hold') as not_answered
"""
MOVED = """
select a.referral_id, array_agg(a.move order by a.version) as moves
from navigation.answer a join navigation.partner p using (organization_id)
where a.by = 'partner' group by a.referral_id
"""
NOT_IN_THE_LEDGER = """
select count(*) from navigation.delivery d
where (select count(*) from navigation.disclosure l where l.event_id = d.event_id and l.channel = d.way) <> 1
"""
UNQUEUED = """
select count(*) from navigation.partner_event e
join navigation.partner_way w using (organization_id)
where e.recorded_at > $1
  and not exists (select from navigation.delivery d where d.event_id = e.id and d.way = w.way)
"""
NOT_READ_BY_THE_LEDGER = """
select count(*) from navigation.partner_event e
where e.organization_id = any($1::uuid[])
  and (select count(*) from navigation.disclosure l
       where l.referral_id = e.referral_id and l.channel = 'feed') = 0
"""


@dataclass
class Partners:
    """Everybody who listens, and what they must have heard in the end."""

    admin: asyncpg.Connection[asyncpg.Record]
    systems: Sequence[PartnerSystem] = ()
    before: dict[UUID, int] = field(default_factory=dict)
    """How many notices each had when its way began: those it hears only on the feed."""
    earlier: Sequence[UUID] = ()
    """Referrals of which not everybody hears, because they were made before."""
    began: object = None

    @property
    def heard(self) -> int:
        """How many notices have arrived so far, repeats not counted."""
        return sum(len(system.heard) for system in self.systems)

    async def told(self, system: PartnerSystem) -> list[Notice]:
        """What was said to a partner, in order."""
        before = 0 if isinstance(system, OnTheFeed) else self.before[system.organization_id]
        return [Notice(*row) for row in await self.admin.fetch(TOLD, system.organization_id, before)]

    async def unfinished(self) -> dict[str, int]:
        """What is still to be done until everybody has heard and said everything."""
        row = await self.admin.fetchrow(UNFINISHED, list(self.earlier))
        assert row is not None
        unheard = [
            {notice.id for notice in await self.told(system)} - system.heard.keys() for system in self.systems
        ]
        return {
            **dict(row),
            "not_heard": sum(map(len, unheard)),
            "to_say": sum(system.busy for system in self.systems),
        }


async def partners_of(system: LocalSystem, admin: asyncpg.Connection[asyncpg.Record]) -> Partners:
    """Make everybody who was sent a client a partner, with one way each."""
    partners = Partners(admin)
    partners.earlier = [row["id"] for row in await admin.fetch("select id from navigation.referral")]
    url = system.service_url("navigation")
    headers = {"Authorization": "Bearer " + system.token("staff", ["admin"])}
    made: list[PartnerSystem] = []
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as http:
        for number, row in enumerate(await admin.fetch(RECEIVERS)):
            of: UUID = row["organization_id"]
            key = (await _said(http, "POST", "/partners", {"organization_id": str(of)}))["key"]
            match number % 3:
                case 0:
                    hints = await _said(http, "POST", f"/partners/{of}/nats", {})
                    made.append(OnNats(organization_id=of, key=key, seed=number, hints=hints))
                case 1:
                    made.append(ByWebhook(organization_id=of, key=key, seed=number, url=url))
                case _:
                    made.append(OnTheFeed(organization_id=of, key=key, seed=number, url=url))
            partners.before[of] = await admin.fetchval(
                "select last_position from navigation.partner where organization_id = $1", of
            )
    partners.systems = made
    partners.began = await admin.fetchval("select clock_timestamp()")
    return partners


@asynccontextmanager
async def listening(partners: Partners, system: LocalSystem) -> AsyncIterator[None]:
    """Let them all listen for as long as the block lasts."""
    url = system.service_url("navigation")
    headers = {"Authorization": "Bearer " + system.token("staff", ["admin"])}
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)
        )
        for one in partners.systems:
            await stack.enter_async_context(one.running())
            if isinstance(one, ByWebhook):
                where = f"/partners/{one.organization_id}/webhook"
                await _said(http, "PUT", where, {"url": one.receiver.url})
        partners.began = await partners.admin.fetchval("select clock_timestamp()")
        yield


async def _said(http: httpx.AsyncClient, method: str, path: str, body: Mapping[str, str]) -> dict[str, Any]:
    answer = await http.request(method, path, json=body, headers={"Idempotency-Key": str(uuid4())})
    answer.raise_for_status()
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_partners_hear_all_of_it_in_order_and_are_heard_once_whatever_dies_meanwhile(
    servers: Servers, tmp_path: Path
) -> None:
    chance = random.Random(20261126)
    async with (
        system_on(servers, tmp_path, environment={"navigation": NAVIGATION}) as system,
        AsyncExitStack() as stack,
    ):
        intake = await stack.enter_async_context(intake_writer(system))
        admin = await asyncpg.connect(system.database_url())
        stack.push_async_callback(admin.close)
        first = await clients_with_barriers(system, FIRST_CLIENTS, postcodes=POSTCODES)
        await state(intake, first, pause=0.0)
        await reckon(system, barriers=len(first), clients=FIRST_CLIENTS)
        partners = await partners_of(system, admin)
        statements = await clients_with_barriers(system, CLIENTS, postcodes=POSTCODES)
        await stack.enter_async_context(listening(partners, system))

        stating = asyncio.create_task(state(intake, statements, pause=0.02))
        until_nats_died = await _killing(system, partners, chance, expected=len(statements) * NOTICES)
        await stating

        nothing = {"not_delivered": 0, "not_answered": 0, "not_heard": 0, "to_say": 0}
        await eventually(partners.unfinished, nothing, within=WITHIN)
        everybody = FIRST_CLIENTS + CLIENTS
        await reckon(system, barriers=everybody * EACH, clients=everybody)

        for one in partners.systems:
            assert one.wrong == []
            await _heard_in_order(partners, one, many=until_nats_died[one.organization_id])
        await _the_stream_is_in_order(system, partners)
        await _answers_were_taken_once(partners)
        await _the_ledger_has_it_all(partners)
        _report(partners)


async def _killing(
    system: LocalSystem, partners: Partners, chance: random.Random, *, expected: int
) -> dict[UUID, int]:
    """Kill navigation again and again, and NATS with it at last; how much each had heard before that."""
    for share in (0.05, 0.15, 0.3, 0.45):
        await eventually(lambda: partners.heard, lambda n: n > share * expected, within=WITHIN)  # noqa: B023
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        await system.processes["navigation"].kill()
    await eventually(lambda: partners.heard, lambda n: n > 0.6 * expected, within=WITHIN)
    heard = {one.organization_id: len(one.heard) for one in partners.systems}
    await system.nats.kill()
    await system.processes["navigation"].kill()
    await system.nats.start()
    return heard


async def _answers_were_taken_once(partners: Partners) -> None:
    """One move for each answer, in the order in which they were given, and nothing else."""
    moved = await partners.admin.fetch(MOVED)
    assert {tuple(row["moves"]) for row in moved} == {tuple(MOVES)}
    assert len(moved) > 2 * CLIENTS


async def _the_ledger_has_it_all(partners: Partners) -> None:
    """What was pushed has one line for each way, and what was read on the feed is in it too."""
    assert await partners.admin.fetchval(NOT_IN_THE_LEDGER) == 0
    assert await partners.admin.fetchval(UNQUEUED, partners.began) == 0
    feeds = [one.organization_id for one in partners.systems if isinstance(one, OnTheFeed)]
    assert await partners.admin.fetchval(NOT_READ_BY_THE_LEDGER, feeds) == 0


async def _heard_in_order(partners: Partners, one: PartnerSystem, *, many: int) -> None:
    """Each referral's notices are 1 to n and came in this order; where there is one order, all are in it."""
    told, heard = await partners.told(one), list(one.heard.values())
    assert set(heard) == set(told)
    of_referral: defaultdict[UUID, list[int]] = defaultdict(list)
    for notice in heard:
        of_referral[notice.referral_id].append(notice.sequence)
    full = list(range(1, NOTICES + 1))
    assert all(came == full for referral, came in of_referral.items() if referral not in partners.earlier)
    if isinstance(one, OnTheFeed):
        assert heard == told
    elif isinstance(one, OnNats):
        # What was on its way when the server died comes again later, after what followed it.
        assert heard[:many] == told[:many]


async def _the_stream_is_in_order(system: LocalSystem, partners: Partners) -> None:
    """Each partner's notices are in the stream once, in order, whoever published them and however often."""
    stored: defaultdict[str, list[UUID]] = defaultdict(list)
    async with operator(system) as bus:
        stream = bus.jetstream()
        last = (await stream.stream_info(REFERRALS.name)).state.last_seq
        for sequence in range(1, last + 1):
            message = await stream.get_msg(REFERRALS.name, sequence)
            stored[str(message.subject).split(".")[1]].append(UUID((message.headers or {})["ce-id"]))
    for one in partners.systems:
        if isinstance(one, OnNats):
            assert stored[str(one.organization_id)] == [notice.id for notice in await partners.told(one)]


def _report(partners: Partners) -> None:
    for one in partners.systems:
        print(  # noqa: T201 - a measurement that people want to see
            f"\n{type(one).__name__}: {len(one.heard)} notices heard,"
            f" {one.came.total() - len(one.came)} again;"
            f" {one.unanswered} times no reply, {one.known} answers known already when given again,"
            f" {one.replayed} repeated on purpose",
            end="",
        )
