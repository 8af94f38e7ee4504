"""What is committed is what the code generates, and the services work with exactly the rights generated."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import nats
import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from contracts.event import Envelope
from contracts.events.intake import BarrierStated
from contracts.generate import ROOT, differences
from contracts.registry import streams
from deploy import generate
from deploy.generate import AUTHORIZATION, OWNED, AnyService
from deploy.local.credentials import DOOR, ISSUER_VARIABLE, OPERATOR
from deploy.local.servers import MessageServer, Servers
from deploy.local.services import SERVICES
from deploy.nats.rights import password_variable
from shared.callout import Issuer, new_issuer_seed
from shared.clock import real_now
from shared.ids import new_id
from shared.run import running
from shared.streams import ensure_stream
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import settings_for

SCHEMA_FILES = "services/*/schema.sql"


@pytest.fixture(scope="module")
def services() -> list[AnyService]:
    return generate.services()


def test_every_service_is_documented(services: list[AnyService]) -> None:
    assert [service.name for service in services] == list(SERVICES)


def test_the_committed_documents_and_rights_are_todays(services: list[AnyService]) -> None:
    owned = [place for place in OWNED if place != SCHEMA_FILES]

    assert differences(generate.files(services), owned=owned) == []


async def test_each_committed_schema_is_what_the_migrations_lead_to(services: list[AnyService]) -> None:
    found = await generate.schema_files(services)

    assert differences(found, owned=[SCHEMA_FILES]) == []
    assert set(map(str, found)) == {f"services/{name}/schema.sql" for name in SERVICES}
    for text in found.values():
        assert "CREATE TABLE" in text
        # Nothing of the session or the version that wrote it: the file changes only when the schema does.
        assert not re.search(r"^(SET |SELECT |\\|-- Dumped)", text, re.MULTILINE)


def test_no_password_is_in_the_rights() -> None:
    text = (ROOT / AUTHORIZATION).read_text()

    assert re.findall(r"password: (.*)", text) == [
        f"${password_variable(u)}" for u in (DOOR, *SERVICES, OPERATOR)
    ]


def test_every_route_of_every_service_says_who_may_call_it(services: list[AnyService]) -> None:
    for service in services:
        for path, methods in service.app().openapi()["paths"].items():
            for method, operation in methods.items():
                assert operation["x-allowed"], f"{service.name}: {method} {path}"
                assert operation.get("summary"), f"{service.name}: {method} {path}"
                assert "422" in operation["responses"]


def test_every_model_of_every_service_is_a_valid_schema(services: list[AnyService]) -> None:
    for service in services:
        for schema in service.app().openapi()["components"].get("schemas", {}).values():
            Draft202012Validator.check_schema(schema)


USERS = (*SERVICES, OPERATOR, DOOR)


@pytest.fixture
async def guarded(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MessageServer]:
    """A NATS server with the committed rights."""
    server = servers.nats(
        tmp_path_factory.mktemp("guarded"),
        authorization=(ROOT / AUTHORIZATION).read_text(),
        passwords={
            **{password_variable(user): f"password-of-{user}" for user in USERS},
            ISSUER_VARIABLE: Issuer(new_issuer_seed(bytes(32))).public_key,
        },
    )
    await server.start()
    yield server
    await server.stop()


async def test_the_services_work_with_exactly_these_rights(
    services: list[AnyService], guarded: MessageServer, database: Database
) -> None:
    async with AsyncExitStack() as stack:
        operator = await nats.connect(guarded.url, user=OPERATOR, password=f"password-of-{OPERATOR}")
        stack.push_async_callback(operator.close)
        jetstream = operator.jetstream()
        for stream in streams():
            await ensure_stream(jetstream, stream)
        for service in services:
            settings = settings_for(
                service.settings,
                service.name,
                database=database,
                nats=guarded,
                nats_user=service.name,
                nats_password=SecretStr(f"password-of-{service.name}"),
            )
            await stack.enter_async_context(running(service, settings))

        sample = ROOT / "contracts/samples" / BarrierStated.subject / "v1-full.json"
        envelope = stated(BarrierStated.model_validate_json(sample.read_bytes()))
        await jetstream.publish(BarrierStated.subject, sample.read_bytes(), headers=envelope.headers())

        async def answered_and_settled() -> bool:
            published = (await jetstream.stream_info("BARRIERS")).state.messages
            waiting = [
                consumer.num_pending or consumer.num_ack_pending
                for stream in streams()
                for consumer in await jetstream.consumers_info(stream.name)
            ]
            # The playbook is stated at the start, without a barrier.
            return published > 1 and len(waiting) > len(SERVICES) and not any(waiting)

        await eventually(answered_and_settled, within=20)


def stated(event: BarrierStated) -> Envelope:
    event_id = new_id()
    return Envelope(
        id=event_id,
        type=event.subject,
        source="/foothold/intake",
        time=real_now(),
        about=event.about,
        correlation_id=event_id,
    )
