"""Requests that wait for something new: one small look for everybody who waits, none while nobody does.

What is waited for has a position that only grows. Whoever waits is woken when a look finds a later one, when
the time is up, or at once when the service stops: an open wait never holds up a stop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from fastapi import Request

from shared.errors import TooMany
from shared.retry import describe

LOOK_EVERY = timedelta(milliseconds=100)
MOST_FOR_ONE = 4
WAITS = "waits-for-news"
"""What the task of each open wait is called."""

Look = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, int]]]
"""Tells the latest position of each of these; what has none yet may be left out."""

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class _Waiter:
    known: int
    """The latest position that has been told."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Waiting:
    """Everybody in this process who waits for something new of one kind."""

    def __init__(
        self, look: Look, *, every: timedelta = LOOK_EVERY, most_for_one: int = MOST_FOR_ONE
    ) -> None:
        self._look = look
        self._every = every.total_seconds()
        self._most_for_one = most_for_one
        self._waiters: dict[UUID, set[_Waiter]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._stopped = False

    async def for_news(self, key: UUID, *, known: int, seconds: float) -> int:
        """Return when `key` has a position later than `known`, after so many seconds, or when all stops.

        Gives that position, or `known` where there is no news. Raises `TooMany` when others wait for the same
        already, as many as may.
        """
        if self._stopped:
            return known
        beside = self._waiters.setdefault(key, set())
        if len(beside) >= self._most_for_one:
            raise TooMany(f"{self._most_for_one} requests of yours are waiting already; let one of them end")
        waiter = _Waiter(known)
        beside.add(waiter)
        self._look_while_somebody_waits()
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiter.woken.wait(), seconds)
        finally:
            beside.discard(waiter)
            if not beside and self._waiters.get(key) is beside:
                del self._waiters[key]
        return waiter.known

    async def for_news_or_hang_up(self, request: Request, key: UUID, *, known: int, seconds: float) -> None:
        """Wait likewise, but no longer than somebody is there to be answered."""
        news = asyncio.create_task(self.for_news(key, known=known, seconds=seconds), name=WAITS)
        hung_up = asyncio.create_task(_hang_up(request))
        try:
            await asyncio.wait({news, hung_up}, return_when=asyncio.FIRST_COMPLETED)
            if news.done():
                news.result()
        finally:
            news.cancel()
            hung_up.cancel()
            await asyncio.gather(news, hung_up, return_exceptions=True)

    @property
    def stopped(self) -> bool:
        """Whether nobody may wait any more, because everything stops."""
        return self._stopped

    def stop(self) -> None:
        """Wake everybody, and let nobody wait from now on."""
        self._stopped = True
        for waiters in self._waiters.values():
            for waiter in waiters:
                waiter.woken.set()
        if self._looking is not None:
            self._looking.cancel()

    def _look_while_somebody_waits(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking(), name="waiting")

    async def _keep_looking(self) -> None:
        while self._waiters:
            await self._wake()
            await asyncio.sleep(self._every)

    async def _wake(self) -> None:
        try:
            latest = await self._look(list(self._waiters))
        except Exception as problem:  # noqa: BLE001 - the next look may succeed; until then nobody is woken
            log.warning("look_failed", error=describe(problem))
            return
        for key, position in latest.items():
            for waiter in self._waiters.get(key, ()):
                if position > waiter.known:
                    waiter.known = position
                    waiter.woken.set()


async def _hang_up(request: Request) -> None:
    """Return when whoever asked is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
