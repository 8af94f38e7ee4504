"""Signing secrets: verified by somebody else's verifier, and kept so that a copy gives nothing away."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from services.navigation.channels.webhook_secrets import (
    CannotOpenError,
    Vault,
    key_of,
    new_secret,
    shown,
    signatures,
)
from services.navigation.model.webhooks import SealedSecret
from shared.clock import real_now

ROW, OTHER_ROW = UUID(int=1), UUID(int=2)
KEY = bytes(range(32))


def kept(sealed: bytes, row: UUID = ROW) -> SealedSecret:
    return SealedSecret(
        id=row,
        organization_id=UUID(int=9),
        sealed=sealed,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        works_until=None,
    )


@given(body=st.dictionaries(st.text(), st.text()))
def test_the_reference_verifier_accepts_what_we_sign(body: dict[str, str]) -> None:
    secret, content = new_secret(), json.dumps(body).encode()
    headers = signatures([secret], message_id="an-id", timestamp=real_now(), body=content)

    assert Webhook(shown(secret)).verify(content, headers) == body


def test_during_a_rotation_both_secrets_verify() -> None:
    old, new = new_secret(), new_secret()
    headers = signatures([new, old], message_id="an-id", timestamp=real_now(), body=b"{}")

    assert headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        assert Webhook(shown(secret)).verify(b"{}", headers) == {}


@pytest.mark.parametrize(
    "changed", [{"webhook-id": "another"}, {"webhook-timestamp": str(int(real_now().timestamp()) - 9)}, {}]
)
def test_whatever_is_changed_on_the_way_is_noticed(changed: dict[str, str]) -> None:
    secret, body = new_secret(), b'{"status": "requested"}'
    headers = signatures([secret], message_id="an-id", timestamp=real_now(), body=body)

    with pytest.raises(WebhookVerificationError):
        Webhook(shown(secret)).verify(body if changed else b'{"status": "cancelled"}', headers | changed)


def test_an_old_message_cannot_be_played_again() -> None:
    secret = new_secret()
    old = signatures([secret], message_id="i", timestamp=real_now() - timedelta(minutes=6), body=b"{}")

    with pytest.raises(WebhookVerificationError):
        Webhook(shown(secret)).verify(b"{}", old)


def test_a_secret_is_whsec_and_32_random_bytes() -> None:
    text = shown(new_secret())

    assert text.startswith("whsec_")
    assert len(base64.b64decode(text.removeprefix("whsec_"))) == 32
    assert shown(new_secret()) != text


def test_what_is_sealed_is_opened_in_its_place_by_its_key_and_not_otherwise() -> None:
    secret, vault = new_secret(), Vault(KEY)
    sealed = vault.seal(ROW, secret)

    assert secret not in sealed
    assert vault.open(kept(sealed)) == secret
    with pytest.raises(CannotOpenError):
        vault.open(kept(sealed, OTHER_ROW))
    with pytest.raises(CannotOpenError):
        Vault(bytes(32)).open(kept(sealed))
    with pytest.raises(CannotOpenError):
        vault.open(kept(sealed[:-1] + bytes([sealed[-1] ^ 1])))


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    secret, vault = new_secret(), Vault(KEY)
    assert vault.seal(ROW, secret) != vault.seal(ROW, secret)


def test_without_a_key_nothing_is_sealed_or_opened() -> None:
    vault = Vault(None)

    assert not vault.has_a_key
    with pytest.raises(CannotOpenError):
        vault.seal(ROW, new_secret())
    with pytest.raises(CannotOpenError):
        vault.open(kept(b""))


@pytest.mark.parametrize("text", ["", "secret", base64.b64encode(bytes(31)).decode(), "!" * 44])
def test_a_key_that_is_none_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        key_of(text)
