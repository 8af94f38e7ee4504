"""With a hundred thousand referrals, what is asked about the loop is found by its indexes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import perf_counter

import asyncpg
import pytest

from services.navigation.model.loop import FiguresAsked, LineKind
from services.navigation.store import clocks, loop, needs
from services.navigation.store import referrals as store
from shared.ids import new_id
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.navigation import Desk

HELP = """
insert into help (id, barrier_id, client_id, category, resource_codes, filters, wish, send_allowed, words,
                  needed_at, cause_id, correlation_id)
values ($1, $1, $1, 'transport', '{105-02-01}', '{}', 'go_ahead', true, '', now(), $1, $1)
"""
REFERRALS = """
insert into referral (id, client_id, barrier_id, help_id, version, status, business_status, service_id,
                      service_name, organization_id, organization_name, candidates, consent_id, sent_at,
                      acknowledge_by, answered_at, progress_by, reason, reason_text, outcome, drafted_at,
                      moved_at, cause_id, correlation_id)
select gen_random_uuid(), md5('c' || n % 30000)::uuid, gen_random_uuid(), $1, 1,
       (array['requested', 'accepted', 'rejected', 'in-progress', 'completed', 'completed', 'completed',
              'cancelled', 'completed', 'completed'])[1 + n % 10],
       '2.0', md5('s' || n % 1000)::uuid, 'Rides', md5('o' || n % 500)::uuid, 'Wheels',
       '[]', $1, at, at + interval '2 days',
       case when n % 10 > 0 then at + (n % 90) * interval '1 hour' end, at + interval '14 days',
       'other', 'because', 'helped', at, at, $1, $1
from (
    select n, $2::timestamptz - (n % 260000) * interval '2 minutes' as at
    from generate_series(1, 100000) as g (n)
) as sent
"""
ANSWERS = """
insert into answer (id, referral_id, version, move, by, moved_at, organization_id)
select gen_random_uuid(), id, 2, 'accept', 'partner', answered_at, organization_id
from referral where answered_at is not null
"""


@pytest.fixture
async def many(desk: Desk, database: Database, clock: ManualClock) -> Desk:
    """A year of referrals to 500 organisations."""
    asked = new_id()
    async with desk.database.reading() as conn:
        await conn.execute(HELP, asked)
        await conn.execute(REFERRALS, asked, clock.now())
        await conn.execute(ANSWERS)
    owner = await asyncpg.connect(database.superuser_url)
    await owner.execute("vacuum analyze navigation.referral, navigation.answer")
    await owner.close()
    return desk


async def test_the_loop_is_looked_at_in_a_moment(many: Desk, clock: ManualClock) -> None:
    now = clock.now()
    async with many.database.reading() as conn:
        client_id = await conn.fetchval("select client_id from referral limit 1")
        organization_id = await conn.fetchval("select organization_id from referral limit 1")
        year = FiguresAsked(since=now - timedelta(days=365), until=now)
        own = replace(year, organization_id=organization_id)
        late = store.Wanted(unacknowledged=True, stalled=True)
        kinds = list(LineKind)
        questions: dict[str, Callable[[], Awaitable[object]]] = {
            "figures of all": partial(loop.figures, conn, year, now=now),
            "figures of one": partial(loop.figures, conn, own, now=now),
            "record": partial(loop.record, conn, organization_id, kinds=kinds, after=None, limit=50),
            "overdue": partial(store.for_staff, conn, late, now=now, after=None, limit=50),
            "same need": partial(needs.under_way, conn, [client_id]),
            "standstill": partial(clocks.stalled, conn, [client_id], now),
        }
        took = {name: await _seconds(ask) for name, ask in questions.items()}

    assert took.pop("figures of all") < 5
    assert max(took.values()) < 1, took


async def _seconds(ask: Callable[[], Awaitable[object]]) -> float:
    await ask()
    began = perf_counter()
    await ask()
    return perf_counter() - began
