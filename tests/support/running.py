"""Services started in the test's own process, on the real servers, and tokens to call them with."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import SecretStr

from deploy.local.servers import MessageServer
from shared.auth import Caller, issue_token
from shared.settings import ServiceSettings
from tests.support.database import Database
from tests.support.servers import NATS_PASSWORD, NATS_USER

_KEY = Ed25519PrivateKey.generate()
PRIVATE_KEY = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC_KEY = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
STAFF_ID = UUID("01960000-0000-7000-8000-0000000000aa")


def settings_for(
    kind: type[ServiceSettings], service: str, *, database: Database, nats: MessageServer, **more: object
) -> ServiceSettings:
    """Settings with which a service finds the test's servers; whatever the test wants on top."""
    values: dict[str, object] = {
        "database_url": SecretStr(database.url(service)),
        "nats_url": nats.url,
        "nats_user": NATS_USER,
        "nats_password": SecretStr(NATS_PASSWORD),
        "token_public_key": PUBLIC_KEY,
        # The desk speaks for staff; the others take no notice of it.
        "token_private_key": SecretStr(PRIVATE_KEY),
        "database_pool_size": 6,
        "shutdown_grace_seconds": 2.0,
    }
    return kind.model_validate(values | more)


def bearer(*roles: str, kind: str = "staff", subject: UUID = STAFF_ID) -> dict[str, str]:
    """An Authorization header of someone with these roles."""
    caller = Caller(subject=subject, kind=kind, roles=frozenset(roles))  # type: ignore[arg-type]
    return {"Authorization": "Bearer " + issue_token(PRIVATE_KEY, caller, lifetime=timedelta(minutes=30))}
