"""One HSDS service document, as a listing: what each field says, and what is made of odd ones.

A service is rejected only when it cannot be used at all: it has no id, no name, or no organisation. Anything
else that is odd becomes "not known" (or the stated stand-in) with a warning, so that nobody misses help over
a typing mistake in a directory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID

from contracts.terms import Capacity, ServiceStatus
from services.navigation.directory.documents import Document, child, children, text
from services.navigation.directory.hours import Attending, Warn, attending, open_half_hours
from services.navigation.directory.places import access, areas_served, locations_of, whereabouts
from services.navigation.directory.values import FIRST_YEAR, amount, currency, day, language, number
from services.navigation.model.directory import Listing
from shared.ids import derived_id

OLDEST = 130
_CODE = re.compile(r"1[01]\d(-\d{2}){0,4}")
_FREE = re.compile(
    r"^(none|free|no (cost|fee|charge|fees)|(it is |always )?free of charge|without charge)\b", re.IGNORECASE
)
_STATUSES = {
    "active": ServiceStatus.ACTIVE,
    "open": ServiceStatus.ACTIVE,
    "inactive": ServiceStatus.INACTIVE,
    "closed": ServiceStatus.INACTIVE,
    "defunct": ServiceStatus.DEFUNCT,
    "temporarily closed": ServiceStatus.TEMPORARILY_CLOSED,
    "temporarily_closed": ServiceStatus.TEMPORARILY_CLOSED,
    "suspended": ServiceStatus.TEMPORARILY_CLOSED,
}


@dataclass(slots=True)
class Oddities:
    """What was odd about one document, as it is read."""

    found: list[tuple[str, str | None, str]] = field(default_factory=list)

    def warn(self, name: str, value: str | None, reason: str) -> None:
        """Note one odd field: its value, and what was made of it."""
        self.found.append((name, value, reason))


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a document cannot be used: the field that is missing or wrong, and the reason."""

    field: str
    reason: str
    value: str = ""


def identify(source: str, kind: str, written: str) -> UUID:
    """Return the id as it is, when it is a UUID; else always the same one for this id of this source."""
    try:
        return UUID(written)
    except ValueError:
        return derived_id(NAMESPACE_URL, "directory", source, kind, written)


def listing_of(service: Document, *, source: str, today: date, warn: Warn) -> Listing | Unusable:
    """Read a service document, its organisation nested or named by id."""
    organization = child(service, "organization")
    service_id, name = text(service, "id"), text(service, "name")
    organization_id = text(organization, "id") or text(service, "organization_id")
    if service_id is None:
        return Unusable("id", "it has no id, so it could not be found again", name or "")
    if name is None:
        return Unusable("name", "it has no name, so nobody could be told of it")
    if organization_id is None:
        return Unusable("organization_id", "it belongs to no organisation, so nobody could be asked")
    youngest, oldest = _ages(service, warn)
    free, lowest, unit = _cost(service, today, warn)
    locations = locations_of(service)
    hours = _hours(service, locations, today, warn)
    where = whereabouts(locations, _own_schedules(service), warn)
    capacity, places = _capacity(service, warn)
    return Listing(
        service_id=identify(source, "service", service_id),
        service_name=name,
        organization_id=identify(source, "organization", organization_id),
        organization_name=text(organization, "name") or "",
        status=_status(service, warn),
        codes=_codes(service, warn),
        areas=areas_served(service, warn),
        languages=_languages(service, locations, warn),
        minimum_age=youngest,
        maximum_age=oldest,
        free=free,
        lowest_cost=lowest,
        currency=unit,
        open_hours=hours.open,
        in_person_hours=hours.in_person,
        remote_hours=hours.remote,
        in_person=where.in_person,
        remote=where.remote,
        accessibility=access(locations, warn),
        capacity=capacity,
        places=places,
        assured_date=_assured(service, today, warn),
        acknowledge_within_working_days=_own_clock(service, warn),
        latitude=where.latitude,
        longitude=where.longitude,
    )


def _status(service: Document, warn: Warn) -> ServiceStatus:
    written = text(service, "status")
    known = _STATUSES.get((written or "").lower())
    if known is None:
        warn("status", written, "not an HSDS status; taken as active")
    return known or ServiceStatus.ACTIVE


def _codes(service: Document, warn: Warn) -> tuple[str, ...]:
    holders = [service, *children(service, "service_at_locations")]
    terms = [child(entry, "taxonomy_term") for holder in holders for entry in children(holder, "attributes")]
    codes = {code for term in terms if (code := text(term, "code")) and _CODE.fullmatch(code)}
    if not codes:
        warn("attributes", None, "no Open Eligibility code; it cannot be found by need")
    return tuple(sorted(codes))


def _languages(service: Document, locations: list[Document], warn: Warn) -> frozenset[str] | None:
    spoken: set[str] = set()
    for entry in (entry for holder in (service, *locations) for entry in children(holder, "languages")):
        written = text(entry, "code") or text(entry, "name")
        if written is None:
            continue
        read = language(written) or language(text(entry, "name") or "")
        if read is None:
            warn("languages", written, "not a language we know; left out")
        else:
            spoken.add(read)
    return frozenset(spoken) or None


def _ages(service: Document, warn: Warn) -> tuple[float | None, float | None]:
    youngest, oldest = _age(service, "minimum_age", warn), _age(service, "maximum_age", warn)
    if youngest is not None and oldest is not None and youngest > oldest:
        warn(
            "minimum_age", f"{youngest:g} to {oldest:g}", "the wrong way round; age limits count as not given"
        )
        return None, None
    return youngest, oldest


def _age(service: Document, name: str, warn: Warn) -> float | None:
    written = text(service, name)
    if written is None:
        return None
    read = None if written.startswith("-") else number(written)
    if read is None or read > OLDEST:
        warn(name, written, "not an age; taken as not given")
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", written):
        warn(name, written, f"words in an age; read as {read:g}")
    return read


def _cost(service: Document, today: date, warn: Warn) -> tuple[bool | None, Decimal | None, str | None]:
    """Whether it is free, and else the lowest price. What words say counts only where they are plain."""
    prices = [price for option in children(service, "cost_options") if (price := _price(option, today, warn))]
    words = text(service, "fees_description") or text(service, "fees") or ""
    if prices:
        lowest, unit = min(prices, key=lambda price: (price[0], price[1] or ""))
        return lowest == 0, lowest, unit
    return (True, Decimal(0), None) if _FREE.match(words) else (None, None, None)


def _price(option: Document, today: date, warn: Warn) -> tuple[Decimal, str | None] | None:
    ends = day(text(option, "valid_to") or "")
    if ends is not None and ends < today:
        return None
    written = text(option, "amount")
    if written is None:
        words = text(option, "option") or text(option, "amount_description") or ""
        return (Decimal(0), None) if _FREE.match(words) else None
    read = amount(written)
    if read is None:
        if _FREE.match(written):
            return Decimal(0), None
        warn("cost_options.amount", written, "not an amount; taken as not given")
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", written):
        warn("cost_options.amount", written, f"words in an amount; read as {read[0]}")
    return read[0], currency(text(option, "currency") or "") or read[1]


@dataclass(frozen=True, slots=True)
class _Hours:
    open: int | None
    in_person: int | None
    remote: int | None


def _own_schedules(service: Document) -> list[Document]:
    at = children(service, "service_at_locations")
    return [schedule for holder in (service, *at) for schedule in children(holder, "schedules")]


def _hours(service: Document, locations: list[Document], today: date, warn: Warn) -> _Hours:
    """The service's own hours; its buildings' hours only where it has none of its own."""
    schedules = _own_schedules(service) or [
        schedule for location in locations for schedule in children(location, "schedules")
    ]
    everyone = in_person = remote = 0
    for schedule in schedules:
        mask = open_half_hours(schedule, today=today, warn=warn)
        everyone |= mask
        how = attending(schedule)
        if Attending.IN_PERSON in how:
            in_person |= mask
        if Attending.REMOTE in how:
            remote |= mask
    if schedules and not everyone:
        warn("schedules", None, "no hours that are in force; opening hours count as not known")
    return _Hours(everyone or None, in_person or None, remote or None)


def _capacity(service: Document, warn: Warn) -> tuple[Capacity, int | None]:
    """Read HSDS 3.1 `service_capacity` (how many are available), a `status` beside it, or a waiting list."""
    counted: list[int] = []
    said: set[str] = set()
    for entry in (*children(service, "service_capacity"), *children(service, "service_capacities")):
        available, status = text(entry, "available"), (text(entry, "status") or "").lower()
        read = number(available) if available and not available.startswith("-") else None
        if read is not None and read < 1_000_000:
            counted.append(int(read))
        elif available:
            warn("service_capacity.available", available, "not a number of places; taken as not given")
        if status in set(Capacity):
            said.add(status)
        elif status:
            warn("service_capacity.status", status, "not a capacity status; taken as not given")
    places = sum(counted) if counted else None
    if Capacity.WAITLIST in said or (
        places is None and "waiting list" in (text(service, "wait_time") or "").lower()
    ):
        return Capacity.WAITLIST, places
    if places is not None:
        return (Capacity.HAS if places else Capacity.NONE), places
    return next((known for known in (Capacity.HAS, Capacity.NONE) if known in said), Capacity.UNKNOWN), None


def _assured(service: Document, today: date, warn: Warn) -> date | None:
    written = text(service, "assured_date")
    if written is None:
        return None
    read = day(written)
    # A day of grace: a directory east of us may already have tomorrow.
    if read is None or not date(FIRST_YEAR, 1, 1) <= read <= today + timedelta(days=1):
        warn("assured_date", written, "not a day on which somebody could have checked; taken as not given")
        return None
    return read


def _own_clock(service: Document, warn: Warn) -> int | None:
    written = text(service, "acknowledge_within_working_days")
    if written is None:
        return None
    read = number(written)
    if read is None or not 1 <= read <= 60 or written.startswith("-"):
        warn("acknowledge_within_working_days", written, "not 1 to 60 days; the default applies")
        return None
    return int(read)
