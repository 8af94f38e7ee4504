"""Partners' keys, for those who hand them out: make, list, replace with an overlap, close."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.moment import Moment
from services.navigation.api.base import Body
from services.navigation.commands import keys
from services.navigation.model.keys import Key, KeyScope
from services.navigation.store import keys as store
from services.navigation.store import partners
from shared.errors import Conflict, NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["partners"])

ADMINS = ("admin",)
LONGEST_OVERLAP = timedelta(days=30)

Label = Annotated[str, Field(max_length=100)]
Scopes = Annotated[tuple[KeyScope, ...], Field(min_length=1, max_length=20)]
EVERYTHING = tuple(KeyScope)


class KeyWanted(Body):
    """What the key is for. Unless you say so, it is for everything and works until it is closed."""

    label: Label = ""
    """What you call it, such as the system that it is for."""
    scopes: Scopes = EVERYTHING
    expires_at: Moment | None = None


class KeyView(Body):
    """A key as it can be seen after it was made. Its times are real ones."""

    key_id: UUID
    label: str
    scopes: tuple[KeyScope, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    """From when on it no longer works; of a replaced key, the end of the overlap."""
    last_used_at: AwareDatetime | None
    """Exact to a minute."""
    revoked_at: AwareDatetime | None
    replaced_by: UUID | None


class NewKey(Body):
    """A key, shown this once. Send it as `Authorization: Bearer <key>`."""

    organization_id: UUID
    name: str
    key_id: UUID
    key: str | None
    """The key itself. Null when the request is repeated: it was shown, and it is not kept."""
    label: str
    scopes: tuple[KeyScope, ...]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None


def shown_once(made: tuple[Key, str], *, name: str) -> NewKey:
    """A new key with its secret, for the one answer that has it."""
    key, secret = made
    return NewKey(
        organization_id=key.organization_id,
        name=name,
        key_id=key.id,
        key=secret,
        label=key.label,
        scopes=tuple(sorted(key.scopes)),
        created_at=key.created_at,
        expires_at=key.expires_at,
    )


def without_the_key(answer: NewKey) -> NewKey:
    """What is kept of that answer for a repeated request."""
    return answer.model_copy(update={"key": None})


def seen(key: Key) -> KeyView:
    """A key without its secret."""
    return KeyView(
        key_id=key.id,
        label=key.label,
        scopes=tuple(sorted(key.scopes)),
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        replaced_by=key.replaced_by,
    )


@routes.post("/partners/{organization_id}/keys", allow=ADMINS, status_code=201)
async def make_key(organization_id: UUID, body: KeyWanted, command: Command) -> NewKey:
    """Make one more key for a partner; those that it has go on working."""

    async def act(tx: Transaction) -> NewKey:
        partner = await _connected(tx, organization_id)
        made = await keys.make(
            tx, organization_id, label=body.label, scopes=body.scopes, expires_at=body.expires_at
        )
        return shown_once(made, name=partner.name)

    return await command.once(act, kept=without_the_key)


@routes.get("/partners/{organization_id}/keys", allow=ADMINS)
async def list_keys(
    organization_id: UUID, query: Query, after: After = None, limit: Limit = 50
) -> Page[KeyView]:
    """List a partner's keys in the order in which they were made, those that no longer work included."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        if await partners.partner(conn, organization_id) is None:
            raise NotFound("there is no such partner")
        found = await store.of_partner(
            conn, organization_id, after=cursor[0] if cursor else None, limit=limit + 1
        )
    more = len(found) > limit
    return page_of([seen(key) for key in found], limit, cursor_of(found[limit - 1].id) if more else None)


class Rotation(Body):
    """How long the old key still works, so that the partner can change over without a gap."""

    old_key_works_for_hours: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP // timedelta(hours=1))] = 24


@routes.post("/partners/{organization_id}/keys/{key_id}/rotation", allow=ADMINS, status_code=201)
async def rotate_key(organization_id: UUID, key_id: UUID, body: Rotation, command: Command) -> NewKey:
    """Make the key that takes this one's place: same label, scopes and time; both work for a while."""

    async def act(tx: Transaction) -> NewKey:
        partner = await _connected(tx, organization_id)
        old = await keys.held(tx, key_id, organization_id=organization_id)
        made = await keys.rotate(tx, old, overlap=timedelta(hours=body.old_key_works_for_hours))
        return shown_once(made, name=partner.name)

    return await command.once(act, kept=without_the_key)


class ClosingKey(Body):
    """Nothing needs saying."""


@routes.post("/partners/{organization_id}/keys/{key_id}/revocation", allow=ADMINS)
async def revoke_key(organization_id: UUID, key_id: UUID, body: ClosingKey, command: Command) -> KeyView:
    """Close one key, at once and for good; the partner's other keys go on working."""
    del body

    async def act(tx: Transaction) -> KeyView:
        key = await keys.held(tx, key_id, organization_id=organization_id)
        return seen(await keys.revoke(tx, key))

    return await command.once(act)


async def _connected(tx: Transaction, organization_id: UUID) -> partners.Partner:
    partner = await partners.lock_partner(tx.conn, organization_id)
    if partner is None:
        raise NotFound("there is no such partner")
    if partner.revoked_at is not None:
        raise Conflict(
            "this partner is shut out, and so would its key be", possible=["add the partner again"]
        )
    return partner
