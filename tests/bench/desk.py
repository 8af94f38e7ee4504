"""The desk at 100,000 clients and 1,000,000 entries: pages, open pages, and taking in what was stated.

Alone: `python -m tests.bench.desk`. Times are what a client on the same machine waits for, so the server's
are a little shorter; a ratio is of the p99 to the 50 ms that a page may take.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import nats
import uvloop

from contracts.event import Envelope, Event
from contracts.events.barriers import TaskOpened
from contracts.terms import Priority, TaskKind
from deploy.local.services import role_of
from deploy.local.system import LocalSystem, Plan
from services.desk.api.cookies import COOKIE
from services.desk.api.pages import Asset, assets
from services.desk.commands.signing_in import digest_of
from services.desk.store import figures
from shared.db import create_pool
from shared.ids import new_id
from shared.outbox import Outgoing, publish, source_of
from tests.bench import desk_directory, desk_model
from tests.bench.desk_model import STAFF_EACH, TEAMS, named
from tests.support.eventually import eventually

AIM_MS = 50.0
MOST_KB = 100.0
REQUESTS = 300
OPEN_PAGES = 200
EVENTS = 6_000
BATCH = 500

LOADED = {
    "govuk-frontend.min.css",
    "govuk-frontend.min.js",
    "desk.css",
    "desk.js",
    "htmx.min.js",
    "sse.min.js",
    "mark.svg",
}

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Desk:
    """A desk that is filled, and the way to it."""

    system: LocalSystem
    observer: asyncpg.Connection[asyncpg.Record]
    tokens: Mapping[int, str]

    @asynccontextmanager
    async def browser(self, staff: int) -> AsyncIterator[httpx.AsyncClient]:
        """The browser of one of the staff."""
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        async with httpx.AsyncClient(
            base_url=self.system.service_url("desk"),
            headers=headers,
            cookies={COOKIE: self.tokens[staff]},
            timeout=60,
            trust_env=False,
            limits=httpx.Limits(max_connections=None),
        ) as browser:
            yield browser


async def measure(tell: Tell, *, clients: int = desk_model.CLIENTS) -> dict[str, float]:
    """Fill a desk and measure it; gives the figures by name."""
    with tempfile.TemporaryDirectory(prefix="foothold-bench-desk-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        async with AsyncExitStack() as stack:
            system = await stack.enter_async_context(LocalSystem(home / "system", Plan(), report=tell))
            observer = await asyncpg.connect(system.database_url())
            stack.push_async_callback(observer.close)
            begin = time.perf_counter()
            filled = await desk_model.fill(observer, clients=clients)
            tell(
                f"filled {filled.clients:,} clients, {filled.tasks:,} tasks, {filled.entries:,} entries"
                f" in {time.perf_counter() - begin:.0f} s"
            )
            desk = Desk(system, observer, await _sessions(observer))
            return (
                await _count(desk, tell)
                | await _directory(desk, tell)
                | await _pages(desk, tell, clients=clients)
                | await _fan_out(desk, tell)
                | await _projection(desk, tell, clients=clients)
            )


async def _sessions(observer: asyncpg.Connection[asyncpg.Record]) -> dict[int, str]:
    """Somebody of every team signed in, and a supervisor of each."""
    tokens = {team * STAFF_EACH + turn: f"bench-{team}-{turn}" for team in range(TEAMS) for turn in (0, 1)}
    for staff, token in tokens.items():
        await observer.execute(
            "insert into desk.session (id, token_hash, staff_id, means, signed_in_at, seen_at)"
            " values ($1, $2, $3, 'oidc', now(), now())",
            new_id(),
            digest_of(token),
            named("staff", staff),
        )
    return tokens


async def _count(desk: Desk, tell: Tell) -> dict[str, float]:
    """How long it takes to count the figures, which is done once a minute."""
    url = desk.system.database_url(role_of("desk"))
    pool = await create_pool(url, schema="desk", size=1, application="bench")
    begin = time.perf_counter()
    async with pool.acquire() as conn, conn.transaction():
        await figures.count(conn, zone="Europe/London", now=datetime.now(UTC))
    seconds = time.perf_counter() - begin
    await pool.close()
    tell(f"figures are counted in {seconds:.2f} s")
    return {"desk_count_figures_s": seconds}


async def _directory(desk: Desk, tell: Tell) -> dict[str, float]:
    """How many services a second the desk takes in, when navigation states a whole directory."""
    events = list(desk_directory.services())
    begin = time.perf_counter()
    async with _publisher(desk.system, "navigation") as state:
        for first in range(0, len(events), BATCH):
            await state(events[first : first + BATCH])
        await eventually(
            lambda: desk.observer.fetchval("select count(*) from desk.service"), len(events), within=600
        )
    rate = len(events) / (time.perf_counter() - begin)
    await desk.observer.execute("vacuum analyze desk.service")
    # What was loaded goes to the disk now, and not while commits of pages wait behind it.
    await desk.observer.execute("checkpoint")
    tell(f"takes in {rate:,.0f} services/s, {len(events):,} of them")
    return {"desk_services_per_s": rate}


async def _pages(desk: Desk, tell: Tell, *, clients: int) -> dict[str, float]:
    """Each page, one after the other, for staff of all teams in turn."""
    chance = random.Random(7)

    def a_task(staff: int) -> str:
        return f"/tasks/{named('task', _client_of(staff, chance, clients) * 3)}"

    def a_client(staff: int) -> str:
        return f"/clients/{named('client', _client_of(staff, chance, clients))}"

    pages: Mapping[str, tuple[int, Callable[[int], str]]] = {
        "today": (1, lambda _: "/today"),
        "today_team": (0, lambda _: "/today?whose=team"),
        "task": (1, a_task),
        "team": (0, lambda _: "/team"),
        "team_clients": (0, lambda _: "/team/clients?who=nobody"),
        "partners": (0, lambda _: "/partners?whose=team"),
        "barriers": (0, lambda _: "/figures/barriers"),
        "unmet": (0, lambda _: "/figures/unmet"),
        "client": (1, a_client),
        "directory": (1, lambda _: "/directory"),
        "directory_search": (1, lambda _: desk_directory.searches(chance.randrange(10_000))),
        "service": (1, lambda _: f"/directory/{named('service', chance.randrange(desk_model.PARTNERS))}"),
    }
    found: dict[str, float] = {}
    assets_kb = sum(len(gzip.compress(one.content, mtime=0)) for one in _loaded()) / 1024
    for name, (turn, address) in pages.items():
        before = _cpu_ms(desk.system)
        times, heaviest = await _timed(desk, turn, address)
        if not times:
            tell(f"{name}: no such page yet")
            continue
        found |= _told(tell, f"desk_{name}", times)
        found[f"desk_{name}_cpu_ms"] = (_cpu_ms(desk.system) - before) / len(times)
        found[f"desk_{name}_kb"] = heaviest / 1024 + assets_kb
        tell(f"  {found[f'desk_{name}_cpu_ms']:.1f} ms of processor in desk and database")
        tell(f"  {found[f'desk_{name}_kb']:.0f} kB with everything that it loads, of {MOST_KB:.0f}")
    return found | await _searches(desk, tell)


def _cpu_ms(system: LocalSystem) -> float:
    """How long processors have worked for the desk and for the whole database; neighbours are left out."""
    stats = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stats[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
    home = str(system.home).encode()
    servers = set()
    for number in stats:
        with contextlib.suppress(OSError):
            if home in Path(f"/proc/{number}/cmdline").read_bytes():
                servers.add(number)
    ours = {
        system.processes["desk"].pid or 0,
        *(one for one, stat in stats.items() if int(stat[1]) in servers),
    }
    ticks = sum(int(stats[one][11]) + int(stats[one][12]) for one in ours & stats.keys())
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def _client_of(staff: int, chance: random.Random, clients: int) -> int:
    """Any client of the team of somebody."""
    return staff // STAFF_EACH + TEAMS * chance.randrange(clients // TEAMS - 1)


def _loaded() -> list[Asset]:
    """What a page of the desk loads beside itself."""
    return [one for name, one in assets().items() if name.rpartition("/")[2] in LOADED]


async def _timed(desk: Desk, turn: int, address: Callable[[int], str]) -> tuple[list[float], int]:
    times: list[float] = []
    heaviest = 0
    per_team = -(-REQUESTS // TEAMS)
    for team in range(TEAMS):
        staff = team * STAFF_EACH + turn
        async with desk.browser(staff) as browser:
            await browser.get("/sign-in")
            for _ in range(per_team):
                begin = time.perf_counter()
                answer = await browser.get(address(staff))
                times.append((time.perf_counter() - begin) * 1000)
                if answer.status_code == 404:
                    return [], 0
                answer.raise_for_status()
                heaviest = max(heaviest, len(gzip.compress(answer.content)))
    return sorted(times), heaviest


async def _searches(desk: Desk, tell: Tell) -> dict[str, float]:
    times = []
    for team in range(TEAMS):
        async with desk.browser(team * STAFF_EACH + 1) as browser:
            for words in ("am", "ami dia", "lind", "kofi reyes 4"):
                begin = time.perf_counter()
                answer = await browser.post("/clients", data={"words": words, "q": words, "name": words})
                times.append((time.perf_counter() - begin) * 1000)
                if answer.status_code in {404, 405, 422}:
                    tell("search: no such page yet")
                    return {}
    return _told(tell, "desk_search", sorted(times))


def _told(tell: Tell, name: str, times: Sequence[float]) -> dict[str, float]:
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    tell(f"{name}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {p99 / AIM_MS:.2f} of the aim")
    return {f"{name}_p50_ms": p50, f"{name}_p99_ms": p99, f"{name}_p99_over_aim": p99 / AIM_MS}


@dataclass
class _OpenPage:
    """A page of a team that somebody has open."""

    desk: Desk
    staff: int
    known: int
    listens: bool = False
    heard: float = 0.0
    read: float = 0.0

    async def wait(self) -> None:
        """Listen until something was touched, and read the page anew."""
        async with self.desk.browser(self.staff) as browser:
            address = f"/live?topic={named('team', 0)}&known={self.known}"
            async with browser.stream("GET", address) as answer:
                self.listens = True
                async for line in answer.aiter_lines():
                    if line.startswith("event: touched"):
                        self.heard = time.perf_counter()
                        break
            await browser.get("/today?whose=team", headers={"X-Live": "1"})
            self.read = time.perf_counter()


async def _fan_out(desk: Desk, tell: Tell) -> dict[str, float]:
    """Many open pages of one team: from a statement to each page that was told, and to each that has it."""
    known = int(await desk.observer.fetchval("select coalesce(max(position), 0) from desk.pulse"))
    pages = [_OpenPage(desk, number % 2, known) for number in range(OPEN_PAGES)]
    async with _publisher(desk.system) as state, asyncio.TaskGroup() as group:
        for page in pages:
            group.create_task(page.wait())
        await eventually(lambda: sum(page.listens for page in pages), OPEN_PAGES, within=60)
        begin = time.perf_counter()
        await state([_a_task(named("client", TEAMS))])
    heard = sorted((page.heard - begin) * 1000 for page in pages)
    read = sorted((page.read - begin) * 1000 for page in pages)
    told = {
        "desk_live_p50_ms": heard[len(heard) // 2],
        "desk_live_p99_ms": heard[len(heard) * 99 // 100],
        "desk_live_read_p50_ms": read[len(read) // 2],
        "desk_live_read_p99_ms": read[len(read) * 99 // 100],
    }
    tell(
        f"{OPEN_PAGES} open pages hear of a change within {told['desk_live_p50_ms']:.0f} ms (p50)"
        f" and {told['desk_live_p99_ms']:.0f} ms (p99); all of them have read it after {read[-1]:.0f} ms"
    )
    return told


async def _projection(desk: Desk, tell: Tell, *, clients: int) -> dict[str, float]:
    """How many events a second the desk takes in, for clients all over the model."""
    before = int(await desk.observer.fetchval("select count(*) from desk.inbox"))
    events = [_a_task(named("client", (number * 7919) % clients)) for number in range(EVENTS)]
    begin = time.perf_counter()
    async with _publisher(desk.system) as state:
        for first in range(0, EVENTS, BATCH):
            await state(events[first : first + BATCH])
        await eventually(
            lambda: desk.observer.fetchval("select count(*) from desk.inbox"),
            lambda count: count >= before + EVENTS,
            within=300,
        )
    rate = EVENTS / (time.perf_counter() - begin)
    tell(f"takes in {rate:,.0f} events/s")
    return {"desk_events_per_s": rate}


def _a_task(client_id: UUID) -> TaskOpened:
    now = datetime.now(UTC)
    return TaskOpened(
        client_id=client_id,
        task_id=new_id(),
        kind=TaskKind.HEAR_REPLY,
        title="Hear what they wrote",
        why="They wrote back.",
        priority=Priority.ROUTINE,
        priority_reason="In its time.",
        due_from=now,
        due_by=now + timedelta(days=2),
        opened_at=now,
    )


@asynccontextmanager
async def _publisher(
    system: LocalSystem, name: str = "barriers"
) -> AsyncIterator[Callable[[Sequence[Event]], Awaitable[None]]]:
    """State things in the name of a service."""
    bus = await nats.connect(
        system.nats.url,
        user=name,
        password=system.credentials.nats[name],
        inbox_prefix=f"_INBOX_{name}",
    )

    async def state(events: Sequence[Event]) -> None:
        outgoing = [
            Outgoing(
                Envelope(
                    id=new_id(),
                    type=event.subject,
                    source=source_of(event.subject),
                    time=datetime.now(UTC),
                    about=event.about,
                    correlation_id=new_id(),
                ),
                event.model_dump_json().encode(),
            )
            for event in events
        ]
        await publish(bus, outgoing)

    try:
        yield state
    finally:
        await bus.close()


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else desk_model.CLIENTS
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = {name: round(value, 2) for name, value in runner.run(measure(_say, clients=number)).items()}
    print(json.dumps(found))
