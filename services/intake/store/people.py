"""Which records may be of one person, which are, and who said so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from contracts.values import Channel
from services.intake.model.matching import Deed, KeptMerge, Link, Merge, OnFile, Split, ToldApart
from shared.db import Connection, Record

MOST_UNDER_ONE_KEY = 300
"""A key that more records share says little: the newest are looked at, and other keys narrow better."""

_CHANNELS = TypeAdapter(tuple[Channel, ...])

HOLD_KEYS = """
select pg_advisory_xact_lock(hashtextextended('client/' || k.key, 0))
from (select u.key from unnest($1::text[]) as u (key) order by u.key) as k
"""


async def hold_keys(conn: Connection, keys: Iterable[str]) -> None:
    """Let registrations that share a key go one after the other, until the transaction ends."""
    await conn.execute(HOLD_KEYS, sorted(keys))


HOLD_MERGING = "select pg_advisory_xact_lock(hashtextextended('client merging', 0))"


async def hold_merging(conn: Connection) -> None:
    """Let merges and splits go one after the other, until the transaction ends: they are rare, and chains."""
    await conn.execute(HOLD_MERGING)


FIND_UNDER_KEYS = """
with found as (
    select distinct asked.number, kept.client_id
    from unnest($1::integer[], $2::text[]) as asked (number, key)
    cross join lateral (
        select k.client_id from client_key k where k.key = asked.key order by k.client_id desc limit $3
    ) as kept
)
select
    f.number, c.id, coalesce(c.survivor_id, c.id) as survivor_id, c.full_name, c.preferred_name, c.born_on,
    c.postcode, c.channels::text as channels
from found f
join client c on c.id = f.client_id
"""


async def find_under_keys(conn: Connection, keys: Mapping[int, Iterable[str]]) -> dict[int, list[OnFile]]:
    """Find, for each numbered question, the records that are kept under any of its keys."""
    pairs = [(number, key) for number, asked in keys.items() for key in sorted(asked)]
    rows = await conn.fetch(
        FIND_UNDER_KEYS,
        [number for number, _ in pairs],
        [key for _, key in pairs],
        MOST_UNDER_ONE_KEY,
    )
    found: dict[int, list[OnFile]] = {number: [] for number in keys}
    for row in rows:
        found[row["number"]].append(_on_file(row))
    return found


RECORDS = """
select
    c.id, coalesce(c.survivor_id, c.id) as survivor_id, c.full_name, c.preferred_name, c.born_on, c.postcode,
    c.channels::text as channels
from client c
where c.id = any ($1::uuid[])
"""


async def records(conn: Connection, client_ids: Iterable[UUID]) -> dict[UUID, OnFile]:
    """Read records as the matcher sees them."""
    return {row["id"]: _on_file(row) for row in await conn.fetch(RECORDS, list(client_ids))}


TOLD_APART_FROM = """
with own as (
    select id from client where id = $1 or survivor_id = $1
), told as (
    select t.second_id as other, t.evidence from told_apart t where t.first_id in (select id from own)
    union all
    select t.first_id, t.evidence from told_apart t where t.second_id in (select id from own)
)
select coalesce(c.survivor_id, c.id) as person, max(told.evidence) as evidence
from told
join client c on c.id = told.other
group by coalesce(c.survivor_id, c.id)
"""


async def told_apart_from(conn: Connection, survivor_id: UUID) -> dict[UUID, float]:
    """Read whom staff told apart from a person, by their surviving record, and what spoke for one then."""
    rows = await conn.fetch(TOLD_APART_FROM, survivor_id)
    return {row["person"]: row["evidence"] for row in rows}


TELL_APART = """
insert into told_apart (first_id, second_id, evidence, told_at, told_by)
select least(u.first, u.second), greatest(u.first, u.second), u.evidence, $4, $5
from unnest($1::uuid[], $2::uuid[], $3::double precision[]) as u (first, second, evidence)
on conflict do nothing
"""


async def tell_apart(conn: Connection, told: Sequence[ToldApart], *, at: datetime, by: UUID) -> None:
    """Write down that staff saw two people."""
    await conn.execute(
        TELL_APART, [t.first for t in told], [t.second for t in told], [t.evidence for t in told], at, by
    )


KEEP_KEYS = """
with gone as (
    delete from client_key where client_id = any ($1::uuid[])
        and not exists (
            select from unnest($2::uuid[], $3::text[]) as u (client_id, key)
            where u.client_id = client_key.client_id and u.key = client_key.key
        )
), kept as (
    insert into client_key (client_id, key)
    select u.client_id, u.key from unnest($2::uuid[], $3::text[]) as u (client_id, key)
    on conflict do nothing
)
update client set keys_by = $4 where id = any ($1::uuid[]) and keys_by <> $4
"""


async def keep_keys(conn: Connection, keys: Mapping[UUID, Iterable[str]], *, made_by: int) -> None:
    """Keep records under these keys and no others."""
    pairs = [(client_id, key) for client_id, own in keys.items() for key in sorted(own)]
    await conn.execute(
        KEEP_KEYS, list(keys), [client_id for client_id, _ in pairs], [key for _, key in pairs], made_by
    )


RECORDS_WITH_OLDER_KEYS = """
select
    id, coalesce(survivor_id, id) as survivor_id, full_name, preferred_name, born_on, postcode,
    channels::text as channels
from client
where keys_by < $1
order by keys_by, id
limit $2
for no key update skip locked
"""


async def records_with_older_keys(conn: Connection, *, made_by: int, limit: int) -> list[OnFile]:
    """Claim records whose keys were made in an older way, or not at all."""
    return [_on_file(row) for row in await conn.fetch(RECORDS_WITH_OLDER_KEYS, made_by, limit)]


LINKS_OF_PEOPLE = """
with person as (
    select distinct coalesce(survivor_id, id) as id from client where id = any ($1::uuid[])
)
select c.id, c.merged_into, c.link_version from client c join person p on p.id = c.id
union all
select c.id, c.merged_into, c.link_version from client c join person p on p.id = c.survivor_id
"""


async def links_of_people(conn: Connection, client_ids: Iterable[UUID]) -> dict[UUID, Link]:
    """Read where every record of these clients' people stands."""
    return {
        row["id"]: Link(client_id=row["id"], into=row["merged_into"], version=row["link_version"])
        for row in await conn.fetch(LINKS_OF_PEOPLE, list(client_ids))
    }


JOIN_RECORDS = """
with kept as (
    insert into client_merge (
        id, client_id, survivor_id, version, merged_at, merged_by, why, silenced, silenced_versions
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
)
update client
set survivor_id = $3,
    merged_into = case when id = $2 then $3 else merged_into end,
    link_version = case when id = $2 then $4 else link_version end
where id = $2 or survivor_id = $2
"""


async def join_records(
    conn: Connection,
    merge: Merge,
    *,
    merge_id: UUID,
    deed: Deed,
    silenced: Mapping[UUID, int],
) -> None:
    """Write a merge down; `silenced` are records that nobody may write to any more, with their versions."""
    await conn.execute(
        JOIN_RECORDS,
        merge_id,
        merge.client_id,
        merge.into,
        merge.version,
        deed.at,
        deed.by,
        deed.why,
        list(silenced),
        list(silenced.values()),
    )


PART_RECORDS = """
with undone as (
    update client_merge set split_at = $4, split_by = $5, split_why = $6
    where client_id = $1 and split_at is null
    returning id
), parted as (
    update client
    set survivor_id = nullif($1, id),
        merged_into = case when id = $1 then null else merged_into end,
        link_version = case when id = $1 then $2 else link_version end
    where id = any ($3::uuid[])
)
select id from undone
"""


async def part_records(conn: Connection, split: Split, *, taken: Iterable[UUID], deed: Deed) -> UUID:
    """Write a split down: this record with those that were merged into it; give the merge that is undone."""
    merge_id: UUID = await conn.fetchval(
        PART_RECORDS, split.client_id, split.version, list(taken), deed.at, deed.by, deed.why
    )
    return merge_id


MERGES_OF = """
select
    id, client_id, survivor_id, merged_at, merged_by, why, silenced, silenced_versions, split_at, split_by,
    split_why
from client_merge
where client_id = any ($1::uuid[]) or survivor_id = any ($1::uuid[])
order by merged_at, id
"""


async def merges_of(conn: Connection, client_ids: Iterable[UUID]) -> list[KeptMerge]:
    """Read every merge and split that these records had a part in, in order."""
    return [
        KeptMerge(
            merge_id=row["id"],
            client_id=row["client_id"],
            survivor_id=row["survivor_id"],
            merged_at=row["merged_at"],
            merged_by=row["merged_by"],
            why=row["why"],
            silenced=dict(zip(row["silenced"], row["silenced_versions"], strict=True)),
            split_at=row["split_at"],
            split_by=row["split_by"],
            split_why=row["split_why"],
        )
        for row in await conn.fetch(MERGES_OF, list(client_ids))
    ]


def _on_file(row: Record) -> OnFile:
    return OnFile(
        client_id=row["id"],
        survivor_id=row["survivor_id"],
        full_name=row["full_name"],
        preferred_name=row["preferred_name"],
        born_on=row["born_on"],
        postcode=row["postcode"],
        channels=_CHANNELS.validate_json(row["channels"]),
    )
