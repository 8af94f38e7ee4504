"""A real NATS server with JetStream from a wheel, as our own child process.

Guarantees: it listens on 127.0.0.1 only, has every message on disk before it acknowledges it, dies with us,
and starts again after any crash with every message it had acknowledged.
"""

import asyncio
import json
import signal
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from deploy.local import process
from deploy.local.errors import LocalError, PortTakenError, StartFailedError
from deploy.local.lock import FolderLock
from deploy.local.ports import LOOPBACK, free_port, is_free
from services.navigation.model.streaming import HOME

# For tests that need no separation: one user who may do everything.
ANYTHING_GOES = """
authorization {
  users: [ { user: "foothold", password: $FOOTHOLD_NATS_PASSWORD } ]
}
"""

_READY_WITHIN = 30.0
_STOP_WITHIN = 1.8
_ATTEMPTS = 5


def configuration(*, listen: str, store: str, authorization: str) -> str:
    """Write a server's configuration; `$NAME` in the authorization block is read from its environment."""
    return f"""# Written at every start: changes here are lost.
server_name: foothold
listen: {json.dumps(listen)}
jetstream {{
  store_dir: {json.dumps(store)}
  # An acknowledged event must survive a power cut, not only a crash of the server.
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 64GB
}}
# A client whose machine went away is noticed in seconds, and its messages go to another copy.
ping_interval: "10s"
ping_max: 2
{authorization}
"""


class EmbeddedNats:
    """One server with its data in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        authorization: str | Path = ANYTHING_GOES,
        passwords: Mapping[str, str],
        port: int = 0,
        log: Path | None = None,
    ) -> None:
        """Describe the server; nothing is touched before start(). Port 0 means any free port.

        `authorization` is the block that lists users and rights, or the file that holds it; each `$NAME` in
        it is looked up in `passwords`, so that no password is written down.
        """
        self._folder = folder.absolute()
        self._log = (log or self._folder / "nats.log").absolute()
        self._authorization = authorization
        self._passwords = dict(passwords)
        self._port = port
        self._lock = FolderLock(self._folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port it listens on: known before start() only if it was given."""
        return self._port

    @property
    def url(self) -> str:
        """The address, without credentials."""
        return f"nats://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Start and return when JetStream answers; everything stored before is there again."""
        if self._process is not None and self._process.poll() is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        await self._lock.acquire()
        try:
            await self._start()
        except BaseException:
            await self.kill()
            self._lock.release()
            raise

    async def stop(self) -> None:
        """End cleanly; under 3 s, if need be by killing it."""
        if self._process is not None:
            await process.stop(self._process, by=signal.SIGTERM, within=_STOP_WITHIN)
            self._process = None
        self._lock.release()

    async def kill(self) -> None:
        """Kill the server at once, as a power cut would."""
        if self._process is not None:
            await process.kill(self._process)
            self._process = None

    async def restart(self) -> None:
        """Stop cleanly and start again on the same port."""
        await self.stop()
        await self.start()

    async def ended(self) -> None:
        """Wait until the server has ended, for whatever reason."""
        if self._process is not None:
            await process.exited(self._process)

    async def _start(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            port = self._port or free_port()
            if not is_free(port):
                raise PortTakenError(port, wanted_by="nats")
            try:
                await self._launch(port)
            except PortTakenError:
                # Somebody was quicker: fatal only for a port that we were told to use.
                if self._port or attempt == _ATTEMPTS:
                    raise
            else:
                self._port = port
                return

    def _bring_along(self) -> None:
        """Move what an older version kept for everybody to the account that services have now."""
        store = self._folder / "jetstream" / "jetstream"  # the second is the server's own
        older, newer = store / "$G", store / HOME
        if older.is_dir() and not newer.exists() and f"{HOME} {{" in self._users():
            older.rename(newer)

    def _users(self) -> str:
        given = self._authorization
        return given.read_text() if isinstance(given, Path) else given

    async def _launch(self, port: int) -> None:
        self._bring_along()
        file = self._folder / "nats.conf"
        file.touch(mode=0o600)
        file.write_text(
            configuration(
                listen=f"{LOOPBACK}:{port}",
                store=str(self._folder / "jetstream"),
                authorization=self._users(),
            )
        )
        begin = process.size(self._log)
        self._process = process.spawn(
            [str(_program()), "--config", str(file)],
            environment={**self._passwords, "TZ": "UTC"},
            log=self._log,
            folder=Path("/"),
        )
        await self._ready(self._process, port=port, begin=begin)

    async def _ready(self, server: subprocess.Popen[bytes], *, port: int, begin: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _READY_WITHIN
        while True:
            # Ours must still live after somebody answered: it could be another program on the same port.
            answered = await _answers(port)
            if server.poll() is not None:
                reason = process.last_lines(self._log, since=begin)
                if "address already in use" in reason:
                    raise PortTakenError(port, wanted_by="nats")
                raise StartFailedError(f"NATS ended before it was ready:\n{reason}")
            if answered and "Server is ready" in process.last_lines(self._log, since=begin, count=100):
                return
            if loop.time() > deadline:
                raise StartFailedError(
                    f"NATS was not ready within {_READY_WITHIN:.0f} s:\n"
                    + process.last_lines(self._log, since=begin)
                )
            await asyncio.sleep(0.01)


async def _answers(port: int) -> bool:
    """Tell whether a NATS server with JetStream introduces itself on this port."""
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                greeting = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return greeting.startswith(b"INFO ") and bool(json.loads(greeting[5:]).get("jetstream"))


def _program() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    if not program.exists():
        raise LocalError("The embedded NATS server is not installed; `make setup` installs it.")
    return program
