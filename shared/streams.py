"""Provisioning of streams and durable consumers: create what is missing, update what differs.

Done by the owner of each, at every start and with no other tool: FastStream and nats-py would silently
keep an old configuration.
"""

from __future__ import annotations

from collections.abc import Sequence

import nats.errors
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

from contracts.streams import Stream
from shared.errors import Transient

ACK_WAIT_SECONDS = 30
MOST_ACK_PENDING = 1000

_NOT_NOW = (
    nats.js.errors.ServerError,
    nats.js.errors.ServiceUnavailableError,
    nats.errors.NoRespondersError,
    nats.errors.TimeoutError,
)
"""The server is busy, is just coming back, or could not write at this moment."""


async def ensure_stream(jetstream: JetStreamContext, stream: Stream) -> None:
    """Make the stream be as declared. Safe to run from every copy of the publisher at once.

    Raises `Transient` when the server cannot do it at this moment.
    """
    config = StreamConfig(
        name=stream.name,
        subjects=list(stream.subjects),
        description=stream.description,
        retention=RetentionPolicy(stream.retention),
        storage=StorageType(stream.storage),
        discard=DiscardPolicy(stream.discard),
        max_age=stream.max_age.total_seconds(),
        max_bytes=stream.max_bytes,
        duplicate_window=stream.duplicate_window.total_seconds(),
        allow_atomic=stream.allow_atomic,
        allow_direct=stream.allow_direct,
        allow_msg_ttl=stream.allow_msg_ttl,
    )
    try:
        try:
            await jetstream.add_stream(config)
        except nats.js.errors.BadRequestError:
            await jetstream.update_stream(config)
    except _NOT_NOW as problem:
        message = f"the server cannot provide the stream {stream.name} now: {problem}"
        raise Transient(message) from problem


async def ensure_consumer(
    jetstream: JetStreamContext, stream: str, durable: str, subjects: Sequence[str]
) -> None:
    """Make the durable consumer be as it should be, on a stream that its publisher provides.

    Raises `Transient` while the publisher has not made the stream yet, or when the server cannot do it at
    this moment.
    """
    alone = subjects[0] if len(subjects) == 1 else None
    config = ConsumerConfig(
        durable_name=durable,
        name=durable,
        # A filter that stands alone is part of the request's subject, so that rights can name it.
        filter_subject=alone,
        filter_subjects=None if alone else list(subjects),
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
    except _NOT_NOW as problem:
        message = f"the server cannot provide the consumer {durable} now: {problem}"
        raise Transient(message) from problem
