"""Secrets of one installation."""

import stat
from pathlib import Path

import jwt
import pytest

from deploy.local.credentials import credentials_in
from deploy.local.services import SERVICES
from deploy.local.system import authorization_for
from shared.auth import TokenVerifier
from shared.errors import Unauthenticated


def test_are_made_once_and_kept(tmp_path: Path) -> None:
    assert credentials_in(tmp_path / "secrets") == credentials_in(tmp_path / "secrets")


def test_differ_between_installations_and_between_users(tmp_path: Path) -> None:
    one, other = credentials_in(tmp_path / "one"), credentials_in(tmp_path / "other")
    passwords = [*one.roles.values(), *one.nats.values(), one.superuser]

    assert len(set(passwords)) == len(passwords)
    assert not set(passwords) & {*other.roles.values(), *other.nats.values(), other.superuser}
    assert one.token_key != other.token_key


def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    credentials_in(tmp_path / "secrets")

    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "secrets").iterdir()} == {0o600}


def test_a_secret_that_was_half_written_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres_superuser.new").write_text("p12")

    assert len(credentials_in(tmp_path).superuser) > 40


def test_a_token_names_its_bearer_and_only_this_installation_accepts_it(tmp_path: Path) -> None:
    one, other = credentials_in(tmp_path / "one"), credentials_in(tmp_path / "other")
    token = one.token("staff", ["case_manager"])

    caller = TokenVerifier(one.token_public_key).caller_of(token)

    assert caller.kind == "staff"
    assert caller.roles == {"case_manager"}
    assert caller == TokenVerifier(one.token_public_key).caller_of(one.token("staff", ["case_manager"]))
    with pytest.raises(Unauthenticated):
        TokenVerifier(other.token_public_key).caller_of(token)


def test_a_token_ends(tmp_path: Path) -> None:
    claims = jwt.decode(credentials_in(tmp_path).token("service"), options={"verify_signature": False})

    assert claims["exp"] - claims["iat"] == 12 * 3600


def test_brokers_passwords_are_looked_up_and_never_written_down(tmp_path: Path) -> None:
    credentials = credentials_in(tmp_path)
    text = authorization_for(credentials)

    for service in SERVICES:
        assert f"$FOOTHOLD_NATS_PASSWORD_{service.upper()}" in text
        assert f"FOOTHOLD_NATS_PASSWORD_{service.upper()}" in credentials.nats_variables
    assert not [password for password in credentials.nats.values() if password in text]
