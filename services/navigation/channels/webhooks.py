"""Posts to partners' endpoints: one request, one answer or the reason why there was none.

What is posted is asked for when the connection stands, TLS and all, and goes out at once: an endpoint that
shakes hands slowly hears nothing that has been withdrawn meanwhile. Each request has a connection of its own,
so that every one is judged at the door and none meets a connection that the other side has just closed. No
redirect is followed. Of what the endpoint says only a bounded beginning is read, for at most a second;
nothing of it is logged or kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpcore
import httpx

from services.navigation.channels.webhook_door import Door, NoSuchNameError, NotAllowedError
from services.navigation.model.webhooks import Answered, NoAnswer, Outcome

AGENT = "Foothold-Webhooks/1"
MOST_READ_BYTES = 64 * 1024
MOST_READ_SECONDS = 1.0
EXCERPT_CHARACTERS = 200
_ALWAYS = {"User-Agent": AGENT, "Accept": "*/*", "Connection": "close"}
MOST_TRIED = 8
"""Names that are looked up at once for who registers addresses: what is to be posted needs the others."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted."""

    headers: Mapping[str, str]
    body: bytes


Compose = Callable[[], Awaitable[Message | None]]
"""Says what is to be posted, at the moment when the endpoint listens; None when nothing is any more."""


class Post(Protocol):
    """Posts once."""

    async def __call__(self, url: str, compose: Compose) -> Outcome:
        """Post what there is to say; what `compose` raises is passed on, all else is an outcome."""


class Poster:
    """Posts through the door. `seconds` is what one request may take in all, to its answer's headers."""

    def __init__(self, door: Door, *, seconds: float, trust: ssl.SSLContext | None = None) -> None:
        self._door = door
        self._seconds = seconds
        # The machine's SSL_CERT_FILE where set, certifi's list otherwise; TLS 1.2 at least.
        self._trust = trust or httpx.create_ssl_context()
        self._trust.set_alpn_protocols(["http/1.1"])
        self._tried: set[asyncio.Task[object]] = set()

    async def objection_to(self, url: str) -> str | None:
        """Why the name of a URL leads nowhere that anything is sent to; None when all is well."""
        if len(self._tried) >= MOST_TRIED:
            return "many addresses are being looked up at this moment; please try again in a minute"
        task: asyncio.Task[object] = asyncio.create_task(self._door.addresses(urlsplit(url).hostname or ""))
        self._tried.add(task)
        task.add_done_callback(self._looked_up)
        # A look-up that hangs goes on by itself, and takes its place for as long.
        await asyncio.wait({task}, timeout=self._seconds)
        if not task.done():
            return "its name could not be looked up in time"
        problem = task.exception()
        if isinstance(problem, NoSuchNameError | NotAllowedError):
            return str(problem)
        if problem is not None:
            raise problem
        return None

    def _looked_up(self, task: asyncio.Task[object]) -> None:
        self._tried.discard(task)
        # Nobody may be waiting any more; the error is then nobody's.
        if not task.cancelled():
            task.exception()

    async def __call__(self, url: str, compose: Compose) -> Outcome:
        """Post what there is to say; what `compose` raises is passed on, all else is an outcome."""
        try:
            async with asyncio.timeout(self._seconds + MOST_READ_SECONDS):
                return await self._post(url, compose)
        except TimeoutError:
            return NoAnswer(self._too_slow)
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
        ) as problem:
            return NoAnswer(_why(problem, too_slow=self._too_slow))

    @property
    def _too_slow(self) -> str:
        return f"it did not answer within {self._seconds:g} seconds"

    async def _post(self, url: str, compose: Compose) -> Outcome:
        where = httpcore.URL(url)
        async with asyncio.timeout(self._seconds) as patience:
            async with httpcore.AsyncHTTP11Connection(
                where.origin, await self._connected(where.origin)
            ) as connection:
                message = await compose()
                if message is None:
                    return NoAnswer("it was called off before it could be sent")
                async with connection.stream(
                    "POST",
                    where,
                    headers=list({**_ALWAYS, **message.headers}.items()),
                    content=message.body,
                    extensions={"timeout": self._limits},
                ) as answer:
                    # It has answered: what it still has to say cannot change what that means.
                    patience.reschedule(None)
                    return Answered(answer.status, _header(answer, b"retry-after"), await _beginning(answer))

    @property
    def _limits(self) -> dict[str, float]:
        return dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)

    async def _connected(self, origin: httpcore.Origin) -> httpcore.AsyncNetworkStream:
        host = origin.host.decode("ascii")
        stream = await self._door.connect_tcp(host, origin.port, timeout=self._seconds)
        if origin.scheme != b"https":
            return stream
        try:
            return await stream.start_tls(self._trust, server_hostname=host, timeout=self._seconds)
        except BaseException:
            # Whoever runs out of patience leaves no connection behind.
            await stream.aclose()
            raise


async def _beginning(answer: httpcore.Response) -> str:
    read = bytearray()
    with contextlib.suppress(
        TimeoutError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError
    ):
        async with asyncio.timeout(MOST_READ_SECONDS):
            async for chunk in answer.aiter_stream():
                read += chunk
                if len(read) >= MOST_READ_BYTES:
                    break
    return bytes(read[: EXCERPT_CHARACTERS * 4]).decode("utf-8", "replace")[:EXCERPT_CHARACTERS]


def _header(answer: httpcore.Response, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in answer.headers if key.lower() == name), None)


def _why(problem: Exception, *, too_slow: str) -> str:
    """Name what went wrong without repeating anything that was sent or said."""
    if isinstance(problem, NotAllowedError | NoSuchNameError):
        return str(problem)
    if isinstance(problem, httpcore.ConnectError) and _is_of_tls(problem):
        return "its certificate could not be verified, or it speaks no TLS that we accept"
    return next((why for kind, why in _WHY if isinstance(problem, kind)), too_slow)


def _is_of_tls(problem: Exception) -> bool:
    # httpcore keeps what happened as the first argument, and drops the chain.
    return any(isinstance(argument, ssl.SSLError) for argument in problem.args)


_WHY: tuple[tuple[type[Exception], str], ...] = (
    (httpcore.ConnectTimeout, "it could not be connected to in time"),
    (httpcore.ConnectError, "it could not be connected to"),
    (httpcore.ProtocolError, "what it answered is not HTTP"),
    (httpcore.NetworkError, "the connection broke off before it answered"),
)
