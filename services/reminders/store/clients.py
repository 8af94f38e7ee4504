"""What reminders learned of clients: their lives, how to reach them, what they chose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter

from contracts.events.intake import ContactChanged
from contracts.terms import Pace
from contracts.values import Channel, ClientContext, Window
from services.reminders.model import Contact, Known, Life, address_key
from shared.db import Connection, Record

WINDOWS = TypeAdapter(tuple[Window, ...])
CHANNELS = TypeAdapter(tuple[Channel, ...])
WEEK = timedelta(days=7)

LOCK_CLIENTS = """
select pg_advisory_xact_lock(hashtextextended('reminders/' || client_id::text, 0))
from unnest($1::uuid[]) as u (client_id)
"""


async def lock(conn: Connection, client_ids: Iterable[UUID]) -> None:
    """Keep other copies from changing what is due for these clients until the transaction ends."""
    await conn.execute(LOCK_CLIENTS, sorted(set(client_ids)))


MERGE_CLIENTS = """
insert into client (client_id, version, time_zone, language, pace, available)
select distinct on (u.client_id) u.client_id, u.version, u.time_zone, u.language, u.pace, u.available::jsonb
from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[])
    as u (client_id, version, time_zone, language, pace, available)
order by u.client_id, u.version desc
on conflict (client_id) do update
set version = excluded.version, time_zone = excluded.time_zone, language = excluded.language,
    pace = excluded.pace, available = excluded.available
where excluded.version > client.version
returning client_id
"""


async def merge_clients(conn: Connection, contexts: Sequence[ClientContext]) -> list[UUID]:
    """Keep the highest version of each client's life; return whose life changed."""
    rows = await conn.fetch(
        MERGE_CLIENTS,
        [context.client_id for context in contexts],
        [context.version for context in contexts],
        [context.time_zone for context in contexts],
        [context.language for context in contexts],
        [context.pace for context in contexts],
        [WINDOWS.dump_json(context.available).decode() for context in contexts],
    )
    return [row["client_id"] for row in rows]


MERGE_CONTACTS = """
insert into contact (client_id, version, preferred_name, channels, addresses, prohibited, wanted)
select distinct on (u.client_id)
    u.client_id, u.version, u.preferred_name, u.channels::jsonb,
    array(select jsonb_array_elements_text(u.addresses::jsonb)), u.prohibited, u.wanted
from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[])
    as u (client_id, version, preferred_name, channels, addresses, prohibited, wanted)
order by u.client_id, u.version desc
on conflict (client_id) do update
set version = excluded.version, preferred_name = excluded.preferred_name, channels = excluded.channels,
    addresses = excluded.addresses, prohibited = excluded.prohibited, wanted = excluded.wanted
where excluded.version > contact.version
returning client_id
"""


async def merge_contacts(conn: Connection, contacts: Sequence[ContactChanged]) -> list[UUID]:
    """Keep the highest version of how to reach each client; return whose contact changed."""
    rows = await conn.fetch(
        MERGE_CONTACTS,
        [contact.client_id for contact in contacts],
        [contact.version for contact in contacts],
        [contact.preferred_name for contact in contacts],
        [CHANNELS.dump_json(contact.channels).decode() for contact in contacts],
        [_keys_of(contact) for contact in contacts],
        [contact.contact_prohibited for contact in contacts],
        [contact.messages_wanted for contact in contacts],
    )
    return [row["client_id"] for row in rows]


LIVES = "select client_id, time_zone, language, pace, available from client where client_id = any($1::uuid[])"


async def lives(conn: Connection, client_ids: Iterable[UUID]) -> dict[UUID, Life]:
    """The lives of those clients of whom anything is known yet that this machine understands."""
    rows = await conn.fetch(LIVES, list(set(client_ids)))
    return {row["client_id"]: life for row in rows if (life := _life(row)) is not None}


KNOWN = """
select u.client_id, c.time_zone, c.language, c.pace, c.available,
    k.preferred_name, k.channels, k.prohibited, k.wanted, coalesce(ch.stopped, false) as stopped,
    array(
        select r.let_go_at from reminder r
        where r.client_id = u.client_id and r.stage in ('sending', 'sent') and r.let_go_at > $2
        order by r.let_go_at
    ) as sent_at
from unnest($1::uuid[]) as u (client_id)
left join client c on c.client_id = u.client_id
left join contact k on k.client_id = u.client_id
left join choice ch on ch.client_id = u.client_id
"""


async def known(conn: Connection, client_ids: Iterable[UUID], now: datetime) -> dict[UUID, Known]:
    """All that counts at the moment of sending, for every one of these clients."""
    rows = await conn.fetch(KNOWN, list(set(client_ids)), now - WEEK)
    return {row["client_id"]: _known(row) for row in rows}


CHOOSE = """
insert into choice (client_id, stopped, chosen_at)
select client_id, $2, $3 from unnest($1::uuid[]) as u (client_id) order by client_id
on conflict (client_id) do update set stopped = excluded.stopped, chosen_at = excluded.chosen_at
where choice.stopped <> excluded.stopped
returning client_id
"""


async def choose(conn: Connection, client_ids: Iterable[UUID], *, stopped: bool, now: datetime) -> list[UUID]:
    """Remember STOP or START; return those for whom that is a change. Never having said anything is START."""
    rows = await conn.fetch(CHOOSE, sorted(set(client_ids)), stopped, now)
    return [row["client_id"] for row in rows]


CLIENTS_AT = "select client_id from contact where addresses @> array[$1::text] order by client_id"


async def clients_at(conn: Connection, address: str) -> list[UUID]:
    """The clients who can be reached at an address; more than one where people share a telephone."""
    rows = await conn.fetch(CLIENTS_AT, address_key(address))
    return [row["client_id"] for row in rows]


def _keys_of(contact: ContactChanged) -> str:
    keys = sorted({address_key(channel.address, channel.kind) for channel in contact.channels})
    return TypeAdapter(list[str]).dump_json(keys).decode()


def _life(row: Record) -> Life | None:
    """A client's life; None while nothing is known of it, or their zone is news to this machine."""
    if row["time_zone"] is None or not _is_zone(row["time_zone"]):
        return None
    return Life(
        zone=row["time_zone"],
        language=row["language"],
        pace=Pace(row["pace"]),
        available=WINDOWS.validate_python(row["available"]),
    )


@cache
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return False
    return True


def _known(row: Record) -> Known:
    contact = None
    if row["preferred_name"] is not None:
        contact = Contact(
            preferred_name=row["preferred_name"],
            channels=CHANNELS.validate_python(row["channels"]),
            prohibited=row["prohibited"],
            wanted=row["wanted"],
        )
    return Known(
        life=_life(row),
        contact=contact,
        stopped=row["stopped"],
        sent_at=tuple(row["sent_at"]),
    )
