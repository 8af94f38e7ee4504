"""What is made of a provider's word about somebody: who they are, and what they may do here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.desk.model.staff import Role, Staff


class NotLetIn(StrEnum):
    """Why somebody whom the provider knows is not let in."""

    NO_ROLE = "no_role"
    ENDED = "ended"
    NO_ADDRESS = "no_address"
    ADDRESS_TAKEN = "address_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Somebody, as the provider knows them."""

    subject: str
    name: str
    email: str
    email_is_theirs: bool
    roles: frozenset[Role]


def vouched(
    claims: Mapping[str, Any], *, issuer: str, roles_claim: str, roles: Mapping[str, Role]
) -> Vouched:
    """Read what the provider says. Values of the claim that stand for no role here give none."""
    email = claims.get("email")
    name = claims.get("name") or claims.get("preferred_username") or email
    return Vouched(
        # A subject means something only together with who says it.
        subject=f"{issuer} {claims['sub']}",
        name=name.strip() if isinstance(name, str) else "",
        email=email.strip().lower() if isinstance(email, str) else "",
        email_is_theirs=claims.get("email_verified") is True,
        roles=frozenset(roles[one] for one in _values(claims, roles_claim) if one in roles),
    )


def _values(claims: Mapping[str, Any], path: str) -> list[str]:
    found: object = claims
    for part in [path] if path in claims else path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.split()
    return [one for one in found if isinstance(one, str)] if isinstance(found, list | tuple) else []


def known(who: Vouched, by_subject: Staff | None, by_email: Staff | None) -> Staff | NotLetIn | None:
    """Somebody as they are to stand here from now on; None when they are new; or why they are not let in.

    The provider's roles count: what it takes away is gone at the next signing in.
    """
    found = by_subject
    if found is None and by_email is not None:
        if not who.email_is_theirs or by_email.oidc_subject is not None:
            return NotLetIn.ADDRESS_TAKEN
        found = by_email
    if found is not None and found.ended_at is not None:
        return NotLetIn.ENDED
    if not who.roles:
        return NotLetIn.NO_ROLE
    if found is not None:
        return replace(found, oidc_subject=who.subject, roles=who.roles, name=who.name or found.name)
    return None if who.email else NotLetIn.NO_ADDRESS


SOON = 600
"""In how many seconds somebody must be back from the provider."""


def is_late(begun_at: datetime, now: datetime) -> bool:
    """Whether somebody was away for too long."""
    return (now - begun_at).total_seconds() > SOON
