"""`make bench`: the main job, matching, the import and the peers, on one machine in one run.

Tells what it does on standard error; the last line of standard output is one JSON object. Rates of us and of
the peers are medians of rounds that take turns, so that a neighbour's load meets them alike.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import uvloop

from deploy.local.postgres import EmbeddedPostgres
from deploy.local.servers import DatabaseServer
from deploy.local.system import EmbeddedServers, LocalSystem, Plan
from shared.unit_of_work import Database
from tests.bench import chain, desk, directory, playbook
from tests.bench.peers.measure import PEERS, measure
from tests.bench.people import EACH, barriers_of, register_clients
from tests.support import big_directory

SERVICES = 50_000
ROUNDS = 3
WARM_UP = 300
CHAIN_BARRIERS = 4_500
PEER_BARRIERS = 3_000
PACES = {20: 300, 500: 3_000}
"""Barriers a second, and how many of them."""
SEARCHES = 5_000


class MeasuringServers(EmbeddedServers):
    """The embedded servers, with a database that remembers when each transaction was committed."""

    def postgres(self, folder: Path, *, password: str, port: int = 0) -> DatabaseServer:
        """Make the database server."""
        settings = {"track_commit_timestamp": "on", "shared_buffers": "512MB"}
        return EmbeddedPostgres(folder, password=password, port=port, settings=settings)


def tell(message: str) -> None:
    """Say what is going on."""
    print(message, file=sys.stderr, flush=True)


async def main() -> dict[str, float]:
    """Measure everything and give the figures by name."""
    with tempfile.TemporaryDirectory(prefix="foothold-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        system = LocalSystem(
            home / "system", Plan(), servers=MeasuringServers(home / "system" / "logs"), report=tell
        )
        async with system:
            figures = await _directory(system, home / "directory.ndjson")
            async with chain.intake_writer(system) as intake:
                await _chain(system, intake, WARM_UP)
                rates = await _rates(system, intake)
                for pace, number in PACES.items():
                    figures |= await _latency(system, intake, pace=pace, barriers=number)
            figures |= await _playbook(system)
    figures |= await desk.measure(tell)
    figures["chain_barriers_per_s"] = rates["chain"]
    for name in PEERS:
        figures[f"{name}_barriers_per_s"] = rates[name]
        figures[f"chain_over_{name}"] = rates["chain"] / rates[name]
    return figures


async def _directory(system: LocalSystem, file: Path) -> dict[str, float]:
    tell(f"importing {SERVICES:,} services")
    big_directory.write(file, SERVICES)
    imported = await directory.import_directory(file, system.environment("navigation"), services=SERVICES)
    tell(f"  {imported.services_per_second:,.0f} services/s, {imported.peak_mb:,.0f} MB at most")
    searches = await directory.match_latencies_ms(system, searches=SEARCHES)
    return {
        "import_services_per_s": imported.services_per_second,
        "import_peak_mb": imported.peak_mb,
        "match_p50_ms": searches[len(searches) // 2],
        "match_p99_ms": searches[len(searches) * 99 // 100],
    }


async def _rates(system: LocalSystem, intake: Database) -> Mapping[str, float]:
    rounds: dict[str, list[float]] = {"chain": [], **{name: [] for name in PEERS}}
    for number in range(ROUNDS):
        run = await _chain(system, intake, CHAIN_BARRIERS)
        rounds["chain"].append(run.per_second)
        tell(f"round {number + 1}: {run.per_second:,.0f}/s; no service fitted {run.without_referral} times")
        for name in PEERS:
            rounds[name].append(await measure(system.postgres, name, barriers=PEER_BARRIERS))
            tell(f"  {name} {rounds[name][-1]:,.0f}")
    return {name: statistics.median(values) for name, values in rounds.items()}


async def _latency(system: LocalSystem, intake: Database, *, pace: int, barriers: int) -> dict[str, float]:
    run = await _chain(system, intake, barriers, per_second=pace)
    tell(f"at {pace}/s: p50 {run.percentile(0.5):.1f} ms, p99 {run.percentile(0.99):.1f} ms")
    return {
        f"latency_{pace}_p50_ms": run.percentile(0.5),
        f"latency_{pace}_p99_ms": run.percentile(0.99),
    }


async def _playbook(system: LocalSystem) -> dict[str, float]:
    breath, longest = await playbook.suggestion_latencies_ms(system)
    seconds, first_news, tried = await playbook.trial(system)
    tell(f"a playbook tried on {tried:,} answers: {seconds:.1f} s, {first_news:.2f} s to the first news")
    return {
        "suggest_p50_ms": breath[len(breath) // 2],
        "suggest_p99_ms": breath[len(breath) * 99 // 100],
        "suggest_4000_characters_p99_ms": longest[len(longest) * 99 // 100],
        "trial_answers_per_s": tried / seconds,
        "trial_first_news_s": first_news,
    }


async def _chain(
    system: LocalSystem, intake: Database, barriers: int, *, per_second: float | None = None
) -> chain.Chain:
    headers = {"Authorization": "Bearer " + system.token("staff", ["intake"])}
    clients = await register_clients(system.service_url("intake"), headers, barriers // EACH)
    return await chain.measure(system, intake, barriers_of(clients), per_second=per_second)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        result = {name: round(value, 2) for name, value in runner.run(main()).items()}
    print(json.dumps(result))
