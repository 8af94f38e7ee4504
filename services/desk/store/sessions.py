"""Who is signed in, in real time. Only the hash of what the cookie holds is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.desk.model.staff import Role, Viewer
from shared.db import Connection

INSERT_SESSION = """
insert into session (token_hash, staff_id, signed_in_at, seen_at) values ($1, $2, $3, $3)
"""


async def insert(conn: Connection, token_hash: bytes, staff_id: UUID, *, now: datetime) -> None:
    """Begin a session."""
    await conn.execute(INSERT_SESSION, token_hash, staff_id, now)


VIEWER_OF_SESSION = """
select s.id, s.name, s.roles, e.id as session_id, e.signed_in_at, e.seen_at,
       coalesce((select array_agg(m.team_id) from team_member m where m.staff_id = s.id), '{}') as team_ids
from session e join staff s on s.id = e.staff_id
where e.token_hash = $1 and e.ended_at is null and s.ended_at is null
  and e.seen_at > $2::timestamptz - $3::interval and e.signed_in_at > $2::timestamptz - $4::interval
"""


async def viewer(
    conn: Connection, token_hash: bytes, *, now: datetime, idle: timedelta, longest: timedelta
) -> tuple[Viewer, datetime] | None:
    """Who a session belongs to and when it was last used; None once it has ended, for whatever reason."""
    row = await conn.fetchrow(VIEWER_OF_SESSION, token_hash, now, idle, longest)
    if row is None:
        return None
    found = Viewer(
        id=row["id"],
        name=row["name"],
        roles=frozenset(Role(role) for role in row["roles"]),
        team_ids=frozenset(row["team_ids"]),
        signed_in_at=row["signed_in_at"],
        session_id=row["session_id"],
    )
    return found, row["seen_at"]


TOUCH_SESSION = "update session set seen_at = $2 where token_hash = $1"


async def touch(conn: Connection, token_hash: bytes, *, now: datetime) -> None:
    """Say that a session is in use."""
    await conn.execute(TOUCH_SESSION, token_hash, now)


END_SESSION = "update session set ended_at = $2 where token_hash = $1 and ended_at is null"


async def end(conn: Connection, token_hash: bytes, *, now: datetime) -> None:
    """End one session."""
    await conn.execute(END_SESSION, token_hash, now)


END_SESSIONS_OF = "update session set ended_at = $2 where staff_id = $1 and ended_at is null"


async def end_all(conn: Connection, staff_id: UUID, *, now: datetime) -> None:
    """End every session of somebody."""
    await conn.execute(END_SESSIONS_OF, staff_id, now)
