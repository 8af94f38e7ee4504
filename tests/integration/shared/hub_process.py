"""The hub as a process: `python -m tests.integration.shared.hub_process serve`, as a service is started.

While the file that HOLD names exists it stays in the middle of a batch. It says on its output when it has
begun one, and when it has been told to stop reading.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import shared.bus
from shared.bus import Delivery, on
from shared.commands import main
from shared.pump import Pump
from shared.run import Parts, Service
from shared.settings import ServiceSettings
from shared.unit_of_work import Transaction
from tests.integration.shared.parcels import NOWHERE, Hub, ParcelPacked

HOLD = Path(os.environ.get("HOLD", "/nonexistent"))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class AnnouncedPump(Pump):
    """A pump that says when it is told to stop."""

    async def stop(self, grace: float) -> None:
        say("stopping")
        await super().stop(grace)


class SlowHub:
    """A hub that can be held up."""

    def __init__(self) -> None:
        self._hub = Hub()

    @on(ParcelPacked, durable="barriers-parcel-packed")
    async def count(self, tx: Transaction, deliveries: Sequence[Delivery[ParcelPacked]]) -> None:
        say(f"begun {len(deliveries)}")
        while HOLD.exists():  # noqa: ASYNC110 - held up by the test, which is another process
            await asyncio.sleep(0.01)
        await self._hub.count(tx, deliveries)


async def _build(_kit: object) -> Parts:
    return Parts(handlers=SlowHub())


HUB = Service(
    name="barriers",
    title="Hub",
    description="Counts parcels",
    settings=ServiceSettings,
    folder=NOWHERE,
    routes=(),
    build=_build,
    handlers=SlowHub,
)

if __name__ == "__main__":
    shared.bus.Pump = AnnouncedPump  # type: ignore[attr-defined]
    main(HUB)
