"""uvicorn inside our own life cycle: it neither takes the signals nor decides when to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from shared.settings import ServiceSettings

LOOK_EVERY_SECONDS = 0.005


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture nothing."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, settings: ServiceSettings) -> AsyncIterator[str]:
    """Serve HTTP for as long as the block lasts; gives the address. Requests in hand are finished.

    Raises `SystemExit` with one plain line when the port cannot be used.
    """
    try:
        listener = socket.create_server((settings.http_host, settings.http_port), backlog=512)
    except OSError as problem:
        message = f"port {settings.http_port} on {settings.http_host} cannot be used: {problem.strerror}"
        raise SystemExit(message) from None
    # Connections take it over. asyncio would set it for sockets that say which protocol they are for, and
    # these do not: a body would wait 40 ms for the other side to acknowledge the headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_grace_seconds / 2)),
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn offers no event to wait for
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    try:
        yield f"http://{settings.http_host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()
