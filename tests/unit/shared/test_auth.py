"""A token proves who somebody is, or nothing at all."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from shared.auth import ALGORITHM, AUDIENCE, Caller, TokenVerifier, issue_token, may
from shared.clock import real_now
from shared.errors import Unauthenticated


def key_pair() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), public.decode()


PRIVATE, PUBLIC = key_pair()
VERIFIER = TokenVerifier(PUBLIC)
STAFF = Caller(subject=UUID(int=1), kind="staff", roles=frozenset({"packer", "driver"}))
HOUR = timedelta(hours=1)


def claims(**changed: object) -> dict[str, object]:
    """Good claims with some changed; None takes a claim away."""
    good: dict[str, object] = {
        "sub": str(STAFF.subject),
        "kind": "staff",
        "roles": ["packer"],
        "aud": AUDIENCE,
        "exp": real_now() + HOUR,
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def test_an_issued_token_proves_its_caller() -> None:
    assert VERIFIER.caller_of(issue_token(PRIVATE, STAFF, lifetime=HOUR)) == STAFF


def test_good_claims_are_accepted() -> None:
    caller = VERIFIER.caller_of(jwt.encode(claims(), PRIVATE, algorithm=ALGORITHM))

    assert caller == Caller(subject=UUID(int=1), kind="staff", roles=frozenset({"packer"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"sub": None},
        {"kind": None},
        {"aud": None},
        {"aud": "somewhere-else"},
        {"sub": "not-an-id"},
        {"sub": 5},
        {"kind": "wizard"},
        {"roles": "packer"},
        {"roles": [1, 2]},
        {"exp": real_now() - HOUR},
        {"nbf": real_now() + HOUR},
        {"iat": real_now() + HOUR},
    ],
    # By name and kind only: workers of a parallel run must agree, and a moment differs between them.
    ids=lambda changed: "-".join(f"{name}-{type(value).__name__}" for name, value in changed.items()),
)
def test_a_token_with_a_missing_or_wrong_claim_proves_nothing(changed: dict[str, object]) -> None:
    token = jwt.encode(claims(**changed), PRIVATE, algorithm=ALGORITHM)

    with pytest.raises(Unauthenticated):
        VERIFIER.caller_of(token)


def test_an_expired_token_is_told_so() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        VERIFIER.caller_of(issue_token(PRIVATE, STAFF, lifetime=-HOUR))


def test_a_token_of_another_key_proves_nothing() -> None:
    with pytest.raises(Unauthenticated):
        VERIFIER.caller_of(issue_token(key_pair()[0], STAFF, lifetime=HOUR))


def unsigned(algorithm: str) -> str:
    parts = [{"alg": algorithm, "typ": "JWT"}, claims(exp=int((real_now() + HOUR).timestamp()))]
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)


@pytest.mark.parametrize("algorithm", ["none", "None", "EdDSA", "HS256"])
def test_an_unsigned_token_proves_nothing(algorithm: str) -> None:
    with pytest.raises(Unauthenticated):
        VERIFIER.caller_of(unsigned(algorithm) + ".")


def test_a_token_signed_with_the_public_key_as_a_secret_proves_nothing() -> None:
    key = base64.urlsafe_b64encode(PUBLIC.encode()).decode()
    token = jwt.api_jws.PyJWS().encode(
        json.dumps(claims(exp=int((real_now() + HOUR).timestamp()))).encode(), key, algorithm="HS256"
    )

    with pytest.raises(Unauthenticated):
        VERIFIER.caller_of(token)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "a" * 5000])
def test_what_is_no_token_proves_nothing(token: str) -> None:
    with pytest.raises(Unauthenticated):
        VERIFIER.caller_of(token)


def test_a_changed_token_proves_nothing() -> None:
    header, payload, signature = issue_token(PRIVATE, STAFF, lifetime=HOUR).split(".")
    more = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"roles": ["admin"]}
    forged = base64.urlsafe_b64encode(json.dumps(more).encode()).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        VERIFIER.caller_of(f"{header}.{forged}.{signature}")


@pytest.mark.parametrize(
    "kind, roles, allowed, expected",
    [
        ("staff", {"packer"}, {"packer"}, True),
        ("staff", {"packer"}, {"driver", "packer"}, True),
        ("staff", {"packer"}, {"driver"}, False),
        ("staff", set(), {"packer"}, False),
        ("staff", {"packer"}, set(), False),
        ("staff", set(), {"staff"}, True),
        ("service", set(), {"service"}, True),
        ("service", {"packer"}, {"packer"}, False),
        ("partner", {"packer"}, {"packer"}, False),
        ("partner", set(), {"partner"}, True),
    ],
)
def test_a_caller_may_by_kind_and_staff_also_by_role(
    kind: str, roles: set[str], allowed: set[str], *, expected: bool
) -> None:
    caller = Caller(subject=UUID(int=1), kind=kind, roles=frozenset(roles))  # type: ignore[arg-type]

    assert may(caller, allowed) is expected
