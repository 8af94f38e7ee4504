"""Sends what waits for partners' endpoints, and writes down what became of it.

Three steps, and no network call inside a transaction:

 1. claim: whose turn it is, fairly, and never more than there is room for; read what may be told at this
    moment, and write the ledger's line where a partner asked to be told again; commit with a lease
 2. post each, all at the same time; nothing waits for the slowest, and what an endpoint lets wait until it
    listens is read again then
 3. record what the endpoints said, whatever has gathered in one transaction

Killed at any line, nothing is lost: what was in hand is due again when its lease is over, and goes out with
the same id. Any number of copies may run at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog
from pydantic_core import to_json

from contracts.published.cloud_event import STRUCTURED
from contracts.terms import InformationScope
from services.navigation.channels.webhook_secrets import CannotOpenError, Vault, signatures
from services.navigation.channels.webhooks import Message, Post
from services.navigation.model.telling import Channel, PartnerEvent
from services.navigation.model.webhooks import Answered, Attempt, Claimed, NoAnswer, Outcome
from services.navigation.policy import disclosure, publishing
from services.navigation.policy import webhooks as policy
from services.navigation.store import disclosures, partner_events, referrals, webhook_deliveries, webhooks
from shared.clock import real_now
from shared.ids import new_id
from shared.retry import describe
from shared.unit_of_work import Database, Transaction

HAND_BACK_AFTER = timedelta(minutes=1)
RECORD_AGAIN_SECONDS = 0.5
LAST_MOMENT_SECONDS = 0.5
FRESH_SECONDS = 0.25
"""How long what was read may be told unread: far less than the second in which a revocation takes effect."""
CHANCE = secrets.SystemRandom()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A notice that is to be posted now, as it could be told at `read_at`, a moment of the loop's time."""

    claimed: Claimed
    lease: UUID
    event: PartnerEvent
    url: str
    secrets: tuple[bytes, ...]
    now: datetime
    read_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of one attempt."""

    item: InHand
    outcome: Outcome
    at: datetime
    milliseconds: int


class WebhookSender:
    """One copy's part in the sending. Enter it before `run` is called, and leave it after the last call."""

    def __init__(
        self,
        database: Database,
        post: Post,
        vault: Vault,
        *,
        most_at_once: int,
        lease: timedelta,
        chance: Callable[[], float] = CHANCE.random,
    ) -> None:
        self._database = database
        self._post = post
        self._vault = vault
        self._most_at_once = most_at_once
        self._lease = lease
        self._chance = chance
        self._posting: dict[asyncio.Task[None], InHand] = {}
        self._done: list[Done] = []
        self._recording = 0
        self._gathered = asyncio.Event()
        self._recorder: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to record."""
        self._recorder = asyncio.create_task(self._record(), name="webhook-recorder")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait a moment for what is in hand, hand back what has no answer by then, and record the rest."""
        if self._posting:
            await asyncio.wait(self._posting, timeout=LAST_MOMENT_SECONDS)
        left = dict(self._posting)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if self._recorder is not None:
            self._recorder.cancel()
            await asyncio.gather(self._recorder, return_exceptions=True)
        # Should the database be gone as well, the leases run out by themselves.
        with contextlib.suppress(Exception):
            await self._hand_back(list(left.values()), after=timedelta(0))
            await self._record_batch(self._done)

    async def run(self) -> int:
        """Take on what is due, as much as there is room for; returns how many."""
        room = self._most_at_once - len(self._posting) - len(self._done) - self._recording
        if room <= 0 or not self._vault.has_a_key:
            return 0
        lease = new_id()
        async with self._database.transaction() as tx:
            turns = await webhook_deliveries.take_turns(tx.conn, limit=room)
            if not turns:
                return 0
            shares = policy.shares(await webhook_deliveries.in_hand(tx.conn, turns), room)
            if not shares:
                return 0
            claimed = await webhook_deliveries.claim(tx.conn, shares, lease=lease, lasts=self._lease)
            items = await self._prepare(tx, claimed, lease) if claimed else []
        for item in items:
            task = asyncio.create_task(self._attempt(item))
            self._posting[task] = item
            task.add_done_callback(self._posting.pop)
        return len(items)

    async def _prepare(self, tx: Transaction, claimed: Sequence[Claimed], lease: UUID) -> list[InHand]:
        events = await partner_events.by_id(tx.conn, {c.event_id for c in claimed})
        organizations = {c.organization_id for c in claimed}
        endpoints = await webhooks.endpoints(tx.conn, organizations)
        keys = await self._keys(tx, organizations)
        lacking = [c.event_id for c in claimed if not keys.get(c.organization_id)]
        if lacking:
            await webhook_deliveries.hand_back(tx.conn, lacking, [lease], after=HAND_BACK_AFTER)
        sendable = [c for c in claimed if keys.get(c.organization_id)]
        await write_down(tx, [events[c.event_id] for c in claimed if c.replayed])
        read_at = asyncio.get_running_loop().time()
        return [
            InHand(
                claimed=c,
                lease=lease,
                event=events[c.event_id],
                url=endpoints[c.organization_id].url,
                secrets=keys[c.organization_id],
                now=tx.now,
                read_at=read_at,
            )
            for c in sendable
        ]

    async def _keys(self, tx: Transaction, organization_ids: set[UUID]) -> Mapping[UUID, tuple[bytes, ...]]:
        found: defaultdict[UUID, tuple[bytes, ...]] = defaultdict(tuple)
        for kept in await webhooks.live_secrets(tx.conn, organization_ids):
            try:
                found[kept.organization_id] += (self._vault.open(kept),)
            except CannotOpenError as problem:
                log.warning(
                    "webhook_secret_closed", organization_id=str(kept.organization_id), why=str(problem)
                )
        return found

    async def _attempt(self, item: InHand) -> None:
        clock = asyncio.get_running_loop().time
        at, begun = real_now(), clock()
        outcome = await self._posted(item)
        milliseconds = round((clock() - begun) * 1000)
        self._done.append(Done(item=item, outcome=outcome, at=at, milliseconds=milliseconds))
        self._gathered.set()

    async def _posted(self, item: InHand) -> Outcome:
        try:
            return await self._post(item.url, functools.partial(self._compose, item))
        except Exception as problem:  # noqa: BLE001 - a mistake of ours must not keep the others waiting
            log.warning("webhook_raised", event_id=str(item.event.id), error=type(problem).__name__)
            return NoAnswer("something went wrong on our side")

    async def _compose(self, item: InHand) -> Message | None:
        """What may be told now that the endpoint listens; None when it is not in our hands any more."""
        event, now = item.event, item.now
        if asyncio.get_running_loop().time() - item.read_at > FRESH_SECONDS:
            async with self._database.transaction() as tx:
                if not await webhook_deliveries.is_held(tx.conn, event.id, lease=item.lease):
                    return None
                event, now = (await partner_events.by_id(tx.conn, [event.id]))[event.id], tx.now
        body = body_of(event, now=now)
        signed = signatures(item.secrets, message_id=str(event.id), timestamp=real_now(), body=body)
        return Message({"Content-Type": STRUCTURED, **signed}, body)

    async def _record(self) -> None:
        while True:
            await self._gathered.wait()
            self._gathered.clear()
            batch, self._done = self._done, []
            self._recording = len(batch)
            try:
                await self._record_batch(batch)
            except asyncio.CancelledError:
                self._done = batch + self._done
                raise
            except Exception as problem:  # noqa: BLE001 - whatever it is, the outcomes are kept and tried again
                log.warning("webhook_outcomes_wait", many=len(batch), error=describe(problem))
                self._done = batch + self._done
                await asyncio.sleep(RECORD_AGAIN_SECONDS)
                self._gathered.set()
            finally:
                self._recording = 0

    async def _record_batch(self, batch: Sequence[Done]) -> None:
        if not batch:
            return
        async with self._database.transaction() as tx:
            await self._record_health(tx, batch)
            now = real_now()
            await webhook_deliveries.record(
                tx.conn,
                [
                    (
                        done.item.claimed.event_id,
                        done.item.lease,
                        policy.what_next(
                            done.outcome,
                            attempts=done.item.claimed.attempts + 1,
                            now=now,
                            chance=self._chance(),
                        ),
                    )
                    for done in batch
                ],
            )
            await webhooks.insert_attempts(tx.conn, [_logged(done) for done in batch])

    async def _record_health(self, tx: Transaction, batch: Sequence[Done]) -> None:
        # Held first: whoever claims holds endpoints and then deliveries, in this order.
        held = await webhooks.lock(tx.conn, {done.item.claimed.organization_id for done in batch})
        health = {organization_id: endpoint.health for organization_id, endpoint in held.items()}
        for done in batch:
            organization_id = done.item.claimed.organization_id
            # What another address said is nothing against the one that replaced it.
            if organization_id in held and held[organization_id].url == done.item.url:
                health[organization_id] = policy.health_after(
                    health[organization_id],
                    done.outcome,
                    milliseconds=done.milliseconds,
                    at=real_now(),
                    chance=self._chance(),
                )
        await webhooks.record_health(tx.conn, list(health.items()))

    async def _hand_back(self, items: Sequence[InHand], *, after: timedelta) -> None:
        if items:
            async with self._database.transaction() as tx:
                await webhook_deliveries.hand_back(
                    tx.conn, [i.claimed.event_id for i in items], {i.lease for i in items}, after=after
                )


def body_of(event: PartnerEvent, *, now: datetime) -> bytes:
    """A notice as it is posted at this moment."""
    attributes, data = publishing.cloud_event(event, now=now)
    return to_json(attributes.structured(data))


async def write_down(tx: Transaction, events: Sequence[PartnerEvent]) -> None:
    """Add to the ledger that what these notices say of clients is told once more."""
    telling = [event for event in events if event.client is not None and publishing.stands(event, now=tx.now)]
    if not telling:
        return
    about = await referrals.by_id(tx.conn, {event.referral_id for event in telling})
    await disclosures.insert(
        tx.conn,
        [
            disclosure.entry(
                about[event.referral_id],
                entry_id=new_id(),
                scopes=(scopes := _scopes(event)),
                what=disclosure.worded(scopes),
                channel=Channel.WEBHOOK,
                event_id=event.id,
                now=tx.now,
            )
            for event in telling
        ],
    )


def _scopes(event: PartnerEvent) -> frozenset[InformationScope]:
    consent = event.data["consent"]
    assert isinstance(consent, dict), "every notice says on which consent it rests"
    return frozenset(InformationScope(scope) for scope in consent["scopes"])


def _logged(done: Done) -> Attempt:
    return Attempt(
        id=new_id(),
        organization_id=done.item.claimed.organization_id,
        event_id=done.item.claimed.event_id,
        verb=done.item.event.verb.value,
        number=done.item.claimed.attempts + 1,
        at=done.at,
        milliseconds=done.milliseconds,
        status=done.outcome.status if isinstance(done.outcome, Answered) else None,
        error=policy.objection(done.outcome),
    )
