"""Figures: counted every minute and kept, so that looking at them costs nothing at any size."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from contracts.terms import BarrierCategory
from services.desk.model.figures import Silent, Standing, Stated, Unmet, WithoutWord
from shared.db import Connection, Record

LOCK_FIGURES = "select pg_try_advisory_xact_lock(hashtextextended('desk figures', 0))"

COUNT_MONTHS = """
with counted as (
    select coalesce(category, '') as category, month, sum(stated) as stated, sum(answered) as answered,
           sum(eased) as eased
    from (
        select category, date_trunc('month', stated_at at time zone $1)::date as month,
               count(*) as stated, 0 as answered, 0 as eased
        from barrier where stated_at is not null group by 1, 2
        union all
        select category, date_trunc('month', answered_at at time zone $1)::date, 0, count(*), 0
        from barrier where answered_at is not null group by 1, 2
        union all
        select category, date_trunc('month', eased_at at time zone $1)::date, 0, 0, count(*)
        from barrier where eased_at is not null group by 1, 2
    ) each_of_them
    group by 1, 2
),
gone as (
    delete from barrier_month m
    where not exists (select from counted c where c.category = m.category and c.month = m.month)
)
insert into barrier_month (category, month, stated, answered, eased)
select category, month, stated, answered, eased from counted
on conflict (category, month) do update
set stated = excluded.stated, answered = excluded.answered, eased = excluded.eased
"""

COUNT_STANDINGS = """
with counted as (
    select coalesce(category, '') as category,
           count(*) filter (where status in ('stated', 'acknowledged', 'planned')) as open,
           count(*) filter (where status = 'eased') as eased,
           count(*) filter (where status = 'persisting') as persisting,
           count(*) filter (where status = 'withdrawn') as withdrawn
    from barrier
    group by 1
),
gone as (
    delete from barrier_standing s where not exists (select from counted c where c.category = s.category)
)
insert into barrier_standing (category, open, eased, persisting, withdrawn)
select category, open, eased, persisting, withdrawn from counted
on conflict (category) do update
set open = excluded.open, eased = excluded.eased, persisting = excluded.persisting,
    withdrawn = excluded.withdrawn
"""

COUNT_UNMET = """
with counted as (
    select coalesce(b.unmatched_area, '') as area, coalesce(b.category, '') as category, count(*) as number
    from barrier b
    where b.unmatched_at is not null and b.status not in ('eased', 'withdrawn')
      and not exists (
          select from referral r
          where r.barrier_id = b.id
            and (r.drafted_at > b.unmatched_at
                 or r.status in ('draft', 'requested', 'accepted', 'in-progress', 'on-hold')))
    group by 1, 2
),
gone as (
    delete from barrier_unmet u
    where not exists (select from counted c where c.area = u.area and c.category = u.category)
)
insert into barrier_unmet (area, category, number)
select area, category, number from counted
on conflict (area, category) do update set number = excluded.number
"""

KEEP_COUNTED = """
insert into figures_counted (only_one, counted_at) values (true, $1)
on conflict (only_one) do update set counted_at = excluded.counted_at
"""

# It may take as long as it likes, but not every processor: people's pages come first.
COUNT_ON_ONE_PROCESSOR = "select set_config('max_parallel_workers_per_gather', '0', true)"


async def count(conn: Connection, *, zone: str, now: datetime) -> bool:
    """Count everything anew, unless somebody else does at this moment. Call it in a transaction."""
    if not await conn.fetchval(LOCK_FIGURES):
        return False
    await conn.execute(COUNT_ON_ONE_PROCESSOR)
    await conn.execute(COUNT_MONTHS, zone)
    await conn.execute(COUNT_STANDINGS)
    await conn.execute(COUNT_UNMET)
    await conn.execute(KEEP_COUNTED, now)
    return True


COUNTED_AT = "select counted_at from figures_counted"


async def counted_at(conn: Connection) -> datetime | None:
    """When it was last counted."""
    found: datetime | None = await conn.fetchval(COUNTED_AT)
    return found


MONTHS = """
select category, month, stated, answered, eased
from barrier_month where month >= $1 order by month, category
"""


async def months(conn: Connection, *, since: date) -> tuple[Stated, ...]:
    """What was stated, answered and eased in each month from this one on."""
    return tuple(
        Stated(
            category=_category(row["category"]),
            month=row["month"],
            stated=row["stated"],
            answered=row["answered"],
            eased=row["eased"],
        )
        for row in await conn.fetch(MONTHS, since)
    )


STANDINGS = "select category, open, eased, persisting, withdrawn from barrier_standing order by category"


async def standings(conn: Connection) -> tuple[Standing, ...]:
    """Where the barriers of each kind stand."""
    return tuple(
        Standing(
            category=_category(row["category"]),
            open=row["open"],
            eased=row["eased"],
            persisting=row["persisting"],
            withdrawn=row["withdrawn"],
        )
        for row in await conn.fetch(STANDINGS)
    )


UNMET = "select area, category, number from barrier_unmet order by number desc, area, category limit $1"


async def unmet(conn: Connection, *, most: int) -> tuple[Unmet, ...]:
    """Where help is missing: the most often first."""
    return tuple(_unmet(row) for row in await conn.fetch(UNMET, most))


UNMET_PLACES = """
with places as (
    select area, sum(number) as all_of_it, row_number() over (order by sum(number) desc, area) as place
    from barrier_unmet
    group by area
),
ranked as (
    select u.area, u.category, u.number, p.place,
           row_number() over (partition by u.area order by u.number desc, u.category) as turn
    from places p
    join barrier_unmet u on u.area = p.area
    where p.place <= $1
)
select area, '' as category, all_of_it as number, true as is_sum, place, 0 as turn
from places
where place <= $1
union all
select area, category, number, false, place, turn from ranked where turn <= $2
order by place, is_sum desc, turn
"""


async def unmet_places(
    conn: Connection, *, places: int, each: int
) -> list[tuple[str, int, tuple[Unmet, ...]]]:
    """The places where most is missing: each with how much in all, and what is missing most."""
    found: dict[str, tuple[int, list[Unmet]]] = {}
    for row in await conn.fetch(UNMET_PLACES, places, each):
        if row["is_sum"]:
            found[row["area"]] = (int(row["number"]), [])
        else:
            found[row["area"]][1].append(_unmet(row))
    return [(area, number, tuple(missing)) for area, (number, missing) in found.items()]


UNMET_KINDS = """
select category, sum(number)::bigint as number, count(*) as places
from barrier_unmet group by category order by number desc, category
"""


async def unmet_kinds(conn: Connection) -> tuple[Unmet, ...]:
    """What is missing in all places together, the most often first."""
    return tuple(
        Unmet(area="", category=_category(row["category"]), number=row["number"])
        for row in await conn.fetch(UNMET_KINDS)
    )


NUMBER_OF_PLACES = "select count(distinct area) from barrier_unmet"


async def number_of_places(conn: Connection) -> int:
    """In how many places something is missing."""
    return int(await conn.fetchval(NUMBER_OF_PLACES))


def _unmet(row: Record) -> Unmet:
    return Unmet(area=row["area"], category=_category(row["category"]), number=row["number"])


SILENT = """
with silent as materialized (
    select r.organization_id, count(*) as number,
           count(*) filter (where r.status = 'requested' and r.acknowledge_by < $2) as unanswered,
           count(*) filter (where r.stalled) as stalled,
           min(r.acknowledge_by) filter (where r.status = 'requested' and r.acknowledge_by < $2) as since
    from referral r
    where r.team_id = any($1::uuid[]) and (r.status = 'requested' or r.stalled)
      and (r.stalled or r.acknowledge_by < $2)
    group by r.organization_id
)
select s.organization_id, n.organization_name as name, s.unanswered, s.stalled, s.since
from silent s
cross join lateral (
    select r.organization_name from referral r where r.organization_id = s.organization_id limit 1
) n
order by s.number desc, name, s.organization_id
"""


async def silent(conn: Connection, teams: Collection[UUID], *, now: datetime) -> tuple[Silent, ...]:
    """Which partners have not answered, or not moved, referrals of these teams' clients."""
    return tuple(
        Silent(
            organization_id=row["organization_id"],
            name=row["name"],
            unanswered=row["unanswered"],
            stalled=row["stalled"],
            since=row["since"],
        )
        for row in await conn.fetch(SILENT, list(teams), now)
    )


WITHOUT_WORD = """
with waits as materialized (
    select r.id, r.client_id, r.stalled, r.acknowledge_by
    from referral r
    where r.team_id = any($1::uuid[]) and (r.status = 'requested' or r.stalled)
      and ($2::uuid is null or r.caretaker = $2)
      and ($3::uuid is null or r.organization_id = $3) and (r.stalled or r.acknowledge_by < $4)
    order by r.acknowledge_by, r.id
    limit $5
)
select w.id, w.client_id, coalesce(c.full_name, '') as client_name, c.time_zone, r.service_name,
       r.organization_name, w.stalled, w.acknowledge_by
from waits w
join referral r on r.id = w.id
left join client c on c.id = w.client_id
order by w.acknowledge_by, w.id
"""


async def without_word(
    conn: Connection,
    teams: Collection[UUID],
    *,
    person: UUID | None,
    organization_id: UUID | None,
    now: datetime,
    limit: int,
) -> tuple[WithoutWord, ...]:
    """Referrals of which nothing was heard, the longest first."""
    return tuple(
        WithoutWord(
            id=row["id"],
            client_id=row["client_id"],
            client_name=row["client_name"],
            service_name=row["service_name"],
            organization_name=row["organization_name"],
            stalled=row["stalled"],
            due_at=row["acknowledge_by"],
            time_zone=row["time_zone"],
        )
        for row in await conn.fetch(WITHOUT_WORD, list(teams), person, organization_id, now, limit)
    )


def _category(name: str) -> BarrierCategory | None:
    return BarrierCategory(name) if name else None
