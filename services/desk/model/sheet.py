"""The sheet "what I heard and what happens next": what it is composed of, and what stands on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.model.pictures import (
    BarrierPicture,
    ClientPicture,
    PlanPicture,
    ReferralPicture,
    TaskPicture,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the desk knows of a client, as far as a sheet tells it."""

    client: ClientPicture
    barriers: Sequence[BarrierPicture] = ()
    plans: Sequence[PlanPicture] = ()
    tasks: Sequence[TaskPicture] = ()
    referrals: Sequence[ReferralPicture] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that gets in the way, as the sheet tells it."""

    words: str
    own_idea: str = ""
    wish: str = ""
    """What they asked us to do, in a sentence to them."""
    happens: Sequence[str] = ()
    """What we do about it, each in a sentence to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page for the client, in their words and in plain ones, spoken to them."""

    name: str
    direction: str
    """`rtl` where the client's language is written from right to left."""
    matters: Sequence[str]
    barriers: Sequence[Heard]
    next_steps: Sequence[tuple[str, str]]
    """What we will do, and who and when, in words."""
    written: Sequence[str]
    """What is written down."""
    seen_by: Sequence[str]
    told: Sequence[str]
    """What may be told to whom, and until when; one sentence where it is nothing to nobody."""
    stopping: Sequence[str]
    """How to change one's mind, or stop."""
