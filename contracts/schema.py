"""JSON Schemas of the events: what a reader, ours or a partner's, can rely on without our code.

The same classes always give the same bytes. A schema is open: a reader ignores properties that it does not
know, because a newer publisher may add optional ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contracts.event import Event
from contracts.glossary import MEANING

Json: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(event: type[Event]) -> Json:
    """Return the schema of one event's body, complete in itself."""
    return schema_named(event.subject, event)


def schema_named(name: str, model: type[BaseModel]) -> Json:
    """Return the schema of a body that goes by this name on the wire, complete in itself."""
    body = _described(model.model_json_schema(mode="validation"))
    return {"$schema": DIALECT, "$id": f"urn:foothold:{name}", **body}


def schemas_of(models: Iterable[type[BaseModel]], *, ref_template: str) -> dict[str, Json]:
    """Return the schemas of several models and of all they use, by class name."""
    _, together = models_json_schema([(model, "validation") for model in models], ref_template=ref_template)
    definitions: dict[str, Json] = together.get("$defs", {})
    return {name: _described(definitions[name]) for name in sorted(definitions)}


def text_of(schema: Mapping[str, Any]) -> str:
    """Write a schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _described(schema: Json) -> Json:
    """Give every property without a docstring of its own what the glossary says about its name."""
    for definition in (schema, *schema.get("$defs", {}).values()):
        for name, value in definition.get("properties", {}).items():
            if "description" not in value and name in MEANING:
                value["description"] = MEANING[name]
            # Pydantic's titles only repeat the name.
            value.pop("title", None)
            # OpenAPI's word; each alternative says by its own const which one it is.
            value.pop("discriminator", None)
    return schema
