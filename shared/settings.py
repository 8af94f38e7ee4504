"""Settings that every service has. Only settings read the environment.

Each comes from an environment variable with the prefix FOOTHOLD_, or from a file: FOOTHOLD_SECRETS_DIR
names a folder with one file per secret (`foothold_database_url`, `foothold_nats_password`, ...).
"""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import AwareDatetime, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)


class ServiceSettings(BaseSettings):
    """What a process needs to know. Immutable; a wrong value stops the start with its name and reason."""

    model_config = SettingsConfigDict(
        env_prefix="FOOTHOLD_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: SecretStr
    """PostgreSQL, as the service's own role."""
    owner_database_url: SecretStr | None = None
    """PostgreSQL, as the owner of the schemas; needed by `migrate` only."""
    database_pool_size: Annotated[int, Field(ge=2, le=100)] = 8
    nats_url: str = "nats://127.0.0.1:4222"
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0 takes any free port."""
    token_public_key: str
    """PEM of the Ed25519 key that staff and service tokens are signed with."""
    clock_rate: Annotated[float, Field(ge=1)] = 1.0
    clock_origin: AwareDatetime | None = None
    clock_started_at: AwareDatetime | None = None
    log_level: str = "INFO"
    otlp_endpoint: str | None = None
    """Where traces go (OTLP over HTTP). Unset, nothing leaves the process."""
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 0.1
    shutdown_grace_seconds: Annotated[float, Field(gt=0, le=60)] = 4.0

    @classmethod
    def settings_customise_sources(  # noqa: PLR0917 - pydantic-settings' own signature
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the secrets folder; never a .env file."""
        folder = os.environ.get("FOOTHOLD_SECRETS_DIR")
        if folder is None:
            return init_settings, env_settings
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secrets_dir=folder)
