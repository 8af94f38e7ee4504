"""Keep which records are one person's, and whose their tasks are, as merges, splits and caseloads say."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from contracts.events.intake import ClientMerged, ClientSplit
from services.desk.model.entries import Entry
from services.desk.policy.one_person import people
from services.desk.store import caseload, one_person
from shared.unit_of_work import Transaction


def joined_by(stated: Sequence[Entry]) -> frozenset[UUID]:
    """The records that merges and splits among these name besides the one that each is about."""
    return frozenset(
        one.event.survivor_id for one in stated if isinstance(one.event, ClientMerged | ClientSplit)
    )


async def regroup(tx: Transaction, client_ids: Collection[UUID]) -> None:
    """Write anew who shares a person with these, and who looks after them. Their people must be locked."""
    before = await one_person.records(tx.conn, client_ids)
    linked = await one_person.linked(tx.conn, before)
    found = people(linked.into, linked.teams)
    if found or len(before) > len(set(client_ids)):
        touched = before | linked.into.keys()
        await one_person.save(tx.conn, touched, found)
        await caseload.hand_on(tx.conn, touched)
