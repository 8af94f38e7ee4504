"""A notice on its way: CloudEvents 1.0, in binary mode over NATS and structured over HTTP.

Identifiers only: no header and no subject ever carries a name, a contact detail or a health word.
`id` is the same by every way and at every repeat. The extension `sequence` follows the CloudEvents
sequence extension: decimal, and here counting within the referral that `subject` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.event import CONTENT_TYPE, SPEC_VERSION

SOURCE = "/foothold/referrals"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
STREAM = "REFERRALS"
STREAM_SUBJECTS = "referrals.*.*.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedEvent:
    """The attributes of one notice."""

    id: UUID
    type: str
    organization_id: UUID
    referral_id: UUID
    sequence: int
    time: datetime

    @property
    def subject(self) -> str:
        """The NATS subject, of which a partner can read its own organisation's only."""
        noun, verb, version = self.type.split(".")
        return f"{noun}.{self.organization_id}.{verb}.{version}"

    @property
    def schema(self) -> str:
        """Names the JSON Schema of the data."""
        return f"urn:foothold:{self.type}"

    def attributes(self) -> dict[str, str]:
        """The CloudEvents attributes by name."""
        return {
            "specversion": SPEC_VERSION,
            "id": str(self.id),
            "type": self.type,
            "source": SOURCE,
            "time": self.time.isoformat(),
            "subject": str(self.referral_id),
            "sequence": str(self.sequence),
            "dataschema": self.schema,
            "datacontenttype": CONTENT_TYPE,
        }

    def headers(self) -> dict[str, str]:
        """The NATS headers of the binary mode; the body is the data."""
        headers = {f"ce-{name}": value for name, value in self.attributes().items()}
        return headers | {"Nats-Msg-Id": str(self.id)}

    def structured(self, data: Mapping[str, object]) -> dict[str, object]:
        """The whole event as one JSON object."""
        return {**self.attributes(), "data": dict(data)}
