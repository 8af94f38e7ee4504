"""Messages that could not be handled, kept whole with the reason, to be looked at and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_OID, UUID

from nats.aio.msg import Msg

from shared.db import Connection, Record
from shared.errors import NotFound
from shared.ids import derived_id


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that was put aside. The same delivery always has the same id."""

    id: UUID
    consumer: str
    subject: str
    headers: dict[str, str]
    body: bytes
    reason: str
    deliveries: int
    died_at: datetime | None = None
    replayed_at: datetime | None = None

    @classmethod
    def of(cls, message: Msg, *, consumer: str, reason: str) -> DeadLetter:
        """The dead letter of a JetStream message."""
        meta = message.metadata
        return cls(
            id=derived_id(NAMESPACE_OID, consumer, meta.stream, str(meta.sequence.stream)),
            consumer=consumer,
            subject=message.subject,
            headers=dict(message.headers or {}),
            body=message.data,
            reason=reason,
            deliveries=meta.num_delivered,
        )


BURY = """
insert into dead_letter (id, consumer, subject, headers, body, reason, deliveries)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (id) do update
set reason = excluded.reason, deliveries = excluded.deliveries,
    died_at = clock_timestamp(), replayed_at = null
"""


async def bury(connection: Connection, letter: DeadLetter) -> None:
    """Keep a dead letter; doing it twice keeps one."""
    await connection.execute(
        BURY,
        letter.id,
        letter.consumer,
        letter.subject,
        letter.headers,
        letter.body,
        letter.reason,
        letter.deliveries,
    )


WAITING = """
select id, consumer, subject, headers, body, reason, deliveries, died_at, replayed_at
from dead_letter
where replayed_at is null
order by died_at, id
limit $1
"""


async def waiting(connection: Connection, *, most: int = 200) -> Sequence[DeadLetter]:
    """The dead letters that were not replayed, oldest first."""
    return [_letter(row) for row in await connection.fetch(WAITING, most)]


FIND = """
select id, consumer, subject, headers, body, reason, deliveries, died_at, replayed_at
from dead_letter
where id = $1
"""


async def find(connection: Connection, letter_id: UUID) -> DeadLetter:
    """One dead letter; raises `NotFound`."""
    row = await connection.fetchrow(FIND, letter_id)
    if row is None:
        message = f"there is no dead letter {letter_id} here"
        raise NotFound(message)
    return _letter(row)


def _letter(row: Record) -> DeadLetter:
    return DeadLetter(**dict(row))
