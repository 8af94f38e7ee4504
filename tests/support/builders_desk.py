"""Any event that the desk may hear, as its contract's own sample tells it; say only what a test is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from contracts.event import Event

E = TypeVar("E", bound=Event)
_SAMPLES = Path(__file__).parents[2] / "contracts" / "samples"


def stated(kind: type[E], **fields: object) -> E:
    """An event of this type with everything in it."""
    sample = json.loads((_SAMPLES / kind.subject / "v1-full.json").read_text())
    return kind.model_validate(sample | fields)
