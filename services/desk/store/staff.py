"""Who works here, and in which teams."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.desk.model.staff import Role, Staff
from shared.db import Connection, Record

STAFF_BY_EMAIL = """
select id, name, email, password_hash, oidc_subject, roles, ended_at from staff where email = lower($1)
"""


async def by_email(conn: Connection, email: str) -> Staff | None:
    """Who signs in with this address, be they still here or not."""
    row = await conn.fetchrow(STAFF_BY_EMAIL, email)
    return _staff(row) if row is not None else None


INSERT_STAFF = """
insert into staff (id, name, email, password_hash, oidc_subject, roles, created_at)
values ($1, $2, lower($3), $4, $5, $6, clock_timestamp())
on conflict do nothing
"""


async def insert(conn: Connection, staff: Staff) -> bool:
    """Add somebody; whether they were not there yet."""
    added = await conn.execute(
        INSERT_STAFF,
        staff.id,
        staff.name,
        staff.email,
        staff.password_hash,
        staff.oidc_subject,
        [role.value for role in sorted(staff.roles)],
    )
    return str(added).endswith(" 1")


INSERT_TEAM = "insert into team (id, name) values ($1, $2) on conflict do nothing"


async def insert_team(conn: Connection, team_id: UUID, name: str) -> None:
    """Add a team, unless it is there."""
    await conn.execute(INSERT_TEAM, team_id, name)


JOIN_TEAM = "insert into team_member (team_id, staff_id) values ($1, $2) on conflict do nothing"


async def join_team(conn: Connection, team_id: UUID, staff_id: UUID) -> None:
    """Have somebody be in a team."""
    await conn.execute(JOIN_TEAM, team_id, staff_id)


NAMES = "select id, name from staff where id = any($1::uuid[])"


async def names(conn: Connection, staff_ids: Collection[UUID]) -> dict[UUID, str]:
    """What people are called, those included who are not here any more."""
    return {row["id"]: row["name"] for row in await conn.fetch(NAMES, list(staff_ids))}


IN_TEAMS = """
select s.id, s.name, s.email, s.password_hash, s.oidc_subject, s.roles, s.ended_at from staff s
where exists (select from team_member m where m.staff_id = s.id and m.team_id = any($1::uuid[]))
order by lower(s.name), s.id
"""


async def in_teams(conn: Connection, team_ids: Collection[UUID]) -> list[Staff]:
    """Everybody who is in one of these teams, those included who are not here any more."""
    return [_staff(row) for row in await conn.fetch(IN_TEAMS, list(team_ids))]


def _staff(row: Record) -> Staff:
    return Staff(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        roles=frozenset(Role(role) for role in row["roles"]),
        password_hash=row["password_hash"],
        oidc_subject=row["oidc_subject"],
        ended_at=row["ended_at"],
    )
