"""How often it was tried to sign in. Kept by hash: neither accounts nor addresses can be read here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.desk.model.signing_in import Counted, Tries
from shared.db import Connection

COUNT_TRY = """
insert into sign_in_try (key, tries, began_at)
select u.key, 1, $2::timestamptz from unnest($1::bytea[]) as u (key) order by u.key
on conflict (key) do update
set tries = case when sign_in_try.began_at <= $2 - $3::interval then 1 else sign_in_try.tries + 1 end,
    began_at = case when sign_in_try.began_at <= $2 - $3::interval then $2 else sign_in_try.began_at end
returning key, tries, began_at
"""


async def count(
    conn: Connection, counted: Mapping[Counted, str], *, now: datetime, window: timedelta
) -> list[Tries]:
    """Count one more try for each of these, and say how many there were, this one included.

    It is counted before it is known how it ends, so that of many at once no more go on than may.
    """
    keys = {_key(by, what): by for by, what in counted.items()}
    return [
        Tries(keys[row["key"]], row["tries"], row["began_at"])
        for row in await conn.fetch(COUNT_TRY, list(keys), now, window)
    ]


FORGET_TRIES = "delete from sign_in_try where key = any($1::bytea[])"


async def forget(conn: Connection, counted: Mapping[Counted, str]) -> None:
    """Forget the tries of somebody who came in."""
    await conn.execute(FORGET_TRIES, [_key(by, what) for by, what in counted.items()])


PRUNE_TRIES = "delete from sign_in_try where began_at <= $1::timestamptz - $2::interval"


async def prune(conn: Connection, *, now: datetime, window: timedelta) -> None:
    """Forget what no longer counts."""
    await conn.execute(PRUNE_TRIES, now, window)


def _key(by: Counted, what: str) -> bytes:
    return hashlib.sha256(f"{by}\n{what}".encode()).digest()
