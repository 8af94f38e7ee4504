"""Write every generated file, or show how the committed ones differ from what the code says.

    python -m deploy.generate            write
    python -m deploy.generate --check    change nothing, fail with a readable difference

Generated are the JSON Schemas of the events, AsyncAPI and OpenAPI of each service, the rights on NATS, and
each service's schema.sql (from its migrations, on the embedded PostgreSQL).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import yaml

from contracts import generate
from contracts.documents import Participant, Reading, asyncapi
from contracts.languages import INTERNAL, PUBLISHED, Language
from contracts.published import document
from deploy.local.services import SERVICES
from deploy.nats.rights import authorization
from deploy.schema import schemas
from shared.app import add_health
from shared.bus import consumers_of
from shared.run import Service
from shared.settings import ServiceSettings

OWNED = [
    *generate.SCHEMAS,
    "contracts/asyncapi/*.yaml",
    "contracts/published/*.yaml",
    "contracts/openapi/*.json",
    "deploy/nats/authorization.conf",
    "services/*/schema.sql",
]
AUTHORIZATION = PurePosixPath("deploy/nats/authorization.conf")

AnyService: TypeAlias = Service[ServiceSettings]
Texts: TypeAlias = dict[PurePosixPath, str]


class _PlainDumper(yaml.SafeDumper):
    """Writes what is used twice twice: aliases are hard on readers."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def services() -> list[AnyService]:
    """Return every service as it declares itself, without starting any."""
    return [importlib.import_module(f"services.{name}.__main__").SERVICE for name in SERVICES]


def participant_of(service: AnyService) -> Participant:
    """Return how a service takes part in the traffic, read off its handlers."""
    consumers = consumers_of(service.handlers) if service.handlers else []
    return Participant(
        name=service.name,
        title=service.title,
        description=service.description,
        reads=tuple(Reading(consumer.durable, consumer.events) for consumer in consumers),
    )


def files(of: Sequence[AnyService]) -> Texts:
    """Return every generated file except schema.sql, by its place."""
    participants = [participant_of(service) for service in of]
    return {
        **generate.schemas(),
        **_asyncapi_files(participants),
        **{PurePosixPath("contracts/openapi", f"{s.name}.json"): _openapi(s) for s in of},
        AUTHORIZATION: authorization(participants),
    }


async def schema_files(of: Sequence[AnyService]) -> Texts:
    """Return the schema.sql of every service, by its place."""
    texts = await schemas((service.schema, service.folder / "migrations") for service in of)
    return {PurePosixPath("services", service.name, "schema.sql"): texts[service.schema] for service in of}


def _asyncapi_files(participants: Sequence[Participant]) -> Texts:
    version, examples = _version(), _examples(INTERNAL)
    documents = {
        p.name: asyncapi([p], title=p.title, description=p.description, version=version, examples=examples)
        for p in participants
    }
    documents["foothold"] = asyncapi(
        participants,
        title="Foothold",
        description="Every event between the services: who states it, who reads it, and how it looks.",
        version=version,
        examples=examples,
    )
    published = document.asyncapi(version=version, examples=_examples(PUBLISHED))
    return {
        **{PurePosixPath("contracts/asyncapi", f"{name}.yaml"): _yaml(d) for name, d in documents.items()},
        PurePosixPath("contracts/published/asyncapi.yaml"): _yaml(published),
    }


def _yaml(document: Mapping[str, Any]) -> str:
    text: str = yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=110)
    return text


def _openapi(service: AnyService) -> str:
    app = service.app()
    add_health(app, _nothing_to_check)
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


async def _nothing_to_check() -> dict[str, str]:
    return {}


def _examples(language: Language) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for sample in sorted(generate.ROOT.glob(language.samples)):
        found.setdefault(sample.parent.name, {})[sample.stem] = json.loads(sample.read_text())
    return found


def _version() -> str:
    project = tomllib.loads(Path(generate.ROOT, "pyproject.toml").read_text())["project"]
    return str(project["version"])


def main(arguments: Sequence[str]) -> int:
    """Write or check everything; return the exit status."""
    all_services = services()
    texts = files(all_services) | asyncio.run(schema_files(all_services))
    return generate.run(texts, owned=OWNED, arguments=arguments, command="deploy.generate")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
