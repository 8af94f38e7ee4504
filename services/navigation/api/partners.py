"""Partner organisations: let one answer for itself, list them, shut one out, let it in again."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from services.navigation.api.base import Body
from services.navigation.api.keys import ADMINS, KeyWanted, NewKey, shown_once, without_the_key
from services.navigation.commands import keys, telling
from services.navigation.model.links import LinkEnd
from services.navigation.store import keys as key_store
from services.navigation.store import links, partner_ways
from services.navigation.store import partners as store
from shared.clock import real_now
from shared.errors import Conflict, NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["partners"])


class NewPartner(KeyWanted):
    """An organisation of the directory that is to answer for itself, and what its first key is for."""

    organization_id: UUID


class PartnerView(Body):
    """A partner. Revoked, none of its keys opens anything and nothing is sent to it."""

    organization_id: UUID
    name: str
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None


@routes.post("/partners", allow=ADMINS, status_code=201)
async def add_partner(body: NewPartner, command: Command) -> NewKey:
    """Let an organisation of the directory answer for itself; its first key is in the answer, only there.

    One that was shut out is let in again the same way. What it had before stays closed.
    """

    async def act(tx: Transaction) -> NewKey:
        name = await store.organization_name(tx.conn, body.organization_id)
        if name is None:
            raise NotFound("the directory has no such organisation")
        if not await store.insert_partner(tx.conn, body.organization_id, name=name, now=tx.now):
            await _let_in_again(tx, body.organization_id)
        made = await keys.make(
            tx, body.organization_id, label=body.label, scopes=body.scopes, expires_at=body.expires_at
        )
        await telling.introduce(tx, body.organization_id)
        return shown_once(made, name=name)

    return await command.once(act, kept=without_the_key)


async def _let_in_again(tx: Transaction, organization_id: UUID) -> None:
    partner = await store.lock_partner(tx.conn, organization_id)
    assert partner is not None, "partners are never deleted"
    if partner.revoked_at is None:
        raise Conflict("this organisation is a partner already", possible=["make a new key"])
    await store.restore_partner(tx.conn, organization_id)


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


class Revoking(Body):
    """Nothing needs saying."""


@routes.post("/partners/{organization_id}/revocation", allow=ADMINS)
async def revoke(organization_id: UUID, body: Revoking, command: Command) -> PartnerView:
    """Shut a partner out at once: keys, links and ways are closed, and nothing that waits goes out."""
    del body

    async def act(tx: Transaction) -> PartnerView:
        partner = await store.lock_partner(tx.conn, organization_id)
        if partner is None:
            raise NotFound("there is no such partner")
        await store.revoke_partner(tx.conn, organization_id, now=tx.now)
        await key_store.revoke_all(tx.conn, organization_id, at=real_now())
        await links.close_all(tx.conn, organization_id, LinkEnd.PARTNER_REVOKED)
        await partner_ways.end_all(tx.conn, organization_id, now=tx.now)
        return PartnerView(
            organization_id=organization_id,
            name=partner.name,
            created_at=partner.created_at,
            revoked_at=partner.revoked_at or tx.now,
        )

    return await command.once(act)
