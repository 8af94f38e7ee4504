"""What staff read: a client's messages, one message with its history, the development mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.db import Connection, Record

MESSAGES = """
select reminder_id, client_id, kind, stage, why, due_at, useful_until, reason, detail, held_until, channel,
    attempts, barrier_id, referral_id, plan_id, scheduled_at, changed_at,
    case when stage = 'sent' then let_go_at end as sent_at
from reminder
where client_id = $1 and ($2::timestamptz is null or (due_at, reminder_id) < ($2, $3::uuid))
order by due_at desc, reminder_id desc
limit $4
"""


async def messages(
    conn: Connection, client_id: UUID, *, before: tuple[datetime, UUID] | None, most: int
) -> Sequence[Record]:
    """A client's messages, those due last first, after a cursor's position."""
    due_at, reminder_id = before or (None, None)
    return await conn.fetch(MESSAGES, client_id, due_at, reminder_id, most)


MESSAGE = """
select reminder_id, client_id, kind, stage, why, due_at, useful_until, reason, detail, held_until, channel,
    attempts, barrier_id, referral_id, plan_id, scheduled_at, changed_at,
    case when stage = 'sent' then let_go_at end as sent_at,
    case when stage = 'sent' then subject end as subject, case when stage = 'sent' then body end as body
from reminder
where reminder_id = $1
"""


async def message(conn: Connection, reminder_id: UUID) -> Record | None:
    """One message; with its words once they were sent."""
    return await conn.fetchrow(MESSAGE, reminder_id)


HISTORY = """
select changed_at, stage, reason, detail, held_until, channel
from reminder_change
where reminder_id = $1
order by changed_at, stage
"""


async def history(conn: Connection, reminder_id: UUID) -> Sequence[Record]:
    """What became of a message, step by step."""
    return await conn.fetch(HISTORY, reminder_id)


PUT_IN_MAILBOX = """
insert into mailbox (reminder_id, client_id, channel, address, subject, body, received_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (reminder_id) do nothing
"""


async def put_in_mailbox(  # noqa: PLR0913 - a row of seven columns
    conn: Connection,
    reminder_id: UUID,
    *,
    client_id: UUID,
    channel: str,
    address: str,
    subject: str | None,
    body: str,
    now: datetime,
) -> None:
    """Deliver to the development mailbox; a second delivery of the same message changes nothing."""
    await conn.execute(PUT_IN_MAILBOX, reminder_id, client_id, channel, address, subject, body, now)


MAILBOX = """
select number, reminder_id, client_id, channel, address, subject, body, received_at
from mailbox
where number > $1 and ($2::uuid is null or client_id = $2)
order by number
limit $3
"""


async def mailbox(conn: Connection, *, after: int, client_id: UUID | None, most: int) -> Sequence[Record]:
    """The development mailbox, in the order in which messages came."""
    return await conn.fetch(MAILBOX, after, client_id, most)
