"""The picture is made anew from the histories of all services, whatever happened to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE as DESK
from services.desk.channels.gateway import Gateway, Owner
from services.desk.commands.rebuilding import rebuild
from services.desk.settings import DeskSettings
from services.intake.__main__ import SERVICE as INTAKE
from services.intake.settings import IntakeSettings
from shared.auth import Caller, issue_token
from shared.history import HISTORY
from shared.ids import new_id
from shared.run import Running, running
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import SETTINGS
from tests.support.eventually import eventually
from tests.support.running import PRIVATE_KEY, bearer, settings_for

PICTURES = "select id, picture::text as picture from client order by id"


@pytest.fixture
async def both(
    database: Database, nats: MessageServer, bus: object, clock: ManualClock
) -> AsyncIterator[tuple[Running, Running]]:
    """Intake and the desk."""
    del bus
    async with AsyncExitStack() as stack:
        for_intake = settings_for(IntakeSettings, "intake", database=database, nats=nats)
        assert isinstance(for_intake, IntakeSettings)
        intake = await stack.enter_async_context(running(INTAKE, for_intake, clock))
        for_desk = settings_for(DeskSettings, "desk", database=database, nats=nats, **SETTINGS)
        assert isinstance(for_desk, DeskSettings)
        desk = await stack.enter_async_context(running(DESK, for_desk, clock))
        yield intake, desk


def gateway_to(intake: Running) -> Gateway:
    # The others have stated nothing here; an answer of intake's about anything after it is empty too.
    return Gateway(dict.fromkeys(Owner, intake.url), private_key=PRIVATE_KEY, seconds=10)


async def register(intake: Running, name: str) -> UUID:
    async with httpx.AsyncClient(base_url=intake.url, timeout=20) as http:
        answer = await http.post(
            "/clients",
            json={"full_name": name, "time_zone": "Europe/London", "is_someone_else": True},
            headers=bearer("intake") | {"Idempotency-Key": str(new_id())},
        )
    assert answer.is_success, answer.text
    return UUID(answer.json()["client_id"])


async def pictures(desk: Running) -> dict[UUID, str]:
    async with desk.database.reading() as conn:
        return {row["id"]: row["picture"] for row in await conn.fetch(PICTURES)}


async def test_what_was_lost_or_never_stated_stands_right_again(both: tuple[Running, Running]) -> None:
    intake, desk = both
    ids = {await register(intake, f"Client {number}") for number in range(20)}
    before = await eventually(lambda: pictures(desk), lambda seen: set(seen) == ids)
    async with desk.database.transaction() as tx:
        await tx.conn.execute("delete from entry where kind = 'client'")
        await tx.conn.execute("delete from client where id = any($1::uuid[])", list(ids)[:10])
        await tx.conn.execute("update client set full_name = 'Somebody Else', picture = '{}'")
        await tx.conn.execute(
            "insert into client (id, full_name, preferred_name, contact_prohibited, messages_wanted, picture)"
            " values ($1, 'Nobody', 'Nobody', false, true, '{}')",
            new_id(),
        )

    told: list[str] = []
    async with gateway_to(intake) as gateway:
        await rebuild(desk.database, gateway, progress=told.append)

    assert await pictures(desk) == before
    assert any("intake" in line for line in told)
    assert "1 that nobody stated are gone" in told[-1]


async def test_who_is_one_person_is_worked_out_anew(both: tuple[Running, Running]) -> None:
    intake, desk = both
    kept, other = await register(intake, "Amina Diallo"), await register(intake, "Aminata Diallo")
    async with httpx.AsyncClient(base_url=intake.url, timeout=20) as http:
        answer = await http.post(
            f"/clients/{other}/merge",
            json={"into": str(kept)},
            headers=bearer("intake") | {"Idempotency-Key": str(new_id())},
        )
    assert answer.is_success, answer.text
    joined = {kept: kept, other: kept}
    await eventually(lambda: people(desk), lambda seen: seen == joined)
    async with desk.database.transaction() as tx:
        await tx.conn.execute("delete from one_person")
        await tx.conn.execute("insert into one_person values ($1, $1, '{}')", other)
        await tx.conn.execute("delete from client")
    async with gateway_to(intake) as gateway:
        await rebuild(desk.database, gateway, progress=lambda _: None)
    assert await people(desk) == joined


async def people(desk: Running) -> dict[UUID, UUID]:
    async with desk.database.reading() as conn:
        rows = await conn.fetch("select client_id, survivor_id from one_person")
    return {row["client_id"]: row["survivor_id"] for row in rows}


async def test_what_is_stated_meanwhile_is_there_afterwards(both: tuple[Running, Running]) -> None:
    intake, desk = both
    ids = {await register(intake, f"Client {number}") for number in range(5)}
    async with gateway_to(intake) as gateway:
        again = asyncio.create_task(rebuild(desk.database, gateway, progress=lambda _: None))
        ids |= {await register(intake, f"Later {number}") for number in range(5)}
        await again

    await eventually(lambda: pictures(desk), lambda seen: set(seen) == ids)


async def test_a_history_is_for_who_was_made_to_read_it_and_nobody_else(
    both: tuple[Running, Running],
) -> None:
    intake, _ = both
    await register(intake, "Amina Diallo")
    minute = timedelta(minutes=1)
    any_program = issue_token(PRIVATE_KEY, Caller(new_id(), "service"), lifetime=minute)
    reader = Caller(new_id(), "service", scopes=frozenset({HISTORY}))
    service = issue_token(PRIVATE_KEY, reader, lifetime=minute)
    async with httpx.AsyncClient(base_url=intake.url) as http:
        assert (await http.get("/history", headers=bearer("supervisor", "admin"))).status_code == 403
        assert (await http.get("/history")).status_code == 401
        programs = {"Authorization": f"Bearer {any_program}"}
        assert (await http.get("/history", headers=programs)).status_code == 403
        answer = await http.get("/history", headers={"Authorization": f"Bearer {service}"})
    assert len(answer.text.splitlines()) == 2
