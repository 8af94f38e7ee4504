"""A service as it is, save that it dies where a test wants it to, and that what the dead held comes sooner.

`python -m tests.faults.system.mortal intake serve` is `python -m services.intake serve`. What a dead process
held comes again after three seconds, not after thirty. Navigation kills itself after a step for which a file
lies in the folder DIE_IN; the file is taken away first, so that it dies of it once.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import shared.streams

P = ParamSpec("P")
R = TypeVar("R")

SECONDS = 3
WINDOWS = (
    "written and told, not committed",
    "answer over NATS committed, not replied to",
    "published on NATS, not marked",
    "answer over HTTP committed, not replied to",
    "posted to a webhook, not recorded",
    "read on the feed, not committed",
)
"""Where navigation can be made to die."""


def perhaps_die(folder: Path, step: str) -> None:
    """Die if this is where we were meant to."""
    try:
        (folder / step).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _after(
    function: Callable[P, Coroutine[None, None, R]],
    step: Callable[Concatenate[R, P], str | None],
    folder: Path,
) -> Callable[P, Coroutine[None, None, R]]:
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        result = await function(*args, **kwargs)
        if reached := step(result, *args, **kwargs):
            perhaps_die(folder, reached)
        return result

    return wrapped


def set_traps(folder: Path) -> None:
    """Wrap navigation's steps so that it dies between them."""
    # Not before it is said how long to wait, because some read it as they are imported.
    from services.navigation.channels.stream import PartnersStream  # noqa: PLC0415
    from services.navigation.channels.webhooks import Poster  # noqa: PLC0415
    from services.navigation.commands import feed, telling  # noqa: PLC0415
    from shared.http import CommandRequest  # noqa: PLC0415

    told, nats, published, http, posted, read = WINDOWS

    def committed(_: object, request: CommandRequest, *__: object) -> str:
        return nats if request.route.startswith("NATS") else http

    telling.tell = _after(telling.tell, lambda *_: told, folder)
    feed.read = _after(feed.read, lambda page, *_, **__: read if page.events else None, folder)
    # Generic in what is answered, which a wrapper cannot be.
    do: Any = CommandRequest._do
    setattr(CommandRequest, do.__name__, _after(do, committed, folder))
    PartnersStream.publish = _after(  # type: ignore[method-assign]
        PartnersStream.publish, lambda stored, *_: published if stored else None, folder
    )
    Poster.__call__ = _after(Poster.__call__, lambda *_: posted, folder)  # type: ignore[method-assign]


def main() -> None:
    """Run the service that is named first, with the arguments that follow."""
    shared.streams.ACK_WAIT_SECONDS = SECONDS
    service = sys.argv.pop(1)
    if folder := os.environ.get("DIE_IN"):
        set_traps(Path(folder))
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
