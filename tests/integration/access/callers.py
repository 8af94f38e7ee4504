"""Everybody who could call: how each proves who they are, and what each may be let into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.navigation.model.keys import KeyScope
from shared.auth import Caller, issue_token
from tests.integration.access.matrix import ROLES
from tests.integration.access.world import GATEWAY_KEY, World
from tests.support.running import PRIVATE_KEY, STAFF_ID, bearer

Header = Mapping[str, str]
_EVERYTHING = Caller(subject=STAFF_ID, kind="staff", roles=frozenset(ROLES))
_ANOTHER_KEY = (
    Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
)


def _credential(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def _held_by(whom: str) -> Callable[[World], Header]:
    return lambda world: _credential(world.keys[whom])


UNKNOWN: dict[str, Callable[[World], Header]] = {
    "no one": lambda _: {},
    "somebody with a password": lambda _: {"Authorization": "Basic YW1pbmE6c2VzYW1l"},
    "garbage": lambda _: _credential("garbage"),
    "somebody with an invented key": lambda _: _credential("fhk_" + "x" * 43),
    "somebody with an empty key": lambda _: _credential("fhk_"),
    "staff whose token has expired": lambda _: _credential(
        issue_token(PRIVATE_KEY, _EVERYTHING, lifetime=timedelta(seconds=-1))
    ),
    "somebody who signed a token of their own": lambda _: _credential(
        issue_token(_ANOTHER_KEY, _EVERYTHING, lifetime=timedelta(minutes=5))
    ),
    "a partner whose key was revoked": _held_by("revoked key"),
    "a partner whose key was replaced": _held_by("ended key"),
}
"""Whom no route may let in, except those that are open to the whole world."""

STAFF: dict[str, Callable[[World], Header]] = {
    **{role: lambda _, role=role: bearer(role) for role in ROLES},  # type: ignore[misc]
    "staff without a role": lambda _: bearer(),
    "staff with a role that there is not": lambda _: bearer("director"),
    "service": lambda _: bearer(kind="service"),
    "a service with every role of staff": lambda _: bearer(*ROLES, kind="service"),
    "gateway": lambda _: _credential(GATEWAY_KEY),
}
"""Who is known, by the name that the table uses where it lets them in."""

ONE_SCOPE: dict[str, Callable[[World], Header]] = {
    f"partner:{scope}": _held_by(f"partner:{scope}") for scope in KeyScope
}
"""Keys of the right partner that each open one thing only."""
