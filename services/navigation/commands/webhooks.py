"""Register, test, replay, switch off and on partners' endpoints, and give their secrets successors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic_core import to_json

from contracts.event import SPEC_VERSION
from contracts.published.cloud_event import SOURCE, STRUCTURED
from services.navigation.channels.webhook_secrets import (
    CannotOpenError,
    Vault,
    new_secret,
    shown,
    signatures,
)
from services.navigation.channels.webhooks import Message, Poster
from services.navigation.model.telling import Way
from services.navigation.model.webhooks import Answered, Attempt, Endpoint, Health, Outcome, SealedSecret
from services.navigation.policy import webhooks as policy
from services.navigation.policy.webhook_targets import objection_to_url
from services.navigation.store import partner_ways, partners, webhook_deliveries
from services.navigation.store import webhooks as store
from shared.clock import real_now
from shared.db import Connection
from shared.errors import Conflict, Invalid, NotFound, Transient
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction

ATTEMPTS_KEPT = timedelta(days=90)
AT_ONCE = 1000
PING = "webhook.ping.v1"
NO_KEY = "webhooks are not set up here: the service has no key to keep signing secrets with"


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What registering and testing endpoints needs."""

    vault: Vault
    poster: Poster
    local_development: bool

    async def must_be_good(self, url: str) -> None:
        """Raise `Invalid` unless webhooks may go to this address, which includes where its name leads."""
        if not self.vault.has_a_key:
            raise Transient(NO_KEY)
        objection = objection_to_url(url, local_development=self.local_development)
        objection = objection or await self.poster.objection_to(url)
        if objection is not None:
            raise Invalid(f"nothing can be sent to this address: {objection}")


async def register(tx: Transaction, webhooks: Webhooks, organization_id: UUID, url: str) -> str | None:
    """Have a partner's events posted to this address from here on; the address must have been found good.

    Returns the signing secret when it is the partner's first; one that replaces an address keeps its secrets.
    """
    partner = await partners.lock_partner(tx.conn, organization_id)
    if partner is None:
        raise NotFound("there is no such partner")
    if partner.revoked_at is not None:
        raise Conflict("this partner was shut out", possible=["make a new key"])
    known = (await store.lock(tx.conn, [organization_id])).get(organization_id)
    if known is None or known.url != url:
        await store.put(tx.conn, organization_id, url, now=real_now())
    await partner_ways.begin(tx.conn, organization_id, Way.WEBHOOK, now=tx.now)
    return await _add_secret(tx, webhooks.vault, organization_id) if known is None else None


async def rotate(tx: Transaction, webhooks: Webhooks, organization_id: UUID, *, overlap: timedelta) -> str:
    """Make the secret that takes the present one's place; both sign during the overlap, none from before."""
    if not webhooks.vault.has_a_key:
        raise Transient(NO_KEY)
    await held(tx, organization_id)
    return await _add_secret(tx, webhooks.vault, organization_id, overlap=overlap)


async def _add_secret(
    tx: Transaction, vault: Vault, organization_id: UUID, *, overlap: timedelta = timedelta(0)
) -> str:
    secret, secret_id, now = new_secret(), new_id(), real_now()
    sealed = vault.seal(secret_id, secret)
    kept = SealedSecret(
        id=secret_id, organization_id=organization_id, sealed=sealed, created_at=now, works_until=None
    )
    await store.insert_secret(tx.conn, kept)
    await store.end_older_secrets(tx.conn, organization_id, but=secret_id, works_until=now + overlap)
    return shown(secret)


async def held(tx: Transaction, organization_id: UUID) -> Endpoint:
    """Hold a partner's endpoint until the transaction ends. Raises `NotFound` when it has none."""
    return _there((await store.lock(tx.conn, [organization_id])).get(organization_id))


async def endpoint_of(conn: Connection, organization_id: UUID) -> Endpoint:
    """A partner's endpoint. Raises `NotFound` when it has none."""
    return _there((await store.endpoints(conn, [organization_id])).get(organization_id))


def _there(endpoint: Endpoint | None) -> Endpoint:
    if endpoint is None:
        raise NotFound("this partner has no webhook")
    return endpoint


async def disable(tx: Transaction, organization_id: UUID, *, why: str) -> None:
    """Send nothing more to an endpoint. What happens meanwhile waits, for as long as a retry would."""
    endpoint = await held(tx, organization_id)
    if endpoint.health.disabled_at is None:
        now = real_now()
        off = Health(disabled_at=now, disabled_why=why, succeeded_at=endpoint.health.succeeded_at)
        await store.record_health(tx.conn, [(organization_id, off)])


async def enable(tx: Transaction, organization_id: UUID) -> None:
    """Send to an endpoint again, and at once: its breaker closes, and what waits is due."""
    endpoint = await held(tx, organization_id)
    on = Health(succeeded_at=endpoint.health.succeeded_at, failed_at=endpoint.health.failed_at)
    await store.record_health(tx.conn, [(organization_id, on)])
    await partner_ways.begin(tx.conn, organization_id, Way.WEBHOOK, now=tx.now)
    await webhook_deliveries.hurry(tx.conn, organization_id)


async def replay(tx: Transaction, organization_id: UUID, *, since: datetime) -> int:
    """Send again, in order, everything that was said since then, each as it may be told when it is sent.

    One replay at a time: raises `Conflict` while notices of the one before have not been sent.
    """
    await held(tx, organization_id)
    if waiting := await webhook_deliveries.replaying(tx.conn, organization_id):
        raise Conflict(f"a replay is under way; ask again after it (notices still to be sent: {waiting})")
    return await webhook_deliveries.replay(tx.conn, organization_id, since=since)


@dataclass(frozen=True, slots=True)
class Tested:
    """What an endpoint answered to a test."""

    attempt: Attempt
    excerpt: str


async def send_test(
    database: Database, webhooks: Webhooks, organization_id: UUID, *, ping_id: UUID
) -> Tested:
    """Send an event that says nothing, now, outside of any transaction, and give the answer."""
    async with database.reading() as conn:
        endpoint = await endpoint_of(conn, organization_id)
        kept = await store.live_secrets(conn, [organization_id])
    try:
        keys = [webhooks.vault.open(secret) for secret in kept]
    except CannotOpenError:
        raise Transient(NO_KEY) from None

    async def compose() -> Message:
        body = _ping(ping_id, organization_id)
        signed = signatures(keys, message_id=str(ping_id), timestamp=real_now(), body=body)
        return Message({"Content-Type": STRUCTURED, **signed}, body)

    clock = asyncio.get_running_loop().time
    at, begun = real_now(), clock()
    outcome = await webhooks.poster(endpoint.url, compose)
    attempt = _attempt(organization_id, ping_id, outcome, at=at, milliseconds=round((clock() - begun) * 1000))
    return Tested(attempt, outcome.excerpt if isinstance(outcome, Answered) else "")


def _ping(ping_id: UUID, organization_id: UUID) -> bytes:
    return to_json(
        {
            "specversion": SPEC_VERSION,
            "id": str(ping_id),
            "type": PING,
            "source": SOURCE,
            "time": real_now().isoformat(),
            "datacontenttype": "application/json",
            "data": {"organization_id": organization_id},
        }
    )


def _attempt(
    organization_id: UUID, ping_id: UUID, outcome: Outcome, *, at: datetime, milliseconds: int
) -> Attempt:
    return Attempt(
        id=new_id(),
        organization_id=organization_id,
        event_id=ping_id,
        verb="ping",
        number=1,
        at=at,
        milliseconds=milliseconds,
        status=outcome.status if isinstance(outcome, Answered) else None,
        error=policy.objection(outcome),
    )


async def tidy(database: Database) -> int:
    """Give up what has waited longer than all attempts take, and forget old attempts; returns how many.

    A partner whose endpoint has been switched off for as long is told nothing more by this way.
    """
    async with database.transaction() as tx:
        given_up = await webhook_deliveries.give_up_old(tx.conn, after=policy.LONGEST)
        for organization_id in await webhook_deliveries.long_disabled(tx.conn, after=policy.LONGEST):
            await partner_ways.end(tx.conn, organization_id, Way.WEBHOOK, now=tx.now)
        return given_up + await store.prune_attempts(tx.conn, kept=ATTEMPTS_KEPT, limit=AT_ONCE)
