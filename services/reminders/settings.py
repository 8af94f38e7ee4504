"""What the reminders process needs to know beyond what every service needs."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from contracts.terms import ChannelKind
from services.reminders.model import SendingRules
from shared.settings import ServiceSettings


class RemindersSettings(ServiceSettings):
    """The common settings, the rules of the send-time gate, and the providers.

    A kind of channel without a provider goes to the development mailbox; where that is switched off too,
    it does not exist and nothing is sent by it.
    """

    reminders_quiet_from: time = time(20, 0)
    """When quiet hours begin, on the client's own clock."""
    reminders_quiet_until: time = time(8, 0)
    """When quiet hours end, on the client's own clock; the same as the beginning means there are none."""
    reminders_most_per_day: Annotated[int, Field(ge=1, le=20)] = 2
    """How many messages a client gets in any 24 hours."""
    reminders_most_per_week: Annotated[int, Field(ge=1, le=50)] = 6
    """How many messages a client gets in any 7 days."""
    reminders_most_attempts: Annotated[int, Field(ge=1, le=10)] = 5
    """How often a provider is asked before a message counts as not delivered."""

    reminders_provider_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """How long one try at a provider may take, in real seconds."""
    reminders_lease_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """After how many real seconds a message in the hands of a process that died is looked at anew."""

    reminders_development_mailbox: bool = True
    """Whether messages without a provider are kept in Postgres, for GET /mailbox. Off in production."""

    reminders_smtp_url: SecretStr | None = None
    """smtp://user:password@host:port (STARTTLS where offered) or smtps://...; unset, there is no provider."""
    reminders_smtp_sender: str = "Your care team <no-reply@foothold.invalid>"

    reminders_sms_url: str | None = None
    """Where the SMS gateway takes a POST; unset, text messages have no provider."""
    reminders_sms_key: SecretStr | None = None
    """Sent to the SMS gateway as a bearer credential."""
    reminders_gateway_key: SecretStr | None = None
    """What a gateway that brings replies proves itself with: `fhk_` and at least 24 more characters."""

    @model_validator(mode="after")
    def _lease_outlasts_a_try(self) -> Self:
        if self.reminders_lease_seconds < 2 * self.reminders_provider_seconds:
            raise ValueError("reminders_lease_seconds must be at least twice reminders_provider_seconds")
        return self

    @model_validator(mode="after")
    def _gateway_key_is_a_key(self) -> Self:
        key = self.reminders_gateway_key
        if key is not None and not (key.get_secret_value().startswith("fhk_") and len(key) >= 28):
            raise ValueError("reminders_gateway_key begins with fhk_ and has at least 24 more characters")
        return self

    @property
    def reachable(self) -> frozenset[ChannelKind]:
        """The kinds of channel that have a provider, be it the mailbox."""
        providers = {ChannelKind.SMS: self.reminders_sms_url, ChannelKind.EMAIL: self.reminders_smtp_url}
        return frozenset(kind for kind, url in providers.items() if url or self.reminders_development_mailbox)

    @property
    def rules(self) -> SendingRules:
        """The rules of the gate."""
        return SendingRules(
            quiet_from=self.reminders_quiet_from,
            quiet_until=self.reminders_quiet_until,
            most_per_day=self.reminders_most_per_day,
            most_per_week=self.reminders_most_per_week,
            most_attempts=self.reminders_most_attempts,
            reachable=self.reachable,
        )
