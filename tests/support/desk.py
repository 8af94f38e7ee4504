"""The desk as a test sees it: its staff, their browsers, and what other services state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx
from nats.aio.client import Client

from contracts.event import Envelope, Event
from services.desk.api.cookies import COOKIE
from services.desk.commands.signing_in import begin_session
from services.desk.model.staff import Role, Staff
from services.desk.store import staff as store
from shared.clock import Clock
from shared.ids import new_id
from shared.outbox import Outgoing, publish, source_of
from shared.run import Running
from tests.support.eventually import eventually

SETTINGS: dict[str, object] = {"desk_time_zone": "Europe/London"}
A_BROWSER = {
    "Accept": "text/html,application/xhtml+xml",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "A test",
}
"""What browsers say of themselves, so far as the desk listens to it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works here."""

    staff: Staff
    team_id: UUID

    @property
    def id(self) -> UUID:
        """Who they are."""
        return self.staff.id


@dataclass(frozen=True, slots=True)
class House:
    """A desk that runs, whoever else does."""

    service: Running
    bus: Client
    clock: Clock

    async def hire(self, *roles: Role, name: str = "Sam Okoro", team_id: UUID | None = None) -> Person:
        """Add somebody with these roles, in a team of their own unless one is named."""
        staff = Staff(
            id=new_id(),
            name=name,
            email=f"{new_id()}@example.org",
            roles=frozenset(roles),
            oidc_subject=str(new_id()),
        )
        team = team_id or new_id()
        async with self.service.database.transaction() as tx:
            await store.insert(tx.conn, staff)
            await store.insert_team(tx.conn, team, f"Team {team}")
            await store.join_team(tx.conn, team, staff.id)
        return Person(staff, team)

    @asynccontextmanager
    async def browser(self, person: Person) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody's browser, signed in. It follows no redirect by itself."""
        async with self.service.database.transaction() as tx:
            token = await begin_session(tx, person.staff)
        async with httpx.AsyncClient(
            base_url=self.service.url, headers=A_BROWSER, cookies={COOKIE: token}, timeout=20
        ) as client:
            yield client

    async def tell(
        self, *events: Event, correlation_id: UUID | None = None, cause: UUID | None = None
    ) -> list[UUID]:
        """State these in the name of their publishers, in this order; gives their ids."""
        ids = []
        for event in events:
            envelope = Envelope(
                id=new_id(),
                type=event.subject,
                source=source_of(event.subject),
                time=self.clock.now(),
                about=event.about,
                correlation_id=correlation_id or new_id(),
                causation_id=cause,
            )
            await publish(self.bus, [Outgoing(envelope, event.model_dump_json().encode())])
            ids.append(envelope.id)
        return ids

    async def told(
        self, *events: Event, correlation_id: UUID | None = None, cause: UUID | None = None
    ) -> list[UUID]:
        """State these, and wait until the desk has taken them in."""
        ids = await self.tell(*events, correlation_id=correlation_id, cause=cause)
        await eventually(
            lambda: self.count("select count(*) from entry where id = any($1::uuid[])", ids), len(ids)
        )
        return ids

    async def count(self, statement: str, *values: object) -> int:
        """What a statement counts in the desk's schema."""
        async with self.service.database.reading() as conn:
            return int(await conn.fetchval(statement, *values))
