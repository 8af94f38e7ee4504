"""The development mailbox of mails to partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.db import Connection

PUT_IN_MAILBOX = """
insert into mailbox (id, address, subject, body, received_at) values ($1, $2, $3, $4, $5)
on conflict (id) do nothing
"""


async def put(
    conn: Connection, mail_id: UUID, *, address: str, subject: str, body: str, at: datetime
) -> None:
    """Keep a mail, once."""
    await conn.execute(PUT_IN_MAILBOX, mail_id, address, subject, body, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A mail in the mailbox."""

    number: int
    id: UUID
    address: str
    subject: str
    body: str
    received_at: datetime


MAILBOX = """
select number, id, address, subject, body, received_at
from mailbox
where number > $1 and ($2::text is null or address = $2)
order by number
limit $3
"""


async def received(conn: Connection, *, address: str | None, after: int, limit: int) -> list[Received]:
    """Mails, to one address or all, in the order in which they came."""
    return [Received(**dict(row)) for row in await conn.fetch(MAILBOX, after, address, limit)]
