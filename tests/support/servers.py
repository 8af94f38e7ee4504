"""The servers that tests run on: embedded ones by default, containers on request, behind one protocol."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import docker.errors
from testcontainers.community.nats import NatsContainer
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from deploy.local.nats import EmbeddedNats, configuration
from deploy.local.ports import free_port
from deploy.local.postgres import SUPERUSER, EmbeddedPostgres, address
from deploy.local.servers import DatabaseServer, MessageServer, Servers

PASSWORD = "only-for-tests"
NATS_USER = "foothold"
NATS_PASSWORD = "only-for-tests"
NATS_PASSWORDS = {"FOOTHOLD_NATS_PASSWORD": NATS_PASSWORD}

# What a killed process had written is the kernel's to keep; syncing only guards against the machine's own
# end, which no test brings about, and took more time than the tests: making a database for each costs two
# checkpoints.
_SETTINGS = {"shared_buffers": "128MB", "fsync": "off"}

_ANSWERS_WITHIN = 60.0
_ATTEMPTS = 5


def chosen_servers() -> Servers:
    """Return the kind of servers that FOOTHOLD_TEST_SERVERS asks for."""
    kind = os.environ.get("FOOTHOLD_TEST_SERVERS", "embedded")
    if kind == "embedded":
        return EmbeddedServers()
    if kind == "containers":
        return ContainerServers()
    raise ValueError(f"FOOTHOLD_TEST_SERVERS is {kind!r}; it can be 'embedded' or 'containers'")


class EmbeddedServers:
    """Real servers from wheels, as child processes of the tests."""

    def postgres(self, folder: Path, *, password: str, port: int = 0) -> DatabaseServer:
        """Make a PostgreSQL with its data in `folder`."""
        return EmbeddedPostgres(folder, password=password, port=port, settings=_SETTINGS)

    def nats(
        self,
        folder: Path,
        *,
        authorization: str,
        passwords: Mapping[str, str],
        port: int = 0,
    ) -> MessageServer:
        """Make a NATS server with its data in `folder`."""
        return EmbeddedNats(folder, authorization=authorization, passwords=passwords, port=port)


class ContainerServers:
    """The same in containers, of FOOTHOLD_TEST_POSTGRES_IMAGE and FOOTHOLD_TEST_NATS_IMAGE."""

    def postgres(self, folder: Path, *, password: str, port: int = 0) -> DatabaseServer:
        """Make a PostgreSQL; its data lives in the container, and `folder` stays empty."""
        del folder
        return _PostgresInContainer(password=password, port=port)

    def nats(
        self,
        folder: Path,
        *,
        authorization: str,
        passwords: Mapping[str, str],
        port: int = 0,
    ) -> MessageServer:
        """Make a NATS server; its data lives in the container, and `folder` stays empty."""
        del folder
        return _NatsInContainer(authorization=authorization, passwords=passwords, port=port)


class _InContainer:
    """A server in a container that can be killed and comes back with its data on the same port."""

    _inner_port: int

    def __init__(self, port: int) -> None:
        self._fixed_port = port
        self._port = port
        self._container: DockerContainer | None = None
        self._ended = asyncio.Event()

    @property
    def host(self) -> str:
        """Where the engine publishes the port."""
        if self._container is None:
            raise RuntimeError("the container has not been started")
        return self._container.get_container_host_ip()

    async def start(self) -> None:
        """Create the container, or start the one that was stopped, and wait until the server answers."""
        if self._container is None:
            self._container = await asyncio.to_thread(self._created)
        else:
            await asyncio.to_thread(self._container.get_wrapped_container().start)
        self._ended = asyncio.Event()
        await self._answers()

    async def stop(self) -> None:
        """End cleanly and remove the container with its data."""
        container, self._container = self._container, None
        if container is not None:
            self._ended.set()
            await asyncio.to_thread(container.stop)

    async def kill(self) -> None:
        """End every process in the container at once; start() brings it back."""
        if self._container is not None:
            self._ended.set()
            with contextlib.suppress(docker.errors.APIError):
                await asyncio.to_thread(self._container.get_wrapped_container().kill)
            await asyncio.to_thread(self._container.get_wrapped_container().wait)

    async def restart(self) -> None:
        """Stop the server cleanly and start it again on the same port, with its data."""
        if self._container is not None:
            await asyncio.to_thread(self._container.get_wrapped_container().stop, timeout=10)
            await self.start()

    async def ended(self) -> None:
        """Wait until the server has been stopped or killed by us."""
        await self._ended.wait()

    def _describe(self) -> DockerContainer:
        raise NotImplementedError

    def _created(self) -> DockerContainer:
        # A published port chosen by the engine would change at every restart: we choose it ourselves.
        for attempt in range(1, _ATTEMPTS + 1):
            self._port = self._fixed_port or free_port()
            container = self._describe().with_bind_ports(self._inner_port, self._port)
            try:
                # Not the community classes' own start(): their waiting cannot see a restart.
                return DockerContainer.start(container)
            except docker.errors.APIError as error:
                container.stop()
                if "port is already allocated" not in str(error) or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _answers(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _ANSWERS_WITHIN
        while not await asyncio.to_thread(self._answers_now):
            if loop.time() > deadline:
                logs = self._container.get_logs() if self._container else (b"", b"")
                raise TimeoutError(b"\n".join(logs).decode(errors="replace")[-4000:])
            await asyncio.sleep(0.05)

    def _answers_now(self) -> bool:
        raise NotImplementedError


def _options(settings: Mapping[str, str]) -> list[str]:
    return [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]


class _PostgresInContainer(_InContainer):
    _inner_port = 5432

    def __init__(self, *, password: str, port: int) -> None:
        super().__init__(port)
        self._password = password

    def url(self, user: str = SUPERUSER, database: str = "postgres", *, password: str | None = None) -> str:
        """Return the address for a user; the superuser needs no password named."""
        secret = self._password if password is None and user == SUPERUSER else password or ""
        return address(self.host, self._port, user=user, password=secret, database=database)

    def _describe(self) -> DockerContainer:
        image = os.environ.get("FOOTHOLD_TEST_POSTGRES_IMAGE", "postgres:18")
        return PostgresContainer(
            image, username=SUPERUSER, password=self._password, dbname=SUPERUSER
        ).with_command(["postgres", "-c", "max_connections=200", *_options(_SETTINGS)])

    def _answers_now(self) -> bool:
        # Over TCP: while the image prepares its data folder it answers on the socket only.
        if self._container is None:
            return False
        result = self._container.get_wrapped_container().exec_run(
            ["psql", "-h", "127.0.0.1", "-U", SUPERUSER, "-qc", "select"],
            environment={"PGPASSWORD": self._password},
        )
        return bool(result.exit_code == 0)


class _NatsInContainer(_InContainer):
    _inner_port = 4222

    def __init__(self, *, authorization: str, passwords: Mapping[str, str], port: int) -> None:
        super().__init__(port)
        self._authorization = authorization
        self._passwords = dict(passwords)

    @property
    def url(self) -> str:
        """The address, without credentials."""
        return f"nats://{self.host}:{self._port}"

    def _describe(self) -> DockerContainer:
        image = os.environ.get("FOOTHOLD_TEST_NATS_IMAGE", "nats:2")
        text = configuration(
            listen=f"0.0.0.0:{self._inner_port}", store="/data", authorization=self._authorization
        )
        return (
            NatsContainer(image)
            .with_envs(**self._passwords)
            .with_copy_into_container(text.encode(), "/etc/foothold.conf")
            .with_command(["--config", "/etc/foothold.conf"])
        )

    def _answers_now(self) -> bool:
        try:
            with socket.create_connection((self.host, self._port), timeout=1) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False
