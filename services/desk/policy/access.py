"""Who may see which client."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from services.desk.model.staff import Role, Viewer

CLIENT_ROLES = frozenset({Role.INTAKE, Role.CASE_MANAGER, Role.SUPERVISOR})
"""Roles whose work is with clients; the others never see one."""
GLASS_LASTS = timedelta(hours=4)
"""How long somebody may see the client of another team after they said why."""


def may_see(viewer: Viewer, team_ids: Collection[UUID], *, glass_broken: bool = False) -> bool:
    """Whether somebody has a reason to see a client: one of their teams, no team yet, or broken glass.

    `team_ids` are the teams of all records of that person.
    """
    if not viewer.roles & CLIENT_ROLES:
        return False
    return not team_ids or not viewer.team_ids.isdisjoint(team_ids) or glass_broken
