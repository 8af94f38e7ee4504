"""The import of a directory: rows are gathered by COPY, then compared and brought in as sets.

All of it runs in the importer's one transaction. From `next_revision` on the directory is locked, so that
imports come one after another and their revisions become visible in order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.navigation.model.directory import HALF_HOURS_PER_WEEK, Listing
from shared.db import Connection

LONG = 600.0
"""Seconds that one statement of an import may take; everything else keeps the pool's limit."""

_MASK_BYTES = HALF_HOURS_PER_WEEK // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedOrganization:
    """An organisation as an import read it. Of several with one id, `modified_at` and `size` decide."""

    id: UUID
    name: str
    modified_at: datetime | None
    document: str
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedService:
    """A service as an import read it, and where. Of several with one id, `modified_at` and `size` decide."""

    listing: Listing
    file: str
    line: int
    modified_at: datetime | None
    document: str
    content_hash: bytes


async def stage_organizations(
    conn: Connection, import_id: UUID, organizations: Sequence[StagedOrganization]
) -> None:
    """Put organisations where the import gathers them."""
    await conn.copy_records_to_table(
        "staged_organization",
        columns=["import_id", "id", "name", "modified_at", "size", "document", "content_hash"],
        records=[
            (import_id, one.id, one.name, one.modified_at, len(one.document), one.document, one.content_hash)
            for one in organizations
        ],
        timeout=LONG,
    )  # fmt: skip


async def stage_services(conn: Connection, import_id: UUID, services: Sequence[StagedService]) -> None:
    """Put services where the import gathers them."""
    await conn.copy_records_to_table(
        "staged_service",
        columns=STAGED_COLUMNS,
        records=[_staged(import_id, service) for service in services],
        timeout=LONG,
    )


STAGED_COLUMNS = (
    "import_id", "id", "organization_id", "file", "line", "modified_at", "size", "name", "status", "codes",
    "areas", "languages", "minimum_age", "maximum_age", "free", "lowest_cost", "currency", "open_hours",
    "in_person_hours", "remote_hours", "in_person", "remote", "accessibility", "capacity", "places",
    "assured_date", "acknowledge_within_working_days", "latitude", "longitude", "document", "content_hash",
)  # fmt: skip


def _staged(import_id: UUID, service: StagedService) -> tuple[Any, ...]:
    listing = service.listing
    return (
        import_id, listing.service_id, listing.organization_id, service.file, service.line,
        service.modified_at, len(service.document), listing.service_name, listing.status.value,
        list(listing.codes), None if listing.areas is None else list(listing.areas),
        _sorted(listing.languages),
        listing.minimum_age, listing.maximum_age, listing.free, listing.lowest_cost, listing.currency,
        _bytes(listing.open_hours), _bytes(listing.in_person_hours), _bytes(listing.remote_hours),
        listing.in_person, listing.remote, _sorted(listing.accessibility), listing.capacity.value,
        listing.places, listing.assured_date, listing.acknowledge_within_working_days, listing.latitude,
        listing.longitude, service.document, service.content_hash,
    )  # fmt: skip


def _sorted(words: frozenset[str] | None) -> list[str] | None:
    return None if words is None else sorted(words)


def _bytes(mask: int | None) -> bytes | None:
    return None if mask is None else mask.to_bytes(_MASK_BYTES, "big")


NEXT_REVISION = """
select revision + 1 from directory for update
"""


async def next_revision(conn: Connection) -> int:
    """Lock the directory until the transaction ends, and return the revision that its changes get."""
    revision = await conn.fetchval(NEXT_REVISION, timeout=LONG)
    assert isinstance(revision, int)
    return revision


ADVANCE_REVISION = """
update directory set revision = $1
"""


async def advance_revision(conn: Connection, revision: int) -> None:
    """Let every catalogue know, once this transaction commits, that there is something new."""
    await conn.execute(ADVANCE_REVISION, revision)


MERGE_ORGANIZATIONS = """
with best as (
    select distinct on (id) id, name, document, content_hash
    from staged_organization
    where import_id = $1
    order by id, modified_at desc nulls last, size desc, content_hash
), merged as (
    insert into organization as o (
        id, source, name, placeholder, document, content_hash, revision, changed_at
    )
    select id, $2, name, false, document::jsonb, content_hash, $3, $4
    from best
    on conflict (id) do update
    set source = excluded.source, name = excluded.name, placeholder = false, document = excluded.document,
        content_hash = excluded.content_hash, revision = excluded.revision, changed_at = excluded.changed_at
    where o.content_hash <> excluded.content_hash
    returning o.id, xmax = 0 as added
), touched as (
    update service s set revision = $3 from merged m where s.organization_id = m.id and not m.added
)
select count(*) as all, count(*) filter (where m.added) as added,
       count(*) filter (where not m.added) as changed
from best b
left join merged m on m.id = b.id
"""


async def merge_organizations(
    conn: Connection, import_id: UUID, *, source: str, revision: int, now: datetime
) -> tuple[int, int, int]:
    """Bring in the organisations that were gathered; return how many were added, changed and unchanged.

    The services of those that changed get the new revision too, as their listings name them.
    """
    row = await conn.fetchrow(MERGE_ORGANIZATIONS, import_id, source, revision, now, timeout=LONG)
    assert row is not None
    return row["added"], row["changed"], row["all"] - row["added"] - row["changed"]


@dataclass(frozen=True, slots=True)
class Found:
    """A service that an import met: where, and which."""

    id: UUID
    name: str
    file: str
    line: int
    detail: str = ""


UNKNOWN_ORGANIZATIONS = """
select s.id, s.name, s.file, s.line, s.organization_id::text as detail
from staged_service s
left join organization o on o.id = s.organization_id
where s.import_id = $1 and (o.id is null or o.placeholder)
  and not exists (
      select from staged_organization d where d.import_id = $1 and d.id = s.organization_id)
order by s.file, s.line
"""


async def unknown_organizations(conn: Connection, import_id: UUID) -> list[Found]:
    """Name the gathered services whose organisation is described nowhere; `detail` is its id."""
    return [Found(*row) for row in await conn.fetch(UNKNOWN_ORGANIZATIONS, import_id, timeout=LONG)]


ADD_PLACEHOLDERS = """
insert into organization (id, source, name, placeholder, document, content_hash, revision, changed_at)
select s.organization_id, $2, 'Organisation of ' || min(s.name), true, '{}', '', $3, $4
from staged_service s
where s.import_id = $1 and not exists (select from organization o where o.id = s.organization_id)
group by s.organization_id
"""


async def add_placeholders(
    conn: Connection, import_id: UUID, *, source: str, revision: int, now: datetime
) -> None:
    """Stand in for organisations that gathered services name and nothing describes."""
    await conn.execute(ADD_PLACEHOLDERS, import_id, source, revision, now, timeout=LONG)


DUPLICATES = """
select id, name, file, line, '' as detail
from (
    select id, name, file, line,
           row_number() over (
               partition by id order by modified_at desc nulls last, size desc, content_hash, file, line
           ) as place
    from staged_service
    where import_id = $1
) ranked
where place > 1
order by file, line
"""


async def duplicates(conn: Connection, import_id: UUID) -> list[Found]:
    """Name the gathered services that yield to another with the same id."""
    return [Found(*row) for row in await conn.fetch(DUPLICATES, import_id, timeout=LONG)]


MERGE_SERVICES = """
with best as (
    select distinct on (id)
        id, organization_id, file, line, name, status, codes, areas, languages, minimum_age, maximum_age,
        free, lowest_cost, currency, open_hours, in_person_hours, remote_hours, in_person, remote,
        accessibility, capacity, places, assured_date, acknowledge_within_working_days, latitude, longitude,
        document, content_hash
    from staged_service
    where import_id = $1
    order by id, modified_at desc nulls last, size desc, content_hash, file, line
), merged as (
    insert into service as s (
        id, organization_id, source, name, status, codes, areas, languages, minimum_age, maximum_age, free,
        lowest_cost, currency, open_hours, in_person_hours, remote_hours, in_person, remote, accessibility,
        capacity, places, assured_date, acknowledge_within_working_days, latitude, longitude, document,
        content_hash, revision, changed_at
    )
    select id, organization_id, $2, name, status, codes, areas, languages, minimum_age, maximum_age, free,
           lowest_cost, currency, open_hours, in_person_hours, remote_hours, in_person, remote, accessibility,
           capacity, places, assured_date, acknowledge_within_working_days, latitude, longitude,
           document::jsonb, content_hash, $3, $4
    from best b
    where not exists (select from service k where k.id = b.id and k.content_hash = b.content_hash)
    on conflict (id) do update
    set organization_id = excluded.organization_id, source = excluded.source, name = excluded.name,
        status = excluded.status, codes = excluded.codes, areas = excluded.areas,
        languages = excluded.languages, minimum_age = excluded.minimum_age,
        maximum_age = excluded.maximum_age, free = excluded.free, lowest_cost = excluded.lowest_cost,
        currency = excluded.currency,
        open_hours = excluded.open_hours, in_person_hours = excluded.in_person_hours,
        remote_hours = excluded.remote_hours, in_person = excluded.in_person, remote = excluded.remote,
        accessibility = excluded.accessibility,
        -- A directory that says nothing of it leaves what the service or staff said.
        capacity = case when excluded.capacity = 'unknown' and s.capacity_said_at is not null
                        then s.capacity else excluded.capacity end,
        places = case when excluded.capacity = 'unknown' and s.capacity_said_at is not null
                      then s.places else excluded.places end,
        capacity_said_at = case when excluded.capacity = 'unknown' then s.capacity_said_at end,
        closed_until = null,
        assured_date = excluded.assured_date,
        acknowledge_within_working_days = excluded.acknowledge_within_working_days,
        latitude = excluded.latitude, longitude = excluded.longitude, document = excluded.document,
        content_hash = excluded.content_hash, closed_at = null, revision = excluded.revision,
        changed_at = excluded.changed_at
    where s.content_hash <> excluded.content_hash
    returning s.id
)
select count(*) from merged
"""


async def merge_services(
    conn: Connection, import_id: UUID, *, source: str, revision: int, now: datetime
) -> int:
    """Bring in the services that were gathered and that are new or changed; return how many those are."""
    merged = await conn.fetchval(MERGE_SERVICES, import_id, source, revision, now, timeout=LONG)
    assert isinstance(merged, int)
    return merged


OPEN_SERVICES = """
select id from service where source = $1 and closed_at is null
"""


async def open_services(conn: Connection, source: str) -> set[UUID]:
    """The services that this source brought and that were not closed since."""
    return {row["id"] for row in await conn.fetch(OPEN_SERVICES, source, timeout=LONG)}


CLOSE_SERVICES = """
update service
set status = 'inactive', closed_until = null, closed_at = $3, content_hash = '', revision = $2,
    changed_at = $3
where id = any ($1::uuid[])
returning id, name, '' as file, 0 as line, '' as detail
"""


async def close_services(
    conn: Connection, services: Collection[UUID], *, revision: int, now: datetime
) -> list[Found]:
    """Close these services, so that nobody is sent to them; name them."""
    rows = await conn.fetch(CLOSE_SERVICES, list(services), revision, now, timeout=LONG)
    return sorted((Found(*row) for row in rows), key=lambda found: (found.name, found.id))


KEEP_DOCUMENTS = """
insert into directory_document as d (kind, id, source, document, content_hash, changed_at)
select distinct on (kind, id) kind, id, $1, document::jsonb, sha256(convert_to(document, 'UTF8')), $2
from unnest($3::text[], $4::uuid[], $5::text[]) as kept (kind, id, document)
order by kind, id, length(document) desc, document
on conflict (kind, id) do update
set source = excluded.source, document = excluded.document, content_hash = excluded.content_hash,
    changed_at = excluded.changed_at
where d.content_hash <> excluded.content_hash
"""


async def keep_documents(
    conn: Connection, documents: Iterable[tuple[str, UUID, str]], *, source: str, now: datetime
) -> None:
    """Keep documents that are neither service nor organisation: their kind, id and text."""
    kept = list(documents)
    columns = [list(column) for column in zip(*kept, strict=True)] if kept else [[], [], []]
    await conn.execute(KEEP_DOCUMENTS, source, now, *columns, timeout=LONG)


FORGET_SERVICES = """
delete from staged_service where import_id = $1
"""
FORGET_ORGANIZATIONS = """
delete from staged_organization where import_id = $1
"""


async def forget_staged(conn: Connection, import_id: UUID) -> None:
    """Clear away what the import gathered."""
    await conn.execute(FORGET_SERVICES, import_id, timeout=LONG)
    await conn.execute(FORGET_ORGANIZATIONS, import_id, timeout=LONG)


RECORD_IMPORT = """
insert into directory_import (id, source, started_at, report) values ($1, $2, $3, $4)
"""


async def record_import(
    conn: Connection, import_id: UUID, *, source: str, now: datetime, report: dict[str, object]
) -> None:
    """Keep the report of an import."""
    await conn.execute(RECORD_IMPORT, import_id, source, now, report)
