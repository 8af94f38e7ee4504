"""Clients as they are now, and the words they can be found by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import TypeAdapter

from contracts.values import Channel, ClientContext, Window
from services.intake.model import Client, Contact
from shared.db import Connection, Record

LAST_ID = UUID(int=2**128 - 1)
"""Comes after every id, where a list begins with the newest."""
_LAST_LETTER = "\U0010ffff"
"""Comes after every letter, where words are compared byte by byte."""

_WINDOWS = TypeAdapter(tuple[Window, ...])
_CHANNELS = TypeAdapter(tuple[Channel, ...])

ADD_CLIENT = """
with added as (
    insert into client (
        id, version, full_name, preferred_name, name_key, born_on, time_zone, language, postcode, pace,
        setting, available, caring_duties, access_needs, free_only, excluded_organizations,
        channels, contact_prohibited, messages_wanted, registered_at, registered_by, changed_at
    ) values (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $20
    )
)
insert into client_name (client_id, word) select $1, unnest($22::text[])
"""


async def add_client(
    conn: Connection, client: Client, *, key: str, words: Sequence[str], registered_by: UUID
) -> None:
    """Write a new client down, with the words of their names."""
    await conn.execute(
        ADD_CLIENT,
        client.id,
        client.version,
        client.contact.full_name,
        client.contact.preferred_name,
        key,
        *_life(client.context),
        *_reach(client.contact),
        client.registered_at,
        registered_by,
        words,
    )


CHANGE_CLIENT = """
with gone as (
    delete from client_name where client_id = $1 and word <> all ($21::text[])
), named as (
    insert into client_name (client_id, word) select $1, unnest($21::text[]) on conflict do nothing
)
update client set
    version = $2, full_name = $3, preferred_name = $4, name_key = $5, born_on = $6, time_zone = $7,
    language = $8, postcode = $9, pace = $10, setting = $11, available = $12, caring_duties = $13,
    access_needs = $14, free_only = $15, excluded_organizations = $16, channels = $17,
    contact_prohibited = $18, messages_wanted = $19, changed_at = $20
where id = $1
"""


async def change_client(conn: Connection, client: Client, *, key: str, words: Sequence[str]) -> None:
    """Write the next version of a client down. Expects the row to be locked by `client_to_change`."""
    await conn.execute(
        CHANGE_CLIENT,
        client.id,
        client.version,
        client.contact.full_name,
        client.contact.preferred_name,
        key,
        *_life(client.context),
        *_reach(client.contact),
        client.changed_at,
        words,
    )


CLIENT_TO_CHANGE = """
select
    id, version, full_name, preferred_name, born_on, time_zone, language, postcode, pace, setting,
    available::text as available, caring_duties, access_needs, free_only, excluded_organizations,
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at
from client
where id = $1
for no key update
"""


async def client_to_change(conn: Connection, client_id: UUID) -> Client | None:
    """Read a client and keep others from changing it until the transaction ends."""
    row = await conn.fetchrow(CLIENT_TO_CHANGE, client_id)
    return _client(row) if row else None


CLIENT = """
select
    id, version, full_name, preferred_name, born_on, time_zone, language, postcode, pace, setting,
    available::text as available, caring_duties, access_needs, free_only, excluded_organizations,
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at
from client
where id = $1
"""


async def client(conn: Connection, client_id: UUID) -> Client | None:
    """Read a client as they are now."""
    row = await conn.fetchrow(CLIENT, client_id)
    return _client(row) if row else None


CLIENT_EXISTS = "select exists (select from client where id = $1)"


async def client_exists(conn: Connection, client_id: UUID) -> bool:
    """Whether there is such a client."""
    exists: bool = await conn.fetchval(CLIENT_EXISTS, client_id)
    return exists


CLIENTS = """
select
    id, version, full_name, preferred_name, born_on, time_zone, language, postcode, pace, setting,
    available::text as available, caring_duties, access_needs, free_only, excluded_organizations,
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at
from client
where id < $1
order by id desc
limit $2
"""


async def clients(conn: Connection, *, after: UUID | None, limit: int) -> list[Client]:
    """Read clients, the newest first, those that come after the given one."""
    return [_client(row) for row in await conn.fetch(CLIENTS, after or LAST_ID, limit)]


FIND_CLIENTS = """
select
    id, version, full_name, preferred_name, born_on, time_zone, language, postcode, pace, setting,
    available::text as available, caring_duties, access_needs, free_only, excluded_organizations,
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at
from client c
where id < $1
    and ($2::date is null or born_on = $2)
    and id in (select n.client_id from client_name n where n.word >= $3 and n.word < $3 || $5)
    and not exists (
        select from unnest($4::text[]) as w (word)
        where not exists (
            select from client_name n
            where n.client_id = c.id and n.word >= w.word and n.word < w.word || $5
        )
    )
order by id desc
limit $6
"""


async def find_clients(
    conn: Connection, words: Sequence[str], *, born_on: date | None, after: UUID | None, limit: int
) -> list[Client]:
    """Find clients by the beginnings of words of any of their names, the newest first.

    Expects at least one word, in the form of `policy.name_words`. Every word has to be found.
    """
    # The longest word is the rarest: the index narrows by it, the others are looked at in what is left.
    longest = max(words, key=len)
    rows = await conn.fetch(
        FIND_CLIENTS, after or LAST_ID, born_on, longest, list(words), _LAST_LETTER, limit
    )
    return [_client(row) for row in rows]


LOCK_NAME = "select pg_advisory_xact_lock(hashtextextended($1, 0))"


async def lock_name(conn: Connection, key: str) -> None:
    """Let registrations of the same name go one after the other, until the transaction ends."""
    await conn.execute(LOCK_NAME, "client/" + key)


SAME_PERSON = "select id from client where name_key = $1 and born_on = $2 order by id limit 10"


async def same_person(conn: Connection, key: str, *, born_on: date | None) -> list[UUID]:
    """Find the clients of this name and date of birth; nobody where the date was not said."""
    return [row["id"] for row in await conn.fetch(SAME_PERSON, key, born_on)]


def context_of(row: Record) -> ClientContext:
    """Read the part of a client's row that travels with events."""
    return ClientContext(
        client_id=row["id"],
        version=row["version"],
        time_zone=row["time_zone"],
        language=row["language"],
        postcode=row["postcode"],
        born_on=row["born_on"],
        pace=row["pace"],
        setting=row["setting"],
        available=_WINDOWS.validate_json(row["available"]),
        caring_duties=row["caring_duties"],
        access_needs=frozenset(row["access_needs"]),
        free_only=row["free_only"],
        excluded_organizations=frozenset(row["excluded_organizations"]),
    )


def _client(row: Record) -> Client:
    return Client(
        context=context_of(row),
        contact=Contact(
            full_name=row["full_name"],
            preferred_name=row["preferred_name"],
            channels=_CHANNELS.validate_json(row["channels"]),
            contact_prohibited=row["contact_prohibited"],
            messages_wanted=row["messages_wanted"],
        ),
        registered_at=row["registered_at"],
        changed_at=row["changed_at"],
    )


def _life(context: ClientContext) -> tuple[object, ...]:
    return (
        context.born_on,
        context.time_zone,
        context.language,
        context.postcode,
        context.pace,
        context.setting,
        [window.model_dump(mode="json") for window in context.available],
        context.caring_duties,
        sorted(context.access_needs),
        context.free_only,
        sorted(context.excluded_organizations),
    )


def _reach(contact: Contact) -> tuple[object, ...]:
    return (
        [channel.model_dump(mode="json") for channel in contact.channels],
        contact.contact_prohibited,
        contact.messages_wanted,
    )
