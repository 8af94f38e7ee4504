"""What an import would make of the directory: compared as sets with what is there, and nothing written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.navigation.store.directory_import import LONG, Found
from shared.db import Connection, Record

COMPARE_ORGANIZATIONS = """
with best as (
    select distinct on (id) id, content_hash
    from staged_organization
    where import_id = $1
    order by id, modified_at desc nulls last, size desc, content_hash
)
select count(*) as all, count(*) filter (where o.id is null) as added,
       count(*) filter (where o.content_hash <> b.content_hash) as changed
from best b
left join organization o on o.id = b.id
"""


async def compare_organizations(conn: Connection, import_id: UUID) -> tuple[int, int, int]:
    """How many of the gathered organisations are new, changed and unchanged."""
    row = await conn.fetchrow(COMPARE_ORGANIZATIONS, import_id, timeout=LONG)
    assert row is not None
    return row["added"], row["changed"], row["all"] - row["added"] - row["changed"]


@dataclass(frozen=True, slots=True)
class Compared(Found):
    """A service that an import met; `detail` says `added`, `changed` or `unchanged`.

    `fields` has each field that its directory changed, with what was there and what comes; `document` those
    parts of the document that differ, by their HSDS names.
    """

    fields: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    document: tuple[str, ...] = ()


COMPARE_SERVICES = """
with best as (
    select distinct on (id)
        id, file, line, name, status, codes, areas, languages, minimum_age, maximum_age, free, open_hours,
        in_person, remote, accessibility, capacity, places, assured_date, document, content_hash
    from staged_service
    where import_id = $1
    order by id, modified_at desc nulls last, size desc, content_hash, file, line
)
select b.id, b.name, b.file, b.line,
       case when k.id is null then 'added'
            when k.content_hash = b.content_hash then 'unchanged' else 'changed' end as detail,
       case when k.content_hash <> b.content_hash then (
           select jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value))
           from jsonb_each(jsonb_build_object(
                    'name', b.name, 'status', b.status, 'codes', b.codes, 'areas', b.areas,
                    'languages', b.languages, 'minimum_age', b.minimum_age, 'maximum_age', b.maximum_age,
                    'free', b.free, 'hours', encode(b.open_hours, 'hex'), 'in_person', b.in_person,
                    'remote', b.remote, 'accessibility', b.accessibility, 'capacity', b.capacity,
                    'places', b.places, 'assured_date', b.assured_date)) as n
           join jsonb_each(jsonb_build_object(
                    'name', k.name, 'status', k.status, 'codes', k.codes, 'areas', k.areas,
                    'languages', k.languages, 'minimum_age', k.minimum_age, 'maximum_age', k.maximum_age,
                    'free', k.free, 'hours', encode(k.open_hours, 'hex'), 'in_person', k.in_person,
                    'remote', k.remote, 'accessibility', k.accessibility, 'capacity', k.capacity,
                    'places', k.places, 'assured_date', k.assured_date)) as o using (key)
           where o.value is distinct from n.value) end as fields,
       case when k.content_hash <> b.content_hash then (
           select jsonb_agg(key order by key)
           from jsonb_each(b.document::jsonb) as n
           full join jsonb_each(k.document) as o using (key)
           where o.value is distinct from n.value) end as document
from best b
left join service k on k.id = b.id
order by b.file, b.line
"""


async def compare_services(conn: Connection, import_id: UUID) -> list[Compared]:
    """Say of every gathered service what is new about it, in the order of the files."""
    return [_compared(row) for row in await conn.fetch(COMPARE_SERVICES, import_id, timeout=LONG)]


def _compared(row: Record) -> Compared:
    fields = {name: (pair[0], pair[1]) for name, pair in (row["fields"] or {}).items()}
    return Compared(
        row["id"],
        row["name"],
        row["file"],
        row["line"],
        row["detail"],
        fields=fields,
        document=tuple(row["document"] or ()),
    )


NAMES = """
select id, name, '' as file, 0 as line, '' as detail from service where id = any($1::uuid[]) order by name, id
"""


async def names(conn: Connection, service_ids: Collection[UUID]) -> list[Found]:
    """Name these services."""
    return [Found(*row) for row in await conn.fetch(NAMES, list(service_ids), timeout=LONG)]


CORRECTED = """
select service_id, field, source_value from service_correction where service_id = any($1::uuid[])
"""


async def corrected(conn: Connection, service_ids: Collection[UUID]) -> dict[UUID, dict[str, object]]:
    """Of these services, the fields that staff put right, with what the directory said of each."""
    found: dict[UUID, dict[str, object]] = {}
    for row in await conn.fetch(CORRECTED, list(service_ids), timeout=LONG):
        found.setdefault(row["service_id"], {})[row["field"]] = row["source_value"]
    return found
