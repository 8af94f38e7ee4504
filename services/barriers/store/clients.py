"""The service's own picture of each client, which is also the lock on their case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from contracts.terms import Wish
from contracts.values import ClientContext, Consent
from services.barriers.model import Client, Measured, Picture
from shared.db import Connection, Record

CONSENTS = TypeAdapter(tuple[Consent, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyWish:
    """A change of mind about a barrier that is not known here yet."""

    barrier_id: UUID
    client_id: UUID
    wish: Wish
    version: int
    changed_at: datetime


TAKE_IN = """
insert into client as c (
    client_id, version, context, importance, importance_at, confidence, confidence_at, consents, consents_at
)
select u.client_id, u.version, u.context::jsonb, u.importance, u.importance_at, u.confidence, u.confidence_at,
       u.consents::jsonb, u.consents_at
from unnest(
    $1::uuid[], $2::integer[], $3::text[], $4::smallint[], $5::timestamptz[], $6::smallint[],
    $7::timestamptz[], $8::text[], $9::timestamptz[]
) as u (
    client_id, version, context, importance, importance_at, confidence, confidence_at, consents, consents_at
)
order by u.client_id
on conflict (client_id) do update set
    version = greatest(c.version, excluded.version),
    context = case when excluded.version > c.version then excluded.context else c.context end,
    importance = case
        when excluded.importance_at >= coalesce(c.importance_at, '-infinity') then excluded.importance
        else c.importance
    end,
    importance_at = greatest(c.importance_at, excluded.importance_at),
    confidence = case
        when excluded.confidence_at >= coalesce(c.confidence_at, '-infinity') then excluded.confidence
        else c.confidence
    end,
    confidence_at = greatest(c.confidence_at, excluded.confidence_at),
    consents = case
        when excluded.consents_at >= coalesce(c.consents_at, '-infinity') then excluded.consents
        else c.consents
    end,
    consents_at = greatest(c.consents_at, excluded.consents_at)
returning client_id, old.version, old.context::text as context, old.importance,
    old.importance_at, old.confidence, old.confidence_at, old.consents::text as consents, old.consents_at
"""


async def take_in(conn: Connection, news: Collection[Picture]) -> dict[UUID, Picture]:
    """Take in what is newer than what is known, and lock these clients until the transaction ends.

    One picture per client. Give each client's picture as it was before, empty for a new one: what decisions
    made of several messages start from.
    """
    rows = await conn.fetch(
        TAKE_IN,
        [one.client_id for one in news],
        [0 if one.context is None else one.context.version for one in news],
        [None if one.context is None else one.context.model_dump_json() for one in news],
        [None if one.importance is None else one.importance.value for one in news],
        [None if one.importance is None else one.importance.at for one in news],
        [None if one.confidence is None else one.confidence.value for one in news],
        [None if one.confidence is None else one.confidence.at for one in news],
        [CONSENTS.dump_json(one.consents).decode() for one in news],
        [one.consents_at for one in news],
    )
    given = {one.client_id: one for one in news}
    return {row["client_id"]: _picture(row, given[row["client_id"]]) for row in rows}


LOCK = """
select client_id, version, context::text as context, importance, importance_at, confidence, confidence_at,
       consents::text as consents, consents_at
from client
where client_id = $1
for update
"""


async def lock(conn: Connection, client_id: UUID) -> Client | None:
    """Lock one client's case until the transaction ends, and give the client; None when not known."""
    row = await conn.fetchrow(LOCK, client_id)
    return None if row is None else _picture(row, None).client()


KEEP_EARLY_WISHES = """
insert into early_wish as e (barrier_id, client_id, wish, version, changed_at)
select u.barrier_id, u.client_id, u.wish, u.version, u.changed_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::timestamptz[])
    as u (barrier_id, client_id, wish, version, changed_at)
order by u.barrier_id
on conflict (barrier_id) do update set
    wish = excluded.wish, version = excluded.version, changed_at = excluded.changed_at
where excluded.version > e.version
"""


async def keep_early_wishes(conn: Connection, wishes: Collection[EarlyWish]) -> None:
    """Keep changes of mind until their barriers arrive; the highest version of each wins. One per barrier."""
    await conn.execute(
        KEEP_EARLY_WISHES,
        [one.barrier_id for one in wishes],
        [one.client_id for one in wishes],
        [one.wish.value for one in wishes],
        [one.version for one in wishes],
        [one.changed_at for one in wishes],
    )


EARLY_WISHES = """
select barrier_id, client_id, wish, version, changed_at
from early_wish
where barrier_id = any($1::uuid[])
"""


async def early_wishes(conn: Connection, barrier_ids: Collection[UUID]) -> dict[UUID, EarlyWish]:
    """Give the changes of mind that overtook these barriers."""
    rows = await conn.fetch(EARLY_WISHES, list(barrier_ids))
    return {
        row["barrier_id"]: EarlyWish(
            barrier_id=row["barrier_id"],
            client_id=row["client_id"],
            wish=Wish(row["wish"]),
            version=row["version"],
            changed_at=row["changed_at"],
        )
        for row in rows
    }


def _picture(row: Record, given: Picture | None) -> Picture:
    """Read a picture, parsing only what the message at hand did not carry in the same version."""
    return Picture(
        client_id=row["client_id"],
        context=_context(row, given),
        importance=_measured(row["importance"], row["importance_at"]),
        confidence=_measured(row["confidence"], row["confidence_at"]),
        consents=CONSENTS.validate_json(row["consents"]) if row["consents_at"] is not None else (),
        consents_at=row["consents_at"],
    )


def _context(row: Record, given: Picture | None) -> ClientContext | None:
    if row["context"] is None:
        return None
    if given is not None and given.context is not None and given.context.version == row["version"]:
        return given.context
    return ClientContext.model_validate_json(row["context"])


def _measured(value: int | None, at: datetime | None) -> Measured | None:
    return None if value is None or at is None else Measured(value=value, at=at)
