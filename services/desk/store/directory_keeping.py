"""Services of the directory, written as they were last stated."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from pydantic_core import to_json

from services.desk.model.directory import FoundBy, ServicePicture
from services.desk.model.entries import Entry
from services.desk.store.entries import entry_of
from shared.db import Connection

LATEST_OF_SERVICES = """
select e.id, e.type, e.kind, e.subject_id, e.client_id, e.version, e.occurred_at, e.correlation_id,
       e.causation_id, e.data::text as data
from unnest($1::uuid[]) as u (id)
cross join lateral (
    select id, type, kind, subject_id, client_id, version, occurred_at, correlation_id, causation_id, data
    from entry
    where subject_id = u.id and type = 'care.navigation.service.changed.v1'
    order by version desc
    limit 1
) e
"""


async def latest(conn: Connection, service_ids: Collection[UUID]) -> list[Entry]:
    """What was stated of each of these services with its highest version; of some nothing, perhaps."""
    return [entry_of(row) for row in await conn.fetch(LATEST_OF_SERVICES, list(service_ids))]


SAVE_SERVICES = """
with stated as (
    select id, version, sort_name, standing, codes, areas, capacity, assured_date, open_reports, conflicting,
           words, picture
    from json_to_recordset($1::text::json) as s (
        id uuid, version integer, sort_name text, standing text, codes text[], areas text[], capacity text,
        assured_date date, open_reports integer, conflicting boolean, words text[], picture json)
)
insert into service (id, version, sort_name, standing, codes, areas, capacity, assured_date, open_reports,
                     conflicting, words, picture)
select id, version, sort_name, standing, codes, areas, capacity, assured_date, open_reports, conflicting,
       array_to_tsvector(words), picture
from stated
on conflict (id) do update
set version = excluded.version, sort_name = excluded.sort_name, standing = excluded.standing,
    codes = excluded.codes, areas = excluded.areas, capacity = excluded.capacity,
    assured_date = excluded.assured_date, open_reports = excluded.open_reports,
    conflicting = excluded.conflicting, words = excluded.words, picture = excluded.picture
"""


async def save(conn: Connection, services: Sequence[tuple[ServicePicture, FoundBy]]) -> None:
    """Write how these services stand, and what they are found by."""
    rows = [
        {
            "id": one.id,
            "version": one.said.version,
            "sort_name": by.sort_name,
            "standing": one.standing,
            "codes": by.codes,
            "areas": one.said.areas,
            "capacity": one.said.capacity,
            "assured_date": one.said.assured_date,
            "open_reports": one.said.open_reports,
            "conflicting": bool(one.said.conflicting),
            "words": by.words,
            "picture": one.model_dump(mode="json"),
        }
        for one, by in services
    ]
    await conn.execute(SAVE_SERVICES, to_json(rows).decode())
