"""The AsyncAPI 3.0 document of the language that partners read: what they receive, and how they answer.

Written from a partner's side: `receive` is what a partner's system receives. Pure: the same code and the
same samples always give the same document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from contracts.event import CONTENT_TYPE, SPEC_VERSION
from contracts.published.answers import AnswerMessage, AnswerTaken
from contracts.published.cloud_event import SOURCE, STREAM
from contracts.published.events import NOTICES, ReferralNotice
from contracts.schema import schemas_of

Json: TypeAlias = dict[str, Any]

_SCHEMAS = "#/components/schemas/{model}"
_UUID: Json = {"type": "string", "format": "uuid"}
_DESCRIPTION = (
    "What a partner organisation hears about the referrals that were sent to it, and how it answers. "
    "The same events go out as CloudEvents in binary mode on NATS (this document), structured by webhook, "
    "and in the feed of the HTTP API. The subject names your organisation. Put the notices of a referral in "
    "order by `sequence`, and drop one whose `id` you have seen. A notice tells no more than the client's "
    "consent allows."
)


def asyncapi(*, version: str, examples: Mapping[str, Mapping[str, Any]]) -> Json:
    """Return the document. `examples` are bodies by name on the wire, by sample."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:foothold:partners",
        "info": {
            "title": "Foothold for partner organisations",
            "version": version,
            "description": _DESCRIPTION,
            "contact": {"name": "The maintainers of the installation that you use"},
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": "referrals"}, {"name": "answers"}],
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"nats": _SERVER},
        "channels": {**{n.__name__: _channel(n) for n in NOTICES}, "answers": _ANSWERS},
        "operations": {
            **{f"receive-{n.__name__}": _receive(n) for n in NOTICES},
            "answer": _ANSWER,
        },
        "components": {
            "messages": {
                **{n.__name__: _notice(n, examples.get(n.type_name(), {})) for n in NOTICES},
                "AnswerMessage": _body(AnswerMessage, "answers.given.v1", examples),
                "AnswerTaken": _body(AnswerTaken, "answers.taken.v1", examples),
                "Problem": _PROBLEM_MESSAGE,
            },
            "schemas": {
                "CloudEvent": _CLOUD_EVENT,
                "Problem": _PROBLEM,
                **schemas_of([*NOTICES, AnswerMessage, AnswerTaken], ref_template=_SCHEMAS),
            },
            "securitySchemes": {"key": _KEY},
        },
    }


def _channel(notice: type[ReferralNotice]) -> Json:
    return {
        "address": f"referrals.{{organization_id}}.{notice.verb.value}.v1",
        "title": notice.__name__,
        "description": _first_line(notice),
        "servers": [{"$ref": "#/servers/nats"}],
        "parameters": {"organization_id": {"description": "Your organisation; you can read no other."}},
        "messages": {notice.__name__: {"$ref": f"#/components/messages/{notice.__name__}"}},
        "x-jetstream": {"stream": STREAM, "durable": "{organization_id}", "domain": "foothold"},
    }


def _receive(notice: type[ReferralNotice]) -> Json:
    channel = f"#/channels/{notice.__name__}"
    return {
        "action": "receive",
        "channel": {"$ref": channel},
        "summary": _first_line(notice),
        "description": "Comes to your own subject, at least once, in the order in which it happened.",
        "tags": [{"name": "referrals"}],
        "messages": [{"$ref": f"{channel}/messages/{notice.__name__}"}],
    }


def _notice(notice: type[ReferralNotice], examples: Mapping[str, Any]) -> Json:
    message: Json = {
        "name": notice.type_name(),
        "title": notice.__name__,
        "summary": _first_line(notice),
        "contentType": CONTENT_TYPE,
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": _SCHEMAS.format(model="CloudEvent")},
                {"properties": {"ce-type": {"const": notice.type_name()}}},
            ],
        },
        "payload": {"$ref": _SCHEMAS.format(model=notice.__name__)},
    }
    return _with_examples(message, examples)


def _body(model: type[BaseModel], name: str, examples: Mapping[str, Mapping[str, Any]]) -> Json:
    message: Json = {
        "name": name,
        "title": model.__name__,
        "summary": _first_line(model),
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": _SCHEMAS.format(model=model.__name__)},
    }
    return _with_examples(message, examples.get(name, {}))


def _with_examples(message: Json, examples: Mapping[str, Any]) -> Json:
    if examples:
        message["examples"] = [{"name": name, "payload": body} for name, body in sorted(examples.items())]
    return message


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or model.__name__).strip().splitlines()[0]


_ANSWERS: Json = {
    "address": "answers.{organization_id}",
    "title": "Answers",
    "description": "Your answers, as requests: each is answered with `AnswerTaken` or a problem.",
    "servers": [{"$ref": "#/servers/nats"}],
    "parameters": {"organization_id": {"description": "Your organisation; you can answer for no other."}},
    "messages": {
        name: {"$ref": f"#/components/messages/{name}"}
        for name in ("AnswerMessage", "AnswerTaken", "Problem")
    },
}

_ANSWER: Json = {
    "action": "send",
    "channel": {"$ref": "#/channels/answers"},
    "summary": "Answer a referral. The same answer twice is taken once; what does not fit says what does.",
    "description": "Sent as a request from your own inbox; the reply says how the referral stands then.",
    "tags": [{"name": "answers"}],
    "messages": [{"$ref": "#/channels/answers/messages/AnswerMessage"}],
    "reply": {
        "address": {
            "location": "$message.header#/reply",
            "description": "Your own inbox, with the prefix that you were given for it.",
        },
        "channel": {"$ref": "#/channels/answers"},
        "messages": [
            {"$ref": "#/channels/answers/messages/AnswerTaken"},
            {"$ref": "#/channels/answers/messages/Problem"},
        ],
    },
}

_PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457: what went wrong, in plain words; `possible` says what can be answered now.",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "The kind of problem."},
        "title": {"type": "string", "description": "The kind of problem, for people."},
        "status": {"type": "integer", "description": "As the HTTP API would answer."},
        "detail": {"type": "string", "description": "What to do about this one."},
        "possible": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Which answers can be given now.",
        },
    },
}

_PROBLEM_MESSAGE: Json = {
    "name": "problem",
    "title": "Problem",
    "summary": "The answer was not taken, and why.",
    "contentType": CONTENT_TYPE,
    "payload": {"$ref": _SCHEMAS.format(model="Problem")},
}

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
        "ce-sequence",
        "ce-dataschema",
        "ce-datacontenttype",
        "Nats-Msg-Id",
    ],
    "properties": {
        "ce-specversion": {"type": "string", "const": SPEC_VERSION},
        "ce-id": {**_UUID, "description": "A UUIDv7; the same by every way and at every repeat."},
        "ce-type": {"type": "string", "description": "What kind of notice it is."},
        "ce-source": {"type": "string", "const": SOURCE},
        "ce-time": {"type": "string", "format": "date-time", "description": "When it happened, in UTC."},
        "ce-subject": {**_UUID, "description": "The referral."},
        "ce-sequence": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "Counts the notices of the referral from 1, without gaps.",
        },
        "ce-dataschema": {"type": "string", "description": "Names the JSON Schema of the body."},
        "ce-datacontenttype": {"type": "string", "const": CONTENT_TYPE},
        "Nats-Msg-Id": {**_UUID, "description": "The same as ce-id."},
    },
}

_KEY: Json = {
    "type": "userPassword",
    "description": "Your key (fhk_…) is the password; the user name can be anything.",
}

_SERVER: Json = {
    "host": "127.0.0.1:4222",
    "protocol": "nats",
    "description": "NATS with JetStream, domain `foothold`; read through the durable pull consumer that is "
    "named like your organisation.",
    "security": [{"$ref": "#/components/securitySchemes/key"}],
}
