"""A partner's endpoint as tests need it: a real HTTP server on loopback that behaves as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from deploy.local.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came in. `at` is the loop's time."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        """What the sender says this message is."""
        return self.headers["webhook-id"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. `silence` never answers, `held` never ends; `raw` is sent instead of all else."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: bytes | None = None
    silence: bool = False
    held: bool = False


Behaviour = Callable[[Received], Reply | Awaitable[Reply]]


class Receiver:
    """Takes what comes, in order. Change `behave` at any time; the default takes everything with 204."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.received: list[Received] = []
        self.behave: Behaviour = lambda _: Reply()
        self.port = port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'https' if self._tls else 'http'}://{LOOPBACK}:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The ids of what came in, in order."""
        return [received.id for received in self.received]

    async def start(self) -> None:
        """Begin to listen, on the same port as before if it did."""
        self._server = await asyncio.start_server(
            self._serve, LOOPBACK, self.port, ssl=self._tls, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections from now on, and drop those that are open."""
        if self._server is not None:
            self._server.close()
            for task in list(self._open):
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            # Whoever is stopped while somebody waits for an answer is cancelled.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer(await _read(reader), writer)
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        self.received.append(received)
        said = self.behave(received)
        reply = await said if inspect.isawaitable(said) else said
        if reply.silence:
            await asyncio.Event().wait()
        writer.write(reply.raw if reply.raw is not None else _written(reply))
        await writer.drain()
        if reply.held:
            await asyncio.Event().wait()


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split(" ")[1], headers, body, asyncio.get_running_loop().time())


def _written(reply: Reply) -> bytes:
    headers = {"Content-Length": str(len(reply.body)), "Connection": "close", **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + reply.body


@asynccontextmanager
async def receiving(*, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver for as long as the block lasts."""
    receiver = Receiver(tls=tls)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()
