"""Tell partners' own systems over NATS: begin and end, publish what waits, take back what is withdrawn.

A crash at any line leaves what waited for the next run of any copy; a repeated publish is stored once.
Content is read at the moment of publishing, after the place in the queue is held: what is taken out of a
notice before that never goes out, and what is taken out after it leaves the stream.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic_core import to_json

from services.navigation.channels.stream import Bag, Letter, PartnersStream, Stored
from services.navigation.commands.keys import Keys
from services.navigation.model import streaming
from services.navigation.model.keys import KeyScope
from services.navigation.model.telling import PartnerEvent, Way
from services.navigation.policy import publishing
from services.navigation.store import partner_events, partner_ways, partners
from services.navigation.store import streaming as store
from services.navigation.store.streaming import Published
from shared.callout import Grant, Issuer
from shared.clock import Clock, real_now
from shared.errors import Conflict, Forbidden, NotFound
from shared.unit_of_work import Database, Transaction

MOST_PARTNERS = 64
MOST_NOTICES = 25
"""Of one partner at a time: a long queue holds up nobody else."""
MOST_REMOVALS = 200
LET_IN_FOR = timedelta(hours=1)
RENEWED_AFTER = timedelta(minutes=45)


async def begin(tx: Transaction, organization_id: UUID) -> datetime:
    """From here on tell a partner by this way too; the moment since when. Open its consumer afterwards."""
    partner = await partners.lock_partner(tx.conn, organization_id)
    if partner is None:
        raise NotFound("there is no such partner")
    if partner.revoked_at is not None:
        raise Conflict("this partner is shut out", possible=["add the partner again"])
    await partner_ways.begin(tx.conn, organization_id, Way.NATS, now=tx.now)
    await store.expect_consumer(tx.conn, organization_id)
    since = await store.told_since(tx.conn, organization_id)
    assert since is not None, "it has just begun"
    return since


async def end(tx: Transaction, organization_id: UUID) -> None:
    """From here on tell a partner by this way no more. Its connections and its consumer go within seconds."""
    if await partners.lock_partner(tx.conn, organization_id) is None:
        raise NotFound("there is no such partner")
    await partner_ways.end(tx.conn, organization_id, Way.NATS, now=tx.now)
    await store.give_up(tx.conn)


class Relay:
    """Carries what waits to the stream, and what is withdrawn out of it. Every copy may run it."""

    def __init__(self, database: Database, stream: PartnersStream, clock: Clock) -> None:
        self._database = database
        self._stream = stream
        self._clock = clock

    async def publish(self) -> int:
        """Publish what waits, each partner's in order; returns how many notices were stored."""
        if not self._stream.within_reach:
            return 0
        async with self._database.transaction() as tx:
            await store.give_up(tx.conn)
            claimed = await store.claim(tx.conn, most=MOST_PARTNERS)
            if not claimed:
                return 0
            waiting = await store.waiting(tx.conn, claimed, most=MOST_NOTICES)
            events = list((await partner_events.by_id(tx.conn, waiting)).values())
            letters: dict[UUID, list[Letter]] = {}
            for event in events:
                letters.setdefault(event.organization_id, []).append(self._letter(event, now=tx.now))
            stored = await self._stream.publish(
                [
                    Bag(organization_id=of, since=claimed[of], letters=in_order)
                    for of, in_order in letters.items()
                ]
            )
            await store.mark(tx.conn, [_published(e, stored[e.id]) for e in events if e.id in stored])
            await store.postpone(tx.conn, [e.id for e in events if e.id not in stored])
        return len(stored)

    def _letter(self, event: PartnerEvent, *, now: datetime) -> Letter:
        attributes, data = publishing.cloud_event(event, now=now)
        left: timedelta | None = None
        tells = event.client is not None and publishing.stands(event, now=now)
        if tells and event.tellable_until is not None:
            # The consent runs out by the domain's clock, the server deletes by the real one.
            left = (event.tellable_until - now) / self._clock.rate
        return Letter(event=attributes, data=to_json(data), kept_for=left)

    async def take_back(self) -> int:
        """Take out of the stream what partners must not read any more; returns how many messages it was."""
        if not self._stream.within_reach:
            return 0
        async with self._database.transaction() as tx:
            asked = await store.removals(tx.conn, most=MOST_REMOVALS)
            # Given up, or published without it: from here on it cannot go out.
            await store.removed(tx.conn, [event_id for event_id, place in asked.items() if place is None])
        there = {event_id: place for event_id, place in asked.items() if place is not None}
        for event_id, place in there.items():
            await self._stream.take_back(event_id, place)
        if there:
            async with self._database.transaction() as tx:
                await store.removed(tx.conn, there)
        return len(there)

    async def clear_away(self) -> int:
        """Take away the consumers of partners who are not told by this way any more."""
        if not self._stream.within_reach:
            return 0
        async with self._database.transaction() as tx:
            ended = await store.left_over(tx.conn, most=MOST_PARTNERS)
            # Held meanwhile, so that nobody who begins again finds the consumer and then loses it.
            for organization_id in ended:
                await self._stream.close_for(organization_id)
            await store.forget_consumers(tx.conn, ended)
        return len(ended)


def _published(event: PartnerEvent, stored: Stored) -> Published:
    """What is remembered of a stored notice: its place only if something in it may have to be taken back.

    What an attempt stored whose end nobody saw may hold what the notice held then.
    """
    may_hold = event.client is not None or stored.before
    return Published(event.id, stored.sequence if may_hold else None)


class Doorkeeper:
    """Decides who is let in on NATS with a partner's key, and who may stay."""

    def __init__(self, database: Database, keys: Keys, issuer: Issuer) -> None:
        self._database = database
        self._keys = keys
        self._issuer = issuer

    def inbox_token(self, organization_id: UUID) -> str:
        """What keeps a partner's inbox from being guessed by another; the same for all its keys."""
        return self._issuer.token(f"inbox of {organization_id}")

    async def decide(self, secret: str) -> Grant:
        """The rights of whoever presents this key. Raises a `Problem` unless it lets them in right now."""
        key = await self._keys.key_of(secret)
        if KeyScope.REFERRALS not in key.scopes:
            raise Forbidden("this key is not for reading referrals")
        async with self._database.reading() as conn:
            if await store.told_since(conn, key.organization_id) is None:
                raise Forbidden("your organisation is not told by NATS; please talk to us")
        answers = KeyScope.ANSWERS in key.scopes
        rights = streaming.may_publish(key.organization_id, answers=answers)
        runs_out = timedelta.max if key.expires_at is None else key.expires_at - real_now()
        return Grant(
            name=streaming.name_of(key.organization_id, key.id),
            account=streaming.ACCOUNT,
            publish=rights,
            subscribe=streaming.may_subscribe(key.organization_id, self.inbox_token(key.organization_id)),
            lifetime=min(LET_IN_FOR, runs_out),
        )

    async def still_open(self, names: Collection[str]) -> Sequence[str]:
        """Those of the connections' names that may stay connected at this moment."""
        by_key = {streaming.key_in(name): name for name in names}
        key_ids = [key_id for key_id in by_key if key_id is not None]
        async with self._database.reading() as conn:
            return [by_key[key_id] for key_id in await store.open_keys(conn, key_ids)]
