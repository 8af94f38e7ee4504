"""Who may see which client."""

from __future__ import annotations

from datetime import timedelta

from services.desk.model.staff import Assigned, Role, Viewer

CLIENT_ROLES = frozenset({Role.INTAKE, Role.CASE_MANAGER, Role.SUPERVISOR})
"""Roles whose work is with clients; the others never see one."""
GLASS_LASTS = timedelta(hours=4)
"""How long somebody may see the client of another team after they said why."""


def may_see(viewer: Viewer, assigned: Assigned | None, *, glass_broken: bool = False) -> bool:
    """Whether somebody has a reason to see a client: their team, no team yet, or broken glass."""
    if not viewer.roles & CLIENT_ROLES:
        return False
    return assigned is None or assigned.team_id in viewer.team_ids or glass_broken
