"""The whole system, as separate processes, with a clock on which a day passes in a few seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from contracts.event import Event
from deploy.local.demo.stage import Stage, stage_on
from deploy.local.sample import import_sample
from deploy.local.servers import Servers
from deploy.local.system import ClockSettings, LocalSystem, Plan
from shared.clock import RatedClock, real_now

RATE = 20_000
"""A day passes in 4.3 seconds."""
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
async def stage(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Everything that a story is played on; each story brings clients of its own."""
    clock = ClockSettings(rate=RATE, origin=MONDAY, started_at=real_now())
    home = tmp_path_factory.mktemp("journeys") / "home"
    async with LocalSystem(home, Plan(clock=clock, ready_within=90), servers=servers) as system:
        await import_sample(system)
        own = RatedClock(RATE, origin=MONDAY, started_at=clock.started_at)
        async with stage_on(system, own, _unheard) as stage:
            yield stage


def _unheard(event: Event) -> None:
    """Nobody watches; the tests look at what was stated."""
    del event
