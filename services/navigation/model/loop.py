"""What is said of partners: one by one in their record, counted in the figures of the loop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.terms import ChangedBy, ReasonCode


class LineKind(StrEnum):
    """What a line of a partner's record tells: that a referral was sent, or how it was moved since."""

    SENT = "sent"
    ACCEPT = "accept"
    DECLINE = "decline"
    UNANSWERED = "unanswered"
    HOLD = "hold"
    PROGRESS = "progress"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    MISSED = "missed"
    KEPT = "kept"
    STALLED = "stalled"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"
    CLIENT_DECLINES = "client_declines"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """One line of a partner's record. `waited_hours`: from sending to the answer or to silence."""

    at: datetime
    referral_id: UUID
    version: int
    kind: LineKind
    service_id: UUID
    service_name: str
    by: ChangedBy | None
    reason: ReasonCode | None
    reason_text: str | None
    waited_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresAsked:
    """Which referrals are counted: those sent from `since` on and before `until`."""

    since: datetime
    until: datetime
    organization_id: UUID | None = None
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopFigures:
    """How the loop went with one service of one partner. Times are clock hours, nights and weekends included.

    `answered` counts the partner's own yes or no, however late; `unanswered` those whose time ran out first.
    What the client says is counted among the completed ones, and `got_help` among all.
    """

    organization_id: UUID
    organization_name: str
    service_id: UUID
    service_name: str
    sent: int
    answered: int
    declined: int
    unanswered: int
    waiting: int
    stalled: int
    called_off: int
    completed: int
    confirmed_yes: int
    confirmed_no: int
    confirmed_unknown: int
    got_help: int
    median_hours_to_answer: float | None
    mean_hours_to_answer: float | None
