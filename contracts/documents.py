"""AsyncAPI 3.0 documents: who publishes what, who reads it, under which name, and how a message looks.

Pure: what services read is passed in, because the contracts know no service. The same input always gives
the same document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from contracts import registry
from contracts.event import CONTENT_TYPE, SPEC_VERSION, Event
from contracts.schema import schemas_of
from contracts.streams import stream_for

Json: TypeAlias = dict[str, Any]

_BINDING_VERSION = "0.1.0"
_SCHEMAS = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True)
class Reading:
    """One durable consumer: the name that is stored on the server, and the events it gets."""

    durable: str
    events: tuple[type[Event], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One service as it takes part in the traffic; what it publishes follows from its name."""

    name: str
    title: str
    description: str
    reads: tuple[Reading, ...] = ()

    @property
    def publishes(self) -> tuple[type[Event], ...]:
        """Every event that this service states."""
        return registry.published_by(self.name)


def asyncapi(
    participants: Sequence[Participant],
    *,
    title: str,
    description: str,
    version: str,
    examples: Mapping[str, Mapping[str, Any]],
) -> Json:
    """Return the document of one or more services. `examples` are bodies by subject, by name."""
    spoken = {event for participant in participants for event in _spoken_or_read(participant)}
    events = sorted(spoken, key=lambda event: event.subject)
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:foothold:{'-'.join(p.name for p in participants)}",
        "info": {
            "title": title,
            "version": version,
            "description": description,
            "contact": {"name": "The maintainers of the installation that you use"},
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": p.name, "description": p.description} for p in participants],
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"nats": _SERVER},
        "channels": {event.__name__: _channel(event) for event in events},
        "operations": dict(operation for p in participants for operation in _operations(p)),
        "components": {
            "messages": {
                event.__name__: _message(event, examples.get(event.subject, {})) for event in events
            },
            "schemas": {"CloudEvent": _CLOUD_EVENT, **schemas_of(events, ref_template=_SCHEMAS)},
            "correlationIds": {"conversation": _CONVERSATION},
            "securitySchemes": {"account": _ACCOUNT},
        },
    }


def _spoken_or_read(participant: Participant) -> Iterable[type[Event]]:
    yield from participant.publishes
    for reading in participant.reads:
        yield from reading.events


def _operations(participant: Participant) -> Iterable[tuple[str, Json]]:
    for event in participant.publishes:
        yield f"send-{event.__name__}", _operation("send", event, participant, summary=_first_line(event))
    for reading in participant.reads:
        for event in reading.events:
            operation = _operation(
                "receive",
                event,
                participant,
                summary=f"Read through the durable consumer {reading.durable}; copies share its messages.",
                queue=reading.durable,
            )
            yield f"receive-{event.__name__}-as-{reading.durable}", operation


def _operation(
    action: str, event: type[Event], participant: Participant, *, summary: str, queue: str | None = None
) -> Json:
    binding: Json = {"bindingVersion": _BINDING_VERSION}
    jetstream: Json = {"stream": stream_for(event).name}
    if queue is not None:
        # The binding's word for readers that share messages; with JetStream that is the durable consumer.
        binding["queue"] = jetstream["durable"] = queue
    channel = f"#/channels/{event.__name__}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": summary,
        "description": _paragraph(event),
        "tags": [{"name": participant.name}],
        "messages": [{"$ref": f"{channel}/messages/{event.__name__}"}],
        "bindings": {"nats": binding},
        "x-jetstream": jetstream,
    }


def _channel(event: type[Event]) -> Json:
    stream = stream_for(event)
    return {
        "address": event.subject,
        "title": event.__name__,
        "description": _first_line(event),
        "servers": [{"$ref": "#/servers/nats"}],
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
        "x-jetstream": {"stream": stream.name, "kept-for-days": stream.max_age.days},
    }


def _message(event: type[Event], examples: Mapping[str, Any]) -> Json:
    message: Json = {
        "name": event.subject,
        "title": event.__name__,
        "summary": _first_line(event),
        "contentType": CONTENT_TYPE,
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": _SCHEMAS.format(model="CloudEvent")},
                {
                    "properties": {
                        "ce-type": {"const": event.subject},
                        "ce-source": {"const": f"/foothold/{event.publisher()}"},
                    }
                },
            ],
        },
        "payload": {"$ref": _SCHEMAS.format(model=event.__name__)},
        "correlationId": {"$ref": "#/components/correlationIds/conversation"},
    }
    if examples:
        message["examples"] = [{"name": name, "payload": body} for name, body in sorted(examples.items())]
    return message


def _paragraph(event: type[Event]) -> str:
    return " ".join((event.__doc__ or event.__name__).strip().partition("\n\n")[0].split())


def _first_line(event: type[Event]) -> str:
    return (event.__doc__ or event.__name__).strip().splitlines()[0]


_UUID: Json = {"type": "string", "format": "uuid"}

_CLOUD_EVENT: Json = {
    "type": "object",
    "description": (
        "CloudEvents attributes in binary mode over NATS. Identifiers only: no header ever carries a name, "
        "a contact detail or a health word."
    ),
    "required": [
        "ce-specversion",
        "ce-id",
        "ce-type",
        "ce-source",
        "ce-time",
        "ce-subject",
        "ce-datacontenttype",
        "ce-correlationid",
        "Nats-Msg-Id",
    ],
    "properties": {
        "ce-specversion": {"type": "string", "const": SPEC_VERSION},
        "ce-id": {**_UUID, "description": "A UUIDv7; one event has one id, however often it is delivered."},
        "ce-type": {"type": "string", "description": "The same as the subject."},
        "ce-source": {"type": "string", "format": "uri-reference", "description": "The publishing service."},
        "ce-time": {"type": "string", "format": "date-time", "description": "When it was stated, in UTC."},
        "ce-subject": {**_UUID, "description": "The client."},
        "ce-datacontenttype": {"type": "string", "const": CONTENT_TYPE},
        "ce-correlationid": {**_UUID, "description": "The conversation that everything started from."},
        "ce-causationid": {
            **_UUID,
            "description": "The event that caused this one, if one did.",
        },
        "traceparent": {"type": "string", "description": "W3C trace context, where there is one."},
        "Nats-Msg-Id": {**_UUID, "description": "The same as ce-id; the stream stores it once."},
    },
}

_CONVERSATION: Json = {
    "description": "Everything that followed from the same conversation carries the same id.",
    "location": "$message.header#/ce-correlationid",
}

_ACCOUNT: Json = {
    "type": "userPassword",
    "description": "One user per service; it may publish its own subjects and read its own consumers.",
}

_SERVER: Json = {
    "host": "127.0.0.1:4222",
    "protocol": "nats",
    "description": "NATS with JetStream; one stream per publishing service, read through durable consumers.",
    "security": [{"$ref": "#/components/securitySchemes/account"}],
}
