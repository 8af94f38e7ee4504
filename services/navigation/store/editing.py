"""What staff change in the directory: facts, corrections, and the history of every service.

Whoever changes a service locks the directory first (`store.directory_import.next_revision`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.navigation.model.directory import HALF_HOURS_PER_WEEK, Listing
from services.navigation.model.editing import Correction, Field, What
from services.navigation.store.directory_import import LONG
from shared.db import Connection, Record

WRITE_FACTS = """
update service s
set name = f.name, status = f.status, codes = f.codes, areas = f.areas, languages = f.languages,
    minimum_age = f.minimum_age, maximum_age = f.maximum_age, free = f.free,
    open_hours = decode(f.open_hours, 'hex'), in_person_hours = decode(f.in_person_hours, 'hex'),
    remote_hours = decode(f.remote_hours, 'hex'), in_person = f.in_person, remote = f.remote,
    accessibility = f.accessibility, assured_date = f.assured_date, closed_until = f.closed_until,
    revision = $2, changed_at = $3
from jsonb_to_recordset($1::jsonb) as f (
    id uuid, name text, status text, codes text[], areas text[], languages text[], minimum_age float8,
    maximum_age float8, free boolean, open_hours text, in_person_hours text, remote_hours text,
    in_person boolean, remote boolean, accessibility text[], assured_date date, closed_until date)
where s.id = f.id
"""


async def write_facts(
    conn: Connection, services: Sequence[tuple[Listing, date | None]], *, revision: int, now: datetime
) -> None:
    """Write what matching goes by, of these services, and until when each is closed."""
    facts = [_facts(listing, closed_until) for listing, closed_until in services]
    await conn.execute(WRITE_FACTS, facts, revision, now)


def _facts(one: Listing, closed_until: date | None) -> dict[str, object]:
    return {
        "id": one.service_id,
        "name": one.service_name,
        "status": one.status.value,
        "codes": one.codes,
        "areas": one.areas,
        "languages": one.languages and sorted(one.languages),
        "minimum_age": one.minimum_age,
        "maximum_age": one.maximum_age,
        "free": one.free,
        "open_hours": _hex(one.open_hours),
        "in_person_hours": _hex(one.in_person_hours),
        "remote_hours": _hex(one.remote_hours),
        "in_person": one.in_person,
        "remote": one.remote,
        "accessibility": one.accessibility and sorted(one.accessibility),
        "assured_date": one.assured_date,
        "closed_until": closed_until,
    }


def _hex(mask: int | None) -> str | None:
    return None if mask is None else mask.to_bytes(HALF_HOURS_PER_WEEK // 8, "big").hex()


TOUCH = """
update service set revision = $2, changed_at = $3 where id = $1
"""


async def touch(conn: Connection, service_id: UUID, *, revision: int, now: datetime) -> None:
    """Give a service the directory's new revision, for what changed beside its facts."""
    await conn.execute(TOUCH, service_id, revision, now)


KEEP_CORRECTIONS = """
insert into service_correction (service_id, field, value, source_value, conflicting, until, why, corrected_at,
                                corrected_by)
select c.service_id, c.field, c.value, c.source_value, c.conflicting, c.until, c.why, c.corrected_at,
       c.corrected_by
from jsonb_to_recordset($1::jsonb) as c (
    service_id uuid, field text, value jsonb, source_value jsonb, conflicting boolean, until date, why text,
    corrected_at timestamptz, corrected_by uuid)
on conflict (service_id, field) do update
set value = excluded.value, source_value = excluded.source_value, conflicting = excluded.conflicting,
    until = excluded.until, why = excluded.why, corrected_at = excluded.corrected_at,
    corrected_by = excluded.corrected_by
"""


async def keep_corrections(conn: Connection, corrections: Sequence[tuple[UUID, Correction]]) -> None:
    """Write these corrections, in the place of earlier ones of the same fields."""
    await conn.execute(
        KEEP_CORRECTIONS,
        [
            {
                "service_id": service_id,
                "field": c.field.value,
                "value": c.value,
                "source_value": c.source_value,
                "conflicting": c.conflicting,
                "until": c.until,
                "why": c.why,
                "corrected_at": c.corrected_at,
                "corrected_by": c.corrected_by,
            }
            for service_id, c in corrections
        ],
    )


DROP_CORRECTIONS = """
delete from service_correction c
using unnest($1::uuid[], $2::text[]) as u (service_id, field)
where c.service_id = u.service_id and c.field = u.field
"""


async def drop_corrections(conn: Connection, fields: Sequence[tuple[UUID, Field]]) -> None:
    """Take these corrections away; what the directory says holds again."""
    await conn.execute(DROP_CORRECTIONS, [one for one, _ in fields], [field.value for _, field in fields])


ENDED = """
select distinct service_id from service_correction where until <= $1 order by service_id limit $2
"""


async def with_ended_corrections(conn: Connection, today: date, *, limit: int) -> list[UUID]:
    """Services with a correction whose time is over."""
    return [row["service_id"] for row in await conn.fetch(ENDED, today, limit)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a service's history. `fields`: each with what was there before and what is there now."""

    id: UUID
    service_id: UUID
    revision: int
    what: What
    fields: Mapping[str, tuple[object, object]]
    note: str | None
    source: str | None
    by_staff: UUID | None
    changed_at: datetime


RECORD_CHANGES = """
insert into service_change (id, service_id, revision, what, fields, note, source, by_staff, changed_at)
select c.id, c.service_id, c.revision, c.what, c.fields, c.note, c.source, c.by_staff, c.changed_at
from jsonb_to_recordset($1::jsonb) as c (
    id uuid, service_id uuid, revision bigint, what text, fields jsonb, note text, source text, by_staff uuid,
    changed_at timestamptz)
"""


async def record_changes(conn: Connection, changes: Sequence[Change]) -> None:
    """Add to the history of these services."""
    await conn.execute(
        RECORD_CHANGES, [{name: getattr(one, name) for name in Change.__slots__} for one in changes]
    )


RECORD_ADDED = """
insert into service_change (id, service_id, revision, what, fields, source, changed_at)
select gen_random_uuid(), service_id, $2, 'added', '{}', $3, $4 from unnest($1::uuid[]) as u (service_id)
"""


async def record_added(
    conn: Connection, service_ids: Sequence[UUID], *, revision: int, source: str, now: datetime
) -> None:
    """Begin the history of services that an import brought."""
    await conn.execute(RECORD_ADDED, service_ids, revision, source, now, timeout=LONG)


CHANGES = """
select id, service_id, revision, what, fields, note, source, by_staff, changed_at
from service_change
where service_id = $1 and ($2::bigint is null or (revision, id) < ($2, $3::uuid))
order by revision desc, id desc
limit $4
"""


async def changes(
    conn: Connection, service_id: UUID, *, after: tuple[int, UUID] | None, limit: int
) -> list[Change]:
    """The latest changes of a service, at most `limit`, before the one named."""
    revision, change_id = after or (None, None)
    return [_change(row) for row in await conn.fetch(CHANGES, service_id, revision, change_id, limit)]


CHANGED_SINCE = """
select id, service_id, revision, what, fields, note, source, by_staff, changed_at
from service_change
where service_id = $1 and revision > $2
order by revision desc, id desc
limit 200
"""


async def changed_since(conn: Connection, service_id: UUID, revision: int) -> list[Change]:
    """What was done to a service after that revision, the latest first."""
    return [_change(row) for row in await conn.fetch(CHANGED_SINCE, service_id, revision)]


def _change(row: Record) -> Change:
    return Change(
        id=row["id"],
        service_id=row["service_id"],
        revision=row["revision"],
        what=What(row["what"]),
        fields={name: (pair[0], pair[1]) for name, pair in row["fields"].items()},
        note=row["note"],
        source=row["source"],
        by_staff=row["by_staff"],
        changed_at=row["changed_at"],
    )
