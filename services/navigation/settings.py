"""What the navigation process needs to know; nothing beyond what every service needs."""

from __future__ import annotations

from shared.settings import ServiceSettings


class NavigationSettings(ServiceSettings):
    """The common settings. Navigation calls nobody and needs no secret of its own."""
