"""What a look for duplicates and an import cost with many clients on file: `python -m tests.bench.clients`.

Names are drawn from FEBRL's, as often as they come there; everything else is invented. Intake runs as it
always does, with PostgreSQL and NATS; the import is the command, as a process of its own.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvloop

from deploy.local.services import role_of
from deploy.local.settings import ROOT
from deploy.local.system import LocalSystem, Plan
from services.intake import policy, store
from services.intake.model.importing import RawRow, ReadingRules, ReadRow
from services.intake.model.matching import NewOnFile
from services.intake.policy import importing, likeness
from shared.db import create_pool
from shared.ids import new_id
from tests.bench.duplicates import records

ROWS = 10_000
CLIENTS = 100_000
LOOKS = 600
COLUMNS = ("record_id", "full_name", "born_on", "postcode", "sms", "time_zone")


def write(file: Path, *, first: int, rows: int, seed: int) -> None:
    """Write a file of invented people, one a row."""
    chance = random.Random(seed)
    names = [person.words for person in records("3").values() if len(person.words) == 2]
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        for number in range(first, first + rows):
            writer.writerow(_person(number, chance, names))


def _person(number: int, chance: random.Random, names: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    name = f"{chance.choice(names)[0]} {chance.choice(names)[1]}".title()
    born = f"{chance.randint(1940, 2008)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    postcode = (
        f"{chance.choice(('LS', 'BD', 'HX', 'M', 'S'))}{chance.randint(1, 29)} {chance.randint(1, 9)}AB"
    )
    return (str(number), name, born, postcode, f"+447{chance.randint(10**8, 10**9 - 1)}", "Europe/London")


async def imported(file: Path, system: LocalSystem, *, run: bool) -> tuple[dict[str, int], str]:
    """Run the import of a file; give what became of its rows, and what it took."""
    command = [sys.executable, "-m", "services.intake", "import-clients", str(file), "--source", "bench"]
    command += ["--by", str(new_id()), "--json", *(["--run"] if run else [])]
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=dict(system.environment("intake")), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = await asyncio.to_thread(process.stdout.read)
    _, status, usage = await asyncio.to_thread(os.wait4, process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return json.loads(told)[
        "outcomes"
    ], f"{seconds:.1f} s, {cpu:.1f} s of CPU, {usage.ru_maxrss / 1024:.0f} MB"


async def looks(system: LocalSystem, file: Path) -> list[float]:
    """Ask for duplicates as somebody types, and give the milliseconds, ascending."""
    headers = {"Authorization": "Bearer " + system.token("staff", ["intake"])}
    with file.open(newline="", encoding="utf-8") as lines:
        people = list(csv.DictReader(lines))
    chance = random.Random(5)
    taken = []
    async with httpx.AsyncClient(base_url=system.service_url("intake"), headers=headers, timeout=30) as http:
        for _ in range(LOOKS):
            one = chance.choice(people)
            typed = {"full_name": one["full_name"].replace("a", "", 1)}
            if chance.random() < 0.5:
                typed["born_on"] = one["born_on"]
            start = time.perf_counter()
            answer = await http.post("/clients/duplicates", json=typed)
            taken.append((time.perf_counter() - start) * 1000)
            answer.raise_for_status()
    return sorted(taken)


async def fill(system: LocalSystem, file: Path) -> None:
    """Put the people of a file on record as they are, without a plan and without events."""
    rules = ReadingRules(time_zone="Europe/London")
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    pool = await create_pool(
        system.database_url(role_of("intake")), schema="intake", size=1, application="bench"
    )
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [RawRow(line=line, cells=cells) for line, cells in enumerate(csv.DictReader(lines))]
    async with pool.acquire() as conn:
        for start in range(0, len(rows), 1000):
            read = (importing.read_row(row, rules, now) for row in rows[start : start + 1000])
            newcomers = [_new(row) for row in read if isinstance(row, ReadRow)]
            await store.clients.add_clients(conn, newcomers, at=now, by=new_id(), keys_by=likeness.KEYS)
    await pool.close()


def _new(row: ReadRow) -> NewOnFile:
    context = row.client.context.model_copy(update={"client_id": new_id()})
    name = row.client.contact.full_name
    return NewOnFile(
        client=replace(row.client, context=context),
        name_key=policy.name_key(name),
        words=policy.name_words(name),
        keys=likeness.keys_of(row.likeness),
    )


async def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        small, large, more = home / "small.csv", home / "large.csv", home / "more.csv"
        write(small, first=0, rows=ROWS, seed=1)
        write(large, first=ROWS, rows=CLIENTS - ROWS, seed=2)
        write(more, first=CLIENTS, rows=ROWS, seed=3)
        async with LocalSystem(home / "system", Plan(serve=("intake",)), report=lambda _: None) as system:
            await _tell_import("a plan of", small, system, run=False)
            await _tell_import("a run of", small, system, run=True)
            await _tell_import("the same again,", small, system, run=True)
            await _tell_looks(ROWS, small, system)
            await fill(system, large)
            await _tell_looks(CLIENTS, small, system)
            await _tell_import(f"with {CLIENTS:,} on record, plan and run of", more, system, run=True)


async def _tell_import(what: str, file: Path, system: LocalSystem, *, run: bool) -> None:
    outcomes, took = await imported(file, system, run=run)
    print(f"{what} {ROWS:,} rows: {took}, {outcomes}", flush=True)


async def _tell_looks(clients: int, file: Path, system: LocalSystem) -> None:
    taken = await looks(system, file)
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(f"a look among {clients:,} clients: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
