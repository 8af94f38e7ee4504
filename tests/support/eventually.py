"""Wait for what must become true, never for time to pass."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

Seen = TypeVar("Seen")

_PAUSE = 0.01
_LONGEST_PAUSE = 0.1


@overload
async def eventually(
    probe: Callable[[], Awaitable[Seen]], expected: object = ..., *, within: float = 5.0
) -> Seen: ...
@overload
async def eventually(probe: Callable[[], Seen], expected: object = ..., *, within: float = 5.0) -> Seen: ...
async def eventually(
    probe: Callable[[], Awaitable[Seen] | Seen],
    expected: object = True,  # noqa: FBT002 - "becomes true" is the commonest expectation
    *,
    within: float = 5.0,
) -> Seen:
    """Call `probe` until what it returns equals `expected`, or satisfies it if that is a function.

    Returns what was seen last. Raises AssertionError with the last value, or from the last error that the
    probe raised, once `within` seconds have passed: an error may be a server that is just coming back. A
    probe that takes too long is cut off at the deadline.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    pause, seen, error = _PAUSE, "nothing: the probe never answered", None
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                value = await _call(probe)
        except Exception as raised:  # noqa: BLE001 - reported below, at the deadline
            error = raised
        else:
            if expected(value) if callable(expected) else value == expected:
                return value
            seen, error = repr(value), None
        if loop.time() >= deadline:
            wanted = getattr(expected, "__name__", repr(expected))
            raise AssertionError(f"within {within} s expected {wanted}, saw {seen}") from error
        await asyncio.sleep(min(pause, max(0.0, deadline - loop.time())))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


async def _call(probe: Callable[[], Awaitable[Seen] | Seen]) -> Seen:
    result = probe()
    if inspect.isawaitable(result):
        awaited: Seen = await result
        return awaited
    return result
