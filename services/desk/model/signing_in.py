"""Signing in: how often it was tried, and the sessions that came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Counted(StrEnum):
    """What tries are counted by, so that neither one account nor one address can be tried for ever."""

    ACCOUNT_FROM_ADDRESS = "account from address"
    ACCOUNT = "account"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Tries:
    """How often it was tried since the window began, this time included."""

    counted: Counted
    tries: int
    began_at: datetime


class Means(StrEnum):
    """How somebody signed in."""

    PASSWORD = "password"  # noqa: S105 - how, not what
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class Begun:
    """Somebody went to the provider to sign in, and is expected back."""

    nonce: str
    verifier: str
    after: str
    begun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One place where somebody is signed in."""

    id: UUID
    browser: str
    means: str
    signed_in_at: datetime
    seen_at: datetime
