"""Navigation on a NATS server with the committed rights, and partners' systems that connect to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import nats as nats_client
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import JsonValue, SecretStr, TypeAdapter

from contracts.streams import stream_of
from deploy.local.credentials import DOOR, ISSUER_VARIABLE, OPERATOR
from deploy.local.servers import MessageServer, Servers
from deploy.local.services import SERVICES
from deploy.local.system import AUTHORIZATION
from deploy.nats.rights import password_variable
from services.navigation.__main__ import SERVICE
from services.navigation.settings import NavigationSettings
from shared.callout import Issuer, new_issuer_seed
from shared.ids import new_id
from shared.run import running
from tests.integration.navigation.conftest import Navigation
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import bearer, settings_for
from tests.support.streams import provide_streams

SEED = new_issuer_seed(bytes(range(32)))
OBJECT = TypeAdapter(dict[str, JsonValue])


def password_of(user: str) -> str:
    return f"password-of-{user}"


@pytest.fixture(scope="session")
async def guarded(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MessageServer]:
    """A NATS server with the committed rights; who stops it must start it again."""
    server = servers.nats(
        tmp_path_factory.mktemp("guarded-for-partners"),
        authorization=Path(AUTHORIZATION).read_text(),
        passwords={
            **{password_variable(user): password_of(user) for user in (*SERVICES, OPERATOR, DOOR)},
            ISSUER_VARIABLE: Issuer(SEED).public_key,
        },
    )
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def operator(guarded: MessageServer) -> AsyncIterator[Client]:
    """Who looks after the system, on a server on which nothing was published yet."""
    operator = await nats_client.connect(guarded.url, user=OPERATOR, password=password_of(OPERATOR))
    await provide_streams(operator, map(stream_of, ("intake", "barriers", "reminders")))
    yield operator
    await operator.close()


Started = Callable[[], AbstractAsyncContextManager[Navigation]]


@pytest.fixture
def started(database: Database, guarded: MessageServer, operator: Client, clock: ManualClock) -> Started:
    """Starts a navigation, and ends it with the context; several are copies on one database."""
    settings = settings_for(
        NavigationSettings,
        "navigation",
        database=database,
        nats=guarded,
        nats_user="navigation",
        nats_password=SecretStr(password_of("navigation")),
        nats_door_password=SecretStr(password_of(DOOR)),
        nats_issuer_seed=SecretStr(SEED),
    )
    assert isinstance(settings, NavigationSettings)

    @asynccontextmanager
    async def start() -> AsyncIterator[Navigation]:
        async with AsyncExitStack() as stack:
            service = await stack.enter_async_context(running(SERVICE, settings, clock))
            http = await stack.enter_async_context(httpx.AsyncClient(base_url=service.url, timeout=10))
            yield Navigation(http, service, operator, bearer("case_manager"))

    return start


@pytest.fixture
async def navigation(started: Started) -> AsyncIterator[Navigation]:
    async with started() as navigation:
        yield navigation


@dataclass
class Partner:
    """A partner's own system: nats-py, the partner's own key, and what the admin was told to hand on."""

    organization_id: UUID
    key: str
    hints: Mapping[str, JsonValue]
    client: Client
    refusals: list[str] = field(default_factory=list)

    @property
    def jetstream(self) -> JetStreamContext:
        return self.client.jetstream(domain=str(self.hints["domain"]))

    async def subscription(self) -> JetStreamContext.PullSubscription:
        return await self.jetstream.pull_subscribe_bind(
            consumer=str(self.hints["consumer"]), stream=str(self.hints["stream"])
        )

    async def receive(self, many: int = 1, *, within: float = 5) -> list[Msg]:
        """Read so many messages, in their order, and acknowledge each."""
        reading = await self.subscription()
        got: list[Msg] = []
        while len(got) < many:
            for message in await reading.fetch(many - len(got), timeout=within):
                await message.ack_sync()
                got.append(message)
        await reading.unsubscribe()
        return got

    async def answer(
        self, referral_id: object, answer: str, *, answer_id: str | None = None, **more: object
    ) -> dict[str, JsonValue]:
        body = OBJECT.dump_json(
            OBJECT.validate_python(
                {
                    "referral_id": str(referral_id),
                    "answer_id": answer_id or str(new_id()),
                    "said": {"answer": answer, **more},
                }
            )
        )
        reply = await self.client.request(str(self.hints["answers"]), body, timeout=10)
        return OBJECT.validate_json(reply.data)


@asynccontextmanager
async def connected(hints: Mapping[str, JsonValue], key: str) -> AsyncIterator[Partner]:
    """Connect as a partner's system would, with nothing but what it was told."""
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        refusals.append(str(error).lower())

    client = await nats_client.connect(
        str(hints["server"]),
        user="rides",
        password=key,
        inbox_prefix=str(hints["inbox_prefix"]),
        error_cb=note,
        reconnect_time_wait=0.1,
        max_reconnect_attempts=-1,
    )
    try:
        yield Partner(UUID(str(hints["organization_id"])), key, hints, client, refusals)
    finally:
        await client.close()


async def begun(navigation: Navigation, organization_id: UUID) -> tuple[Mapping[str, JsonValue], str]:
    """Make an organisation a partner that is told by NATS: what it is told, and its key."""
    partner = await navigation.partner(organization_id)
    return await turned_on(navigation, organization_id), key_of(partner)


async def turned_on(navigation: Navigation, organization_id: UUID) -> Mapping[str, JsonValue]:
    answer = await navigation.as_("admin").post(f"/partners/{organization_id}/nats", {})
    assert answer.status_code == 201, answer.text
    return OBJECT.validate_json(answer.content)


def key_of(partner: Navigation) -> str:
    return partner.authorization["Authorization"].removeprefix("Bearer ")


async def gone(partner: Partner) -> None:
    """Wait until the server has ended a partner's connection and does not let it in again."""
    await eventually(lambda: not partner.client.is_connected, within=5)
    await eventually(lambda: any("authorization" in refusal for refusal in partner.refusals), within=5)


LONG = timedelta(days=30)
