"""What the system and the tests need of a database and a message server, however it is run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Server(Protocol):
    """A server of ours whose life we control."""

    async def start(self) -> None:
        """Start, and return when it answers. A second start of a running server changes nothing."""

    async def stop(self) -> None:
        """End cleanly. Stopping twice is harmless."""

    async def kill(self) -> None:
        """End at once, as a power cut would; start() brings it back with what it had acknowledged."""

    async def restart(self) -> None:
        """Stop cleanly and start again on the same port."""

    async def ended(self) -> None:
        """Wait until the server has ended, for whatever reason."""


class DatabaseServer(Server, Protocol):
    """A PostgreSQL server."""

    def url(self, user: str = "postgres", database: str = "postgres", *, password: str | None = None) -> str:
        """Return the address for a user; the superuser `postgres` needs no password named."""


class MessageServer(Server, Protocol):
    """A NATS server with JetStream that has every message on disk before it acknowledges it."""

    @property
    def url(self) -> str:
        """The address, without credentials."""


class Servers(Protocol):
    """Makes servers of one kind: embedded, or in containers. Port 0 means any free port."""

    def postgres(self, folder: Path, *, password: str, port: int = 0) -> DatabaseServer:
        """Make a database server that keeps its data in `folder` where it can."""

    def nats(
        self,
        folder: Path,
        *,
        authorization: str,
        passwords: Mapping[str, str],
        port: int = 0,
    ) -> MessageServer:
        """Make a message server; `$NAME` in the authorization block is looked up in `passwords`."""
