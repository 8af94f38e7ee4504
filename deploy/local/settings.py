"""Settings of the embedded runtime, and what of our environment children may see."""

import os
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[2]

# Where programs and certificates are, and in which language; nothing that could configure a service.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "NO_COLOR", "TERM")


class LocalSettings(BaseSettings):
    """Where the embedded system keeps what it knows."""

    model_config = SettingsConfigDict(env_prefix="FOOTHOLD_", frozen=True, extra="ignore")

    home: Path = ROOT / ".foothold"
    """Data, secrets and logs; created when missing."""


def basic_environment() -> dict[str, str]:
    """Return the part of our environment that every child gets; all else is said to it explicitly."""
    kept = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
