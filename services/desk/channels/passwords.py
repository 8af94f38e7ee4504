"""Passwords of local accounts: argon2id, with the parameters of RFC 9106 for machines with little memory."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_NOBODYS = _hasher.hash("nobody has this password")


async def hashed(password: str) -> str:
    """The form in which a password is kept. Takes some 50 ms, not on the loop."""
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. Takes as long for an account that there is not."""
    return (
        await asyncio.to_thread(_matches, password, password_hash or _NOBODYS) and password_hash is not None
    )


def _matches(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
