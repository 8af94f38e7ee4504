"""Who works here, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What somebody may do at the desk. One person may have several."""

    INTAKE = "intake"
    CASE_MANAGER = "case_manager"
    SUPERVISOR = "supervisor"
    DIRECTORY_EDITOR = "directory_editor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Somebody who can sign in."""

    id: UUID
    name: str
    email: str
    roles: frozenset[Role]
    password_hash: str | None = None
    password_is_first: bool = False
    """Somebody else chose the password: it has to be changed first of all."""
    oidc_subject: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who shares clients."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is looking at a page, and on whose behalf commands go out."""

    id: UUID
    name: str
    roles: frozenset[Role]
    team_ids: frozenset[UUID]
    signed_in_at: datetime
    session_id: UUID | None = None
    """What their session is called where it is written down; opens nothing."""
    password_is_first: bool = False
    """They have to choose a password of their own before anything else."""
    unread: int = 0
    """How often the glass was broken to clients of their teams without a supervisor having read why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """Which team looks after somebody, and who of it, if anybody does yet."""

    team_id: UUID
    staff_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Which team a client belongs to, and who of it looks after them, if anybody does yet."""

    client_id: UUID
    version: int
    team_id: UUID
    staff_id: UUID | None
