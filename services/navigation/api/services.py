"""The directory as staff look through it, and whether a service can take somebody on."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from fastapi import Query as Parameter
from pydantic import AwareDatetime, Field

from contracts.events.navigation import ServiceDetails
from contracts.terms import Capacity, ServiceStatus
from services.navigation.api.base import Body, Finding, Now
from services.navigation.commands import editing
from services.navigation.directory.describing import details_of
from services.navigation.model.directory import Listing, postcode_key
from services.navigation.model.editing import Correction, Entry
from services.navigation.model.editing import Field as EntryField
from services.navigation.model.loop import FiguresAsked, LoopFigures
from services.navigation.policy import figures
from services.navigation.policy.matching import FRESH_DAYS
from services.navigation.store import entries, loop
from services.navigation.store import services as store
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["directory"])

READERS = ("intake", "case_manager", "supervisor", "directory_editor", "admin")
MOST_PLACES = 1_000_000
EDITORS = ("case_manager", "supervisor", "directory_editor")


class Freshness(StrEnum):
    """Whether somebody checked an entry within the last half year."""

    FRESH = "fresh"
    STALE = "stale"
    """Longer ago, or nobody knows when."""


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


class ServicesFound(Page[ServiceSummary]):
    """One page of the directory, by name."""

    total: int
    """How many services fit the filters, on all pages together."""


class CorrectionView(Body):
    """One field that staff put right; it goes before what the directory says, import after import."""

    field: EntryField
    value: object
    """What holds."""
    source_value: object
    """What the directory says."""
    conflicting: bool
    """The directory has come to say something else since; a person decides which holds."""
    until: date | None
    """The first day on which what the directory says holds again."""
    why: str
    corrected_at: AwareDatetime
    corrected_by: UUID


class ReferralsOfService(Body):
    """How it goes with referrals to this service that were sent within the last year."""

    sent: int
    waiting: int
    answered: int
    unanswered: int
    declined: int
    got_help: int
    median_hours_to_answer: float | None


class ServiceDetail(ServiceSummary):
    """A service whole: what its directory published, what staff put right, and how referrals to it go."""

    version: int
    """What an edit is made on; also the ETag."""
    source: str
    """Which directory it came from."""
    retired: bool
    """Whether its directory has left it out since."""
    closed_until: date | None
    """The first day on which it is open again, where it is closed for a time."""
    changed_at: AwareDatetime
    capacity_said_at: AwareDatetime | None
    areas: tuple[str, ...] | None
    """Prefixes of the postcodes it serves; an empty prefix is everywhere."""
    acknowledge_within_working_days: int | None
    """How long it has for an answer; None means the usual two working days."""
    progress_within_working_days: int | None
    """How long until its next word while it is at work; None means the usual ten working days."""
    details: ServiceDetails
    """What it says of itself, with what staff put right in its place."""
    corrections: tuple[CorrectionView, ...]
    open_reports: int
    """How many reports that something here is wrong wait for an editor."""
    referrals: ReferralsOfService | None
    """None when nothing was sent to it."""
    document: dict[str, object]
    """The whole of what its directory published, as it came."""


def _wanted(  # noqa: PLR0913, PLR0917 - one argument per filter
    present: Now,
    words: Annotated[
        str | None,
        Parameter(description="Each begins a word of its name, description or organisation", max_length=200),
    ] = None,
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
    status: Annotated[
        list[ServiceStatus] | None,
        Parameter(description="Only these; those that are open, or will be, if not said"),
    ] = None,
    retired: Annotated[bool, Parameter(description="Those that their directory has left out")] = False,  # noqa: FBT002
    freshness: Freshness | None = None,
    capacity: list[Capacity] | None = Parameter(default=None),
    organization_id: UUID | None = None,
    source: Annotated[
        str | None, Parameter(description="Only what this directory brought", max_length=200)
    ] = None,
    reported: Annotated[  # noqa: FBT002
        bool, Parameter(description="Only those of which somebody said that something is wrong")
    ] = False,
    conflicting: Annotated[  # noqa: FBT002
        bool, Parameter(description="Only those whose directory contradicts what staff put right")
    ] = False,
) -> store.Wanted:
    key = postcode_key(postcode) if postcode else ""
    bound = present.moment().date() - timedelta(days=FRESH_DAYS)
    usual = list(ServiceStatus) if retired else [ServiceStatus.ACTIVE, ServiceStatus.TEMPORARILY_CLOSED]
    return store.Wanted(
        words=store.query_of(words) if words else None,
        code=code,
        prefixes=[key[:length] for length in range(len(key) + 1)] if key else None,
        free=free,
        language=language,
        statuses=[one.value for one in status or usual],
        retired=retired,
        capacities=[one.value for one in capacity] if capacity else None,
        organization_id=organization_id,
        source=source,
        checked_from=bound if freshness is Freshness.FRESH else None,
        checked_before=bound if freshness is Freshness.STALE else None,
        reported=reported,
        conflicting=conflicting,
    )


@routes.get("/services", allow=READERS)
async def search_services(
    wanted: Annotated[store.Wanted, Depends(_wanted)],
    query: Query,
    finder: Finding,
    present: Now,
    *,
    after: After = None,
    limit: Limit = 50,
) -> ServicesFound:
    """Look through the directory, by name. Every filter that is given has to fit."""
    cursor = read_cursor(after, str, UUID)
    async with query.reading() as conn:
        await finder.refresh(conn)
        found = await store.search(
            conn, wanted, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    today = present.moment().date()
    listings = [finder.catalogue.listing(service_id) for _, service_id in found.page[:limit]]
    return ServicesFound(
        items=[
            ServiceSummary.model_validate(_fields(listing, today=today)) for listing in listings if listing
        ],
        next=cursor_of(*found.page[limit - 1]) if len(found.page) > limit else None,
        total=found.total,
    )


@routes.get("/services/{service_id}", allow=READERS)
async def read_service(service_id: UUID, query: Query, present: Now, response: Response) -> ServiceDetail:
    """Read one service, whole: how fresh it is, what staff put right, how referrals to it go."""
    now = present.moment()
    async with query.reading() as conn:
        found = await entries.entries(conn, [service_id])
        if not found:
            raise NotFound(editing.UNKNOWN_SERVICE)
        asked = FiguresAsked(
            since=figures.beginning(since=None, until=now),
            until=now,
            organization_id=found[0].listing.organization_id,
            service_id=service_id,
        )
        counted = await loop.figures(conn, asked, now=now)
    response.headers["ETag"] = f'"{found[0].version}"'
    return service_view(found[0], today=now.date(), counted=counted[0] if counted else None)


def service_view(entry: Entry, *, today: date, counted: LoopFigures | None = None) -> ServiceDetail:
    """A service as it is shown."""
    listing = entry.listing
    return ServiceDetail.model_validate(
        _fields(listing, today=today)
        | {
            "version": entry.version,
            "source": entry.source,
            "retired": entry.retired,
            "closed_until": entry.closed_until,
            "changed_at": entry.changed_at,
            "capacity_said_at": entry.capacity_said_at,
            "areas": listing.areas,
            "acknowledge_within_working_days": listing.acknowledge_within_working_days,
            "progress_within_working_days": listing.progress_within_working_days,
            "details": details_of(entry),
            "corrections": tuple(_correction(one) for one in entry.corrections),
            "open_reports": entry.open_reports,
            "referrals": counted and _referrals(counted),
            "document": dict(entry.document),
        }
    )


def _correction(one: Correction) -> CorrectionView:
    return CorrectionView.model_validate({name: getattr(one, name) for name in CorrectionView.model_fields})


def _referrals(counted: LoopFigures) -> ReferralsOfService:
    return ReferralsOfService.model_validate(
        {name: getattr(counted, name) for name in ReferralsOfService.model_fields}
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
        return await set_capacity(tx, service_id, body, by_staff=command.caller.subject)

    return await command.once(act)


async def set_capacity(
    tx: Transaction, service_id: UUID, said: CapacitySaid, *, by_staff: UUID | None = None
) -> CapacityView:
    """Keep what was said. Raises `NotFound` when there is no such service."""
    if not await editing.set_capacity(
        tx, service_id, capacity=said.capacity, places=said.places, by_staff=by_staff
    ):
        raise NotFound(editing.UNKNOWN_SERVICE)
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
        return await set_clocks(tx, service_id, body, by_staff=command.caller.subject)

    return await command.once(act)


async def set_clocks(
    tx: Transaction, service_id: UUID, agreed: ClocksAgreed, *, by_staff: UUID | None = None
) -> ClocksView:
    """Keep what was agreed. Raises `NotFound` when there is no such service."""
    acknowledge, progress = agreed.acknowledge_within_working_days, agreed.progress_within_working_days
    await editing.set_clocks(
        tx, service_id, acknowledge_days=acknowledge, progress_days=progress, by_staff=by_staff
    )
    return ClocksView(
        service_id=service_id,
        acknowledge_within_working_days=acknowledge,
        progress_within_working_days=progress,
    )
