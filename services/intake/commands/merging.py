"""How staff say that two records are of one person, or of two: merges, splits, and what a person shares.

The one thing that all records of a person share is whether nobody may write or call. The stricter word holds
for all of them, in the same transaction: a merged record is still written to by those who know only its id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from contracts.events.intake import ClientMerged, ClientSplit
from contracts.one_person import records_of, survivor_of
from services.intake import store
from services.intake.commands.registering import contact_changed
from services.intake.model import Client
from services.intake.model.matching import Deed, Merge, OneAlready, Split, ToldApart
from services.intake.policy import likeness, matching, merging
from shared.ids import new_id
from shared.unit_of_work import Transaction


async def merge(tx: Transaction, client_id: UUID, into: UUID, *, deed: Deed) -> Merge | OneAlready | None:
    """Make two records one person's. States `ClientMerged`. None where one of the two is not there."""
    await store.people.hold_merging(tx.conn)
    links = await store.people.links_of_people(tx.conn, (client_id, into))
    if client_id not in links or into not in links:
        return None
    outcome = merging.merge(client_id, into, links)
    if isinstance(outcome, Merge):
        records = await store.clients.people_to_change(tx.conn, outcome.client_id, outcome.into)
        silenced = await _silence(tx, records, by=deed.by)
        merge_id = new_id()
        await store.people.join_records(tx.conn, outcome, merge_id=merge_id, deed=deed, silenced=silenced)
        tx.publish(
            ClientMerged(
                client_id=outcome.client_id,
                merge_id=merge_id,
                survivor_id=outcome.into,
                version=outcome.version,
                merged_at=deed.at,
                why=deed.why,
                by=deed.by,
            )
        )
    return outcome


async def split(tx: Transaction, client_id: UUID, *, deed: Deed) -> Split | None:
    """Let a record stand by itself again. States `ClientSplit`. None where it does already, or is not there.

    The two are remembered as told apart: they are not suggested again for what speaks for one person now.
    """
    await store.people.hold_merging(tx.conn)
    links = await store.people.links_of_people(tx.conn, (client_id,))
    outcome = merging.split(links[client_id]) if client_id in links else None
    if outcome is None:
        return None
    into = {each.client_id: each.into for each in links.values()}
    rest = survivor_of(client_id, into)
    taken = records_of(client_id, into | {client_id: None})
    undone = await store.people.part_records(tx.conn, outcome, taken=taken, deed=deed)
    tx.publish(
        ClientSplit(
            client_id=client_id,
            merge_id=undone,
            survivor_id=outcome.out_of,
            version=outcome.version,
            split_at=deed.at,
            why=deed.why,
            by=deed.by,
        )
    )
    await tell_apart(tx, client_id, outcome.out_of, deed=deed)
    for person in (client_id, rest):
        await _let_be(tx, person, undone, by=deed.by)
    return outcome


async def tell_apart(tx: Transaction, client_id: UUID, other_id: UUID, *, deed: Deed) -> bool:
    """Remember that two records are of two people; False where one of the two is not there."""
    records = await store.people.records(tx.conn, (client_id, other_id))
    if len(records) < 2:
        return False
    one, other = (likeness.likeness_on_file(records[each]) for each in (client_id, other_id))
    told = ToldApart(first=client_id, second=other_id, evidence=matching.compare(one, other).evidence)
    await store.people.tell_apart(tx.conn, [told], at=deed.at, by=deed.by)
    return True


async def same_for_the_person(tx: Transaction, changed: Client, *, by: UUID) -> None:
    """Let all records of a person say what this one now says on whether nobody may write or call."""
    records = await store.clients.people_to_change(tx.conn, changed.survivor_id or changed.id)
    prohibited = changed.contact.contact_prohibited
    await _set(tx, [each for each in records if each.id != changed.id], prohibited=prohibited, by=by)


async def _silence(tx: Transaction, records: Iterable[Client], *, by: UUID) -> dict[UUID, int]:
    """The stricter word holds for all: where one says that nobody may write, the others say so now."""
    found = list(records)
    if not any(each.contact.contact_prohibited for each in found):
        return {}
    return await _set(tx, found, prohibited=True, by=by)


async def _let_be(tx: Transaction, survivor_id: UUID, undone: UUID, *, by: UUID) -> None:
    """Lift what only the merge had brought about, from records that nobody has touched since."""
    records = await store.clients.people_to_change(tx.conn, survivor_id)
    merges = await store.people.merges_of(tx.conn, [each.id for each in records])
    await _set(tx, merging.to_lift(records, merges, undone=undone), prohibited=False, by=by)


async def _set(tx: Transaction, records: Iterable[Client], *, prohibited: bool, by: UUID) -> dict[UUID, int]:
    changed = [
        replace(
            each,
            contact=replace(each.contact, contact_prohibited=prohibited),
            context=each.context.model_copy(update={"version": each.version + 1}),
            changed_at=max(tx.now, each.registered_at),
        )
        for each in records
        if each.contact.contact_prohibited is not prohibited
    ]
    if changed:
        ids = [each.id for each in changed]
        await store.clients.set_prohibited(tx.conn, ids, prohibited=prohibited, at=tx.now)
    for each in changed:
        tx.publish(contact_changed(each, by=by))
    return {each.id: each.version for each in changed}
