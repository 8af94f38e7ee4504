"""Who is calling. Tokens are JWTs signed with Ed25519; this module knows callers and no business roles.

A token says who (`sub`), what kind of caller (`kind`), which roles, and what it was made for (`scopes`). Its
expiry is required and checked against real time. Nobody is let in by default.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from shared.clock import real_now
from shared.errors import Unauthenticated

ALGORITHM = "EdDSA"
AUDIENCE = "foothold"
Kind = Literal["staff", "service", "partner"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Someone who proved who they are."""

    subject: UUID
    kind: Kind
    roles: frozenset[str] = frozenset()
    organization: UUID | None = None
    scopes: frozenset[str] = frozenset()
    """What a key or a token was made for; a route asks for it as `<kind>:<scope>`."""


KeyAuthenticator = Callable[[str], Awaitable[Caller]]
"""Turns a key that is not a token into its caller; raises `Unauthenticated`."""
SessionAuthenticator = Callable[[Request], Awaitable[Caller]]
"""Finds who is signed in where people come with a browser and no token; raises `Unauthenticated`."""

_CLAIMS = TypeAdapter(dict[str, Any])
_CALLER = TypeAdapter(Caller)


def issue_token(private_key_pem: str, caller: Caller, *, lifetime: timedelta) -> str:
    """Sign a token for a caller, valid from now for `lifetime`."""
    now = real_now()
    claims: dict[str, object] = {
        "sub": str(caller.subject),
        "kind": caller.kind,
        "roles": sorted(caller.roles),
        "scopes": sorted(caller.scopes),
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, private_key_pem, algorithm=ALGORITHM)


class TokenVerifier:
    """Checks tokens against one public key."""

    def __init__(self, public_key_pem: str) -> None:
        self._key = public_key_pem

    def caller_of(self, token: str) -> Caller:
        """The caller that a token proves; raises `Unauthenticated` when it proves nothing."""
        try:
            claims = _CLAIMS.validate_python(
                jwt.decode(
                    token,
                    self._key,
                    algorithms=[ALGORITHM],
                    audience=AUDIENCE,
                    options={"require": ["exp", "sub", "kind"]},
                )
            )
            return _CALLER.validate_python(
                {
                    "subject": claims["sub"],
                    "kind": claims["kind"],
                    "roles": claims.get("roles", ()),
                    "scopes": claims.get("scopes", ()),
                }
            )
        except jwt.ExpiredSignatureError:
            message = "the token has expired; please sign in again"
            raise Unauthenticated(message) from None
        except (jwt.InvalidTokenError, ValidationError):
            message = "the token is not valid"
            raise Unauthenticated(message) from None


def may(caller: Caller, allowed: Iterable[str]) -> bool:
    """Whether a caller is of an allowed kind, or has an allowed role (staff) or scope (`kind:scope`)."""
    names = set(allowed)
    by_role = caller.kind == "staff" and bool(caller.roles & names)
    by_scope = any(f"{caller.kind}:{scope}" in names for scope in caller.scopes)
    return caller.kind in names or by_role or by_scope
