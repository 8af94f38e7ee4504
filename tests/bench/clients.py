"""What a look for duplicates and an import cost with many clients on file: `python -m tests.bench.clients`.

Names are drawn from FEBRL's, as often as they come there; everything else is invented. The system runs as it
always does, all services beside; the import is the command, as a process of its own.
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
from pathlib import Path

import httpx
import uvloop

from deploy.local.settings import ROOT
from deploy.local.system import LocalSystem, Plan
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


async def imported(file: Path, system: LocalSystem, *, run: bool) -> tuple[dict[str, int], float, float]:
    """Run the import of a file; give what became of its rows, the seconds, and the megabytes at most."""
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
    return json.loads(told)["outcomes"], seconds, usage.ru_maxrss / 1024


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


async def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        small, large = home / "small.csv", home / "large.csv"
        write(small, first=0, rows=ROWS, seed=1)
        write(large, first=ROWS, rows=CLIENTS - ROWS, seed=2)
        async with LocalSystem(home / "system", Plan(), report=lambda _: None) as system:
            for what, file, run in (
                ("a plan of", small, False),
                ("an import of", small, True),
                ("the same again,", small, True),
                ("on top of it", large, True),
                ("the same again on", small, True),
            ):
                rows = ROWS if file is small else CLIENTS - ROWS
                outcomes, seconds, peak = await imported(file, system, run=run)
                print(f"{what} {rows:,} rows: {seconds:.1f} s, {peak:.0f} MB at most, {outcomes}", flush=True)
                if run:
                    taken = await looks(system, small)
                    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
                    print(f"    a look for duplicates: p50 {p50:.1f} ms, p99 {p99:.1f} ms", flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
