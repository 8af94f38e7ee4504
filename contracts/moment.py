"""A moment as it comes from outside: with its offset, and no further away than any life or any calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))
]
"""At the ends of time, sums with zones and columns overflow; nothing that is meant is there."""
