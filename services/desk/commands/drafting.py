"""Drafts that nobody goes on with are thrown away."""

from __future__ import annotations

from datetime import timedelta

from services.desk.store import drafts
from shared.clock import real_now
from shared.unit_of_work import Database

KEPT = timedelta(days=14)
"""How long what somebody typed is kept after they last wrote in it."""
AT_ONCE = 200


async def prune(database: Database) -> int:
    """Throw away what is older; how many there were."""
    async with database.transaction() as tx:
        return await drafts.delete_old(tx.conn, now=real_now(), kept=KEPT, limit=AT_ONCE)
