"""What webhook tests share: partners with endpoints, notices that wait for them, and a sender."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from contracts.published.events import Verb
from contracts.terms import InformationScope, ReferralStatus
from services.navigation.channels.webhook_door import Door
from services.navigation.channels.webhook_secrets import Vault
from services.navigation.channels.webhooks import Post, Poster
from services.navigation.commands.webhook_sending import WebhookSender
from services.navigation.commands.webhooks import Webhooks, register
from services.navigation.model.referrals import Referral, Told
from services.navigation.model.telling import PartnerEvent, Way
from services.navigation.policy import publishing
from services.navigation.store import partner_events, partners
from shared.db import Connection
from shared.ids import new_id
from shared.unit_of_work import Database
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_navigation import referral
from tests.support.receiver import Receiver

KEY = bytes(range(32))
SETTINGS: dict[str, object] = {
    "navigation_webhook_key": base64.b64encode(KEY).decode(),
    "navigation_webhooks_local_development": True,
    "navigation_webhook_seconds": 2.0,
}

_ADD_HELPS = """
insert into help (id, barrier_id, client_id, category, resource_codes, filters, wish, send_allowed, words,
                  needed_at, cause_id, correlation_id)
select id, barrier_id, client_id, 'transport', '{}', '{}', 'go_ahead', true, 'Words.', $4, id, id
from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as u (id, barrier_id, client_id)
"""
_ADD_REFERRALS = """
insert into referral (id, client_id, barrier_id, help_id, version, status, business_status, service_id,
                      service_name, organization_id, organization_name, candidates, consent_id, sent_at,
                      acknowledge_by, drafted_at, moved_at, cause_id, correlation_id)
select id, client_id, barrier_id, help_id, 1, 'requested', '2.0', id, 'Rides', organization_id, 'Wheels',
       '[]', consent_id, $7::timestamptz, $7::timestamptz + interval '2 days', $7::timestamptz,
       $7::timestamptz, id, id
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[])
    as u (id, client_id, barrier_id, help_id, organization_id, consent_id)
"""
_TOLD = Told(scopes=frozenset({InformationScope.NEED}), category="transport")


async def add_referrals(conn: Connection, organization_ids: Sequence[UUID]) -> list[Referral]:
    """A referral that was sent to each of these, written down and not told yet."""
    made = [referral(ReferralStatus.REQUESTED, organization_id=each) for each in organization_ids]
    await conn.execute(
        _ADD_HELPS,
        [r.help_id for r in made],
        [r.barrier_id for r in made],
        [r.client_id for r in made],
        MONDAY_MORNING,
    )
    await conn.execute(
        _ADD_REFERRALS,
        [r.id for r in made],
        [r.client_id for r in made],
        [r.barrier_id for r in made],
        [r.help_id for r in made],
        [r.organization_id for r in made],
        [r.consent_id for r in made],
        MONDAY_MORNING,
    )
    return made


async def tell(conn: Connection, said: Sequence[tuple[Referral, Verb]]) -> list[PartnerEvent]:
    """Notices, in their places, that wait for their partners' endpoints."""
    news = [
        publishing.news(each, verb, event_id=new_id(), told=_TOLD, consent=None, at=MONDAY_MORNING)
        for each, verb in said
    ]
    placed: list[PartnerEvent] = await partner_events.insert(conn, news)
    await partner_events.queue(conn, [(Way.WEBHOOK, event) for event in placed])
    return placed


@dataclass
class PostOffice:
    """Partners, their endpoints and senders on one database, without the rest of navigation."""

    database: Database
    seconds: float = 1.0
    lease: timedelta = timedelta(seconds=30)
    most_at_once: int = 64
    webhooks: Webhooks = field(init=False)
    secrets: dict[UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        poster = Poster(Door(local_development=True), seconds=self.seconds)
        self.webhooks = Webhooks(vault=Vault(KEY), poster=poster, local_development=True)

    async def partner(self, receiver: Receiver | str) -> UUID:
        """A partner whose events are posted there."""
        organization_id = new_id()
        url = receiver if isinstance(receiver, str) else receiver.url
        async with self.database.transaction() as tx:
            await partners.insert_partner(tx.conn, organization_id, name="Wheels", now=tx.now)
            secret = await register(tx, self.webhooks, organization_id, url)
        assert secret is not None
        self.secrets[organization_id] = secret
        return organization_id

    async def refer(
        self, organization_id: UUID, *verbs: Verb, many: int = 1
    ) -> list[tuple[Referral, list[PartnerEvent]]]:
        """Referrals to a partner, each with these notices, or else the one that says it was requested."""
        async with self.database.transaction() as tx:
            made = await add_referrals(tx.conn, [organization_id] * many)
            events = await tell(
                tx.conn, [(each, verb) for each in made for verb in verbs or (Verb.REQUESTED,)]
            )
        return [(each, [event for event in events if event.referral_id == each.id]) for each in made]

    @asynccontextmanager
    async def sender(self, post: Post | None = None) -> AsyncIterator[WebhookSender]:
        """One copy's sender; `run` it by hand."""
        async with WebhookSender(
            self.database,
            post or self.webhooks.poster,
            self.webhooks.vault,
            most_at_once=self.most_at_once,
            lease=self.lease,
            chance=lambda: 0.0,
        ) as sender:
            yield sender

    async def make_due(self) -> None:
        """Let all waiting and every pause be over, without waiting for it."""
        async with self.database.transaction() as tx:
            await tx.conn.execute(
                "update delivery set due_at = now() where state = 'waiting' and lease is null"
            )
            await tx.conn.execute(
                "update webhook_endpoint set paused_until = now() where paused_until > now()"
            )

    async def lapse(self) -> None:
        """Let every lease be over."""
        async with self.database.transaction() as tx:
            await tx.conn.execute("update delivery set due_at = now() where lease is not null")

    async def states(self, organization_id: UUID) -> list[tuple[str, int]]:
        """How a partner's notices stand, by position: state and attempts."""
        async with self.database.reading() as conn:
            rows = await conn.fetch(
                "select state, attempts from delivery where organization_id = $1 order by position",
                organization_id,
            )
        return [(row["state"], row["attempts"]) for row in rows]

    async def nothing_in_hand(self) -> bool:
        """Whether every attempt that was begun has been written down."""
        async with self.database.reading() as conn:
            return not await conn.fetchval("select exists (select from delivery where lease is not null)")
