"""Partners' keys: digests, scopes and times. No key can be read here, only recognised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.navigation.model.keys import Key, KeyScope
from shared.db import Connection, Record

INSERT_KEY = """
insert into partner_key (id, organization_id, digest, label, scopes, created_at, works_until)
values ($1, $2, $3, $4, $5, $6, $7)
"""


async def insert(conn: Connection, key: Key, *, digest: bytes) -> None:
    """Keep a new key's digest."""
    await conn.execute(
        INSERT_KEY,
        key.id,
        key.organization_id,
        digest,
        key.label,
        sorted(key.scopes),
        key.created_at,
        key.expires_at,
    )


KEY_OF_DIGEST = """
select k.id, k.organization_id, k.label, k.scopes, k.created_at, k.works_until, k.last_used_at, k.revoked_at,
       k.replaced_by, p.revoked_at is not null as partner_revoked
from partner_key k join partner p on p.organization_id = k.organization_id
where k.digest = $1
"""


async def of_digest(conn: Connection, digest: bytes) -> tuple[Key, bool] | None:
    """The key with this digest, and whether its partner was shut out; None when it is no key of ours."""
    row = await conn.fetchrow(KEY_OF_DIGEST, digest)
    return (_key(row), row["partner_revoked"]) if row else None


KEYS_OF_PARTNER = """
select id, organization_id, label, scopes, created_at, works_until, last_used_at, revoked_at, replaced_by
from partner_key
where organization_id = $1 and ($2::uuid is null or id > $2)
order by id
limit $3
"""


async def of_partner(conn: Connection, organization_id: UUID, *, after: UUID | None, limit: int) -> list[Key]:
    """A partner's keys, in the order in which they were made."""
    return [_key(row) for row in await conn.fetch(KEYS_OF_PARTNER, organization_id, after, limit)]


LOCK_KEY = """
select id, organization_id, label, scopes, created_at, works_until, last_used_at, revoked_at, replaced_by
from partner_key
where id = $1 and organization_id = $2
for update
"""


async def lock(conn: Connection, key_id: UUID, *, organization_id: UUID) -> Key | None:
    """Hold one key of a partner until the transaction ends; None when it has no such key."""
    row = await conn.fetchrow(LOCK_KEY, key_id, organization_id)
    return _key(row) if row else None


REVOKE_KEY = "update partner_key set revoked_at = coalesce(revoked_at, $2) where id = $1"


async def revoke(conn: Connection, key_id: UUID, *, at: datetime) -> None:
    """Close one key for good."""
    await conn.execute(REVOKE_KEY, key_id, at)


REVOKE_KEYS = "update partner_key set revoked_at = $2 where organization_id = $1 and revoked_at is null"


async def revoke_all(conn: Connection, organization_id: UUID, *, at: datetime) -> None:
    """Close every key of a partner for good."""
    await conn.execute(REVOKE_KEYS, organization_id, at)


REPLACE_KEY = "update partner_key set replaced_by = $2, works_until = $3 where id = $1"


async def replace(conn: Connection, key_id: UUID, *, by: UUID, works_until: datetime) -> None:
    """Write down what takes a key's place, and until when it still works."""
    await conn.execute(REPLACE_KEY, key_id, by, works_until)


NOTE_USES = """
update partner_key
set last_used_at = used_at
from unnest($1::uuid[], $2::timestamptz[]) as u (key_id, used_at)
where id = key_id and (last_used_at is null or last_used_at < used_at)
"""


async def note_uses(conn: Connection, uses: Mapping[UUID, datetime]) -> None:
    """Write down when keys were last used; a later use that is known already stands."""
    key_ids = sorted(uses)
    await conn.execute(NOTE_USES, key_ids, [uses[key_id] for key_id in key_ids])


def _key(row: Record) -> Key:
    return Key(
        id=row["id"],
        organization_id=row["organization_id"],
        label=row["label"],
        scopes=frozenset(KeyScope(scope) for scope in row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["works_until"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
        replaced_by=row["replaced_by"],
    )
