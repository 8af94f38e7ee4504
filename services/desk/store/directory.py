"""Looking for services of the directory: everything that is asked at once, with exact counts."""

from __future__ import annotations

from uuid import UUID

from services.desk.model.directory import Page, ServicePicture, Wanted
from shared.db import Connection

# One plan for whatever is asked would read everything each time: nothing of it says what narrows.
PLAN_FOR_WHAT_IS_ASKED = "set local plan_cache_mode = force_custom_plan"

# Of words it is the other way round: knowing that most services have them, a plan would open each one.
PLAN_BY_WORDS = "set local plan_cache_mode = force_generic_plan"

SEARCH_SERVICES = """
with found as not materialized (
    select s.id, s.sort_name
    from service s
    where s.standing = any($1::text[])
      and ($2::text is null or s.codes @> array[$2])
      and ($3::text[] is null or s.areas is null or s.areas && $3)
      and ($4::date is null or s.assured_date >= $4)
      and ($5::date is null or s.assured_date < $5 or s.assured_date is null)
      and (not $6::boolean or s.assured_date is null)
      and ($7::text is null or s.capacity = $7)
      and (not $8::boolean or s.open_reports > 0)
      and (not $9::boolean or s.conflicting)
)
select counted.total, page.sort_name, s.picture::text as picture
from (select count(*) as total from found) as counted
left join lateral (
    select id, sort_name from found
    where $10::text is null or (sort_name, id) > ($10, $11::uuid)
    order by sort_name, id
    limit $12
) as page on true
left join service s on s.id = page.id
order by page.sort_name, page.id
"""
SEARCH_WORDS = """
with found as materialized (
    select s.id, s.sort_name
    from service s
    where s.words @@ $13::text::tsquery
      and s.standing = any($1::text[])
      and ($2::text is null or s.codes @> array[$2])
      and ($3::text[] is null or s.areas is null or s.areas && $3)
      and ($4::date is null or s.assured_date >= $4)
      and ($5::date is null or s.assured_date < $5 or s.assured_date is null)
      and (not $6::boolean or s.assured_date is null)
      and ($7::text is null or s.capacity = $7)
      and (not $8::boolean or s.open_reports > 0)
      and (not $9::boolean or s.conflicting)
)
select counted.total, page.sort_name, s.picture::text as picture
from (select count(*) as total from found) as counted
left join lateral (
    select id, sort_name from found
    where $10::text is null or (sort_name, id) > ($10, $11::uuid)
    order by sort_name, id
    limit $12
) as page on true
left join service s on s.id = page.id
order by page.sort_name, page.id
"""


async def search(conn: Connection, wanted: Wanted, *, after: tuple[str, UUID] | None, limit: int) -> Page:
    """What fits, by name, `limit` of it at most, and how much of it there is in all."""
    async with conn.transaction(readonly=True):
        await conn.execute(PLAN_FOR_WHAT_IS_ASKED if wanted.words is None else PLAN_BY_WORDS)
        rows = await conn.fetch(
            SEARCH_SERVICES if wanted.words is None else SEARCH_WORDS,
            [one.value for one in wanted.standings],
            wanted.code,
            wanted.prefixes,
            wanted.checked_from,
            wanted.checked_before,
            wanted.never_checked,
            wanted.capacity.value if wanted.capacity else None,
            wanted.reported,
            wanted.conflicting,
            *(after or (None, None)),
            limit,
            *([] if wanted.words is None else [wanted.words]),
        )
    return Page(
        rows[0]["total"],
        tuple(
            (row["sort_name"], ServicePicture.model_validate_json(row["picture"]))
            for row in rows
            if row["picture"] is not None
        ),
    )
