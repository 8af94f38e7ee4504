"""Keeps programs running: starts them until they are ready, brings back what dies, stops all in time.

Not a process manager for everything: each program is a child that logs to its own file, says over HTTP when
it is ready, and ends on SIGTERM.
"""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local import process
from deploy.local.errors import StartFailedError

Report = Callable[[str], None]

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
# After this long without dying a program counts as healthy again, and its next pause is a short one.
_HEALTHY_AFTER = 30.0
_ASK_EVERY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run and how to tell that it is ready."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    ready_url: str | None = None
    """Answers 200 when the program can do its work; None: it is ready as soon as it runs."""
    ready_within: float = 30.0
    """Seconds."""


class Supervised:
    """One program that is kept running until it is told to stop. Belongs to the event loop it started in."""

    def __init__(self, program: Program, *, report: Report) -> None:
        self.program = program
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.deaths = 0
        """How often it ended without being told to."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process is not None and running else None

    async def start(self) -> None:
        """Start and return when ready; raises StartFailedError with its last words if it ends before."""
        if self.pid is not None:
            return
        begin = process.size(self.program.log)
        running = self._spawn()
        try:
            await self._ready(running, begin)
        except BaseException:
            await process.kill(running)
            raise
        self._keeper = asyncio.create_task(
            keep_alive(self._gone, self._come_back, name=self.program.name, report=self._report),
            name=f"keep {self.program.name}",
        )

    async def stop(self, *, within: float = 2.5) -> None:
        """End it by SIGTERM, after `within` seconds by SIGKILL; it stays down until start()."""
        await self._let_go()
        if self._process is not None and self.pid is not None:
            status = await process.stop(self._process, by=signal.SIGTERM, within=within)
            if status == -signal.SIGKILL:
                self._report(f"{self.program.name} did not end within {within} s and was killed")

    async def kill(self, *, stay_down: bool = False) -> None:
        """Kill it at once, as a crash would; unless it is to stay down it is started again by itself."""
        if stay_down:
            await self._let_go()
        if self._process is not None:
            await process.kill(self._process)

    async def restart(self) -> None:
        """Stop it and start it again, and return when it is ready."""
        await self.stop()
        await self.start()

    async def ready(self) -> None:
        """Wait until it answers as ready, however often it is restarted meanwhile."""
        async with asyncio.timeout(self.program.ready_within):
            while self.pid is None or not await self._answers():  # noqa: ASYNC110 - another process
                await asyncio.sleep(_ASK_EVERY)

    def pause(self) -> None:
        """Freeze it, as a stalled machine would, until resume()."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after pause()."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._process = process.spawn(
            self.program.arguments,
            environment=self.program.environment,
            log=self.program.log,
            folder=self.program.folder,
        )
        return self._process

    async def _gone(self) -> None:
        if self._process is not None:
            await process.exited(self._process)
            self.deaths += 1

    async def _come_back(self) -> None:
        self._spawn()

    async def _let_go(self) -> None:
        keeper, self._keeper = self._keeper, None
        await cancelled(keeper)

    async def _ready(self, running: subprocess.Popen[bytes], begin: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.program.ready_within
        # Alive first: it could be another program that answers on this port.
        while running.poll() is not None or not await self._answers():
            late = loop.time() > deadline
            if late or running.poll() is not None:
                what = f"was not ready within {self.program.ready_within:.0f} s" if late else "ended at once"
                raise StartFailedError(
                    f"{self.program.name} {what}. Its log is {self.program.log}; the last lines:\n"
                    + process.last_lines(self.program.log, since=begin)
                )
            await asyncio.sleep(_ASK_EVERY)

    async def _answers(self) -> bool:
        if self.program.ready_url is None:
            return self.pid is not None
        # No proxy of the machine's may stand between us and our own loopback.
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            with contextlib.suppress(httpx.HTTPError):
                return (await client.get(self.program.ready_url)).status_code == httpx.codes.OK
        return False


async def keep_alive(
    gone: Callable[[], Awaitable[None]],
    come_back: Callable[[], Awaitable[None]],
    *,
    name: str,
    report: Report,
) -> None:
    """Bring something back whenever it is gone, for ever; the pause before grows while it keeps dying."""
    loop = asyncio.get_running_loop()
    pause, since = _FIRST_PAUSE, loop.time()
    while True:
        await gone()
        if loop.time() - since > _HEALTHY_AFTER:
            pause = _FIRST_PAUSE
        report(f"{name} ended unexpectedly; starting it again in {pause:.1f} s")
        await asyncio.sleep(pause)
        pause, since = min(pause * 2, _LONGEST_PAUSE), loop.time()
        try:
            await come_back()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next try may succeed
            report(f"{name} could not be started: {error}")


async def cancelled(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait until it has ended."""
    if task is not None:
        task.cancel()
        # Not `await task`: that could not tell its cancellation from ours.
        await asyncio.wait([task])
