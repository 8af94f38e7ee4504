"""Every event delivered again, in any order, and poison among them: the answers stay as they are."""

from __future__ import annotations

import random
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from deploy.local.servers import Servers
from deploy.local.services import SERVICES
from deploy.local.system import LocalSystem
from tests.bench.chain import intake_writer
from tests.faults.system.load import clients_with_barriers, operator, reckon, state, system_on, unread
from tests.support.eventually import eventually

CLIENTS = 15


EFFECTS = """
select
    (select count(*) from barriers.task) as tasks, (select count(*) from barriers.plan) as plans,
    (select count(*) from navigation.referral) as referrals,
    (select count(*) from navigation.disclosure) as disclosures,
    (select count(*) from reminders.reminder) as reminders,
    (select count(*) from barriers.event) as barriers_stated,
    (select count(*) from navigation.event) as navigation_stated
"""


async def effects(system: LocalSystem) -> dict[str, int]:
    connection = await asyncpg.connect(system.database_url())
    try:
        row = await connection.fetchrow(EFFECTS)
        assert row is not None
        return dict(row)
    finally:
        await connection.close()


@pytest.mark.timeout(240)
async def test_every_event_again_in_any_order_with_poison_among_them_changes_nothing(
    servers: Servers, tmp_path: Path
) -> None:
    async with system_on(servers, tmp_path) as system:
        statements = await clients_with_barriers(system, CLIENTS)
        async with intake_writer(system) as intake:
            await state(intake, statements, pause=0.0)
            await reckon(system, barriers=len(statements), clients=CLIENTS)
        before = await effects(system)

        poison = await _again_in_any_order(system)

        await eventually(lambda: _dead_letters(system), poison, within=60)
        await eventually(lambda: unread(system), 0, within=60)
        assert await effects(system) == before


async def _again_in_any_order(system: LocalSystem) -> int:
    """Publish every event anew, shuffled, with bad messages among them; say how many were bad."""
    chance = random.Random(7)
    poison = 0
    async with operator(system) as bus:
        stream = bus.jetstream()
        messages = []
        for name in SERVICES:
            last = (await stream.stream_info(name.upper())).state.last_seq
            messages += [await stream.get_msg(name.upper(), seq) for seq in range(1, last + 1)]
        chance.shuffle(messages)
        for number, message in enumerate(messages):
            # A message id of its own, beyond what the server can recognise; the event is the same.
            headers = {k: v for k, v in (message.headers or {}).items() if not k.startswith("Nats-")}
            headers["Nats-Msg-Id"] = f"again-{number}"
            await stream.publish(str(message.subject), message.data or b"", headers=headers)
            if number % 40 == 0:
                await stream.publish("care.intake.barrier.stated.v1", b"{not json", headers={"ce-id": "x"})
                bad = headers | {
                    "ce-type": "care.intake.barrier.stated.v1",
                    "ce-id": str(UUID(int=number + 1)),
                }
                await stream.publish(
                    "care.intake.barrier.stated.v1",
                    b'{"words": 5}',
                    headers=bad | {"Nats-Msg-Id": f"poison-{number}"},
                )
                poison += 2
    return poison


async def _dead_letters(system: LocalSystem) -> int:
    connection = await asyncpg.connect(system.database_url())
    try:
        return int(await connection.fetchval("select count(*) from barriers.dead_letter"))
    finally:
        await connection.close()
