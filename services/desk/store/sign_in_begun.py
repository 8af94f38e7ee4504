"""Who is at the provider at the moment. Each can come back once, with the browser they went with."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from services.desk.model.signing_in import Begun
from shared.db import Connection

INSERT_BEGUN = """
insert into sign_in_begun (state_hash, browser_hash, nonce, verifier, after, begun_at)
values ($1, $2, $3, $4, $5, $6)
"""


async def insert(conn: Connection, begun: Begun, *, state: str, browser: str) -> None:
    """Remember that somebody went."""
    await conn.execute(
        INSERT_BEGUN, _hash(state), _hash(browser), begun.nonce, begun.verifier, begun.after, begun.begun_at
    )


TAKE_BEGUN = """
delete from sign_in_begun where state_hash = $1 and browser_hash = $2
returning nonce, verifier, after, begun_at
"""


async def take(conn: Connection, *, state: str, browser: str) -> Begun | None:
    """What was remembered of who comes back; it is forgotten with that."""
    row = await conn.fetchrow(TAKE_BEGUN, _hash(state), _hash(browser))
    return Begun(row["nonce"], row["verifier"], row["after"], row["begun_at"]) if row is not None else None


PRUNE_BEGUN = "delete from sign_in_begun where begun_at < $1::timestamptz - $2::interval"


async def prune(conn: Connection, *, now: datetime, kept: timedelta) -> None:
    """Forget who never came back."""
    await conn.execute(PRUNE_BEGUN, now, kept)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
