"""Make, replace and recognise partners' keys.

A key is 256 random bits, shown once and kept as its digest only. Its life is measured in real time, so that a
demonstration of three weeks does not end it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.navigation.model.keys import Key, KeyScope
from services.navigation.policy import keys as policy
from services.navigation.store import keys as store
from shared.auth import Caller
from shared.clock import real_now
from shared.errors import Conflict, Invalid, NotFound, Unauthenticated
from shared.http import KEY_PREFIX
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction

KEY_BYTES = 32


class Keys:
    """Tells whose key it is, and remembers that it was used.

    Uses are gathered here and written by a job, so that no request waits for it. A process that ends forgets
    at most the last second of them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._uses: dict[UUID, datetime] = {}

    async def caller_of(self, credential: str) -> Caller:
        """The partner whose key this is. Raises `Unauthenticated`, saying why, unless it works right now."""
        key = await self.key_of(credential)
        return Caller(
            key.organization_id, "partner", organization=key.organization_id, scopes=frozenset(key.scopes)
        )

    async def key_of(self, credential: str) -> Key:
        """The key itself, used at this moment. Raises `Unauthenticated` unless it works right now."""
        async with self._database.reading() as conn:
            found = await store.of_digest(conn, digest(credential))
        if found is None:
            raise Unauthenticated(f"this is no key of ours; {policy.ASK}")
        key, partner_revoked = found
        now = real_now()
        against = policy.why_closed(key, partner_revoked=partner_revoked, at=now)
        if against is not None:
            raise Unauthenticated(against)
        if policy.use_is_worth_noting(key, at=now):
            self._uses[key.id] = now
        return key

    async def write_uses(self) -> int:
        """Write down which keys were used since the last time; returns 0, for there is never a backlog."""
        uses, self._uses = self._uses, {}
        if uses:
            async with self._database.transaction() as tx:
                await store.note_uses(tx.conn, uses)
        return 0


def digest(key: str) -> bytes:
    """What is kept of a key: as it is long and random, its plain SHA-256 gives nothing away."""
    return hashlib.sha256(key.encode()).digest()


async def make(
    tx: Transaction,
    organization_id: UUID,
    *,
    label: str,
    scopes: Iterable[KeyScope],
    expires_at: datetime | None,
) -> tuple[Key, str]:
    """Make a key for a partner; the second value is the key itself, which nobody can read later."""
    now = real_now()
    if expires_at is not None and expires_at <= now:
        raise Invalid("a key that has run out already opens nothing; choose a later `expires_at`")
    key = Key(
        id=new_id(),
        organization_id=organization_id,
        label=label,
        scopes=frozenset(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    secret = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    await store.insert(tx.conn, key, digest=digest(secret))
    return key, secret


async def rotate(tx: Transaction, key: Key, *, overlap: timedelta) -> tuple[Key, str]:
    """Make the key that takes this one's place, alike in all but the secret; both work during the overlap.

    Raises `Conflict` when this one was replaced already, closed, or has run out.
    """
    now = real_now()
    against = policy.replaceable(key, at=now)
    if against is not None:
        raise Conflict(against, possible=["make a new key"])
    made, secret = await make(
        tx,
        key.organization_id,
        label=key.label,
        scopes=key.scopes,
        expires_at=policy.successor_expires(key, at=now),
    )
    until = policy.runs_out(key, replaced_at=now, overlap=overlap)
    await store.replace(tx.conn, key.id, by=made.id, works_until=until)
    return made, secret


async def revoke(tx: Transaction, key: Key) -> Key:
    """Close a key at once and for good; closing it again changes nothing."""
    at = key.revoked_at or real_now()
    await store.revoke(tx.conn, key.id, at=at)
    return replace(key, revoked_at=at)


async def held(tx: Transaction, key_id: UUID, *, organization_id: UUID) -> Key:
    """Hold a partner's key until the transaction ends. Raises `NotFound` when it has no such key."""
    key = await store.lock(tx.conn, key_id, organization_id=organization_id)
    if key is None:
        raise NotFound("this partner has no such key")
    return key
