"""What navigation knows of clients: their context, how to reach them, what they allow, what they withdrew.

Every write that decides about a client begins by locking the client's row, in the order of ids, so that
whatever concerns one client happens one after the other, and different clients never wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from contracts.events.intake import ContactChanged
from contracts.values import Channel, ClientContext, Consent
from services.navigation.model.referrals import Client
from shared.db import Connection

LOCK_CLIENTS = """
insert into client (id)
select id from unnest($1::uuid[]) as u (id) order by id
on conflict (id) do update set id = excluded.id
"""


async def lock(conn: Connection, client_ids: Collection[UUID]) -> None:
    """Hold these clients until the transaction ends; a client never heard of is remembered by id."""
    await conn.execute(LOCK_CLIENTS, sorted(set(client_ids)))


REMEMBER_CONTEXTS = """
insert into client as known (id, context, context_version)
select id, context::jsonb, version
from unnest($1::uuid[], $2::text[], $3::integer[]) as u (id, context, version)
order by id
on conflict (id) do update
set context = excluded.context, context_version = excluded.context_version
where excluded.context_version > known.context_version
"""


async def remember_contexts(conn: Connection, contexts: Collection[ClientContext]) -> None:
    """Keep the highest version of each context, and hold the clients until the transaction ends."""
    newest = {c.client_id: c for c in sorted(contexts, key=lambda c: c.version)}
    rows = list(newest.values())
    await conn.execute(
        REMEMBER_CONTEXTS,
        [c.client_id for c in rows],
        [c.model_dump_json() for c in rows],
        [c.version for c in rows],
    )


REMEMBER_CONTACTS = """
insert into client as known (id, contact, contact_version)
select id, contact::jsonb, version
from unnest($1::uuid[], $2::text[], $3::integer[]) as u (id, contact, version)
order by id
on conflict (id) do update
set contact = excluded.contact, contact_version = excluded.contact_version
where excluded.contact_version > known.contact_version
"""


async def remember_contacts(conn: Connection, contacts: Collection[ContactChanged]) -> None:
    """Keep the highest version of how to reach each client."""
    newest = {c.client_id: c for c in sorted(contacts, key=lambda c: c.version)}
    rows = list(newest.values())
    await conn.execute(
        REMEMBER_CONTACTS,
        [c.client_id for c in rows],
        [c.model_dump_json() for c in rows],
        [c.version for c in rows],
    )


REMEMBER_CONSENTS = """
insert into consent as known (id, client_id, record, revoked_at)
select id, client_id, record::jsonb, revoked_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) as u (id, client_id, record, revoked_at)
order by id
on conflict (id) do update
set record = coalesce(known.record, excluded.record),
    revoked_at = least(known.revoked_at, excluded.revoked_at)
where known.record is null or excluded.revoked_at < coalesce(known.revoked_at, 'infinity')
"""


async def remember_consents(conn: Connection, consents: Collection[Consent]) -> None:
    """Keep each record once, and of its revocations the earliest. The clients must be held."""
    rows = list({c.id: c for c in consents}.values())
    await conn.execute(
        REMEMBER_CONSENTS,
        [c.id for c in rows],
        [c.client_id for c in rows],
        [c.model_dump_json() for c in rows],
        [c.revoked_at for c in rows],
    )


REMEMBER_REVOCATIONS = """
insert into consent as known (id, client_id, revoked_at)
select id, client_id, min(revoked_at)
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as u (id, client_id, revoked_at)
group by id, client_id order by id
on conflict (id) do update set revoked_at = least(known.revoked_at, excluded.revoked_at)
"""


async def remember_revocations(conn: Connection, revoked: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Keep (consent, client, revoked at), also of consents never heard of. The clients must be held."""
    await conn.execute(
        REMEMBER_REVOCATIONS,
        [consent_id for consent_id, _, _ in revoked],
        [client_id for _, client_id, _ in revoked],
        [at for _, _, at in revoked],
    )


CONSENTS_OF_CLIENTS = """
select id, client_id, revoked_at, case when id = any($2::uuid[]) then null else record end as record
from consent
where client_id = any($1::uuid[]) and record is not null
order by id
"""


async def consents_of(
    conn: Connection, client_ids: Collection[UUID], *, at_hand: Mapping[UUID, Consent]
) -> dict[UUID, list[Consent]]:
    """Every known consent of each client, revoked ones included. Records at hand are not read again."""
    found: dict[UUID, list[Consent]] = {}
    for row in await conn.fetch(CONSENTS_OF_CLIENTS, list(client_ids), list(at_hand)):
        consent = at_hand[row["id"]] if row["record"] is None else Consent.model_validate(row["record"])
        if consent.revoked_at != row["revoked_at"]:
            consent = consent.model_copy(update={"revoked_at": row["revoked_at"]})
        found.setdefault(row["client_id"], []).append(consent)
    return found


WITHDRAW = """
insert into withdrawal as known (barrier_id, client_id, withdrawn_at)
select barrier_id, client_id, max(withdrawn_at)
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as u (barrier_id, client_id, withdrawn_at)
group by barrier_id, client_id order by barrier_id
on conflict (barrier_id) do update set withdrawn_at = greatest(known.withdrawn_at, excluded.withdrawn_at)
"""


async def withdraw(conn: Connection, withdrawn: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Keep (barrier, client, withdrawn at), the latest of each barrier. The clients must be held."""
    await conn.execute(
        WITHDRAW,
        [barrier_id for barrier_id, _, _ in withdrawn],
        [client_id for _, client_id, _ in withdrawn],
        [at for _, _, at in withdrawn],
    )


CLIENTS = "select id, context, contact from client where id = any($1::uuid[])"


async def clients(conn: Connection, client_ids: Collection[UUID]) -> dict[UUID, Client]:
    """What is known of each client, consents included. Clients never heard of are left out."""
    rows = await conn.fetch(CLIENTS, list(client_ids))
    consents = await consents_of(conn, client_ids, at_hand={})
    return {
        row["id"]: _client(row["id"], row["context"], row["contact"], consents.get(row["id"], []))
        for row in rows
    }


def _client(
    client_id: UUID,
    context: dict[str, object] | None,
    contact: dict[str, object] | None,
    consents: Sequence[Consent],
) -> Client:
    known = ContactChanged.model_validate(contact) if contact else None
    channels: tuple[Channel, ...] = known.channels if known else ()
    return Client(
        id=client_id,
        context=ClientContext.model_validate(context) if context else None,
        full_name=known.full_name if known else None,
        preferred_name=known.preferred_name if known else None,
        channels=channels,
        contact_prohibited=known.contact_prohibited if known else False,
        consents=tuple(consents),
    )


CONTEXTS = "select id, context from client where id = any($1::uuid[]) and context is not null"


async def contexts(conn: Connection, client_ids: Collection[UUID]) -> dict[UUID, ClientContext]:
    """The latest context of each client that has one."""
    rows = await conn.fetch(CONTEXTS, list(client_ids))
    return {row["id"]: ClientContext.model_validate(row["context"]) for row in rows}
