"""Tell others how the directory stands: one event for each service that changed, a bounded batch at a time.

What a person changes is stated with the change, in its transaction and conversation. What an import brings
is stated afterwards, from the place that was reached: an import of any size writes no event itself, a batch
is one atomic publish, and never more than two of them go before the events of clients and partners.
"""

from __future__ import annotations

from uuid import UUID

from services.navigation.directory.describing import changed
from services.navigation.store import entries as store
from shared.unit_of_work import Database, Transaction

BATCH = 200
WAITING = 200
"""While so many events of ours wait to be published, nothing is added to them."""


async def state(tx: Transaction, service_id: UUID, *, by_staff: UUID | None = None) -> None:
    """State a service that was just changed, as part of what changed it."""
    for entry in await store.entries(tx.conn, [service_id]):
        tx.publish(changed(entry, by_staff=by_staff))
    await store.stated_alone(tx.conn, service_id)


async def state_what_changed(database: Database) -> int:
    """State the next services that an import changed; 0 when there are none, or others have to go first."""
    async with database.transaction() as tx:
        if await store.waiting_to_leave(tx.conn, at_most=WAITING) == WAITING:
            return 0
        due = await store.next_unstated(tx.conn, limit=BATCH)
        if not due:
            return 0
        for entry in await store.entries(tx.conn, [service_id for service_id, _ in due]):
            tx.publish(changed(entry))
        last, revision = due[-1]
        await store.stated_up_to(tx.conn, revision, last)
    return len(due)
