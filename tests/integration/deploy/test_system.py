"""The whole system as one context, with stand-ins for the services."""

import asyncio
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import jwt
import nats as nats_client
import pytest

from deploy.local.credentials import OPERATOR
from deploy.local.errors import FolderInUseError, LocalError, StartFailedError
from deploy.local.services import SERVICES
from deploy.local.supervisor import Supervised
from deploy.local.system import ClockSettings, LocalSystem, Plan
from tests.support.eventually import eventually
from tests.support.processes import mentioning
from tests.support.stand_in_up import stand_in_of

PLAN = Plan(command=stand_in_of)


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[LocalSystem]:
    async with LocalSystem(tmp_path / "home", PLAN) as system:
        yield system


async def asked(system: LocalSystem, name: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(system.service_url(name) + path)


async def test_every_service_gets_its_own_identity_and_nothing_of_the_others(system: LocalSystem) -> None:
    seen = {name: (await asked(system, name, "/environment")).json() for name in SERVICES}

    for name, environment in seen.items():
        url = urlsplit(environment["FOOTHOLD_DATABASE_URL"])
        assert url.username == f"foothold_{name}"
        connection = await asyncpg.connect(environment["FOOTHOLD_DATABASE_URL"])
        assert await connection.fetchval("SHOW search_path") == name
        await connection.close()
        client = await nats_client.connect(
            environment["FOOTHOLD_NATS_URL"],
            user=environment["FOOTHOLD_NATS_USER"],
            password=environment["FOOTHOLD_NATS_PASSWORD"],
        )
        await client.close()
        assert "FOOTHOLD_OWNER_DATABASE_URL" not in environment
        # The desk alone speaks for people.
        assert ("PRIVATE KEY" in str(environment)) == (name == "desk")
    assert len({environment["FOOTHOLD_NATS_PASSWORD"] for environment in seen.values()}) == len(SERVICES)


async def test_a_token_is_signed_with_the_key_that_services_were_told(system: LocalSystem) -> None:
    public_key = (await asked(system, "intake", "/environment")).json()["FOOTHOLD_TOKEN_PUBLIC_KEY"]

    claims = jwt.decode(
        system.token("staff", ["case_manager"]), public_key, algorithms=["EdDSA"], audience="foothold"
    )

    assert claims["kind"] == "staff"
    assert claims["roles"] == ["case_manager"]


async def test_tools_may_do_everything_on_nats(system: LocalSystem) -> None:
    client = await nats_client.connect(
        system.nats.url, user=OPERATOR, password=system.credentials.nats[OPERATOR]
    )
    await client.jetstream().account_info()
    await client.close()


async def test_what_is_killed_comes_back_on_the_same_port(system: LocalSystem) -> None:
    before = (await asked(system, "navigation", "/pid")).text

    await system.processes["navigation"].kill()
    await system.processes["navigation"].ready()

    after = (await asked(system, "navigation", "/pid")).text
    assert after != before
    assert system.processes["navigation"].deaths == 1


async def test_what_keeps_dying_is_tried_again_and_again(system: LocalSystem) -> None:
    process = system.processes["navigation"]
    for _ in range(2):
        await process.kill()
        await process.ready()

    assert process.deaths == 2


async def test_what_is_told_to_stay_down_stays_down_until_started(system: LocalSystem) -> None:
    process = system.processes["reminders"]
    await process.kill(stay_down=True)
    assert process.pid is None
    with pytest.raises(httpx.ConnectError):
        await asked(system, "reminders", "/readyz")

    await process.start()

    assert (await asked(system, "reminders", "/readyz")).text == "ready"


async def test_servers_can_be_killed_and_started_under_the_services(system: LocalSystem) -> None:
    await asyncio.gather(system.postgres.kill(), system.nats.kill())
    await asyncio.gather(system.postgres.start(), system.nats.start())

    connection = await asyncpg.connect(system.database_url())
    await connection.close()
    assert (await asked(system, "intake", "/readyz")).is_success


async def test_copies_share_all_but_the_port(tmp_path: Path) -> None:
    plan = replace(PLAN, serve=("intake",), copies={"intake": 3})
    async with LocalSystem(tmp_path / "home", plan) as system:
        seen = [
            (await asked(system, name, "/environment")).json() for name in ("intake", "intake-2", "intake-3")
        ]

    assert len({one.pop("FOOTHOLD_HTTP_PORT") for one in seen}) == 3
    assert seen[0] == seen[1] == seen[2]


async def test_the_clock_and_further_settings_reach_the_services(tmp_path: Path) -> None:
    origin = datetime(2026, 3, 2, 9, tzinfo=UTC)
    plan = replace(
        PLAN,
        serve=("intake", "reminders"),
        clock=ClockSettings(rate=3600, origin=origin, started_at=origin),
        environment={"*": {"FOOTHOLD_LOG_LEVEL": "DEBUG"}, "reminders": {"FOOTHOLD_CHANNEL": "mailbox"}},
    )
    async with LocalSystem(tmp_path / "home", plan) as system:
        intake = (await asked(system, "intake", "/environment")).json()
        reminders = (await asked(system, "reminders", "/environment")).json()

    assert float(intake["FOOTHOLD_CLOCK_RATE"]) == 3600
    assert datetime.fromisoformat(intake["FOOTHOLD_CLOCK_ORIGIN"]) == origin
    assert datetime.fromisoformat(intake["FOOTHOLD_CLOCK_STARTED_AT"]) == origin
    assert intake["FOOTHOLD_LOG_LEVEL"] == reminders["FOOTHOLD_LOG_LEVEL"] == "DEBUG"
    assert "FOOTHOLD_CHANNEL" not in intake
    assert reminders["FOOTHOLD_CHANNEL"] == "mailbox"


async def test_secrets_and_data_are_kept_between_runs_and_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plan = replace(PLAN, serve=())
    async with LocalSystem(home, plan) as system:
        first = system.credentials
        connection = await asyncpg.connect(system.database_url())
        await connection.execute("CREATE TABLE public.kept AS SELECT 7 AS value")
        await connection.close()
    async with LocalSystem(home, plan) as system:
        assert system.credentials == first
        connection = await asyncpg.connect(system.database_url())
        assert await connection.fetchval("SELECT value FROM public.kept") == 7
        await connection.close()

    modes = {stat.S_IMODE(file.stat().st_mode) for file in (home / "secrets").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((home / "secrets").stat().st_mode) == 0o700


async def test_nothing_is_left_running_whatever_happened_inside(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with pytest.raises(ZeroDivisionError):
        async with LocalSystem(home, PLAN) as system:
            pids = [process.pid for process in system.processes.values()]
            assert None not in pids
            raise ZeroDivisionError

    assert mentioning(str(home)) == []
    assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []


async def test_a_service_that_cannot_start_stops_everything_and_its_log_is_shown(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plan = replace(PLAN, environment={"barriers": {"STAND_IN": "broken"}})
    with pytest.raises(StartFailedError, match="(?s)barriers ended at once.*the wheel came off"):
        async with LocalSystem(home, plan):
            pytest.fail("it must not be entered")

    assert mentioning(str(home)) == []


async def test_a_service_that_never_becomes_ready_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    plan = replace(
        PLAN, serve=("barriers",), environment={"barriers": {"STAND_IN": "unready"}}, ready_within=1.0
    )
    with pytest.raises(StartFailedError, match="barriers was not ready within 1 s"):
        async with LocalSystem(home, plan):
            pytest.fail("it must not be entered")


async def test_a_migration_that_fails_is_named(tmp_path: Path) -> None:
    plan = replace(PLAN, serve=())
    async with LocalSystem(tmp_path / "home", plan) as system:
        connection = await asyncpg.connect(system.database_url())
        await connection.execute("UPDATE navigation.schema_migration SET checksum = 'another'")
        await connection.close()

    with pytest.raises(LocalError, match="database of navigation .* changed after it was applied"):
        async with LocalSystem(tmp_path / "home", plan):
            pytest.fail("it must not be entered")


async def test_one_that_ignores_the_request_to_stop_is_killed_in_time(tmp_path: Path) -> None:
    home = tmp_path / "home"
    said: list[str] = []
    plan = replace(PLAN, environment={"intake": {"STAND_IN": "deaf"}})
    async with LocalSystem(home, plan, report=said.append):
        begin = time.monotonic()

    assert time.monotonic() - begin < 5
    assert any("intake" in line and "killed" in line for line in said)
    assert mentioning(str(home)) == []


async def test_a_home_is_used_by_one_system_at_a_time(system: LocalSystem) -> None:
    with pytest.raises(FolderInUseError, match="FOOTHOLD_HOME"):
        async with LocalSystem(system.home, PLAN):
            pytest.fail("it must not be entered")

    assert (await asked(system, "intake", "/readyz")).is_success


async def test_servers_that_die_are_brought_back_when_asked_to(tmp_path: Path) -> None:
    plan = replace(PLAN, serve=(), keep_servers=True)
    async with LocalSystem(tmp_path / "home", plan) as system:
        await asyncio.gather(system.postgres.kill(), system.nats.kill())

        async def both_answer() -> bool:
            await (await asyncpg.connect(system.database_url())).close()
            client = await nats_client.connect(
                system.nats.url,
                user=OPERATOR,
                password=system.credentials.nats[OPERATOR],
                allow_reconnect=False,
            )
            await client.close()
            return True

        await eventually(both_answer, within=10)


async def test_a_paused_process_goes_on_where_it_was(system: LocalSystem) -> None:
    process: Supervised = system.processes["barriers"]
    pid = process.pid
    process.pause()
    async with httpx.AsyncClient(trust_env=False, timeout=0.3) as client:
        with pytest.raises(httpx.TimeoutException):
            await client.get(system.service_url("barriers") + "/readyz")

    process.resume()

    await eventually(lambda: asked(system, "barriers", "/pid"), lambda answer: answer.text == str(pid))
