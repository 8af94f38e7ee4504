"""What every peer has in common: the three tables, the effect, and how the rate is counted."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

import asyncpg

CREATE_TABLES = """
create table barrier (id uuid primary key, words text not null);
create table referral (barrier_id uuid primary key);
create table task (barrier_id uuid primary key);
"""

STATE = "insert into barrier (id, words) values ($1, 'The last bus is gone by the time I finish work.')"

EFFECT = """
with r as (insert into referral (barrier_id) values ($1) on conflict do nothing)
insert into task (barrier_id) values ($1) on conflict do nothing
"""

EFFECT_PSYCOPG = EFFECT.replace("$1", "%(id)s")
STATE_PSYCOPG = STATE.replace("$1", "%(id)s")

DONE = "select count(*) from task"

RATE = """
select (select count(*) from task) / extract(epoch from
    greatest(
        (select max(pg_xact_commit_timestamp(xmin)) from task),
        (select max(pg_xact_commit_timestamp(xmin)) from referral)
    ) - (select min(pg_xact_commit_timestamp(xmin)) from barrier)
)::float8
"""


class Peer(Protocol):
    """One way to do the job."""

    async def install(self, url: str) -> None:
        """Create what the peer itself needs in an empty database."""

    async def state(self, url: str, barriers: list[UUID]) -> None:
        """Write each barrier with its job in a transaction of its own, sixteen at a time."""

    async def work(self, url: str) -> None:
        """Do jobs until cancelled."""


async def rate(connection: asyncpg.Connection[asyncpg.Record]) -> float:
    """Barriers per second, from the first barrier's commit to the last effect's."""
    value: float = await connection.fetchval(RATE)
    return value
