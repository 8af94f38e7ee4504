"""Connections as one of the users of a server with rights, which note what the server refuses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import nats
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from shared.run import inbox_prefix_of
from tests.support.eventually import eventually

LAST = "nobody.may.this"


def password_of(user: str) -> str:
    return f"password-of-{user}"


@dataclass
class Connected:
    """A connection as one user, and the subjects that the server refused to it."""

    client: Client
    refusals: list[str] = field(default_factory=list)

    async def refused_to_publish(self, subjects: Iterable[str]) -> set[str]:
        for subject in (*subjects, LAST):
            await self.client.publish(subject, b"{}")
        return await self._refused("publish", subjects)

    async def refused_to_subscribe(self, subjects: Iterable[str]) -> set[str]:
        for subject in (*subjects, LAST):
            await self.client.subscribe(subject)
        return await self._refused("subscription", subjects)

    async def _refused(self, to: str, subjects: Iterable[str]) -> set[str]:
        """Wait for the refusal of the last one, which nobody may; the server answers in order."""
        await eventually(lambda: any(LAST in refusal for refusal in self.refusals))
        text = "\n".join(self.refusals)
        return {subject for subject in subjects if f'{to} to "{subject.lower()}"' in text}


@asynccontextmanager
async def connected(server: MessageServer, user: str) -> AsyncIterator[Connected]:
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        refusals.append(str(error).lower())

    client = await nats.connect(
        server.url, user=user, password=password_of(user), inbox_prefix=inbox_prefix_of(user), error_cb=note
    )
    try:
        yield Connected(client, refusals)
    finally:
        await client.close()
