"""What the desk needs to know beyond what every service needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, model_validator

from contracts.values import TimeZoneName
from services.desk.model.staff import Role
from shared.settings import ServiceSettings


class DeskSettings(ServiceSettings):
    """The common settings, where the other services are, and how long somebody stays signed in."""

    token_private_key: SecretStr
    """PEM of the Ed25519 key with which the desk speaks to services on the behalf of staff."""
    intake_url: str = "http://127.0.0.1:8101"
    barriers_url: str = "http://127.0.0.1:8102"
    navigation_url: str = "http://127.0.0.1:8103"
    reminders_url: str = "http://127.0.0.1:8104"

    desk_organization: Annotated[str, Field(min_length=1, max_length=200)] = "Foothold"
    """Whose desk this is, by the name that stands on consents: who is allowed to tell."""
    desk_time_zone: TimeZoneName = "UTC"
    """In which zone staff read times that are not a client's."""
    desk_public_url: str = "http://127.0.0.1:8105"
    """Where browsers find the desk; cookies are sent over https only where it begins with https."""
    desk_idle_minutes: Annotated[int, Field(ge=5, le=24 * 60)] = 60
    """After how many minutes without a request somebody has to sign in again, in real time."""
    desk_session_hours: Annotated[int, Field(ge=1, le=72)] = 12
    """After how many hours somebody has to sign in again in any case, in real time."""
    desk_command_seconds: Annotated[float, Field(gt=0, le=30)] = 8.0
    """How long a service may take to answer a command."""

    desk_local_accounts: bool = True
    """Whether people may sign in with a password that is kept here; false where all come from a provider."""
    desk_oidc_issuer: str = ""
    """The OpenID Connect provider through which people sign in; empty where there is none."""
    desk_oidc_name: str = "your organisation"
    """What the provider is called on the page where people sign in."""
    desk_oidc_client_id: str = ""
    desk_oidc_client_secret: SecretStr | None = None
    """None where the provider knows the desk as a public client, which PKCE alone protects."""
    desk_oidc_scopes: str = "openid email profile"
    desk_oidc_roles_claim: str = "groups"
    """The claim that says what somebody may do; dots lead into it, such as `realm_access.roles`."""
    desk_oidc_roles: Mapping[str, Role] = Field(default_factory=dict)
    """Which value of the claim stands for which role here; who has none of these values is not let in."""

    @model_validator(mode="after")
    def _there_is_a_way_in(self) -> Self:
        if not self.desk_local_accounts and not self.desk_oidc_issuer:
            raise ValueError("either local accounts or an OpenID Connect provider must be there to sign in")
        return self

    @property
    def secure(self) -> bool:
        """Whether browsers come over https."""
        return self.desk_public_url.startswith("https:")

    @property
    def zone(self) -> ZoneInfo:
        """The zone of staff."""
        return ZoneInfo(self.desk_time_zone)

    @property
    def idle(self) -> timedelta:
        """How long a session lasts without a request."""
        return timedelta(minutes=self.desk_idle_minutes)

    @property
    def longest_session(self) -> timedelta:
        """How long a session lasts at most."""
        return timedelta(hours=self.desk_session_hours)
