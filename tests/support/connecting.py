"""Connecting to NATS in vain, and leaving nothing behind."""

from __future__ import annotations

import contextlib

import nats.errors
from nats.aio.client import Client
from nats.aio.transport import TcpTransport


async def is_let_in(
    url: str, *, user: str | None = None, password: str | None = None, token: str | None = None
) -> bool:
    """Whether NATS takes somebody who presents this; the connection is ended at once."""
    client = Client()
    if password is not None and user is None:
        user = ""  # nats-py sends no password without a user
    try:
        # The server says why and hangs up; which of the two is noticed first is chance.
        with contextlib.suppress(nats.errors.Error, OSError):
            await client.connect(
                url, user=user, password=password, token=token, allow_reconnect=False, error_cb=_ignore
            )
        return client.is_connected
    finally:
        await client.close()
        # nats-py leaves the socket open when it is not let in.
        if isinstance(client._transport, TcpTransport):
            client._transport.close()  # type: ignore[no-untyped-call]
            with contextlib.suppress(OSError):
                await client._transport.wait_closed()  # type: ignore[no-untyped-call]


async def _ignore(error: Exception) -> None:
    del error
