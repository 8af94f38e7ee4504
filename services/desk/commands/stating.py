"""State something as the desk, and take it in at once: whoever did it sees it on the next page."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.event import Event
from services.desk.commands.projecting import take_in
from services.desk.model.entries import Entry
from services.desk.policy.places import client_of, place_of
from shared.unit_of_work import Origin, Transaction


async def state(tx: Transaction, events: Sequence[Event], *, origin: Origin) -> None:
    """Publish these, and fold them into the desk's own picture in the same transaction.

    When they come back over the stream, to this copy or another, they change nothing any more. Takes the
    clients' locks: whoever decides by what stands takes them first.
    """
    await take_in(
        tx,
        [
            Entry(
                id=tx.publish(event),
                place=place_of(event),
                client_id=client_of(event),
                occurred_at=tx.now,
                correlation_id=origin.correlation_id,
                causation_id=None,
                event=event,
            )
            for event in events
        ],
    )
