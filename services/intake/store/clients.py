"""Clients as they are now, and the words they can be found by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import TypeAdapter

from contracts.values import Channel, ClientContext, Window
from services.intake.model import Client, Contact
from services.intake.model.matching import NewOnFile
from shared.db import Connection, Record

LAST_ID = UUID(int=2**128 - 1)
"""Comes after every id, where a list begins with the newest."""
_LAST_LETTER = "\U0010ffff"
"""Comes after every letter, where words are compared byte by byte."""

_WINDOWS = TypeAdapter(tuple[Window, ...])
_CHANNELS = TypeAdapter(tuple[Channel, ...])

ADD_CLIENTS = """
with given as (
    select
        g.id, g.version, g.full_name, g.preferred_name, g.name_key, g.born_on, g.time_zone, g.language,
        g.postcode, g.pace, g.setting, g.available, g.caring_duties, g.access_needs, g.free_only,
        g.excluded_organizations, g.channels, g.contact_prohibited, g.messages_wanted, g.words, g.keys
    from jsonb_to_recordset($1::jsonb) as g (
        id uuid, version integer, full_name text, preferred_name text, name_key text, born_on date,
        time_zone text, language text, postcode text, pace text, setting text, available jsonb,
        caring_duties boolean, access_needs text[], free_only boolean, excluded_organizations uuid[],
        channels jsonb, contact_prohibited boolean, messages_wanted boolean, words text[], keys text[]
    )
), named as (
    insert into client_name (client_id, word) select g.id, unnest(g.words) from given g
), kept as (
    insert into client_key (client_id, key) select g.id, unnest(g.keys) from given g
)
insert into client (
    id, version, full_name, preferred_name, name_key, born_on, time_zone, language, postcode, pace,
    setting, available, caring_duties, access_needs, free_only, excluded_organizations,
    channels, contact_prohibited, messages_wanted, registered_at, registered_by, changed_at, keys_by
)
select
    g.id, g.version, g.full_name, g.preferred_name, g.name_key, g.born_on, g.time_zone, g.language,
    g.postcode, g.pace, g.setting, g.available, g.caring_duties, g.access_needs, g.free_only,
    g.excluded_organizations, g.channels, g.contact_prohibited, g.messages_wanted, $2, $3, $2, $4
from given g
"""


async def add_clients(
    conn: Connection, newcomers: Sequence[NewOnFile], *, at: datetime, by: UUID, keys_by: int
) -> None:
    """Write new clients down, with the words of their names and the keys that they are looked for under."""
    rows = [
        {
            "id": new.client.id,
            "version": new.client.version,
            "full_name": new.client.contact.full_name,
            "preferred_name": new.client.contact.preferred_name,
            "name_key": new.name_key,
            **new.client.context.model_dump(mode="json", exclude={"client_id", "version"}),
            "channels": [channel.model_dump(mode="json") for channel in new.client.contact.channels],
            "contact_prohibited": new.client.contact.contact_prohibited,
            "messages_wanted": new.client.contact.messages_wanted,
            "words": new.words,
            "keys": sorted(new.keys),
        }
        for new in newcomers
    ]
    await conn.execute(ADD_CLIENTS, rows, at, by, keys_by)


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
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at, survivor_id
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
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at, survivor_id
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
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at, survivor_id
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
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at, survivor_id
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


CLIENTS_TO_CHANGE = """
select
    id, version, full_name, preferred_name, born_on, time_zone, language, postcode, pace, setting,
    available::text as available, caring_duties, access_needs, free_only, excluded_organizations,
    channels::text as channels, contact_prohibited, messages_wanted, registered_at, changed_at, survivor_id
from client
where id = $1 or survivor_id = $1 or id = $2 or survivor_id = $2
order by id
for no key update
"""


async def people_to_change(conn: Connection, survivor_id: UUID, other_id: UUID | None = None) -> list[Client]:
    """Read all records of one person, or of two, and keep others from changing them."""
    return [_client(row) for row in await conn.fetch(CLIENTS_TO_CHANGE, survivor_id, other_id)]


SET_PROHIBITED = """
update client
set contact_prohibited = $2, version = version + 1, changed_at = greatest($3, registered_at)
where id = any ($1::uuid[]) and contact_prohibited <> $2
"""


async def set_prohibited(
    conn: Connection, client_ids: Sequence[UUID], *, prohibited: bool, at: datetime
) -> None:
    """Write down for several records whether nobody may write or call; each becomes its next version."""
    await conn.execute(SET_PROHIBITED, client_ids, prohibited, at)


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
        survivor_id=row["survivor_id"],
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
