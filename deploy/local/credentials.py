"""Secrets of one installation: made on the first run, readable by their owner only, kept ever after."""

import base64
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.accounts import COLLEAGUES
from deploy.local.services import OWNER, SERVICES, role_of
from services.desk.commands.accounts import first_password
from shared.auth import Caller, Kind, issue_token
from shared.callout import Issuer, new_issuer_seed

# The NATS user of tools and tests, who may watch and provision everything; no service has it.
OPERATOR = "operator"
# The NATS user that lets partners' connections in and ends them; navigation has it beside its own.
DOOR = "door"
ISSUER_VARIABLE = "FOOTHOLD_NATS_ISSUER"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Every secret of one installation."""

    token_key: str
    """Ed25519 private key that signs tokens, PEM."""
    token_public_key: str
    """What services check tokens with, PEM."""
    superuser: str
    """Password of PostgreSQL's superuser."""
    roles: Mapping[str, str]
    """Passwords by database role."""
    nats: Mapping[str, str]
    """Passwords by NATS user."""
    nats_issuer_seed: str
    """The account nkey that signs partners' connections; NATS knows its public half."""
    colleagues: Mapping[str, str]
    """First passwords of the invented colleagues at the desk, by role."""
    own: Mapping[str, Mapping[str, str]]
    """What only one service has: its settings by service."""

    @property
    def nats_variables(self) -> dict[str, str]:
        """What NATS's configuration looks up: passwords, as FOOTHOLD_NATS_PASSWORD_INTAKE, and the issuer."""
        passwords = {f"FOOTHOLD_NATS_PASSWORD_{user.upper()}": word for user, word in self.nats.items()}
        return passwords | {ISSUER_VARIABLE: Issuer(self.nats_issuer_seed).public_key}

    def token(
        self,
        kind: Kind,
        roles: Iterable[str] = (),
        *,
        subject: UUID | None = None,
        lifetime: timedelta = timedelta(hours=12),
    ) -> str:
        """Sign a token, valid in real time from now; without a subject, one that its kind and roles imply."""
        names = frozenset(roles)
        implied = uuid5(NAMESPACE_URL, f"foothold:{kind}:{','.join(sorted(names))}")
        return issue_token(self.token_key, Caller(subject or implied, kind, names), lifetime=lifetime)


def credentials_in(folder: Path) -> Credentials:
    """Return the secrets kept in a folder, making those that are missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    token_key = _kept(folder / "token_private.pem", _private_key)
    return Credentials(
        token_key=token_key,
        token_public_key=_public_key(token_key),
        superuser=_kept(folder / "postgres_superuser", _password),
        roles={role: _kept(folder / role, _password) for role in (OWNER, *map(role_of, SERVICES))},
        nats={user: _kept(folder / f"nats_{user}", _password) for user in (*SERVICES, OPERATOR, DOOR)},
        nats_issuer_seed=_kept(folder / "nats_issuer", _issuer_seed),
        colleagues={
            one.role.value: _kept(folder / f"colleague_{one.role}", first_password) for one in COLLEAGUES
        },
        own={
            "navigation": {
                "FOOTHOLD_NAVIGATION_WEBHOOK_KEY": _kept(folder / "webhook_key", _sealing_key),
                "FOOTHOLD_NAVIGATION_LINK_KEYS": "local:" + _kept(folder / "link_key", _password),
            },
        },
    )


def _kept(file: Path, make: Callable[[], str]) -> str:
    try:
        return file.read_text()
    except FileNotFoundError:
        pass
    # Written beside its place first: a secret is there whole or not at all.
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(make())
    draft.replace(file)
    return file.read_text()


def _password() -> str:
    # Begins with a letter: NATS reads a value that looks like a number as one.
    return f"p{secrets.token_hex(24)}"


def _issuer_seed() -> str:
    return new_issuer_seed(secrets.token_bytes(32))


def _sealing_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _private_key() -> str:
    return (
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    )


def _public_key(private_pem: str) -> str:
    key = load_pem_private_key(private_pem.encode(), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
