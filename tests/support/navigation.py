"""Navigation as tests see it: a directory put there directly, messages delivered, what was stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from contracts.event import Event
from services.navigation.catalogue import Catalogue
from services.navigation.commands.finding import Finder
from services.navigation.handlers import Handlers
from services.navigation.jobs import notice_silence, notice_standstill
from services.navigation.model.directory import Listing
from shared.bus import Delivery, Receiver, receivers
from shared.db import Connection
from shared.unit_of_work import Database

E = TypeVar("E", bound=Event)

_ADD_ORGANIZATION = """
insert into organization (id, source, name, document, content_hash, revision, changed_at)
values ($1, 'test', $2, '{}', '', $3, now())
on conflict (id) do nothing
"""

_ADD_SERVICE = """
insert into service (id, organization_id, source, name, status, codes, areas, languages, minimum_age,
                     maximum_age, free, open_hours, in_person, remote, accessibility, capacity, places,
                     assured_date, acknowledge_within_working_days, document, content_hash, revision,
                     changed_at)
values ($1, $2, 'test', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
        '{"id": "as published"}', '', $19, now())
"""


async def add_services(conn: Connection, listings: Sequence[Listing]) -> None:
    """Put services into the directory as if they had been imported."""
    async with conn.transaction():
        revision = await conn.fetchval("update directory set revision = revision + 1 returning revision")
        for one in listings:
            await conn.execute(_ADD_ORGANIZATION, one.organization_id, one.organization_name, revision)
            await conn.execute(
                _ADD_SERVICE,
                one.service_id,
                one.organization_id,
                one.service_name,
                one.status.value,
                list(one.codes),
                None if one.areas is None else list(one.areas),
                None if one.languages is None else sorted(one.languages),
                one.minimum_age,
                one.maximum_age,
                one.free,
                None if one.open_hours is None else one.open_hours.to_bytes(42, "big"),
                one.in_person,
                one.remote,
                None if one.accessibility is None else sorted(one.accessibility),
                one.capacity.value,
                one.places,
                one.assured_date,
                one.acknowledge_within_working_days,
                revision,
            )


async def events_of(database: Database, kind: type[E]) -> list[E]:
    """Every event of one type that was ever stated, in order."""
    async with database.reading() as conn:
        rows = await conn.fetch(
            "select data::text as data from event where type = $1 order by id", kind.subject
        )
    return [kind.model_validate_json(row["data"]) for row in rows]


@dataclass
class Desk:
    """One copy of navigation without its messaging: what is delivered to it is handled here and now."""

    database: Database
    finder: Finder = field(default_factory=lambda: Finder(Catalogue()))

    def __post_init__(self) -> None:
        self._receivers: list[Receiver] = receivers(Handlers(self.finder), self.database)

    async def deliver(self, *deliveries: Delivery[Event]) -> None:
        """Hand over deliveries of one consumer, as one batch, through the inbox."""
        kinds = {type(d.event) for d in deliveries}
        receiver = next(r for r in self._receivers if kinds <= set(r.consumer.events))
        await receiver.commit(deliveries)

    async def add(self, *listings: Listing) -> None:
        """Put services into the directory and take notice of them."""
        async with self.database.reading() as conn:
            await add_services(conn, listings)
            await self.finder.refresh(conn)

    async def notice_silence(self) -> int:
        """Run the job of the acknowledgement clock once."""
        return await notice_silence(self.database, self.finder)

    async def notice_standstill(self) -> int:
        """Run the job of the progress clock once."""
        return await notice_standstill(self.database, self.finder)

    async def stated(self, kind: type[E]) -> list[E]:
        """Every event of one type that navigation ever stated, in order."""
        return await events_of(self.database, kind)

    async def statuses(self, barrier_id: UUID) -> list[str]:
        """The statuses of a barrier's referrals, oldest first."""
        async with self.database.reading() as conn:
            rows = await conn.fetch(
                "select status from referral where barrier_id = $1 order by id", barrier_id
            )
        return [row["status"] for row in rows]

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        async with self.database.reading() as conn:
            return int(await conn.fetchval(f"select count(*) from {table}"))
