"""What somebody typed and could not send, because their session had ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

KEPT_FOR = timedelta(hours=1)
Fields = Mapping[str, Sequence[str]]
"""What was typed into each field of a form, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """A form as it was sent, kept for the one whose session it was."""

    id: UUID
    path: str
    """Where it was sent to."""
    page: str
    """The page that it stands on, with its query."""
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A page with what was typed in its form again."""

    html: str
    left: tuple[str, ...]
    """What was typed and has no place in the page any more."""
