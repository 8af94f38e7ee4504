"""Depot and hub as a process of their own that can be told where to die.

`python -m tests.faults.kit.company` with FOOTHOLD_... settings, DEPOT_URL and HUB_URL. DIE_AT names the step
after which the process kills itself: the hub at once, the depot the third time that it gets there, with
other commands under way. A parcel that weighs 666 kills the hub while it is counted.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import ParamSpec, TypeVar

from nats.aio.client import Client

import shared.outbox
import shared.streams
from shared.bus import Delivery, Receiver, on
from shared.outbox import Outgoing, Publisher
from shared.run import Parts, Service, running
from shared.settings import ServiceSettings
from shared.unit_of_work import Transaction
from tests.integration.shared.parcels import DEPOT, NOWHERE, Hub, ParcelPacked

P = ParamSpec("P")
R = TypeVar("R")

DIE_AT = os.environ.get("DIE_AT", "")
WINDOWS = (
    "intake: written, not committed",
    "intake: committed, not published",
    "intake: published, not marked",
    "barriers: written, not committed",
    "barriers: committed, not published",
    "barriers: committed, not acknowledged",
    "barriers: published, not marked",
)
_times = 0


def _perhaps_die(source: str, step: str) -> None:
    global _times  # noqa: PLW0603 - one process, one life
    if f"{source.removeprefix('/foothold/')}: {step}" == DIE_AT:
        _times += 1
        if _times == (3 if DIE_AT.startswith("intake") else 1):
            os.kill(os.getpid(), signal.SIGKILL)


def _then(
    function: Callable[P, Coroutine[None, None, R]], step: Callable[[R], None]
) -> Callable[P, Coroutine[None, None, R]]:
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        result = await function(*args, **kwargs)
        step(result)
        return result

    return wrapped


def set_traps() -> None:
    """Wrap the kit's steps so that the process dies between them."""

    def written(events: list[Outgoing]) -> None:
        if events:
            _perhaps_die(events[0].envelope.source, "written, not committed")

    Transaction.write_events = _then(Transaction.write_events, written)  # type: ignore[method-assign]
    Receiver.commit = _then(  # type: ignore[method-assign]
        Receiver.commit, lambda _: _perhaps_die("barriers", "committed, not acknowledged")
    )
    hand_over, publish = Publisher.hand_over, shared.outbox.publish

    def handed_over(self: Publisher, events: Sequence[Outgoing]) -> None:
        if events:
            _perhaps_die(events[0].envelope.source, "committed, not published")
        hand_over(self, events)

    async def published(connection: Client, batch: Sequence[Outgoing]) -> list[int]:
        sequences = await publish(connection, batch)
        _perhaps_die(batch[0].envelope.source, "published, not marked")
        return sequences

    Publisher.hand_over = handed_over  # type: ignore[method-assign,assignment]
    shared.outbox.publish = published


class DeadlyHub:
    """The hub, which does not survive a parcel that weighs 666."""

    def __init__(self) -> None:
        self._hub = Hub()

    @on(ParcelPacked, durable="barriers-parcel-packed")
    async def count(self, tx: Transaction, deliveries: Sequence[Delivery[ParcelPacked]]) -> None:
        await self._hub.count(tx, deliveries)
        if any(delivery.event.weight == 666 for delivery in deliveries):
            os._exit(66)


async def _build(_kit: object) -> Parts:
    return Parts(handlers=DeadlyHub())


HUB = Service(
    name="barriers",
    title="Hub",
    description="Counts parcels",
    settings=ServiceSettings,
    folder=NOWHERE,
    routes=(),
    build=_build,
    handlers=DeadlyHub,
)


async def main() -> None:
    """Run both until killed."""
    # What a dead process held comes again after a second here, and after thirty in earnest.
    shared.streams.ACK_WAIT_SECONDS = 1
    set_traps()
    depot = ServiceSettings.model_validate({"database_url": os.environ["DEPOT_URL"]})
    hub = ServiceSettings.model_validate({"database_url": os.environ["HUB_URL"], "http_port": 0})
    async with running(DEPOT, depot), running(HUB, hub):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
