"""A tiny system that the kit is tested with: a depot packs parcels, a hub counts them and says so."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel

from contracts.event import Event
from shared.bus import Delivery, on
from shared.errors import Invalid, Transient
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.run import Kit, Parts, Service
from shared.settings import ServiceSettings
from shared.unit_of_work import Transaction

NOWHERE = Path(__file__).parent
CREATE_COUNTED = """
create table if not exists counted (
    parcel_id uuid primary key, weight integer not null, batch integer not null, traceparent text
)
"""


class ParcelPacked(Event):
    """A parcel was packed."""

    subject: ClassVar[str] = "care.intake.parcel.packed.v1"

    parcel_id: UUID
    weight: int

    @property
    def about(self) -> UUID:
        return self.parcel_id


class ParcelCounted(Event):
    """A parcel was counted."""

    subject: ClassVar[str] = "care.barriers.parcel.counted.v1"

    parcel_id: UUID

    @property
    def about(self) -> UUID:
        return self.parcel_id


class NewParcel(BaseModel):
    weight: int


class Packed(BaseModel):
    parcel_id: UUID


routes = Routes()


@routes.post("/parcels", allow=("packer",), status_code=201)
async def pack(body: NewParcel, command: Command) -> Packed:
    return await command.once(partial(_pack, body))


async def _pack(body: NewParcel, tx: Transaction) -> Packed:
    parcel_id = new_id()
    tx.publish(ParcelPacked(parcel_id=parcel_id, weight=body.weight))
    return Packed(parcel_id=parcel_id)


@routes.get("/parcels/{parcel_id}", allow=("packer", "service"))
async def parcel(parcel_id: UUID, query: Query) -> Packed:
    async with query.reading() as conn:
        await conn.fetchval("select 1")
    return Packed(parcel_id=parcel_id)


async def _build_depot(_kit: Kit[ServiceSettings]) -> Parts:
    return Parts()


DEPOT = Service(
    name="intake",
    title="Depot",
    description="Packs parcels",
    settings=ServiceSettings,
    folder=NOWHERE,
    routes=(routes,),
    build=_build_depot,
)


class Hub:
    """Counts parcels. A weight below zero can never be counted; 13 is counted when its time has come.

    `broken` holds the weights over which the hub itself stumbles, with an error that quotes a person.
    """

    def __init__(self) -> None:
        self.unlucky = True
        self.broken: set[int] = set()
        self.batches: list[int] = []

    @on(ParcelPacked, durable="barriers-parcel-packed")
    async def count(self, tx: Transaction, deliveries: Sequence[Delivery[ParcelPacked]]) -> None:
        for delivery in deliveries:
            if delivery.event.weight < 0:
                raise Invalid("a parcel cannot weigh less than nothing")
            if delivery.event.weight == 13 and self.unlucky:
                raise Transient("not today")
            if delivery.event.weight in self.broken:
                raise RuntimeError("Amina said that the lift is broken")
        self.batches.append(len(deliveries))
        await tx.conn.executemany(
            "insert into counted (parcel_id, weight, batch, traceparent) values ($1, $2, $3, $4)",
            [
                (d.event.parcel_id, d.event.weight, len(self.batches), d.envelope.traceparent)
                for d in deliveries
            ],
        )
        for delivery in deliveries:
            tx.publish(ParcelCounted(parcel_id=delivery.event.parcel_id), cause=delivery.envelope)


def hub_service(hub: Hub) -> Service[ServiceSettings]:
    async def build(_kit: Kit[ServiceSettings]) -> Parts:
        return Parts(handlers=hub)

    return Service(
        name="barriers",
        title="Hub",
        description="Counts parcels",
        settings=ServiceSettings,
        folder=NOWHERE,
        routes=(),
        build=build,
        handlers=Hub,
    )
