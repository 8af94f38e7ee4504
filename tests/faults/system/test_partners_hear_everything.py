"""Navigation and NATS die while referrals flow to partners: all is heard, each answer is taken once."""

from __future__ import annotations

import asyncio
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
from tests.faults.system.mortal import WINDOWS
from tests.faults.system.partners import (
    MOVES,
    NOTICES,
    ByWebhook,
    Notice,
    OnNats,
    OnTheFeed,
    OverHttp,
    PartnerSystem,
)
from tests.support.eventually import eventually

FIRST_CLIENTS, CLIENTS = 5, 80
EVERYBODY = FIRST_CLIENTS + CLIENTS
EACH = 3
POSTCODES = ("LS1 4AP", "BD1 1HY", "HX1 5ER", "HD1 2TA", "WF1 3QX")
WITHIN = 120.0
NAVIGATION = {
    "FOOTHOLD_NAVIGATION_WEBHOOKS_LOCAL_DEVELOPMENT": "true",
    # What a dead sender had in hand is posted again after three times as long.
    "FOOTHOLD_NAVIGATION_WEBHOOK_SECONDS": "1",
}

RECEIVERS = """
select organization_id from navigation.referral where sent_at is not null
group by organization_id, organization_name order by count(*) desc, organization_name
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
    """The database's time when everybody listened; all that is said from then on has to be pushed."""

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
    made: list[PartnerSystem] = []
    async with _administrator(system) as http:
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
    return partners


def _administrator(system: LocalSystem) -> httpx.AsyncClient:
    headers = {"Authorization": "Bearer " + system.token("staff", ["admin"])}
    url = system.service_url("navigation")
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)


@asynccontextmanager
async def listening(partners: Partners, system: LocalSystem) -> AsyncIterator[None]:
    """Let them all listen for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(_administrator(system))
        for one in partners.systems:
            await stack.enter_async_context(one.running())
            if isinstance(one, ByWebhook):
                where = f"/partners/{one.organization_id}/webhook"
                await _said(http, "PUT", where, {"url": one.receiver.url})
        partners.began = await partners.admin.fetchval("select clock_timestamp()")
        try:
            yield
        finally:
            _report(partners)


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
    traps = tmp_path / "traps"
    traps.mkdir()
    environment = {"navigation": NAVIGATION | {"DIE_IN": str(traps)}}
    async with (
        system_on(servers, tmp_path, environment=environment) as system,
        AsyncExitStack() as stack,
    ):
        intake = await stack.enter_async_context(intake_writer(system))
        admin = await asyncpg.connect(system.database_url())
        stack.push_async_callback(admin.close)
        first = await clients_with_barriers(system, FIRST_CLIENTS, postcodes=POSTCODES)
        await state(intake, first, pause=0.0)
        await reckon(system, barriers=len(first), clients=FIRST_CLIENTS)
        partners = await partners_of(system, admin)
        assert {type(one) for one in partners.systems} == {OnNats, ByWebhook, OnTheFeed}
        statements = await clients_with_barriers(system, CLIENTS, postcodes=POSTCODES)
        await stack.enter_async_context(listening(partners, system))

        stating = asyncio.create_task(state(intake, statements, pause=0.02))
        until_nats_died = await _killing(system, partners, traps, expected=len(statements) * NOTICES)
        await stating

        nothing = {"not_delivered": 0, "not_answered": 0, "not_heard": 0, "to_say": 0}
        await eventually(partners.unfinished, nothing, within=WITHIN)
        await reckon(system, barriers=EVERYBODY * EACH, clients=EVERYBODY)

        for one in partners.systems:
            assert one.wrong == []
            await _heard_in_order(partners, one, many=until_nats_died[one.organization_id])
        await _the_stream_is_in_order(system, partners)
        await _answers_were_taken_once(partners)
        await _the_ledger_has_it_all(partners)


async def _killing(system: LocalSystem, partners: Partners, traps: Path, *, expected: int) -> dict[UUID, int]:
    """Have navigation die in each of its windows, and NATS in the end; what each had heard before that."""
    navigation = system.processes["navigation"]
    for number, window in enumerate(WINDOWS, start=1):
        share = 0.5 * number / len(WINDOWS)
        await eventually(lambda: partners.heard, lambda n: n > share * expected, within=WITHIN)  # noqa: B023
        trap = traps / window
        trap.touch()
        await eventually(trap.exists, expected=False, within=WITHIN)
        # Back at once, not after the pause that grows from death to death.
        await navigation.kill(stay_down=True)
        await navigation.start()
    heard = {one.organization_id: len(one.heard) for one in partners.systems}
    await system.nats.kill()
    await navigation.kill()
    await system.nats.start()
    return heard


async def _answers_were_taken_once(partners: Partners) -> None:
    """One move for each answer, in the order in which they were given, and nothing else."""
    moved = await partners.admin.fetch(MOVED)
    assert {tuple(row["moves"]) for row in moved} == {tuple(MOVES)}
    assert len(moved) > 2 * CLIENTS
    over_http = [one for one in partners.systems if isinstance(one, OverHttp)]
    # One was taken by a process that died before it said so.
    assert sum(one.known for one in over_http) > sum(one.replayed for one in over_http)


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
