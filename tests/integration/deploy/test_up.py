"""`make up`, as the person at the keyboard meets it; the services are stand-ins."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import LOOPBACK, free_port
from deploy.local.services import DEFAULT_PORTS, SERVER_PORTS
from tests.integration.deploy.conftest import Start
from tests.support.eventually import eventually
from tests.support.processes import mentioning

PROGRAM = "tests/support/stand_in_up.py"


def any_ports() -> str:
    return ",".join(f"{name}={free_port()}" for name in (*DEFAULT_PORTS, *SERVER_PORTS))


async def until_panel(program: "subprocess.Popen[str]", *, within: float = 30) -> str:
    """Read the screen until the panel is complete."""
    screen = ""
    assert program.stdout is not None
    async with asyncio.timeout(within):
        while "╯" not in screen:
            line = await asyncio.to_thread(program.stdout.readline)
            if not line:
                assert program.stderr is not None
                raise AssertionError(program.stderr.read())
            screen += line
    return screen


async def ended(program: "subprocess.Popen[str]") -> tuple[int, str]:
    _, errors = await asyncio.to_thread(program.communicate, timeout=30)
    return program.returncode, errors


def service_pids(home: Path, screen: str) -> list[int]:
    addresses = re.findall(r"http://127\.0\.0\.1:\d+(?=/docs|  \(the desk)", screen)
    pids = [int(httpx.get(f"{address}/pid", trust_env=False).text) for address in addresses]
    assert len(pids) == len(DEFAULT_PORTS)
    return pids + mentioning(str(home))


def running(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and _alive(pid)]


def _alive(pid: int) -> bool:
    return " Z " not in Path(f"/proc/{pid}/stat").read_text()


async def test_the_panel_says_where_everything_is_and_how_to_stop(start: Start, tmp_path: Path) -> None:
    program = start(PROGRAM, "up", "--ports", any_ports(), home=tmp_path / "home")

    screen = await until_panel(program)

    assert {"intake", "barriers", "navigation", "reminders", "mailbox", "logs", "Ctrl-C"} <= set(
        re.findall(r"[\w-]+", screen)
    )
    assert str(tmp_path / "home") in screen
    assert "\x1b[" not in screen
    for address in re.findall(r"http://[\w.:]+(?=/docs|  \(the desk)", screen):
        assert httpx.get(f"{address}/readyz", trust_env=False).is_success


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM])
async def test_stops_everything_within_five_seconds(
    start: Start, tmp_path: Path, request_to_stop: signal.Signals
) -> None:
    home = tmp_path / "home"
    program = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    pids = service_pids(home, await until_panel(program))
    begin = time.monotonic()

    program.send_signal(request_to_stop)
    status, _ = await ended(program)

    assert time.monotonic() - begin < 5
    assert status == 0
    assert running(pids) == []


async def test_stops_as_well_while_it_is_still_starting(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    await eventually(lambda: (home / "postgres" / "postmaster.pid").exists() or mentioning(str(home)), bool)

    program.send_signal(signal.SIGINT)
    status, _ = await ended(program)

    assert status in {0, -signal.SIGINT, 128 + signal.SIGINT}
    await eventually(lambda: mentioning(str(home)), [])


async def test_leaves_nothing_running_when_it_is_killed_and_starts_again(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    ports = any_ports()
    program = start(PROGRAM, "up", "--ports", ports, home=home)
    pids = service_pids(home, await until_panel(program))

    program.kill()
    again = start(PROGRAM, "up", "--ports", ports, home=home)
    await until_panel(again)

    assert running(pids) == []
    again.send_signal(signal.SIGTERM)
    assert (await ended(again))[0] == 0


async def test_a_service_that_dies_is_back_on_its_address(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    address = re.findall(r"http://[\w.:]+(?=/docs)", await until_panel(program))[0]
    pid = int(httpx.get(f"{address}/pid", trust_env=False).text)

    os.kill(pid, signal.SIGKILL)

    def is_back() -> bool:
        return int(httpx.get(f"{address}/pid", trust_env=False).text) != pid

    await eventually(is_back, within=10)
    program.send_signal(signal.SIGINT)
    status, errors = await ended(program)
    assert status == 0
    assert "intake ended unexpectedly" in errors


@pytest.mark.parametrize("taken", ["intake", "postgres", "nats"])
async def test_says_which_port_is_taken_and_how_to_choose_another(
    start: Start, tmp_path: Path, taken: str
) -> None:
    with socket.socket() as other:
        other.bind((LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        program = start(PROGRAM, "up", "--ports", f"{any_ports()},{taken}={port}", home=tmp_path / "home")
        status, errors = await ended(program)

    assert status == 1
    assert f"Port {port} on 127.0.0.1 is taken" in errors
    assert f"PORTS={taken}=" in errors
    assert "Traceback" not in errors


async def test_says_that_the_data_folder_is_in_use(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    await until_panel(program)

    second = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    status, errors = await ended(second)

    assert status == 1
    assert f"{home} is in use by process {program.pid}" in errors
    assert "Traceback" not in errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every folder")
async def test_says_that_the_data_folder_belongs_to_another_user(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    program = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    status, errors = await ended(program)

    assert status == 1
    assert f"{home}" in errors
    assert "Traceback" not in errors


async def test_a_tool_uses_the_system_that_runs_and_otherwise_starts_its_servers(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    program = start(PROGRAM, "up", "--ports", any_ports(), home=home)
    await until_panel(program)

    beside = start(PROGRAM, "dead-letters", home=home)
    output, _ = await asyncio.to_thread(beside.communicate, timeout=30)
    assert beside.returncode == 0
    assert re.findall(r"letter-of-(\w+)", output) == list(DEFAULT_PORTS)
    program.send_signal(signal.SIGINT)
    assert (await ended(program))[0] == 0

    alone = start(PROGRAM, "replay", "letter-of-navigation", home=home)
    output, errors = await asyncio.to_thread(alone.communicate, timeout=30)
    assert (alone.returncode, output) == (0, "navigation: replay\n")
    assert "starting PostgreSQL and NATS" in errors
    assert mentioning(str(home)) == []


async def test_a_dead_letter_that_nobody_keeps_is_said(start: Start, tmp_path: Path) -> None:
    program = start(PROGRAM, "replay", "letter-of-nobody", home=tmp_path / "home")
    status, errors = await ended(program)

    assert status == 1
    assert "No dead letter letter-of-nobody is waiting" in errors


async def test_a_file_that_is_not_there_is_said_before_anything_starts(start: Start, tmp_path: Path) -> None:
    program = start(PROGRAM, "import-directory", "no/such/file", home=tmp_path / "home")
    status, errors = await ended(program)

    assert status == 1
    assert "There is no file or folder no/such/file" in errors
    assert not (tmp_path / "home").exists()


async def test_a_token_is_all_that_is_printed(start: Start, tmp_path: Path) -> None:
    program = start(PROGRAM, "token", "--role", "case_manager", home=tmp_path / "home")
    output, errors = await asyncio.to_thread(program.communicate, timeout=30)

    assert output.count(".") == 2
    assert output.endswith("\n")
    assert errors == ""
