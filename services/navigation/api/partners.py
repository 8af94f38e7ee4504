"""Partner organisations and their keys. A key is shown once, when it is made, and kept as its digest only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.navigation.api.base import Body
from services.navigation.store import partners as store
from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Conflict, NotFound, Unauthenticated
from shared.http import KEY_PREFIX, Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Database, Transaction

routes = Routes(tags=["partners"])

ADMINS = ("admin",)
KEY_BYTES = 32
SCOPES = frozenset({"referrals", "answers", "capacity", "webhooks"})
"""What a partner's key can be made for."""
LONGEST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Keys:
    """Tells whose key it is."""

    database: Database
    clock: Clock

    async def caller_of(self, key: str) -> Caller:
        """The partner whose key this is. Raises `Unauthenticated` unless it works at this moment."""
        async with self.database.reading() as conn:
            organization_id = await store.partner_of_key(conn, digest(key), now=self.clock.now())
        if organization_id is None:
            raise Unauthenticated("this key opens nothing, or no longer; please ask us for a new one")
        return Caller(organization_id, "partner", organization=organization_id, scopes=SCOPES)


def digest(key: str) -> bytes:
    """What is kept of a key: as it is long and random, its plain SHA-256 gives nothing away."""
    return hashlib.sha256(key.encode()).digest()


class NewPartner(Body):
    """An organisation of the directory that is to answer for itself."""

    organization_id: UUID


class PartnerView(Body):
    """A partner. Revoked, none of its keys opens anything."""

    organization_id: UUID
    name: str
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None


class NewKey(Body):
    """A key, shown this once. Send it as `Authorization: Bearer <key>`."""

    organization_id: UUID
    name: str
    key_id: UUID
    key: str


@routes.post("/partners", allow=ADMINS, status_code=201)
async def add_partner(body: NewPartner, command: Command) -> NewKey:
    """Let an organisation of the directory answer for itself; its first key is in the answer, only there."""

    async def act(tx: Transaction) -> NewKey:
        name = await store.organization_name(tx.conn, body.organization_id)
        if name is None:
            raise NotFound("the directory has no such organisation")
        if not await store.insert_partner(tx.conn, body.organization_id, name=name, now=tx.now):
            raise Conflict("this organisation is a partner already", possible=["make a new key"])
        return await _new_key(tx, body.organization_id, name=name)

    return await command.once(act)


async def _new_key(tx: Transaction, organization_id: UUID, *, name: str) -> NewKey:
    key_id, key = new_id(), KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    await store.insert_key(tx.conn, key_id, organization_id=organization_id, digest=digest(key), now=tx.now)
    return NewKey(organization_id=organization_id, name=name, key_id=key_id, key=key)


@routes.get("/partners", allow=ADMINS)
async def list_partners(query: Query, after: After = None, limit: Limit = 50) -> Page[PartnerView]:
    """List the partners."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        found = await store.partners(conn, after=cursor[0] if cursor else None, limit=limit + 1)
    views = [
        PartnerView(
            organization_id=p.organization_id, name=p.name, created_at=p.created_at, revoked_at=p.revoked_at
        )
        for p in found
    ]
    return page_of(views, limit, cursor_of(found[limit - 1].organization_id) if len(found) > limit else None)


class Rotation(Body):
    """How long the keys that the partner has now still work, so that it can change over without a gap."""

    old_keys_work_for_hours: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP // timedelta(hours=1))] = 24


@routes.post("/partners/{organization_id}/keys", allow=ADMINS, status_code=201)
async def make_key(organization_id: UUID, body: Rotation, command: Command) -> NewKey:
    """Make a new key and let the old ones run out. A partner that was shut out is let in again."""

    async def act(tx: Transaction) -> NewKey:
        partner = await store.lock_partner(tx.conn, organization_id)
        if partner is None:
            raise NotFound("there is no such partner")
        made = await _new_key(tx, organization_id, name=partner.name)
        until = tx.now + timedelta(hours=body.old_keys_work_for_hours)
        await store.end_other_keys(tx.conn, organization_id, but=made.key_id, works_until=until)
        if partner.revoked_at is not None:
            await store.restore_partner(tx.conn, organization_id)
        return made

    return await command.once(act)


class Revoking(Body):
    """Nothing needs saying."""


@routes.post("/partners/{organization_id}/revocation", allow=ADMINS)
async def revoke(organization_id: UUID, body: Revoking, command: Command) -> PartnerView:
    """Close every key of a partner, at once and for good."""
    del body

    async def act(tx: Transaction) -> PartnerView:
        partner = await store.lock_partner(tx.conn, organization_id)
        if partner is None:
            raise NotFound("there is no such partner")
        await store.revoke_partner(tx.conn, organization_id, now=tx.now)
        return PartnerView(
            organization_id=organization_id,
            name=partner.name,
            created_at=partner.created_at,
            revoked_at=partner.revoked_at or tx.now,
        )

    return await command.once(act)
