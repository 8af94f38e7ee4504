"""Partners on NATS: begin, look, end. The key that a partner has for the API is its password there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime

from contracts.streams import REFERRALS
from services.navigation.api.base import Body
from services.navigation.api.keys import ADMINS
from services.navigation.channels.stream import PartnersStream
from services.navigation.commands import streaming as commands
from services.navigation.commands.streaming import Doorkeeper
from services.navigation.model import streaming
from services.navigation.store import streaming as store
from shared.errors import NotFound
from shared.http import Command, Given, Query, Routes
from shared.unit_of_work import Transaction

routes = Routes(tags=["partners"])


@dataclass(frozen=True, slots=True)
class Broker:
    """Where partners connect to, and what lets them in; without a doorkeeper nobody can."""

    server: str
    stream: PartnersStream
    doorkeeper: Doorkeeper | None

    def door(self) -> Doorkeeper:
        """Who lets partners in. Raises `NotFound` where nobody does."""
        if self.doorkeeper is None:
            raise NotFound("this installation lets no partners in over NATS; it was set up without")
        return self.doorkeeper


Broking = Annotated[Broker, Given(Broker)]


class NatsView(Body):
    """How a partner's system connects. Nothing here is secret; its password is a key of the partner's."""

    organization_id: UUID
    server: str
    stream: str
    consumer: str
    """The durable pull consumer that is the partner's own."""
    domain: str
    """The JetStream domain to name."""
    inbox_prefix: str
    """The only place where the partner may be answered."""
    answers: str
    """The subject to which requests with answers go."""
    longest_pull_seconds: int
    since: AwareDatetime


class Beginning(Body):
    """Nothing needs saying: the partner's keys open this way too."""


@routes.post("/partners/{organization_id}/nats", allow=ADMINS, status_code=201)
async def begin(organization_id: UUID, body: Beginning, command: Command, broker: Broking) -> NatsView:
    """Tell a partner by NATS from now on. What was before is in the feed."""
    del body
    door = broker.door()

    async def act(tx: Transaction) -> NatsView:
        since = await commands.begin(tx, organization_id)
        return _view(organization_id, broker, door, since)

    answer = await command.once(act)
    await broker.stream.ensure_consumer(organization_id)
    return answer


@routes.get("/partners/{organization_id}/nats", allow=ADMINS)
async def look(organization_id: UUID, query: Query, broker: Broking) -> NatsView:
    """Say how a partner's system connects."""
    door = broker.door()
    async with query.reading() as conn:
        since = await store.told_since(conn, organization_id)
    if since is None:
        raise NotFound("this partner is not told by NATS")
    return _view(organization_id, broker, door, since)


class Ending(Body):
    """Nothing needs saying."""


class NatsEnded(Body):
    """The partner is told by NATS no more; it can read everything in the feed."""

    organization_id: UUID


@routes.post("/partners/{organization_id}/nats/end", allow=ADMINS)
async def end(organization_id: UUID, body: Ending, command: Command) -> NatsEnded:
    """Tell a partner by NATS no more. Its connections end within seconds, and so does its consumer."""
    del body

    async def act(tx: Transaction) -> NatsEnded:
        await commands.end(tx, organization_id)
        return NatsEnded(organization_id=organization_id)

    return await command.once(act)


def _view(organization_id: UUID, broker: Broker, door: Doorkeeper, since: AwareDatetime) -> NatsView:
    return NatsView(
        organization_id=organization_id,
        server=broker.server,
        stream=REFERRALS.name,
        consumer=streaming.durable_of(organization_id),
        domain=streaming.DOMAIN,
        inbox_prefix=streaming.inbox_of(organization_id, door.inbox_token(organization_id)),
        answers=streaming.answers_of(organization_id),
        longest_pull_seconds=int(streaming.LONGEST_PULL.total_seconds()),
        since=since,
    )
