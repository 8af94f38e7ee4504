"""Invented clients for the journeys: somebody in Leeds to whom it matters, unless a story says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import UUID

from deploy.local.demo.people import Person
from deploy.local.demo.stage import Stage

_numbers = count(1)
WEEKDAYS = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in range(1, 6)]


def somebody(
    *,
    barrier: Mapping[str, object] | None = None,
    details: Mapping[str, object] | None = None,
    rulers: Mapping[str, int] | None = None,
    consents: bool = True,
) -> Person:
    """A client who says that the last bus is gone, and to go ahead."""
    number = next(_numbers)
    mobile = {"kind": "sms", "address": f"+4477009555{number:02}", "safe": True, "preferred": True}
    return Person(
        name=f"Quillon Ferrymoor {number}",
        about="invented",
        details={
            "postcode": "LS1 4AP",
            "born_on": "1990-05-17",
            "available": WEEKDAYS,
            "channels": [mobile],
            "is_someone_else": True,
        }
        | dict(details or {}),
        rulers=rulers or {"importance": 8, "confidence": 6},
        goal="I want to sleep through the night.",
        consents=consents,
        barrier={
            "words": "The last bus is gone by the time I finish work.",
            "category": "transport",
            "strength": 2,
            "wish": "go_ahead",
        }
        | dict(barrier or {}),
    )


async def barrier_of(stage: Stage, client_id: UUID) -> dict[str, Any]:
    """The client's one barrier, as barriers shows it."""
    page = await stage.read("barriers", "/barriers", client_id=str(client_id))
    [barrier] = page["items"]
    found: dict[str, Any] = barrier
    return found


async def referrals_of(stage: Stage, client_id: UUID) -> list[dict[str, Any]]:
    """The client's referrals, in the order in which they were prepared."""
    items: list[dict[str, Any]] = (await stage.read("navigation", "/referrals", client_id=str(client_id)))[
        "items"
    ]
    return items
