"""Who works here, and in which teams."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.desk.model.staff import Role, Staff, Team
from shared.db import Connection, Record

STAFF_BY_EMAIL = """
select id, name, email, password_hash, password_is_first, oidc_subject, roles, ended_at
from staff where email = lower($1)
"""


async def by_email(conn: Connection, email: str) -> Staff | None:
    """Who signs in with this address, be they still here or not."""
    row = await conn.fetchrow(STAFF_BY_EMAIL, email)
    return _staff(row) if row is not None else None


STAFF_BY_ID = """
select id, name, email, password_hash, password_is_first, oidc_subject, roles, ended_at
from staff where id = $1
"""


async def by_id(conn: Connection, staff_id: UUID) -> Staff | None:
    """Somebody, be they still here or not."""
    row = await conn.fetchrow(STAFF_BY_ID, staff_id)
    return _staff(row) if row is not None else None


STAFF_BY_SUBJECT = """
select id, name, email, password_hash, password_is_first, oidc_subject, roles, ended_at
from staff where oidc_subject = $1
"""


async def by_subject(conn: Connection, subject: str) -> Staff | None:
    """Whom the provider knows by this name, be they still here or not."""
    row = await conn.fetchrow(STAFF_BY_SUBJECT, subject)
    return _staff(row) if row is not None else None


INSERT_STAFF = """
insert into staff (id, name, email, password_hash, password_is_first, oidc_subject, roles, created_at)
values ($1, $2, lower($3), $4, $5, $6, $7, clock_timestamp())
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
        staff.password_is_first,
        staff.oidc_subject,
        [role.value for role in sorted(staff.roles)],
    )
    return str(added).endswith(" 1")


EVERYBODY = """
select s.id, s.name, s.email, s.password_hash, s.password_is_first, s.oidc_subject, s.roles, s.ended_at
from staff s
order by s.ended_at is not null, lower(s.name), s.id
"""


async def everybody(conn: Connection) -> list[Staff]:
    """Everybody, those who are here first."""
    return [_staff(row) for row in await conn.fetch(EVERYBODY)]


SAVE_STAFF = """
update staff set name = $2, email = lower($3), roles = $4, oidc_subject = $5, ended_at = $6 where id = $1
"""


async def save(conn: Connection, staff: Staff) -> None:
    """Write down how somebody stands now; their password is another matter."""
    await conn.execute(
        SAVE_STAFF,
        staff.id,
        staff.name,
        staff.email,
        [role.value for role in sorted(staff.roles)],
        staff.oidc_subject,
        staff.ended_at,
    )


KEEP_HASH = """
update staff set password_hash = $2, password_is_first = $3 where id = $1
"""


async def set_password(conn: Connection, staff_id: UUID, password_hash: str, *, is_first: bool) -> None:
    """Give somebody another password."""
    await conn.execute(KEEP_HASH, staff_id, password_hash, is_first)


LOCK_ADMINS = """
select id from staff where 'admin' = any(roles) and ended_at is null order by id for update
"""


async def lock_admins(conn: Connection) -> frozenset[UUID]:
    """Who looks after accounts; nobody of them changes until the transaction ends."""
    return frozenset(row["id"] for row in await conn.fetch(LOCK_ADMINS))


TEAMS = "select id, name from team order by lower(name), id"


async def teams(conn: Connection) -> list[Team]:
    """Every team."""
    return [Team(id=row["id"], name=row["name"]) for row in await conn.fetch(TEAMS)]


TEAMS_OF = """
select t.id, t.name from team t join team_member m on m.team_id = t.id
where m.staff_id = $1
order by lower(t.name), t.id
"""


async def teams_of(conn: Connection, staff_id: UUID) -> list[Team]:
    """The teams that somebody is in."""
    return [Team(id=row["id"], name=row["name"]) for row in await conn.fetch(TEAMS_OF, staff_id)]


MEMBERSHIPS = "select team_id, staff_id from team_member"


async def memberships(conn: Connection) -> list[tuple[UUID, UUID]]:
    """Who is in which team: team and person."""
    return [(row["team_id"], row["staff_id"]) for row in await conn.fetch(MEMBERSHIPS)]


SET_TEAMS = """
with gone as (
    delete from team_member where staff_id = $1 and team_id <> all($2::uuid[])
)
insert into team_member (team_id, staff_id)
select t.id, $1 from team t where t.id = any($2::uuid[])
on conflict do nothing
"""


async def set_teams(conn: Connection, staff_id: UUID, team_ids: Collection[UUID]) -> None:
    """Have somebody be in these teams and no others."""
    await conn.execute(SET_TEAMS, staff_id, list(team_ids))


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
select s.id, s.name, s.email, s.password_hash, s.password_is_first, s.oidc_subject, s.roles, s.ended_at
from staff s
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
        password_is_first=row["password_is_first"],
        oidc_subject=row["oidc_subject"],
        ended_at=row["ended_at"],
    )
