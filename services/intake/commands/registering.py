"""How clients come on file: looked for first, then written and stated; one by one or many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from contracts.events.intake import ClientRegistered, ContactChanged
from services.intake import policy, store
from services.intake.model import Client, Flawed, Registration, SamePerson
from services.intake.model.matching import Candidate, Likeness, NewOnFile, ToldApart, Verdict
from services.intake.policy import likeness, matching
from shared.db import Connection
from shared.unit_of_work import Transaction


async def register(
    tx: Transaction,
    proposed: Client,
    *,
    is_someone_else: bool,
    not_the_same_as: Collection[UUID] = (),
    by: UUID,
) -> Registration | SamePerson | Flawed:
    """Put a client on file, unless somebody has to look first; then nothing is written.

    With `is_someone_else` staff have looked; whoever is much like the newcomer is remembered as another
    person, and so is everybody in `not_the_same_as` who was shown to them.
    """
    one = likeness.likeness_of(proposed)
    # Whoever registers the same person at this moment waits here, and then finds the record.
    await store.people.hold_keys(tx.conn, likeness.keys_to_hold(one))
    found = (await look_for(tx.conn, [one]))[0]
    strong = [each.record.survivor_id for each in found if each.match.verdict is Verdict.STRONG]
    outcome = policy.register(proposed, tx.now, same_person=strong, is_someone_else=is_someone_else)
    if isinstance(outcome, Registration):
        await write(tx, [outcome.client], by=by)
        seen = {*strong, *not_the_same_as} if is_someone_else else set(not_the_same_as)
        await _remember(tx, outcome.client.id, [c for c in found if c.record.survivor_id in seen], by=by)
    return outcome


async def write(tx: Transaction, newcomers: Sequence[Client], *, by: UUID) -> None:
    """Write new clients down and state each: `ClientRegistered` and `ContactChanged`."""
    await store.clients.add_clients(
        tx.conn, [_on_file(client) for client in newcomers], at=tx.now, by=by, keys_by=likeness.KEYS
    )
    for client in newcomers:
        tx.publish(
            ClientRegistered(
                client_id=client.id, client=client.context, registered_at=client.registered_at, by=by
            )
        )
        tx.publish(contact_changed(client, by=by))


async def look_for(
    conn: Connection,
    people: Sequence[Likeness],
    *,
    own: UUID | None = None,
    told_apart: Mapping[UUID, float] | None = None,
) -> list[tuple[Candidate, ...]]:
    """Look on file for each of these people, in one question; the likeliest first.

    `own` and `told_apart` are as for `policy.matching.candidates`.
    """
    keys = {number: likeness.keys_to_look_under(one) for number, one in enumerate(people)}
    found = await store.people.find_under_keys(conn, keys)
    return [
        matching.candidates(one, found[number], own=own, told_apart=told_apart)
        for number, one in enumerate(people)
    ]


async def make_keys(tx: Transaction, *, limit: int = 500) -> int:
    """Give keys to records that have none, or older ones; how many there were."""
    records = await store.people.records_with_older_keys(tx.conn, made_by=likeness.KEYS, limit=limit)
    if records:
        keys = {each.client_id: likeness.keys_of(likeness.likeness_on_file(each)) for each in records}
        await store.people.keep_keys(tx.conn, keys, made_by=likeness.KEYS)
    return len(records)


def contact_changed(client: Client, *, by: UUID) -> ContactChanged:
    """The event that tells how to address and reach a client now."""
    contact = client.contact
    return ContactChanged(
        client_id=client.id,
        version=client.version,
        full_name=contact.full_name,
        preferred_name=contact.preferred_name,
        channels=contact.channels,
        contact_prohibited=contact.contact_prohibited,
        messages_wanted=contact.messages_wanted,
        changed_at=client.changed_at,
        by=by,
    )


def words_of(client: Client) -> tuple[str, ...]:
    """The words that a client is found by."""
    return policy.name_words(client.contact.full_name, client.contact.preferred_name)


async def _remember(tx: Transaction, newcomer: UUID, others: Iterable[Candidate], *, by: UUID) -> None:
    told = [
        ToldApart(first=newcomer, second=other.record.client_id, evidence=other.match.evidence)
        for other in others
    ]
    if told:
        await store.people.tell_apart(tx.conn, told, at=tx.now, by=by)


def _on_file(client: Client) -> NewOnFile:
    return NewOnFile(
        client=client,
        name_key=policy.name_key(client.contact.full_name),
        words=words_of(client),
        keys=likeness.keys_of(likeness.likeness_of(client)),
    )
