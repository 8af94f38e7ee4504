"""Webhook endpoints, how they fare, their sealed secrets, and the log of attempts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.navigation.model.webhooks import Attempt, Endpoint, Health, SealedSecret
from shared.db import Connection, Record

ENDPOINTS = """
select organization_id, url, since, failures, failed_at, succeeded_at, milliseconds, paused_until,
       disabled_at, disabled_why
from webhook_endpoint
where organization_id = any($1::uuid[])
"""


async def endpoints(conn: Connection, organization_ids: Collection[UUID]) -> dict[UUID, Endpoint]:
    """Where these partners want their events, for those that have an endpoint."""
    rows = await conn.fetch(ENDPOINTS, list(organization_ids))
    return {row["organization_id"]: _endpoint(row) for row in rows}


LOCK_ENDPOINTS = """
select organization_id, url, since, failures, failed_at, succeeded_at, milliseconds, paused_until,
       disabled_at, disabled_why
from webhook_endpoint
where organization_id = any($1::uuid[])
order by organization_id
for no key update
"""


async def lock(conn: Connection, organization_ids: Collection[UUID]) -> dict[UUID, Endpoint]:
    """Hold these endpoints until the transaction ends."""
    rows = await conn.fetch(LOCK_ENDPOINTS, list(organization_ids))
    return {row["organization_id"]: _endpoint(row) for row in rows}


PUT_ENDPOINT = """
insert into webhook_endpoint (organization_id, url, since) values ($1, $2, $3)
on conflict (organization_id) do update
set url = excluded.url, since = excluded.since, failures = 0, failed_at = null, succeeded_at = null,
    milliseconds = 0, paused_until = null, disabled_at = null, disabled_why = null
"""


async def put(conn: Connection, organization_id: UUID, url: str, *, now: datetime) -> None:
    """Register or replace an endpoint; a new address begins with a clean slate."""
    await conn.execute(PUT_ENDPOINT, organization_id, url, now)


RECORD_HEALTH = """
update webhook_endpoint e
set failures = u.failures, failed_at = u.failed_at, succeeded_at = u.succeeded_at,
    milliseconds = u.milliseconds, paused_until = u.paused_until, disabled_at = u.disabled_at,
    disabled_why = u.disabled_why
from unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::timestamptz[], $5::integer[],
            $6::timestamptz[], $7::timestamptz[], $8::text[])
    as u (organization_id, failures, failed_at, succeeded_at, milliseconds, paused_until, disabled_at,
          disabled_why)
where e.organization_id = u.organization_id
"""


async def record_health(conn: Connection, health: Sequence[tuple[UUID, Health]]) -> None:
    """Write down how endpoints fare; they must be held."""
    await conn.execute(
        RECORD_HEALTH,
        [organization_id for organization_id, _ in health],
        [h.failures for _, h in health],
        [h.failed_at for _, h in health],
        [h.succeeded_at for _, h in health],
        [h.milliseconds for _, h in health],
        [h.paused_until for _, h in health],
        [h.disabled_at for _, h in health],
        [h.disabled_why for _, h in health],
    )


KEEP_SEALED = "insert into webhook_secret (id, organization_id, sealed, created_at) values ($1, $2, $3, $4)"


async def insert_secret(conn: Connection, secret: SealedSecret) -> None:
    """Keep a new secret."""
    await conn.execute(KEEP_SEALED, secret.id, secret.organization_id, secret.sealed, secret.created_at)


END_OLDER_SECRETS = """
with others as (
    select id, row_number() over (order by id desc) as age
    from webhook_secret
    where organization_id = $1 and id <> $2
), gone as (
    delete from webhook_secret where id in (select id from others where age > 1)
)
update webhook_secret
set works_until = least(works_until, $3)
where id in (select id from others where age = 1)
"""


async def end_older_secrets(
    conn: Connection, organization_id: UUID, *, but: UUID, works_until: datetime
) -> None:
    """Let the secret before this one work until then, and none from before that."""
    await conn.execute(END_OLDER_SECRETS, organization_id, but, works_until)


LIVE_SECRETS = """
select id, organization_id, sealed, created_at, works_until
from webhook_secret
where organization_id = any($1::uuid[]) and (works_until is null or works_until > statement_timestamp())
order by organization_id, id desc
"""


async def live_secrets(conn: Connection, organization_ids: Collection[UUID]) -> list[SealedSecret]:
    """The secrets that work at this moment, of each endpoint the newest first."""
    rows = await conn.fetch(LIVE_SECRETS, list(organization_ids))
    return [
        SealedSecret(
            id=row["id"],
            organization_id=row["organization_id"],
            sealed=row["sealed"],
            created_at=row["created_at"],
            works_until=row["works_until"],
        )
        for row in rows
    ]


INSERT_ATTEMPTS = """
insert into webhook_attempt (id, organization_id, event_id, verb, number, at, milliseconds, status, error)
select id, organization_id, event_id, verb, number, at, milliseconds, status, error
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::timestamptz[], $7::integer[],
            $8::integer[], $9::text[])
    as u (id, organization_id, event_id, verb, number, at, milliseconds, status, error)
"""


async def insert_attempts(conn: Connection, attempts: Sequence[Attempt]) -> None:
    """Add to the delivery log."""
    await conn.execute(
        INSERT_ATTEMPTS,
        [a.id for a in attempts],
        [a.organization_id for a in attempts],
        [a.event_id for a in attempts],
        [a.verb for a in attempts],
        [a.number for a in attempts],
        [a.at for a in attempts],
        [a.milliseconds for a in attempts],
        [a.status for a in attempts],
        [a.error for a in attempts],
    )


ATTEMPTS = """
select id, organization_id, event_id, verb, number, at, milliseconds, status, error
from webhook_attempt
where organization_id = $1 and ($2::uuid is null or id < $2)
order by id desc
limit $3
"""


async def attempts(
    conn: Connection, organization_id: UUID, *, after: UUID | None, limit: int
) -> list[Attempt]:
    """The delivery log of a partner, newest first."""
    rows = await conn.fetch(ATTEMPTS, organization_id, after, limit)
    return [
        Attempt(
            id=row["id"],
            organization_id=row["organization_id"],
            event_id=row["event_id"],
            verb=row["verb"],
            number=row["number"],
            at=row["at"],
            milliseconds=row["milliseconds"],
            status=row["status"],
            error=row["error"],
        )
        for row in rows
    ]


PRUNE_ATTEMPTS = """
delete from webhook_attempt
where id in (select id from webhook_attempt where at < statement_timestamp() - $1::interval limit $2)
"""


async def prune_attempts(conn: Connection, *, kept: timedelta, limit: int) -> int:
    """Forget up to `limit` attempts that are older than this; returns how many."""
    done: str = await conn.execute(PRUNE_ATTEMPTS, kept, limit)
    return int(done.rpartition(" ")[2])


def _endpoint(row: Record) -> Endpoint:
    return Endpoint(
        organization_id=row["organization_id"],
        url=row["url"],
        since=row["since"],
        health=Health(
            failures=row["failures"],
            failed_at=row["failed_at"],
            succeeded_at=row["succeeded_at"],
            milliseconds=row["milliseconds"],
            paused_until=row["paused_until"],
            disabled_at=row["disabled_at"],
            disabled_why=row["disabled_why"],
        ),
    )
