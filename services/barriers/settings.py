"""What a barriers process needs to know."""

from __future__ import annotations

from pathlib import Path

from shared.settings import ServiceSettings


class BarriersSettings(ServiceSettings):
    """The common settings, and where the playbook is."""

    barriers_playbook: Path | None = None
    """A folder with a playbook of one's own, whole; unset, the one that comes with Foothold."""
