"""What the navigation process needs to know beyond what every service needs."""

from __future__ import annotations

from pydantic import SecretStr

from shared.settings import ServiceSettings


class NavigationSettings(ServiceSettings):
    """The common settings, and what it takes to let partners' own systems in."""

    nats_door_user: str = "door"
    nats_door_password: SecretStr | None = None
    """Of the user who is asked by NATS who may connect. Without it no partner can connect to NATS."""
    nats_issuer_seed: SecretStr | None = None
    """The nkey that signs partners' connections; the configuration of NATS names its public half."""
