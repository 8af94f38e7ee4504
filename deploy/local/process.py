"""Child processes that cannot outlive us.

The kernel signals every child when the thread that started it dies (`PR_SET_PDEATHSIG`), so that not even
`kill -9` of this process leaves one running. Start children from the main thread. Handles are not tied to
an event loop: a process started in one loop can be waited for in another.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from deploy.local.errors import LocalError

# Between fork and prctl our process may already have died; then nobody would signal the child any more.
_ONLY_WHILE_PARENT_LIVES = 'test "$PPID" -eq "$0" && exec "$@"'

_KEPT_LOG_BYTES = 20_000_000


def spawn(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path | None,
    folder: Path | None = None,
    as_user: Sequence[str] = (),
    death_signal: str = "KILL",
) -> subprocess.Popen[bytes]:
    """Start a child whose output is appended to `log` and which gets `death_signal` when we die.

    Without a log its output is ours. `as_user` is a command prefix that changes identity (see `identity`).
    The child leads a session of its own: a Ctrl-C in our terminal reaches us alone, and we stop children in
    the right order.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LocalError("The program setpriv (Debian package util-linux) is missing.")
    guarded = [
        *as_user,
        *(setpriv, "--pdeathsig", death_signal, "--"),
        *("/bin/sh", "-c", _ONLY_WHILE_PARENT_LIVES, str(os.getpid())),
        *arguments,
    ]
    with ExitStack() as cleanup:
        output = cleanup.enter_context(_appended(log)) if log else None
        return subprocess.Popen(  # noqa: S603 - our own programs only
            guarded,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )


async def exited(process: subprocess.Popen[bytes]) -> int:
    """Wait until the process has ended and return its status; negative means by that signal."""
    status = process.poll()
    if status is not None:
        return status
    with ExitStack() as cleanup:
        descriptor = os.pidfd_open(process.pid)
        cleanup.callback(os.close, descriptor)
        await _readable(descriptor)
    return process.wait()


async def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path | None,
    folder: Path | None = None,
    as_user: Sequence[str] = (),
) -> int:
    """Run a program to its end and return its status; cancelling kills it. The rest as for spawn()."""
    process = spawn(arguments, environment=environment, log=log, folder=folder, as_user=as_user)
    try:
        return await exited(process)
    except asyncio.CancelledError:
        await kill(process)
        raise


async def stop(process: subprocess.Popen[bytes], *, by: signal.Signals, within: float) -> int:
    """Ask a process to end, and kill it with all its children if it has not done so `within` seconds."""
    if process.poll() is None:
        process.send_signal(by)
    try:
        async with asyncio.timeout(within):
            return await exited(process)
    except TimeoutError:
        await kill(process)
        return process.wait()


async def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all its descendants at once, and wait until every one of them is gone."""
    if process.poll() is not None:
        return
    # Halted first, so that it neither starts another child nor notices that one died.
    process.send_signal(signal.SIGSTOP)
    with ExitStack() as cleanup:
        descriptors: list[int] = []
        for pid in [process.pid, *descendants(process.pid)]:
            with suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                cleanup.callback(os.close, descriptor)
                descriptors.append(descriptor)
        for descriptor in descriptors:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        for descriptor in descriptors:
            await _readable(descriptor)
    process.wait()


def descendants(pid: int) -> list[int]:
    """List the children of a process, and theirs."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, children.read_text().split()):
                found += [child, *descendants(child)]
    return found


def working_in(folder: Path) -> list[int]:
    """List the processes whose working folder is `folder`, as far as we may see."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
    return found


def last_lines(log: Path, *, since: int = 0, count: int = 15) -> str:
    """Return the last lines that were written to a log after the byte `since`."""
    with suppress(OSError), log.open("rb") as stream:
        stream.seek(since)
        return "\n".join(stream.read()[-8_000:].decode(errors="replace").splitlines()[-count:])
    return ""


def size(log: Path) -> int:
    """Return the size of a log in bytes, zero when there is none yet."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def _appended(log: Path) -> BinaryIO:
    """Open a log for appending; one older generation is kept of a log that has grown large."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if size(log) > _KEPT_LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))
    return log.open("ab")


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
