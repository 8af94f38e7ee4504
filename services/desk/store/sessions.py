"""Who is signed in, in real time. Only the hash of what the cookie holds is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.desk.model.signing_in import Session
from services.desk.model.staff import Role, Viewer
from shared.db import Connection

INSERT_SESSION = """
insert into session (id, token_hash, staff_id, signed_in_at, seen_at, means, browser)
values ($1, $2, $3, $4, $4, $5, $6)
"""


async def insert(  # noqa: PLR0913 - what a session is made of
    conn: Connection,
    session_id: UUID,
    token_hash: bytes,
    staff_id: UUID,
    *,
    now: datetime,
    means: str,
    browser: str,
) -> None:
    """Begin a session."""
    await conn.execute(INSERT_SESSION, session_id, token_hash, staff_id, now, means, browser)


VIEWER_OF_SESSION = """
select s.id, s.name, s.roles, e.id as session_id, e.signed_in_at, e.seen_at,
       s.password_is_first and e.means = 'password' as password_is_first,
       coalesce((select array_agg(m.team_id) from team_member m where m.staff_id = s.id), '{}') as team_ids,
       case when 'supervisor' = any(s.roles) then (
           select count(*) from glass g join team_member m on m.team_id = g.team_id
           where m.staff_id = s.id and g.acknowledged_at is null
       ) else 0 end as unread
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
        password_is_first=row["password_is_first"],
        unread=row["unread"],
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


END_SESSIONS_OF = """
update session set ended_at = $2
where staff_id = $1 and ended_at is null and id is distinct from $3
"""


async def end_all(conn: Connection, staff_id: UUID, *, now: datetime, but: UUID | None = None) -> None:
    """End every session of somebody, or every other one."""
    await conn.execute(END_SESSIONS_OF, staff_id, now, but)


END_OWN_SESSION = "update session set ended_at = $3 where id = $1 and staff_id = $2 and ended_at is null"


async def end_own(conn: Connection, session_id: UUID, staff_id: UUID, *, now: datetime) -> None:
    """End one of somebody's own sessions."""
    await conn.execute(END_OWN_SESSION, session_id, staff_id, now)


SESSIONS_OF = """
select id, browser, means, signed_in_at, seen_at from session
where staff_id = $1 and ended_at is null and seen_at > $2::timestamptz - $3::interval
  and signed_in_at > $2::timestamptz - $4::interval
order by seen_at desc, id
"""


async def alive(
    conn: Connection, staff_id: UUID, *, now: datetime, idle: timedelta, longest: timedelta
) -> list[Session]:
    """Where somebody is signed in, the latest used first."""
    return [
        Session(
            id=row["id"],
            browser=row["browser"],
            means=row["means"],
            signed_in_at=row["signed_in_at"],
            seen_at=row["seen_at"],
        )
        for row in await conn.fetch(SESSIONS_OF, staff_id, now, idle, longest)
    ]


PRUNE_SESSIONS = "delete from session where signed_in_at < $1::timestamptz - $2::interval"


async def prune(conn: Connection, *, now: datetime, kept: timedelta) -> None:
    """Forget sessions of long ago; the audit keeps what they are called."""
    await conn.execute(PRUNE_SESSIONS, now, kept)
