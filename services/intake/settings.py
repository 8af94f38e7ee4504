"""What the intake process needs to know; nothing beyond what every service needs."""

from __future__ import annotations

from shared.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """The common settings. Intake calls nobody and needs no secret of its own."""
