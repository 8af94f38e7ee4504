"""What a service may have answered, and what can be done with a referral from where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.terms import BusinessStatus, CoordinationPurpose, InformationScope, ReasonCode, ReferralStatus
from contracts.values import Consent
from services.desk.model.pictures import ClientPicture, ReferralPicture

R = ReferralStatus
ASKED = frozenset({R.REQUESTED})
AT_WORK = frozenset({R.ACCEPTED, R.IN_PROGRESS, R.ON_HOLD})
OPEN = ASKED | AT_WORK | {R.DRAFT}


@dataclass(frozen=True, slots=True)
class Answer:
    """Something that a service may say: from where, and what has to be said with it."""

    source: frozenset[ReferralStatus]
    words: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    meeting: bool = False


ANSWERS: Mapping[str, Answer] = {
    "accept": Answer(ASKED, "Yes, they can help"),
    "decline": Answer(ASKED, "They cannot help", needs=("reason", "text"), may=("capacity",)),
    "schedule": Answer(AT_WORK, "A meeting is arranged, or has moved", needs=("starts_at",), may=("remote",)),
    "hold": Answer(AT_WORK, "It has to wait, for a place on a list for example", needs=("text",)),
    "progress": Answer(AT_WORK, "They are at work on it", may=("text",)),
    "unschedule": Answer(AT_WORK, "The meeting was called off", may=("text",), meeting=True),
    "kept": Answer(AT_WORK, "They have met", meeting=True),
    "missed": Answer(AT_WORK, "The meeting did not take place", meeting=True),
    "complete": Answer(AT_WORK, "Help was given", needs=("text",)),
    "fail": Answer(AT_WORK, "They began, and could not give the help", needs=("reason", "text")),
}
"""What may be written down after a call or a letter, in the order in which it is offered."""

REASONS: tuple[ReasonCode, ...] = (
    ReasonCode.NO_CAPACITY,
    ReasonCode.NOT_ELIGIBLE,
    ReasonCode.WRONG_SERVICE,
    ReasonCode.CANNOT_REACH,
    ReasonCode.REFERRED_ELSEWHERE,
    ReasonCode.OTHER,
)
CANCELS: tuple[ReasonCode, ...] = (
    ReasonCode.UNANSWERED,
    ReasonCode.REFERRED_ELSEWHERE,
    ReasonCode.WRONG_SERVICE,
    ReasonCode.CANNOT_REACH,
    ReasonCode.BARRIER_WITHDRAWN,
    ReasonCode.OTHER,
)
"""Why we may call a referral off."""


def possible_answers(referral: ReferralPicture) -> list[str]:
    """What the service may have said, as the referral stands."""
    met = referral.business_status is BusinessStatus.SCHEDULED
    return [
        name
        for name, answer in ANSWERS.items()
        if referral.status in answer.source and (met or not answer.meeting)
    ]


def possible_deeds(referral: ReferralPicture) -> list[str]:
    """What we can do with a referral as it stands, the likeliest first."""
    status = referral.status
    deeds = {
        "choice": status is R.DRAFT and sum(1 for one in referral.candidates if one.rank is not None) > 1,
        "send": status is R.DRAFT,
        "answer": status in ASKED | AT_WORK,
        "confirm": status in AT_WORK | {R.COMPLETED},
        "decline": status in OPEN,
        "cancel": status in OPEN,
    }
    return [name for name, can in deeds.items() if can]


def consent_for(client: ClientPicture, referral: ReferralPicture, now: datetime) -> Consent | None:
    """The consent on which a service may be told at this moment; None where there is none."""
    purpose = CoordinationPurpose.CARE_COORDINATION
    covering = (
        one
        for one in client.consents
        # A consent covers the record that it was given for, whoever turned out to be one person.
        if one.client_id == referral.client_id and one.covers(referral.organization_id, purpose, now)
    )
    return next((one for one in covering if InformationScope.NEED in one.scopes), None)
