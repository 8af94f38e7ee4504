"""Webhooks: a partner, or an admin for it, says where its events are to be posted, and sees how that goes.

A signing secret is shown once, when it is made. Of an attempt is shown when it was, how long it took and the
status; nothing of what was sent or answered is kept, so nothing of it can be shown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import AwareDatetime, Field

from services.navigation.api.base import Body
from services.navigation.commands import webhooks as commands
from services.navigation.commands.webhooks import Webhooks
from services.navigation.model.webhooks import Attempt, Breaker, DeliveryState, Endpoint
from services.navigation.policy import webhooks as policy
from services.navigation.store import webhook_deliveries as deliveries
from services.navigation.store import webhooks as store
from shared.auth import Caller
from shared.clock import real_now
from shared.db import Connection
from shared.errors import NotFound
from shared.http import Command, Given, Query, Routes
from shared.ids import derived_id
from shared.pages import After, Limit, Page, cursor_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["webhooks"])

OWNERS = ("admin", "partner:webhooks")
LONGEST_OVERLAP = timedelta(days=30)
Setup = Annotated[Webhooks, Given(Webhooks)]


class NewEndpoint(Body):
    """Where events are to be posted: a public https address."""

    url: Annotated[str, Field(max_length=2000)]


class SecretView(Body):
    """A secret that signs; which one, never what."""

    id: UUID
    created_at: AwareDatetime
    works_until: AwareDatetime | None
    """When it stops; null for the one that stays."""


class EndpointView(Body):
    """An endpoint and how it fares. Times are real ones."""

    organization_id: UUID
    url: str
    since: AwareDatetime
    breaker: Breaker
    """Closed, what is due is sent; open, nothing until `next_try_at`; half open, one request finds out."""
    failures: int
    """Failed attempts in a row."""
    next_try_at: AwareDatetime | None
    last_taken_at: AwareDatetime | None
    last_failed_at: AwareDatetime | None
    disabled_at: AwareDatetime | None
    disabled_why: str | None
    waiting: int
    """Notices that have not arrived yet."""
    given_up: int
    """Notices of which every attempt failed; a replay sends them again."""
    secrets: list[SecretView]


class EndpointMade(EndpointView):
    """An endpoint as it now is, with its secret if this made one."""

    secret: str | None
    """Shown this once, to the first who asks; null where an endpoint keeps the secrets it had."""


def _only_owners(caller: Caller, organization_id: UUID) -> None:
    """Raise `NotFound` for a partner that asks for another one's."""
    if caller.kind == "partner" and caller.organization != organization_id:
        raise NotFound("there is no such partner")


async def _view(conn: Connection, endpoint: Endpoint) -> EndpointView:
    now, health = real_now(), endpoint.health
    state = policy.breaker(health, now=now)
    waiting, given_up = await deliveries.counts(conn, endpoint.organization_id)
    return EndpointView(
        organization_id=endpoint.organization_id,
        url=endpoint.url,
        since=endpoint.since,
        breaker=state,
        failures=health.failures,
        next_try_at=health.paused_until if state is Breaker.OPEN else None,
        last_taken_at=health.succeeded_at,
        last_failed_at=health.failed_at,
        disabled_at=health.disabled_at,
        disabled_why=health.disabled_why,
        waiting=waiting,
        given_up=given_up,
        secrets=[
            SecretView(id=kept.id, created_at=kept.created_at, works_until=kept.works_until)
            for kept in await store.live_secrets(conn, [endpoint.organization_id])
        ],
    )


def _without_secret(made: EndpointMade) -> EndpointMade:
    return made.model_copy(update={"secret": None})


async def _made(tx: Transaction, organization_id: UUID, secret: str | None) -> EndpointMade:
    view = await _view(tx.conn, await commands.held(tx, organization_id))
    return EndpointMade(**dict(view), secret=secret)


@routes.put("/partners/{organization_id}/webhook", allow=OWNERS)
async def register_webhook(
    organization_id: UUID, body: NewEndpoint, command: Command, setup: Setup
) -> EndpointMade:
    """Have a partner's events posted to an address from now on. The first answer holds the secret."""
    _only_owners(command.caller, organization_id)
    await setup.must_be_good(body.url)

    async def act(tx: Transaction) -> EndpointMade:
        secret = await commands.register(tx, setup, organization_id, body.url)
        return await _made(tx, organization_id, secret)

    return await command.once(act, kept=_without_secret)


@routes.get("/partners/{organization_id}/webhook", allow=OWNERS)
async def read_webhook(organization_id: UUID, query: Query) -> EndpointView:
    """Read where a partner's events are posted and how that goes; never a secret."""
    _only_owners(query.caller, organization_id)
    async with query.reading() as conn:
        return await _view(conn, await commands.endpoint_of(conn, organization_id))


class SecretRotation(Body):
    """How long the present secret signs beside the new one, so that you can change over without a gap."""

    old_secret_works_for_hours: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP // timedelta(hours=1))] = 24


@routes.post("/partners/{organization_id}/webhook/secrets", allow=OWNERS, status_code=201)
async def rotate_webhook_secret(
    organization_id: UUID, body: SecretRotation, command: Command, setup: Setup
) -> EndpointMade:
    """Make a new signing secret, shown only in the answer; for a while requests carry both signatures."""
    _only_owners(command.caller, organization_id)

    async def act(tx: Transaction) -> EndpointMade:
        overlap = timedelta(hours=body.old_secret_works_for_hours)
        secret = await commands.rotate(tx, setup, organization_id, overlap=overlap)
        return await _made(tx, organization_id, secret)

    return await command.once(act, kept=_without_secret)


class SwitchedOff(Body):
    """Nothing needs saying."""


@routes.post("/partners/{organization_id}/webhook/disabling", allow=OWNERS)
async def disable_webhook(organization_id: UUID, body: SwitchedOff, command: Command) -> EndpointView:
    """Send nothing more for now. What happens meanwhile waits for three and a half days."""
    del body
    _only_owners(command.caller, organization_id)
    why = (
        "You asked us to stop." if command.caller.kind == "partner" else "We switched it off; please ask us."
    )

    async def act(tx: Transaction) -> EndpointView:
        await commands.disable(tx, organization_id, why=why)
        return await _view(tx.conn, await commands.held(tx, organization_id))

    return await command.once(act)


class SwitchedOn(Body):
    """Nothing needs saying."""


@routes.post("/partners/{organization_id}/webhook/enabling", allow=OWNERS)
async def enable_webhook(organization_id: UUID, body: SwitchedOn, command: Command) -> EndpointView:
    """Send again, and at once: the breaker closes, and everything that waits is due now."""
    del body
    _only_owners(command.caller, organization_id)

    async def act(tx: Transaction) -> EndpointView:
        await commands.enable(tx, organization_id)
        return await _view(tx.conn, await commands.held(tx, organization_id))

    return await command.once(act)


class AttemptView(Body):
    """One attempt at one event."""

    id: UUID
    event_id: UUID
    """The `webhook-id`, and the `id` of the event."""
    verb: str
    attempt: int
    """1 for the first."""
    at: AwareDatetime
    milliseconds: int
    status: int | None
    """What you answered; null when there was no answer."""
    error: str | None
    """Why it does not count as taken; null when it does."""


def _attempt(attempt: Attempt) -> AttemptView:
    return AttemptView(
        id=attempt.id,
        event_id=attempt.event_id,
        verb=attempt.verb,
        attempt=attempt.number,
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        status=attempt.status,
        error=attempt.error,
    )


@routes.get("/partners/{organization_id}/webhook/attempts", allow=OWNERS)
async def list_webhook_attempts(
    organization_id: UUID, query: Query, *, after: After = None, limit: Limit = 50
) -> Page[AttemptView]:
    """List every attempt of the last 90 days, the latest first."""
    _only_owners(query.caller, organization_id)
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        await commands.endpoint_of(conn, organization_id)
        found = await store.attempts(
            conn, organization_id, after=cursor[0] if cursor else None, limit=limit + 1
        )
    more = len(found) > limit
    return Page(
        items=[_attempt(each) for each in found[:limit]],
        next=cursor_of(found[limit - 1].id) if more else None,
    )


class DeliveryView(Body):
    """How one event stands."""

    event_id: UUID
    referral_id: UUID
    position: int
    """Its place among your events, by which you can find it in the feed as well."""
    state: DeliveryState
    attempts: int
    next_attempt_at: AwareDatetime | None
    """The earliest moment; null when there will be none."""
    delivered_at: AwareDatetime | None


@routes.get("/partners/{organization_id}/webhook/deliveries", allow=OWNERS)
async def list_webhook_deliveries(
    organization_id: UUID,
    query: Query,
    *,
    state: Annotated[
        DeliveryState | None, QueryParameter(description="Only those that stand like this")
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[DeliveryView]:
    """List how each event stands, the latest first."""
    _only_owners(query.caller, organization_id)
    cursor = read_cursor(after, int)
    before = cursor[0] if cursor else None
    async with query.reading() as conn:
        await commands.endpoint_of(conn, organization_id)
        if state is None:
            found = await deliveries.deliveries(conn, organization_id, before=before, limit=limit + 1)
        else:
            found = await deliveries.deliveries_in(
                conn, organization_id, state, before=before, limit=limit + 1
            )
    more = len(found) > limit
    return Page(
        items=[_delivery(each) for each in found[:limit]],
        next=cursor_of(found[limit - 1].position) if more else None,
    )


def _delivery(each: deliveries.Delivery) -> DeliveryView:
    return DeliveryView(
        event_id=each.event_id,
        referral_id=each.referral_id,
        position=each.position,
        state=each.state,
        attempts=each.attempts,
        next_attempt_at=each.due_at if each.state == "waiting" else None,
        delivered_at=each.delivered_at,
    )


class Testing(Body):
    """Nothing needs saying."""


class TestView(AttemptView):
    """What your endpoint answered to the test."""

    taken: bool
    """Whether an event that is answered like this counts as delivered."""
    excerpt: str
    """The first 200 characters of the answer, which are not kept."""


@routes.post("/partners/{organization_id}/webhook/test", allow=OWNERS)
async def test_webhook(organization_id: UUID, body: Testing, command: Command, setup: Setup) -> TestView:
    """Post an event of the type `webhook.ping.v1`, which says nothing about anybody, and show the answer."""
    del body
    _only_owners(command.caller, organization_id)
    # A repeat of the request posts again, under the same webhook-id, and gets the first answer.
    ping_id = derived_id(command.caller.subject, "webhook-ping", command.key)
    tested = await commands.send_test(command.database, setup, organization_id, ping_id=ping_id)
    shown = TestView(
        **dict(_attempt(tested.attempt)), taken=tested.attempt.error is None, excerpt=tested.excerpt
    )

    async def act(tx: Transaction) -> TestView:
        await store.insert_attempts(tx.conn, [tested.attempt])
        return shown

    return await command.once(act, kept=lambda answer: answer.model_copy(update={"excerpt": ""}))


class Replay(Body):
    """From which moment on."""

    after: AwareDatetime
    """Everything that we said after this moment, in real time, is sent again."""


class Replaying(Body):
    """What will be sent again."""

    queued: int


@routes.post("/partners/{organization_id}/webhook/replay", allow=OWNERS, status_code=202)
async def replay_webhook(organization_id: UUID, body: Replay, command: Command) -> Replaying:
    """Send all since a moment again, in order, under the same ids, with what the client allows by then."""
    _only_owners(command.caller, organization_id)

    async def act(tx: Transaction) -> Replaying:
        return Replaying(queued=await commands.replay(tx, organization_id, since=body.after))

    return await command.once(act)
