"""The way out to partners' endpoints: names are resolved once, judged, and what was judged is connected to.

Whatever a name leads to is looked at each time before connecting, and a name with even one address that is
not public leads nowhere, so a name server that changes its answer gains nothing. TLS and the Host header
keep the name. No proxy is asked, whatever the environment says.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address

import httpcore

from services.navigation.policy.webhook_targets import objection_to_address

Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""Gives every address of a name; raises `OSError` when there is none."""

MOST_LOOKUPS = 200


class NotAllowedError(httpcore.ConnectError):
    """The name leads somewhere that nothing is sent to."""


class NoSuchNameError(httpcore.ConnectError):
    """The name leads nowhere."""


class SystemResolver:
    """The machine's own resolver. A name that hangs keeps one thread and nobody else waiting.

    The threads are daemons, not the loop's few: those would be taken by a handful of dead name servers.
    """

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str) -> Sequence[str]:
        """Every address of a name."""
        if _is_address(host):
            return [host]
        found = self._under_way.get(host)
        if found is None:
            if len(self._under_way) >= MOST_LOOKUPS:
                raise OSError("too many names are being looked up")
            found = self._under_way[host] = asyncio.get_running_loop().create_future()
            found.add_done_callback(lambda done: self._forget(host, done))
            threading.Thread(
                target=_look_up, args=(host, found), name="webhook-name-lookup", daemon=True
            ).start()
        return await asyncio.shield(found)

    def _forget(self, host: str, done: asyncio.Future[Sequence[str]]) -> None:
        del self._under_way[host]
        # Nobody may be waiting any more; the error is then nobody's.
        if not done.cancelled():
            done.exception()


def _look_up(host: str, found: asyncio.Future[Sequence[str]]) -> None:
    loop = found.get_loop()
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        problem = OSError(str(error))
        _tell(loop, lambda: found.set_exception(problem))
    else:
        addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        _tell(loop, lambda: found.set_result(addresses))


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(what)
    except RuntimeError:
        # The loop has been closed: the process is on its way down, and nobody waits for the name.
        return


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


class Door(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only; for local development to loopback as well."""

    def __init__(self, *, local_development: bool, resolver: Resolver | None = None) -> None:
        self._local_development = local_development
        self._resolve = resolver or SystemResolver()
        self._network = httpcore.AnyIOBackend()

    async def addresses(self, host: str) -> Sequence[str]:
        """The addresses of a name. Raises `NoSuchNameError`, or `NotAllowedError` if one is not public."""
        try:
            found = await self._resolve(host)
        except OSError:
            found = ()
        if not found:
            raise NoSuchNameError("its name leads to no address")
        for address in found:
            why = objection_to_address(address, local_development=self._local_development)
            if why is not None:
                raise NotAllowedError(f"its name leads to an address that is not public ({why})")
        return found

    async def connect_tcp(  # noqa: PLR0917 - httpcore's own signature
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers, of those that were judged here and now."""
        problem: httpcore.ConnectError | None = None
        try:
            async with asyncio.timeout(timeout):
                for address in await self.addresses(host):
                    try:
                        return await self._network.connect_tcp(
                            address, port, local_address=local_address, socket_options=socket_options
                        )
                    except httpcore.ConnectError as refused:
                        problem = refused
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        raise problem or NoSuchNameError("its name leads to no address")

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - httpcore's own signature
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never: endpoints are elsewhere."""
        raise NotAllowedError("endpoints have a web address")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
