"""The playbook: what each kind of barrier leads to, as YAML that a case manager can read and change."""

from services.barriers.playbook.lint import Finding, findings
from services.barriers.playbook.load import (
    PLAYBOOK_FOLDER,
    PlaybookError,
    load_playbook,
    load_texts,
    read_texts,
)

__all__ = [
    "PLAYBOOK_FOLDER",
    "Finding",
    "PlaybookError",
    "findings",
    "load_playbook",
    "load_texts",
    "read_texts",
]
