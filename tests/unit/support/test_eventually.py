"""Waiting for what must become true."""

import asyncio
import itertools

import pytest

from tests.support.eventually import eventually


async def test_returns_as_soon_as_the_expected_value_is_seen() -> None:
    counter = itertools.count()

    assert await eventually(lambda: next(counter), 3) == 3


async def test_takes_a_condition_and_an_async_probe() -> None:
    counter = itertools.count()

    async def probe() -> int:
        return next(counter)

    assert await eventually(probe, lambda seen: seen > 2) == 3


async def test_says_what_it_saw_last() -> None:
    with pytest.raises(AssertionError, match=r"expected 2, saw 1"):
        await eventually(lambda: 1, 2, within=0.05)


async def test_an_error_of_the_probe_is_tried_again_and_reported_as_the_cause() -> None:
    with pytest.raises(AssertionError) as raised:
        await eventually(lambda: 1 // 0, within=0.05)

    assert isinstance(raised.value.__cause__, ZeroDivisionError)


async def test_a_probe_that_hangs_is_cut_off_at_the_deadline() -> None:
    with pytest.raises(AssertionError, match=r"within 0\.05 s"):
        await asyncio.wait_for(eventually(asyncio.Event().wait, within=0.05), timeout=2)
