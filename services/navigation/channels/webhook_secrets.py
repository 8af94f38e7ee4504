"""Signing secrets: made, sealed for keeping, and signed with (Standard Webhooks 1.0, symmetric).

A secret is shown once. It is kept sealed (AES-256-GCM) under a key that only the process has, bound to the
very row it stands in, so that neither a copy of the database nor a row moved elsewhere gives one away.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.navigation.model.webhooks import SealedSecret

PREFIX = "whsec_"
SECRET_BYTES = 32
KEY_BYTES = 32
_NONCE_BYTES = 12


class CannotOpenError(Exception):
    """A secret was sealed under another key than ours, or not where it stands now, or we have no key."""


def new_secret() -> bytes:
    """Make a secret that nobody can guess."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """A secret as its receiver gets to see it, once."""
    return PREFIX + base64.b64encode(secret).decode()


def signatures(live: Sequence[bytes], *, message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks, signed with every secret that is live."""
    seconds = str(int(timestamp.timestamp()))
    signed = b".".join((message_id.encode(), seconds.encode(), body))
    each = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in live)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in each),
    }


def key_of(text: str) -> bytes:
    """The key that a setting says, in base64. Raises `ValueError` unless it is one of 32 bytes."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("the key is 32 bytes, in base64")
    return key


class Vault:
    """Seals and opens secrets. Without a key it can do neither, and webhooks cannot be registered."""

    def __init__(self, key: bytes | None) -> None:
        self._cipher = AESGCM(key) if key is not None else None

    @property
    def has_a_key(self) -> bool:
        """Whether anything can be sealed."""
        return self._cipher is not None

    def seal(self, secret_id: UUID, secret: bytes) -> bytes:
        """Seal a secret for the row with this id. Raises `CannotOpenError` without a key."""
        if self._cipher is None:
            raise CannotOpenError("there is no key to seal with")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, _place(secret_id))

    def open(self, kept: SealedSecret) -> bytes:
        """Open a kept secret. Raises `CannotOpenError` when it is not ours, or not in its place."""
        if self._cipher is None:
            raise CannotOpenError("there is no key to open with")
        nonce, sealed = kept.sealed[:_NONCE_BYTES], kept.sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, sealed, _place(kept.id))
        except InvalidTag:
            raise CannotOpenError("our key does not open it") from None


def _place(secret_id: UUID) -> bytes:
    return f"webhook_secret:{secret_id}:sealed".encode()
