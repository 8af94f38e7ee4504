"""What every event has in common: CloudEvents 1.0 attributes, in binary mode over NATS.

The attributes travel as `ce-` headers and the body is the event's own JSON. Identifiers only: no header
and no subject ever carries a name, a contact detail or a health word.

Reference: CloudEvents 1.0 and its NATS protocol binding (binary content mode).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SUBJECT_PATTERN = re.compile(r"^care\.(?P<publisher>[a-z]+)\.[a-z_]+\.[a-z_]+\.v[1-9]\d*$")


class Model(BaseModel):
    """A value that crosses a boundary: immutable, and unknown fields of newer publishers are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Event(Model):
    """A fact that a service states once and never changes.

    Within one major version only optional fields with a default may be added; a reader ignores fields
    that it does not know. Handlers may receive an event more than once and in any order.
    """

    subject: ClassVar[str]

    @property
    def about(self) -> UUID:
        """The identifier that becomes `ce-subject`."""
        raise NotImplementedError

    @classmethod
    def publisher(cls) -> str:
        """The service that alone publishes this event, read off the subject."""
        found = SUBJECT_PATTERN.match(cls.subject)
        if found is None:
            message = f"{cls.__name__}.subject {cls.subject!r} is not care.<publisher>.<noun>.<verb>.v<n>"
            raise ValueError(message)
        return found["publisher"]

    @classmethod
    def stream(cls) -> str:
        """The JetStream stream that keeps this event: the publisher's name in capitals."""
        return cls.publisher().upper()


class HeaderError(ValueError):
    """A message's CloudEvents headers are missing or malformed; it can never be handled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The CloudEvents attributes of one event.

    `id` is a UUIDv7 and also the `Nats-Msg-Id`; `correlation_id` names the conversation everything
    started from; `causation_id` is the event that caused this one (None when a person did);
    `traceparent` is W3C trace context or None.
    """

    id: UUID
    type: str
    source: str
    time: datetime
    about: UUID
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None

    def headers(self) -> dict[str, str]:
        """The NATS headers of the binary mode."""
        headers = {
            "ce-specversion": SPEC_VERSION,
            "ce-id": str(self.id),
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-time": self.time.isoformat(),
            "ce-subject": str(self.about),
            "ce-datacontenttype": CONTENT_TYPE,
            "ce-correlationid": str(self.correlation_id),
            "Nats-Msg-Id": str(self.id),
        }
        if self.causation_id is not None:
            headers["ce-causationid"] = str(self.causation_id)
        if self.traceparent is not None:
            headers["traceparent"] = self.traceparent
        return headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, str]) -> Envelope:
        """Read the attributes back; raise `HeaderError` naming the attribute that is missing or malformed."""
        try:
            _check_version(headers["ce-specversion"])
            causation = headers.get("ce-causationid")
            return cls(
                id=UUID(headers["ce-id"]),
                type=headers["ce-type"],
                source=headers["ce-source"],
                time=_moment(headers["ce-time"]),
                about=UUID(headers["ce-subject"]),
                correlation_id=UUID(headers.get("ce-correlationid") or headers["ce-id"]),
                causation_id=UUID(causation) if causation else None,
                traceparent=headers.get("traceparent"),
            )
        except KeyError as missing:
            message = f"header {missing.args[0]} is missing"
            raise HeaderError(message) from None
        except ValueError as malformed:
            message = f"a CloudEvents header is malformed: {malformed}"
            raise HeaderError(message) from None


def _check_version(version: str) -> None:
    if version != SPEC_VERSION:
        message = f"ce-specversion is {version!r}, not {SPEC_VERSION!r}"
        raise ValueError(message)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"{text!r} names no time zone"
        raise ValueError(message)
    return moment
