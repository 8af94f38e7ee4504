"""What the desk needs to know beyond what every service needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr

from contracts.values import TimeZoneName
from shared.settings import ServiceSettings


class DeskSettings(ServiceSettings):
    """The common settings, where the other services are, and how long somebody stays signed in."""

    token_private_key: SecretStr
    """PEM of the Ed25519 key with which the desk speaks to services on the behalf of staff."""
    intake_url: str = "http://127.0.0.1:8101"
    barriers_url: str = "http://127.0.0.1:8102"
    navigation_url: str = "http://127.0.0.1:8103"
    reminders_url: str = "http://127.0.0.1:8104"

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
