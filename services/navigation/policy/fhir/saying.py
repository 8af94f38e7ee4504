"""What a Task says of the things that a partner may change: read once, compared as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.terms import BusinessStatus, ReferralStatus
from services.navigation.model.fhir import CodeableConcept, Parameter, Task
from services.navigation.policy.fhir import terms

WITH_REASON = frozenset(
    {
        ReferralStatus.REJECTED.value,
        ReferralStatus.ON_HOLD.value,
        ReferralStatus.FAILED.value,
        ReferralStatus.CANCELLED.value,
    }
)
"""Statuses that are given a reason."""

ENDS = frozenset(
    {
        ReferralStatus.REJECTED.value,
        ReferralStatus.COMPLETED.value,
        ReferralStatus.FAILED.value,
        ReferralStatus.CANCELLED.value,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An update that cannot be taken as it is: why, and which element it is about."""

    why: str
    element: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting as outputs of a Task tell it."""

    starts_at: datetime
    remote: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a Task says: where it stands, why, about which meeting, and what came of it."""

    status: str
    business: str | None
    text: str | None
    reason: str | None
    meeting: Meeting | None
    outcome: str | None


def saying(task: Task) -> Saying | Refused:
    """Read what a Task says; what cannot be understood is named."""
    business = terms.codes_in(task.business_status, terms.BSER)
    reasons = terms.codes_in(task.status_reason, terms.REASONS)
    if len(business) > 1 or (task.business_status is not None and not business):
        return Refused(why=f"Name one code of {terms.BSER}.", element="Task.businessStatus")
    if business and business[0] not in {status.value for status in BusinessStatus}:
        return Refused(why="This is not one of BSeR's business statuses.", element="Task.businessStatus")
    if len(reasons) > 1:
        return Refused(why=f"Name one code of {terms.REASONS}.", element="Task.statusReason")
    if task.status_reason is not None and not _words(task.status_reason):
        return Refused(why="Say the reason in words.", element="Task.statusReason.text")
    produced = _produced(task.output or ())
    if isinstance(produced, Refused):
        return produced
    meeting, outcome = produced
    return Saying(
        status=task.status,
        business=business[0] if business else None,
        text=_words(task.status_reason),
        reason=reasons[0] if reasons else None,
        meeting=meeting,
        outcome=outcome,
    )


def stands_as_said(said: Saying, now: Saying) -> bool:
    """Whether a Task stands exactly where an update would bring it, so that the update is a repeat."""
    if said.status != now.status:
        return False
    checks = {
        "reason": _same_reason(said, now),
        "outcome": said.status != ReferralStatus.COMPLETED.value or said.outcome == now.outcome,
        "business": _same_business(said, now),
        "meeting": now.business != BusinessStatus.SCHEDULED.value or said.meeting in {None, now.meeting},
    }
    return all(checks.values())


def _same_reason(said: Saying, now: Saying) -> bool:
    if said.status in WITH_REASON:
        return said.text == now.text and said.reason in {None, now.reason}
    # An appointment or an outcome takes the place of words that the Task had before.
    booked = now.business == BusinessStatus.SCHEDULED.value
    replaced = now.text is None and (booked or now.status == ReferralStatus.COMPLETED.value)
    return replaced or said.text in {None, now.text}


def _same_business(said: Saying, now: Saying) -> bool:
    # Whoever repeats an update may still have the business status from before it was made.
    if said.business is None or said.status in ENDS:
        return True
    created = said.status == ReferralStatus.ACCEPTED.value and said.business == BusinessStatus.CREATED.value
    return created or said.business == now.business


def _words(concept: CodeableConcept | None) -> str | None:
    text = concept.text if concept else None
    return text if text and text.strip() else None


def _produced(outputs: tuple[Parameter, ...]) -> tuple[Meeting | None, str | None] | Refused:
    starts_at: datetime | None = None
    remote = False
    outcome: str | None = None
    for place, output in enumerate(outputs):
        value = _value(output)
        match value:
            case datetime():
                starts_at = value
            case bool():
                remote = value
            case str():
                outcome = value
            case None:
                return Refused(
                    why="Send an appointment-start with a valueDateTime, an appointment-remote with a "
                    "valueBoolean, or a resulting-activity with words.",
                    element=f"Task.output[{place}]",
                )
    if remote and starts_at is None:
        return Refused(why="Say when the appointment is.", element="Task.output")
    return (Meeting(starts_at=starts_at, remote=remote) if starts_at else None, outcome)


def _value(output: Parameter) -> datetime | bool | str | None:
    """The value of an output that we know; None for any other."""
    ours = terms.codes_in(output.type, terms.PARAMETERS)
    if ours == [terms.APPOINTMENT_START]:
        return output.value_date_time
    if ours == [terms.APPOINTMENT_REMOTE]:
        return output.value_boolean
    if terms.codes_in(output.type, terms.GRAVITY) == [terms.RESULTING_ACTIVITY]:
        return _words(output.value_codeable_concept) or _displays(output.value_codeable_concept)
    return None


def _displays(concept: CodeableConcept | None) -> str | None:
    """What the codes of an activity are called, where it was not put in words."""
    codings = concept.coding or () if concept else ()
    named = [coding.display or coding.code for coding in codings]
    return "; ".join(name for name in named if name) or None
