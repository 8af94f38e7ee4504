"""What the navigation process needs to know beyond what every service needs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from contracts.values import TimeZoneName
from services.navigation.channels.webhook_secrets import key_of
from services.navigation.model.links import LinkRules, SigningKeys
from shared.settings import ServiceSettings

HERE = frozenset({"127.0.0.1", "::1", "localhost"})
SHORTEST_KEY = 32


class NavigationSettings(ServiceSettings):
    """The common settings, and what it takes to reach partners: their own systems, and links in mails.

    Links are made where there is a public address and a key to sign with; elsewhere no partner can be
    written to.
    """

    nats_partners_url: str = ""
    """Where partners connect to; if empty, where we do."""
    nats_door_user: str = "door"
    nats_door_password: SecretStr | None = None
    """Of the user who is asked by NATS who may connect. Without it no partner can connect to NATS."""
    nats_issuer_seed: SecretStr | None = None
    """The nkey that signs partners' connections; the configuration of NATS names its public half."""

    navigation_public_url: str | None = None
    """Where partners' browsers find this service: https://..., or http://127.0.0.1:... for development."""
    navigation_link_keys: SecretStr | None = None
    """What links are signed with: `name:key name:key`; the first signs, all are believed. To change keys,
    put a new one in front, and take the old one away once its links have expired."""
    navigation_link_lifetime: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=90))] = timedelta(
        days=14
    )
    """How long a link works, in real time."""
    navigation_link_visits_per_minute: Annotated[int, Field(ge=1)] = 30
    navigation_address_visits_per_minute: Annotated[int, Field(ge=1)] = 120
    navigation_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    """How many proxies of ours stand in front, each adding to X-Forwarded-For where a request came from."""
    navigation_time_zone: TimeZoneName = "Europe/London"
    """Where our partners keep their clocks, for clients whose own zone may not be told."""

    navigation_smtp_url: SecretStr | None = None
    """smtp://user:password@host:port (STARTTLS, always) or smtps://...; unset, there is no mail server."""
    navigation_smtp_sender: str = "Foothold <no-reply@foothold.invalid>"
    navigation_smtp_authorities: Path | None = None
    """Whose certificates a mail server may show, as PEM; unset, those that this machine trusts."""
    navigation_mail_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """How long one try at the mail server may take, in real seconds."""
    navigation_mail_attempts: Annotated[int, Field(ge=1, le=20)] = 13
    """How often a mail is tried before it is given up; thirteen times take about two days."""
    navigation_development_mailbox: bool = True
    """Whether mails without a server are kept in Postgres, for GET /mailbox. Off in production."""

    navigation_webhook_key: SecretStr | None = None
    """32 bytes in base64, under which webhooks' signing secrets are kept; unset, there are no webhooks."""
    navigation_webhooks_local_development: bool = False
    """Whether webhooks may go to loopback, over http and to any port. Never in production."""
    navigation_webhook_seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    """How long an endpoint may take to answer, in real seconds."""
    navigation_webhooks_at_once: Annotated[int, Field(ge=1, le=2000)] = 256
    """How many requests to all endpoints together one process has in hand."""

    navigation_import_folder: Path | None = None
    """Where an uploaded directory is unpacked while it is read, up to 2 GB; unset, the system's own place."""

    @field_validator("navigation_webhook_key")
    @classmethod
    def _key_is_a_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            key_of(key.get_secret_value())
        return key

    @field_validator("navigation_public_url")
    @classmethod
    def _no_secret_travels_in_the_clear(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        here = parts.scheme == "http" and parts.hostname in HERE
        if not (here or parts.scheme == "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("navigation_public_url is https://host/path; http only for this very machine")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _keys_are_keys(self) -> Self:
        self._keys()
        return self

    def _keys(self) -> SigningKeys | None:
        if self.navigation_link_keys is None:
            return None
        keys: dict[str, bytes] = {}
        for text in self.navigation_link_keys.get_secret_value().split():
            name, _, key = text.partition(":")
            if not (name.isascii() and name.isalnum() and len(name) <= 16) or len(key) < SHORTEST_KEY:
                raise ValueError(
                    f"navigation_link_keys is `name:key name:key`, keys of at least {SHORTEST_KEY} characters"
                )
            keys[name] = key.encode()
        if not keys:
            raise ValueError("navigation_link_keys has no key in it")
        return SigningKeys(keys)

    @property
    def link_rules(self) -> LinkRules | None:
        """How links are made; None where they are not."""
        keys = self._keys()
        if keys is None or self.navigation_public_url is None:
            return None
        return LinkRules(
            keys=keys,
            public_url=self.navigation_public_url,
            lifetime=self.navigation_link_lifetime,
            visits_of_link=self.navigation_link_visits_per_minute,
            visits_from_address=self.navigation_address_visits_per_minute,
            proxies=self.navigation_proxies,
            time_zone=self.navigation_time_zone,
        )
