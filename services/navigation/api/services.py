"""The directory as staff look through it, and whether a service can take somebody on."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from pydantic import AwareDatetime, Field

from contracts.terms import Capacity
from services.navigation.api.base import Body, Finding, Now
from services.navigation.model.directory import Listing, ServiceStatus, postcode_key
from services.navigation.policy.matching import FRESH_DAYS
from services.navigation.store import directory
from services.navigation.store import services as store
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["directory"])

READERS = ("intake", "case_manager", "supervisor", "directory_editor", "admin")
MOST_PLACES = 1_000_000
EDITORS = ("case_manager", "supervisor", "directory_editor")


class ServiceSummary(Body):
    """A service as the directory knows it. What is None is not known, which is never the same as no."""

    id: UUID
    name: str
    organization_id: UUID
    organization_name: str
    status: ServiceStatus
    codes: tuple[str, ...]
    """Open Eligibility codes."""
    languages: tuple[str, ...] | None
    free: bool | None
    in_person: bool | None
    remote: bool | None
    minimum_age: float | None
    maximum_age: float | None
    accessibility: tuple[str, ...] | None
    capacity: Capacity
    places: int | None
    assured_date: date | None
    """When somebody last checked the entry."""
    checked_days_ago: int | None
    stale: bool
    """Whether the entry was not checked within the last half year."""


class ServiceDetail(ServiceSummary):
    """A service with its areas, its own clock, and the whole of what its directory published."""

    areas: tuple[str, ...] | None
    """Prefixes of the postcodes it serves; an empty prefix is everywhere."""
    acknowledge_within_working_days: int | None
    """How long it has for an answer; None means the usual two working days."""
    progress_within_working_days: int | None
    """How long until its next word while it is at work; None means the usual ten working days."""
    document: dict[str, object]


@routes.get("/services", allow=READERS)
async def search_services(  # noqa: PLR0913 - one argument per filter
    query: Query,
    finder: Finding,
    present: Now,
    *,
    code: Annotated[
        str | None,
        Parameter(description="An Open Eligibility code; narrower ones are included", max_length=40),
    ] = None,
    postcode: Annotated[
        str | None, Parameter(description="Only services that serve it, or may", max_length=20)
    ] = None,
    free: Annotated[bool | None, Parameter(description="Whether it costs nothing")] = None,
    language: Annotated[
        str | None, Parameter(description="A primary language tag, such as es", max_length=8)
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ServiceSummary]:
    """Look through the directory, by name."""
    cursor = read_cursor(after, str, UUID)
    async with query.reading() as conn:
        await finder.refresh(conn)
        found = await store.search(
            conn,
            code=code,
            postcode=postcode_key(postcode) if postcode else None,
            free=free,
            language=language,
            after=(cursor[0], cursor[1]) if cursor else None,
            limit=limit + 1,
        )
    today = present.moment().date()
    listings = [finder.catalogue.listing(service_id) for _, service_id in found[:limit]]
    return Page(
        items=[
            ServiceSummary.model_validate(_fields(listing, today=today)) for listing in listings if listing
        ],
        next=cursor_of(*found[limit - 1]) if len(found) > limit else None,
    )


@routes.get("/services/{service_id}", allow=READERS)
async def read_service(service_id: UUID, query: Query, finder: Finding, present: Now) -> ServiceDetail:
    """Read one service, how fresh its entry is, and its source."""
    async with query.reading() as conn:
        await finder.refresh(conn)
        document = await store.document(conn, service_id)
    listing = finder.catalogue.listing(service_id)
    if listing is None or document is None:
        raise NotFound("the directory has no such service")
    return ServiceDetail.model_validate(
        _fields(listing, today=present.moment().date())
        | {
            "areas": listing.areas,
            "acknowledge_within_working_days": listing.acknowledge_within_working_days,
            "progress_within_working_days": listing.progress_within_working_days,
            "document": dict(document),
        }
    )


def _fields(listing: Listing, *, today: date) -> dict[str, object]:
    ago = (today - listing.assured_date).days if listing.assured_date else None
    return {
        "id": listing.service_id,
        "name": listing.service_name,
        "organization_id": listing.organization_id,
        "organization_name": listing.organization_name,
        "status": listing.status,
        "codes": listing.codes,
        "languages": None if listing.languages is None else tuple(sorted(listing.languages)),
        "free": listing.free,
        "in_person": listing.in_person,
        "remote": listing.remote,
        "minimum_age": listing.minimum_age,
        "maximum_age": listing.maximum_age,
        "accessibility": None if listing.accessibility is None else tuple(sorted(listing.accessibility)),
        "capacity": listing.capacity,
        "places": listing.places,
        "assured_date": listing.assured_date,
        "checked_days_ago": ago,
        "stale": ago is None or ago > FRESH_DAYS,
    }


class CapacitySaid(Body):
    """Whether the service can take somebody on, and how many places are free where that is counted."""

    capacity: Capacity
    places: Annotated[int, Field(ge=0, le=MOST_PLACES)] | None = None


class CapacityView(Body):
    """What the directory says now."""

    service_id: UUID
    capacity: Capacity
    places: int | None
    said_at: AwareDatetime


@routes.put("/services/{service_id}/capacity", allow=EDITORS)
async def edit_capacity(service_id: UUID, body: CapacitySaid, command: Command) -> CapacityView:
    """Write down whether a service can take somebody on; the next search already knows."""

    async def act(tx: Transaction) -> CapacityView:
        return await set_capacity(tx, service_id, body)

    return await command.once(act)


async def set_capacity(tx: Transaction, service_id: UUID, said: CapacitySaid) -> CapacityView:
    """Keep what was said. Raises `NotFound` when there is no such service."""
    if not await directory.set_capacity(
        tx.conn, service_id, capacity=said.capacity, places=said.places, now=tx.now
    ):
        raise NotFound("the directory has no such service")
    return CapacityView(service_id=service_id, capacity=said.capacity, places=said.places, said_at=tx.now)


WorkingDays = Annotated[int, Field(ge=1, le=60)]


class ClocksAgreed(Body):
    """In how many working days a service answers, and says the next word while it is at work.

    It holds for what is sent, and for what it says, from now on. What is left out follows the service's own
    directory, or else the usual two and ten working days.
    """

    acknowledge_within_working_days: WorkingDays | None = None
    progress_within_working_days: WorkingDays | None = None


class ClocksView(ClocksAgreed):
    """What is agreed now."""

    service_id: UUID


@routes.put("/services/{service_id}/clocks", allow=EDITORS)
async def edit_clocks(service_id: UUID, body: ClocksAgreed, command: Command) -> ClocksView:
    """Write down how long a service has for an answer and for its next word, as agreed with it."""

    async def act(tx: Transaction) -> ClocksView:
        return await set_clocks(tx, service_id, body)

    return await command.once(act)


async def set_clocks(tx: Transaction, service_id: UUID, agreed: ClocksAgreed) -> ClocksView:
    """Keep what was agreed. Raises `NotFound` when there is no such service."""
    acknowledge, progress = agreed.acknowledge_within_working_days, agreed.progress_within_working_days
    if not await directory.set_clocks(
        tx.conn, service_id, acknowledge_days=acknowledge, progress_days=progress, now=tx.now
    ):
        raise NotFound("the directory has no such service")
    return ClocksView(
        service_id=service_id,
        acknowledge_within_working_days=acknowledge,
        progress_within_working_days=progress,
    )
