"""Waiting costs one look for all, ends for each when its own news is there, and never holds up a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from fastapi import Request
from starlette.types import Message

from shared.errors import TooMany
from shared.waiting import Waiting
from tests.support.eventually import eventually

A, B = UUID(int=1), UUID(int=2)
SOON = timedelta(milliseconds=5)


@dataclass
class Positions:
    """What is looked at, and how often that was."""

    latest: dict[UUID, int] = field(default_factory=dict)
    looks: list[set[UUID]] = field(default_factory=list)
    broken: bool = False

    async def look(self, keys: Collection[UUID]) -> Mapping[UUID, int]:
        self.looks.append(set(keys))
        if self.broken:
            raise ConnectionError
        return {key: self.latest[key] for key in keys if key in self.latest}


def begun(waiting: Waiting, key: UUID, *, known: int = 0, seconds: float = 30) -> asyncio.Task[int]:
    return asyncio.create_task(waiting.for_news(key, known=known, seconds=seconds))


async def test_whoever_waits_is_woken_by_its_own_news_only() -> None:
    positions = Positions({A: 3, B: 7})
    waiting = Waiting(positions.look, every=SOON)
    one, other, ahead = begun(waiting, A, known=3), begun(waiting, B, known=7), begun(waiting, A, known=4)

    positions.latest[A] = 4
    await asyncio.wait_for(one, 2)

    assert not other.done()
    assert not ahead.done()
    positions.latest |= {A: 5, B: 8}
    await asyncio.wait_for(asyncio.gather(other, ahead), 2)


async def test_one_look_is_for_everybody_and_none_for_nobody() -> None:
    positions = Positions()
    waiting = Waiting(positions.look, every=SOON)
    tasks = [begun(waiting, key, seconds=0.2) for key in (A, B, A, B)]

    await asyncio.gather(*tasks)

    assert {A, B} in positions.looks
    assert len(positions.looks) <= 45
    await asyncio.sleep(0.02)
    seen = len(positions.looks)
    await asyncio.sleep(0.05)
    assert len(positions.looks) == seen
    again = begun(waiting, A)
    positions.latest[A] = 1
    await asyncio.wait_for(again, 2)


async def test_one_may_have_so_many_waits_and_no_more_until_one_ends() -> None:
    waiting = Waiting(Positions().look, every=SOON, most_for_one=2)
    first, second = begun(waiting, A), begun(waiting, A)
    await asyncio.sleep(0)

    with pytest.raises(TooMany):
        await waiting.for_news(A, known=0, seconds=30)
    other = begun(waiting, B)
    await asyncio.sleep(0)
    assert not other.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    third = begun(waiting, A)
    await asyncio.sleep(0)
    assert not third.done()
    waiting.stop()
    await asyncio.wait_for(asyncio.gather(second, third, other), 2)


async def test_a_stop_ends_every_wait_at_once_and_lets_none_begin() -> None:
    waiting = Waiting(Positions().look)
    tasks = [begun(waiting, key) for key in (A, B)]
    await asyncio.sleep(0)

    waiting.stop()

    await asyncio.wait_for(asyncio.gather(*tasks), 0.5)
    await asyncio.wait_for(waiting.for_news(A, known=0, seconds=30), 0.5)


async def test_a_look_that_fails_is_made_again() -> None:
    positions = Positions({A: 1}, broken=True)
    waiting = Waiting(positions.look, every=SOON)
    task = begun(waiting, A)
    await eventually(lambda: len(positions.looks), lambda looks: looks > 1)
    assert not task.done()

    positions.broken = False

    await asyncio.wait_for(task, 2)


async def test_a_wait_ends_when_nobody_is_there_to_be_answered() -> None:
    left = asyncio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    waiting = Waiting(Positions().look, every=SOON, most_for_one=1)
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []}, receive)
    task = asyncio.create_task(waiting.for_news_or_hang_up(request, A, known=0, seconds=30))
    await asyncio.sleep(0)
    assert not task.done()

    left.set()

    await asyncio.wait_for(task, 2)
    # The place is free again.
    await waiting.for_news(A, known=0, seconds=0.01)
