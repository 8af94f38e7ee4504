"""What clients wrote back, and the questions it answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.terms import MessageKind
from services.reminders.model import Cause, Question, Reply
from shared.db import Connection

KEEP_REPLY = """
insert into reply (reply_id, client_id, kind, words, channel, address, in_reply_to, gateway_message_id,
    received_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""


async def keep(
    conn: Connection, reply: Reply, now: datetime, *, client_id: UUID | None, in_reply_to: UUID | None
) -> None:
    """Keep a reply word for word; without a client it is one that belongs to nobody we know."""
    await conn.execute(
        KEEP_REPLY,
        reply.id,
        client_id,
        reply.kind,
        reply.words,
        reply.channel,
        reply.address,
        in_reply_to,
        reply.gateway_message_id,
        now,
    )


KNOWN_REPLY = "select exists (select from reply where gateway_message_id = $1)"


async def brought_before(conn: Connection, gateway_message_id: str) -> bool:
    """Whether the gateway has brought this very message before."""
    found: bool = await conn.fetchval(KNOWN_REPLY, gateway_message_id)
    return found


LAST_WRITTEN = """
select reminder_id, client_id, kind, referral_id, barrier_id, cause_id, cause_type, correlation_id,
    traceparent, answered_by is null
        and kind in ('appointment_reminder', 'check_in', 'got_what_you_needed', 'after_setback') as is_open
from reminder
where client_id = any($1::uuid[]) and stage in ('sending', 'sent') and let_go_at > $2
order by is_open desc, let_go_at desc, reminder_id
limit 1
"""


async def last_written(conn: Connection, client_ids: Sequence[UUID], since: datetime) -> Question | None:
    """What a reply most likely answers: the latest open question, or else the latest message, to them."""
    row = await conn.fetchrow(LAST_WRITTEN, client_ids, since)
    if row is None:
        return None
    return Question(
        reminder_id=row["reminder_id"],
        client_id=row["client_id"],
        kind=MessageKind(row["kind"]),
        referral_id=row["referral_id"],
        barrier_id=row["barrier_id"],
        is_open=row["is_open"],
        cause=Cause(
            id=row["cause_id"],
            type=row["cause_type"],
            correlation_id=row["correlation_id"],
            traceparent=row["traceparent"],
        ),
    )


ANSWER = "update reminder set answered_by = $2 where reminder_id = $1"


async def answer(conn: Connection, question: Question, reply_id: UUID) -> None:
    """Mark a question as answered."""
    await conn.execute(ANSWER, question.reminder_id, reply_id)
