"""The streams that a test finds on a server which others have used before it."""

from __future__ import annotations

from collections.abc import Iterable

from nats.aio.client import Client

from contracts.streams import Stream
from shared.streams import ensure_stream


async def remove_streams(bus: Client) -> None:
    """Leave no stream."""
    jetstream = bus.jetstream(timeout=5)
    for info in await jetstream.streams_info():
        await jetstream.delete_stream(str(info.config.name))


async def provide_streams(bus: Client, wanted: Iterable[Stream]) -> None:
    """Have these streams, empty, and no other."""
    await remove_streams(bus)
    for stream in wanted:
        await ensure_stream(bus.jetstream(timeout=5), stream)
