"""The whole of Foothold on one machine: PostgreSQL, NATS and the services, as a context manager.

`up`, the demo, the bench and the journeys all use this. Guarantees: inside the context every process is
ready; after it none is left, whatever happened inside; a home folder is used by one system at a time.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import asyncpg

from deploy.local.accounts import ensure_colleagues
from deploy.local.credentials import DOOR, Credentials, credentials_in
from deploy.local.database import prepare
from deploy.local.errors import LocalError, PortTakenError
from deploy.local.lock import FolderLock
from deploy.local.nats import EmbeddedNats
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.servers import DatabaseServer, MessageServer, Server, Servers
from deploy.local.services import OWNER, SERVICES, role_of
from deploy.local.settings import ROOT, basic_environment
from deploy.local.supervisor import Program, Report, Supervised, cancelled, keep_alive
from shared.migrate import MigrationError, migrate

DATABASE = "foothold"
# The block of users and rights, generated from the contracts.
AUTHORIZATION = ROOT / "deploy" / "nats" / "authorization.conf"

# With the 1.8 s that PostgreSQL and NATS have at most, everything stops within five seconds.
_SERVICE_GRACE = 2.4
_STATE = "system.json"
# For scripts beside a running system; a new one with every start.
_SERVICE_TOKEN = "service_token"  # noqa: S105 - a file name
_SERVICE_TOKEN_LIFETIME = timedelta(days=30)

Made = TypeVar("Made")


def module_of(service: str, verb: str) -> Sequence[str]:
    """Return the command line of a service: `verb` is `serve` or one of its tools."""
    return (sys.executable, "-m", f"services.{service}", verb)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSettings:
    """How time passes for the services: at the real moment `started_at` their clocks show `origin`."""

    rate: float = 1.0
    origin: datetime | None = None
    started_at: datetime | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings as services read them."""
        moments = {"ORIGIN": self.origin, "STARTED_AT": self.started_at}
        return {
            "FOOTHOLD_CLOCK_RATE": str(self.rate),
            **{f"FOOTHOLD_CLOCK_{name}": at.isoformat() for name, at in moments.items() if at is not None},
        }


class EmbeddedServers:
    """Servers from wheels, which log into one folder."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs

    def postgres(self, folder: Path, *, password: str, port: int = 0) -> DatabaseServer:
        """Make a PostgreSQL with its data in `folder`."""
        return EmbeddedPostgres(folder, password=password, port=port, log=self._logs / "postgres.log")

    def nats(
        self, folder: Path, *, authorization: str, passwords: Mapping[str, str], port: int = 0
    ) -> MessageServer:
        """Make a NATS server with its data in `folder`."""
        return EmbeddedNats(
            folder,
            authorization=authorization,
            passwords=passwords,
            port=port,
            log=self._logs / "nats.log",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What kind of system is wanted; the defaults fit tests: any free ports, one copy of each service."""

    ports: Mapping[str, int] = field(default_factory=dict)
    """By service, or "postgres" or "nats"; what is missing gets any free port."""
    clock: ClockSettings = ClockSettings()
    serve: Sequence[str] = SERVICES
    """Which services run; the database always gets the migrations of all."""
    copies: Mapping[str, int] = field(default_factory=dict)
    """How many processes of a service, one if not said; only the first has the port of `ports`."""
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Further settings by service; "*" is for all of them."""
    ready_within: float = 60.0
    """Seconds that each service has to become ready."""
    keep_servers: bool = False
    """Whether PostgreSQL and NATS are brought back when they die; tests that kill them say no."""
    command: Callable[[str, str], Sequence[str]] = module_of
    """How a service is run, given its name and `serve`."""


class LocalSystem:
    """Everything, running, for as long as the context lasts; to be left in the loop it was entered in."""

    def __init__(
        self,
        home: Path,
        plan: Plan = Plan(),
        *,
        servers: Servers | None = None,
        report: Report = lambda _: None,
    ) -> None:
        """Describe the system; nothing is touched before it is entered. `report` is told what happens."""
        self.home = home.absolute()
        self.logs = self.home / "logs"
        self.plan = plan
        self.processes: dict[str, Supervised] = {}
        """By name: `intake`, and for further copies `intake-2`, …"""
        self._servers = servers or EmbeddedServers(self.logs)
        self._report = report
        self._lock = FolderLock(self.home)
        self._stack = AsyncExitStack()
        self._ports: dict[str, int] = {}
        self._credentials: Credentials | None = None
        self._postgres: DatabaseServer | None = None
        self._nats: MessageServer | None = None

    @property
    def credentials(self) -> Credentials:
        """The secrets of this installation."""
        return _entered(self._credentials)

    @property
    def postgres(self) -> DatabaseServer:
        """The database server; the database is DATABASE."""
        return _entered(self._postgres)

    @property
    def nats(self) -> MessageServer:
        """The message server; tools connect as `operator` with `credentials.nats`."""
        return _entered(self._nats)

    @property
    def token(self) -> Callable[..., str]:
        """Sign a token: see Credentials.token."""
        return self.credentials.token

    def service_url(self, name: str) -> str:
        """Return the address of a service's HTTP API, or of one of its copies, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._ports[name]}"

    def database_url(self, role: str | None = None) -> str:
        """Return the database's address for a role, or for the superuser."""
        if role is None:
            return self.postgres.url(database=DATABASE)
        return self.postgres.url(role, DATABASE, password=self.credentials.roles[role])

    def environment(self, service: str, *, port: int = 0) -> dict[str, str]:
        """Return the environment in which a process of a service runs."""
        return {
            **basic_environment(),
            "FOOTHOLD_DATABASE_URL": self.database_url(role_of(service)),
            "FOOTHOLD_NATS_URL": self.nats.url,
            "FOOTHOLD_NATS_USER": service,
            "FOOTHOLD_NATS_PASSWORD": self.credentials.nats[service],
            "FOOTHOLD_HTTP_HOST": LOOPBACK,
            "FOOTHOLD_HTTP_PORT": str(port),
            "FOOTHOLD_TOKEN_PUBLIC_KEY": self.credentials.token_public_key,
            "FOOTHOLD_SHUTDOWN_GRACE_SECONDS": str(_SERVICE_GRACE * 0.75),
            **self._door(service),
            **self.credentials.own.get(service, {}),
            **self._here(service, port),
            **self.plan.clock.environment,
            **self.plan.environment.get("*", {}),
            **self.plan.environment.get(service, {}),
        }

    def _door(self, service: str) -> dict[str, str]:
        """What navigation, and nobody else, needs to let partners' own systems in."""
        if service != "navigation":
            return {}
        return {
            "FOOTHOLD_NATS_DOOR_USER": DOOR,
            "FOOTHOLD_NATS_DOOR_PASSWORD": self.credentials.nats[DOOR],
            "FOOTHOLD_NATS_ISSUER_SEED": self.credentials.nats_issuer_seed,
        }

    def _here(self, service: str, port: int) -> dict[str, str]:
        """What a service is told of addresses on this machine, where browsers and endpoints are too."""
        if service == "desk":
            return {
                "FOOTHOLD_DESK_PUBLIC_URL": f"http://{LOOPBACK}:{self._ports.get(service) or port}",
                "FOOTHOLD_TOKEN_PRIVATE_KEY": self.credentials.token_key,
                **{
                    f"FOOTHOLD_{name.upper()}_URL": self.service_url(name)
                    for name in SERVICES
                    if name != service and name in self._ports
                },
            }
        if service != "navigation":
            return {}
        return {
            "FOOTHOLD_NAVIGATION_PUBLIC_URL": f"http://{LOOPBACK}:{self._ports.get(service) or port}",
            "FOOTHOLD_NAVIGATION_WEBHOOKS_LOCAL_DEVELOPMENT": "true",
        }

    async def migrate(self) -> None:
        """Bring every service's schema up to date, as `python -m services.<name> migrate` would.

        Done here, because starting four interpreters takes longer than all the migrations.
        """
        for service in SERVICES:
            folder = ROOT / "services" / service / "migrations"
            try:
                await migrate(self.database_url(OWNER), schema=service, folder=folder)
            except (MigrationError, asyncpg.PostgresError) as error:
                raise LocalError(
                    f"The database of {service} could not be brought up to date: {error}"
                ) from error

    async def __aenter__(self) -> Self:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o711)
        await self._lock.acquire()
        self._stack.callback(self._lock.release)
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self.logs.mkdir(exist_ok=True, mode=0o700)
        self._credentials = credentials_in(self.home / "secrets")
        for name, port in self.plan.ports.items():
            if port and not is_free(port):
                raise PortTakenError(port, wanted_by=name)
        await self._start_servers()
        self._report("bringing the database up to date")
        await prepare(self.postgres, DATABASE, self.credentials.roles)
        await self.migrate()
        if "desk" in self.plan.serve:
            await ensure_colleagues(self.database_url(role_of("desk")), self.credentials.colleagues)
        if self.plan.serve:
            self._report(f"starting {', '.join(self.plan.serve)}")
            await self._start_services()
        self._write_state()

    async def _start_servers(self) -> None:
        self._postgres = self._servers.postgres(
            self.home / "postgres",
            password=self.credentials.superuser,
            port=self.plan.ports.get("postgres", 0),
        )
        self._nats = self._servers.nats(
            self.home / "nats",
            authorization=authorization_for(self.credentials),
            passwords=self.credentials.nats_variables,
            port=self.plan.ports.get("nats", 0),
        )
        self._report("starting PostgreSQL and NATS")
        named: dict[str, Server] = {"PostgreSQL": self._postgres, "NATS": self._nats}
        self._stack.push_async_callback(_all, *(server.stop for server in named.values()))
        await _all(*(server.start for server in named.values()))
        if self.plan.keep_servers:
            for name, server in named.items():
                keeper = asyncio.create_task(
                    keep_alive(server.ended, server.start, name=name, report=self._report)
                )
                self._stack.push_async_callback(cancelled, keeper)

    async def _start_services(self) -> None:
        for service in self.plan.serve:
            for number in range(1, self.plan.copies.get(service, 1) + 1):
                name = service if number == 1 else f"{service}-{number}"
                port = self.plan.ports.get(name, 0) or free_port()
                self._ports[name] = port
                self.processes[name] = Supervised(self._program(service, name, port), report=self._report)
        self._stack.push_async_callback(self._stop_services)
        await _all(*(supervised.start for supervised in self.processes.values()))

    async def _stop_services(self) -> None:
        await asyncio.gather(*(one.stop(within=_SERVICE_GRACE) for one in self.processes.values()))

    def _program(self, service: str, name: str, port: int) -> Program:
        return Program(
            name=name,
            arguments=self.plan.command(service, "serve"),
            environment=self.environment(service, port=port),
            folder=ROOT,
            log=self.logs / f"{name}.log",
            ready_url=f"http://{LOOPBACK}:{port}/readyz",
            ready_within=self.plan.ready_within,
        )

    def _write_state(self) -> None:
        """Tell other processes of this user where everything is: see `tools`."""
        state = {service: self.environment(service) for service in SERVICES}
        service_token = self.token("service", lifetime=_SERVICE_TOKEN_LIFETIME)
        for name, text in ((_STATE, json.dumps(state)), (_SERVICE_TOKEN, service_token)):
            file = self.home / "secrets" / name
            file.touch(mode=0o600)
            file.write_text(text)
            self._stack.callback(file.unlink, missing_ok=True)


@asynccontextmanager
async def tools(home: Path, plan: Plan, *, report: Report) -> AsyncIterator[Mapping[str, Mapping[str, str]]]:
    """Give the environment, by service, in which a service's own commands can be run.

    Uses the system that runs in `home`; if none does, what `plan` says is started for as long as this lasts.
    """
    if FolderLock(home.absolute()).held_elsewhere():
        try:
            yield json.loads((home / "secrets" / _STATE).read_text())
        except FileNotFoundError:
            raise LocalError(
                "The system is just starting or stopping; please try again in a moment."
            ) from None
    else:
        async with LocalSystem(home, plan, report=report) as system:
            yield {service: system.environment(service) for service in SERVICES}


def authorization_for(credentials: Credentials) -> str:
    """Return NATS's block of users and rights: the generated one; without it everyone may do everything."""
    if AUTHORIZATION.exists():
        return AUTHORIZATION.read_text()
    users = ", ".join(
        f'{{ user: "{user}", password: $FOOTHOLD_NATS_PASSWORD_{user.upper()} }}' for user in credentials.nats
    )
    return f"authorization {{ users: [ {users} ] }}"


async def _all(*actions: Callable[[], Awaitable[None]]) -> None:
    """Do several things at once; when one fails, the others are called off and its error is raised."""
    tasks = [asyncio.ensure_future(action()) for action in actions]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        raise


def _entered(value: Made | None) -> Made:
    if value is None:
        raise RuntimeError("the system has not been entered")
    return value
