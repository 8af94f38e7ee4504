"""Invented colleagues, one for each kind of work, so that whoever starts the system can sign in at once.

Made when the desk has nobody yet, and never touched again: names, teams, roles and passwords can be changed
at the desk like those of anybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from services.desk.channels.passwords import hashed
from services.desk.model.staff import Role, Staff
from services.desk.store import staff as store

TEAM = "Harbour team"
TEAM_ID = uuid5(NAMESPACE_URL, "foothold:team:harbour")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody invented."""

    role: Role
    name: str

    @property
    def id(self) -> UUID:
        """The same in every installation, for sample data."""
        return uuid5(NAMESPACE_URL, f"foothold:colleague:{self.role}")

    @property
    def email(self) -> str:
        """With what they sign in."""
        return f"{self.name.split()[0].lower()}@example.org"


COLLEAGUES = (
    Colleague(Role.INTAKE, "Ines Almeida"),
    Colleague(Role.CASE_MANAGER, "Sam Okoro"),
    Colleague(Role.SUPERVISOR, "Maren Holt"),
    Colleague(Role.DIRECTORY_EDITOR, "Davit Petrosyan"),
    Colleague(Role.ADMIN, "Noor Haddad"),
)


async def ensure_colleagues(desk_url: str, passwords: Mapping[str, str]) -> None:
    """Add the colleagues with these passwords by role, unless somebody works at the desk already."""
    conn = await asyncpg.connect(desk_url, server_settings={"search_path": "desk"})
    try:
        if await conn.fetchval("select exists (select from staff)"):
            return
        hashes = await asyncio.gather(*(hashed(passwords[one.role]) for one in COLLEAGUES))
        async with conn.transaction():
            await store.insert_team(conn, TEAM_ID, TEAM)
            for one, password_hash in zip(COLLEAGUES, hashes, strict=True):
                await store.insert(conn, _staff(one, password_hash))
                # Who looks after accounts needs no client.
                if one.role is not Role.ADMIN:
                    await store.join_team(conn, TEAM_ID, one.id)
    finally:
        await conn.close()


def _staff(one: Colleague, password_hash: str) -> Staff:
    return Staff(
        id=one.id, name=one.name, email=one.email, roles=frozenset({one.role}), password_hash=password_hash
    )
