"""Provisioning of streams and durable consumers: create what is missing, update what differs.

Done by the owner of each, at every start and with no other tool: FastStream and nats-py would silently
keep an old configuration. Settings follow docs/decisions/0004: file storage, and a full stream refuses
(events then wait in the outbox) rather than drop what nobody has read.
"""

from __future__ import annotations

from collections.abc import Sequence

import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)

from shared.errors import Transient

DAY = 24 * 60 * 60
KEPT_SECONDS = 30 * DAY
MOST_BYTES = 8 * 1024**3
DUPLICATE_WINDOW_SECONDS = 600
ACK_WAIT_SECONDS = 30
MOST_ACK_PENDING = 1000


async def ensure_stream(jetstream: JetStreamContext, name: str, subjects: Sequence[str]) -> None:
    """Make the stream be as it should be. Safe to run from every copy of the publisher at once."""
    config = StreamConfig(
        name=name,
        subjects=list(subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_age=KEPT_SECONDS,
        max_bytes=MOST_BYTES,
        duplicate_window=DUPLICATE_WINDOW_SECONDS,
        allow_atomic=True,
        allow_direct=True,
    )
    try:
        await jetstream.add_stream(config)
    except nats.js.errors.BadRequestError:
        await jetstream.update_stream(config)


async def ensure_consumer(
    jetstream: JetStreamContext, stream: str, durable: str, subjects: Sequence[str]
) -> None:
    """Make the durable consumer be as it should be, on a stream that its publisher provides.

    Raises `Transient` while the publisher has not made the stream yet.
    """
    config = ConsumerConfig(
        durable_name=durable,
        name=durable,
        filter_subjects=list(subjects),
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        # Without end: giving up on a message is our decision, with a dead letter, never the server's.
        max_deliver=-1,
        max_ack_pending=MOST_ACK_PENDING,
    )
    try:
        await jetstream.add_consumer(stream, config)
    except nats.js.errors.NotFoundError:
        message = f"stream {stream} is not there yet"
        raise Transient(message) from None
