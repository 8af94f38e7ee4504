"""Needs that the directory could not meet: a row for each barrier, as it was when help was last asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.navigation.model.unmet import Unmet, UnmetAsked, UnmetFigures
from shared.db import Connection

KEEP = """
insert into unmet_need as n (barrier_id, category, resource_codes, area, kind, reasons, first_at, at)
select u.barrier_id, u.category, u.resource_codes, u.area, u.kind, u.reasons, u.at, u.at
from jsonb_to_recordset($1::jsonb) as u (
    barrier_id uuid, category text, resource_codes text[], area text, kind text, reasons text[],
    at timestamptz)
order by u.barrier_id
on conflict (barrier_id) do update
set category = excluded.category, resource_codes = excluded.resource_codes, area = excluded.area,
    kind = excluded.kind, reasons = excluded.reasons, at = excluded.at, ended_at = null, ended_how = null
"""


async def keep(conn: Connection, unmet: Sequence[Unmet]) -> None:
    """Remember these, each in the place of what was said of the same barrier before."""
    await conn.execute(KEEP, [{name: getattr(one, name) for name in Unmet.__slots__} for one in unmet])


END = """
update unmet_need set ended_at = $2, ended_how = $3
where barrier_id = any($1::uuid[]) and ended_at is null
"""


async def end(
    conn: Connection, barrier_ids: Collection[UUID], how: Literal["found", "withdrawn"], *, now: datetime
) -> None:
    """Remember that these have found help, or want none any more."""
    await conn.execute(END, list(barrier_ids), now, how)


FIGURES = """
with counted as (
    select area, category, count(*) as barriers, count(*) filter (where kind = 'nobody_fits') as nobody_fits,
           count(*) filter (where kind = 'only_unknown') as only_unknown,
           count(*) filter (where kind = 'only_stale') as only_stale,
           min(first_at) as first_at, max(at) as last_at
    from unmet_need
    where at >= $1 and at <= $2 and ($3::text is null or category = $3) and ($4::text is null or area = $4)
      and ($5::boolean or ended_at is null)
    group by area, category
), why as (
    select area, category, jsonb_object_agg(reason, barriers) as reasons
    from (
        select n.area, n.category, r.reason, count(*) as barriers
        from unmet_need n
        cross join unnest(n.reasons) as r (reason)
        where n.at >= $1 and n.at <= $2 and ($3::text is null or n.category = $3)
          and ($4::text is null or n.area = $4) and ($5::boolean or n.ended_at is null)
        group by n.area, n.category, r.reason
    ) as single
    group by area, category
)
select c.area, c.category, c.barriers, c.nobody_fits, c.only_unknown, c.only_stale, c.first_at, c.last_at,
       w.reasons
from counted c
join why w on w.category = c.category and coalesce(w.area, '') = coalesce(c.area, '')
order by c.barriers desc, c.area nulls last, c.category
"""


async def figures(conn: Connection, asked: UnmetAsked) -> list[UnmetFigures]:
    """How many barriers could not be met, by place and category, the most first."""
    rows = await conn.fetch(FIGURES, asked.since, asked.until, asked.category, asked.area, asked.ended)
    return [UnmetFigures(**dict(row)) for row in rows]
