"""A task with everything that one needs to do it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from pydantic import Field

from services.desk.model.pictures import (
    BarrierPicture,
    ClientPicture,
    Picture,
    PlanPicture,
    ReferralPicture,
    TaskPicture,
)


class Work(Picture):
    """A task, whose it is, and what it is about. What has not been heard yet is left out."""

    task: TaskPicture
    client: ClientPicture | None = None
    """The record that stands for the client, where theirs were put together."""
    barriers: tuple[BarrierPicture, ...] = ()
    plans: tuple[PlanPicture, ...] = ()
    referral: ReferralPicture | None = None
    replies: tuple[str, ...] = ()
    """What the client wrote lately, the latest first."""
    team_ids: frozenset[UUID] = frozenset()
    """The teams that look after the client."""
    caretaker: UUID | None = None
    """Who looks after the client."""
    names: Mapping[UUID, str] = Field(default_factory=dict)
    """What the staff concerned are called."""
    others: tuple[TaskPicture, ...] = ()
    """What else there is to do for the client."""
