"""Looking through the directory by page: every filter at once, and exact counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.db import Connection

MOST_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which services are looked for: those that fit every filter given."""

    words: str | None = None
    """Words as `query_of` writes them; each has to begin a word of its name, description or organisation."""
    code: str | None = None
    """An Open Eligibility code; narrower ones are included."""
    prefixes: Sequence[str] | None = None
    """Every beginning of a postcode, the empty one too. Where areas are unknown it is found as well."""
    free: bool | None = None
    language: str | None = None
    statuses: Sequence[str] = ()
    retired: bool = False
    """Whether those that their directory has left out are looked for, and no others."""
    capacities: Sequence[str] | None = None
    organization_id: UUID | None = None
    source: str | None = None
    checked_from: date | None = None
    """Checked on this day or later."""
    checked_before: date | None = None
    """Checked before this day, or nobody knows when."""
    reported: bool = False
    """Only those of which somebody said that something is wrong, and nobody has looked into it."""
    conflicting: bool = False
    """Only those of which the directory says something else than what staff put right."""

    @property
    def takes_most(self) -> bool:
        """Whether so much of the directory fits that a page is found sooner by going through it in order."""
        narrows = (self.words, self.code, self.prefixes, self.free, self.language, self.capacities)
        return not (
            any(one is not None for one in (*narrows, self.organization_id, self.source))
            or self.retired
            or self.reported
            or self.conflicting
        )


SEARCH_SERVICES = """
with found as materialized (
    select e.service_id, e.sort_name
    from directory_entry e
    where ($1::text is null or e.codes @> array[$1])
      and ($2::text[] is null or e.areas is null or e.areas && $2)
      and ($3::boolean is null or e.free = $3)
      and ($4::text is null or $4 = any(e.languages))
      and e.status = any($5::text[])
      and e.retired = $6
      and ($7::text[] is null or e.capacity = any($7))
      and ($8::uuid is null or e.organization_id = $8)
      and ($9::text is null or e.source = $9)
      and ($10::date is null or e.assured_date >= $10)
      and ($11::date is null or e.assured_date < $11 or e.assured_date is null)
      and (not $12::boolean or exists (
              select from service_report r where r.service_id = e.service_id and r.resolved_at is null))
      and (not $13::boolean or exists (
              select from service_correction c where c.service_id = e.service_id and c.conflicting))
)
select counted.total, page.service_id, page.sort_name
from (select count(*) as total from found) as counted
left join lateral (
    select service_id, sort_name
    from found
    where $14::text is null or (sort_name, service_id) > ($14, $15::uuid)
    order by sort_name, service_id
    limit $16
) as page on true
order by page.sort_name, page.service_id
"""
SEARCH_IN_ORDER = """
select counted.total, page.service_id, page.sort_name
from (
    select count(*) as total
    from directory_entry e
    where ($1::text is null or e.codes @> array[$1])
      and ($2::text[] is null or e.areas is null or e.areas && $2)
      and ($3::boolean is null or e.free = $3)
      and ($4::text is null or $4 = any(e.languages))
      and e.status = any($5::text[])
      and e.retired = $6
      and ($7::text[] is null or e.capacity = any($7))
      and ($8::uuid is null or e.organization_id = $8)
      and ($9::text is null or e.source = $9)
      and ($10::date is null or e.assured_date >= $10)
      and ($11::date is null or e.assured_date < $11 or e.assured_date is null)
      and (not $12::boolean or exists (
              select from service_report r where r.service_id = e.service_id and r.resolved_at is null))
      and (not $13::boolean or exists (
              select from service_correction c where c.service_id = e.service_id and c.conflicting))
) as counted
left join lateral (
    select e.service_id, e.sort_name
    from directory_entry e
    where ($1::text is null or e.codes @> array[$1])
      and ($2::text[] is null or e.areas is null or e.areas && $2)
      and ($3::boolean is null or e.free = $3)
      and ($4::text is null or $4 = any(e.languages))
      and e.status = any($5::text[])
      and e.retired = $6
      and ($7::text[] is null or e.capacity = any($7))
      and ($8::uuid is null or e.organization_id = $8)
      and ($9::text is null or e.source = $9)
      and ($10::date is null or e.assured_date >= $10)
      and ($11::date is null or e.assured_date < $11 or e.assured_date is null)
      and (not $12::boolean or exists (
              select from service_report r where r.service_id = e.service_id and r.resolved_at is null))
      and (not $13::boolean or exists (
              select from service_correction c where c.service_id = e.service_id and c.conflicting))
      and ($14::text is null or (e.sort_name, e.service_id) > ($14, $15::uuid))
    order by e.sort_name, e.service_id
    limit $16
) as page on true
order by page.sort_name, page.service_id
"""
SEARCH_WORDS = """
with found as materialized (
    select e.service_id, e.sort_name
    from directory_words w
    join directory_entry e on e.service_id = w.service_id
    where w.words @@ to_tsquery('simple', $17)
      and ($1::text is null or e.codes @> array[$1])
      and ($2::text[] is null or e.areas is null or e.areas && $2)
      and ($3::boolean is null or e.free = $3)
      and ($4::text is null or $4 = any(e.languages))
      and e.status = any($5::text[])
      and e.retired = $6
      and ($7::text[] is null or e.capacity = any($7))
      and ($8::uuid is null or e.organization_id = $8)
      and ($9::text is null or e.source = $9)
      and ($10::date is null or e.assured_date >= $10)
      and ($11::date is null or e.assured_date < $11 or e.assured_date is null)
      and (not $12::boolean or exists (
              select from service_report r where r.service_id = e.service_id and r.resolved_at is null))
      and (not $13::boolean or exists (
              select from service_correction c where c.service_id = e.service_id and c.conflicting))
)
select counted.total, page.service_id, page.sort_name
from (select count(*) as total from found) as counted
left join lateral (
    select service_id, sort_name
    from found
    where $14::text is null or (sort_name, service_id) > ($14, $15::uuid)
    order by sort_name, service_id
    limit $16
) as page on true
order by page.sort_name, page.service_id
"""


@dataclass(frozen=True, slots=True)
class Search:
    """One page of what was found, by name, and how many there are on all pages together."""

    total: int
    page: Sequence[tuple[str, UUID]]


async def search(conn: Connection, wanted: Wanted, *, after: tuple[str, UUID] | None, limit: int) -> Search:
    """(name, id) of the services that fit, by name, at most `limit` of them, and how many fit in all."""
    statement = SEARCH_SERVICES
    if wanted.words is not None:
        statement = SEARCH_WORDS
    elif wanted.takes_most:
        statement = SEARCH_IN_ORDER
    name, service_id = after or (None, None)
    rows = await conn.fetch(
        statement,
        wanted.code,
        wanted.prefixes,
        wanted.free,
        wanted.language,
        wanted.statuses,
        wanted.retired,
        wanted.capacities,
        wanted.organization_id,
        wanted.source,
        wanted.checked_from,
        wanted.checked_before,
        wanted.reported,
        wanted.conflicting,
        name,
        service_id,
        limit,
        *([] if wanted.words is None else [wanted.words]),
    )
    page = [(row["sort_name"], row["service_id"]) for row in rows if row["service_id"] is not None]
    return Search(rows[0]["total"], page)


SERVICE_OF = "select organization_id from service where id = $1"


async def organization_of(conn: Connection, service_id: UUID) -> UUID | None:
    """Whose service this is; None when there is no such service."""
    found: UUID | None = await conn.fetchval(SERVICE_OF, service_id)
    return found


def query_of(words: str) -> str | None:
    """Words that somebody typed, as a search for services in which each begins a word; None without any."""
    found = re.findall(r"\w+", words.lower())[:MOST_WORDS]
    return " & ".join(f"{word}:*" for word in found) or None
