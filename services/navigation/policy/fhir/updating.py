"""Which answer an update of a Task means. Whether it can be given is for the state machine to say."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from contracts.published.answers import PartnerAnswer, PartnersReason
from contracts.terms import BusinessStatus, ReasonCode, ReferralStatus
from services.navigation.model.fhir import Task
from services.navigation.model.referrals import MoveName
from services.navigation.policy.fhir import terms
from services.navigation.policy.fhir.saying import (
    WITH_REASON,
    Refused,
    Saying,
    saying,
    stands_as_said,
)

CHANGEABLE = frozenset({"status", "status_reason", "business_status", "output"})
SET_BY_US = frozenset({"meta", "last_modified", "contained"})
"""What a partner may change, and what nobody needs to send because we set it. The contained person changes
without the Task's doing, when they can be reached elsewhere: as it was read before is as good as now.
"""

REASONS = tuple(reason.value for reason in get_args(PartnersReason))
EVENTS = {
    BusinessStatus.SCHEDULED.value: "schedule",
    BusinessStatus.UNATTENDED.value: "missed",
    BusinessStatus.EVENT_CANCELLED.value: "unschedule",
    BusinessStatus.EVENT_COMPLETED.value: "kept",
}
STATUSES = {
    ReferralStatus.ACCEPTED.value: "accept",
    ReferralStatus.REJECTED.value: "decline",
    ReferralStatus.ON_HOLD.value: "hold",
    ReferralStatus.IN_PROGRESS.value: "progress",
    ReferralStatus.COMPLETED.value: "complete",
    ReferralStatus.FAILED.value: "fail",
    ReferralStatus.CANCELLED.value: "cancel",
}
CANNOT_SET = f"You can set the status to one of {', '.join(STATUSES)}; no other is for you to set."
LEADS_TO = {
    "accept": BusinessStatus.ACCEPTED.value,
    "decline": BusinessStatus.DECLINED.value,
    "complete": BusinessStatus.COMPLETED.value,
    "fail": BusinessStatus.FULFILMENT_CANCELLED.value,
    "cancel": BusinessStatus.FULFILMENT_CANCELLED.value,
}
"""What a business status becomes by an answer, so that it may be sent along with it."""

HOW = {
    MoveName.ACCEPT: "set Task.status to accepted",
    MoveName.DECLINE: "set Task.status to rejected, with a Task.statusReason",
    MoveName.HOLD: "set Task.status to on-hold, with a Task.statusReason",
    MoveName.PROGRESS: "set Task.status to in-progress",
    MoveName.SCHEDULE: "set Task.businessStatus to 5.1.1, with an appointment-start as Task.output",
    MoveName.UNSCHEDULE: "set Task.businessStatus to 5.1.3",
    MoveName.MISSED: "set Task.businessStatus to 5.1.2",
    MoveName.KEPT: "set Task.businessStatus to 5.1.4",
    MoveName.COMPLETE: "set Task.status to completed, with a resulting-activity as Task.output",
    MoveName.FAIL: "set Task.status to failed, with a Task.statusReason",
    MoveName.CANCEL: "set Task.status to cancelled, with a Task.statusReason",
}
"""How a partner gives each answer here."""

_ANSWER: TypeAdapter[PartnerAnswer] = TypeAdapter(PartnerAnswer)
_ELEMENTS = {
    "reason": "Task.statusReason.coding",
    "text": "Task.statusReason.text",
    "starts_at": "Task.output",
    "outcome": "Task.output",
}


def is_repeat(sent: Task, now: Task) -> bool:
    """Whether the Task already stands as this update would have it."""
    said, stands = saying(sent), saying(now)
    if isinstance(said, Refused) or isinstance(stands, Refused):
        return False
    return stands_as_said(said, stands) and not touched(sent, now)


def touched(sent: Task, now: Task) -> list[str]:
    """The elements that were changed, or left out, though only we may change them."""
    return [
        f"Task.{field.alias}"
        for name, field in Task.model_fields.items()
        if name not in CHANGEABLE | SET_BY_US and getattr(sent, name) != getattr(now, name)
    ]


def answer_to(sent: Task, now: Task) -> PartnerAnswer | Refused | None:
    """The answer that an update of this Task means; None when it changes nothing."""
    others = touched(sent, now)
    if others:
        return Refused(
            why="Only we can change this, or leave it out; send it as you read it.", element=others[0]
        )
    said, stands = saying(sent), saying(now)
    if isinstance(said, Refused):
        return said
    assert isinstance(stands, Saying), "what we write ourselves we can read"
    if replace(said, business=said.business or stands.business) == stands:
        return None
    event = _event(said, stands)
    if isinstance(event, Refused):
        return event
    name = event or STATUSES.get(said.status)
    if name is None:
        return Refused(why=CANNOT_SET, element="Task.status")
    return _checked(name, said, stands) or _built(name, said)


def _event(said: Saying, stands: Saying) -> str | Refused | None:
    """What happened about a meeting, if that is what the update tells."""
    moved = said.meeting is not None and said.meeting != stands.meeting
    name = EVENTS.get(said.business or "")
    if name is None or (said.business == stands.business and not moved):
        if not moved:
            return None
        return Refused(
            why="With an appointment goes the business status 5.1.1.", element="Task.businessStatus"
        )
    if name == "schedule" and said.meeting is None:
        return Refused(why="Say when the appointment is: an appointment-start.", element="Task.output")
    if name != "schedule" and moved:
        return Refused(why="This tells of a meeting that was made; it cannot move it.", element="Task.output")
    follows = {stands.status, ReferralStatus.IN_PROGRESS.value} if name == "schedule" else {stands.status}
    if said.status not in follows:
        return Refused(why="One thing at a time: the meeting first, then the status.", element="Task.status")
    return name


def _checked(name: str, said: Saying, stands: Saying) -> Refused | None:
    """What would be lost if the answer were taken: nothing that was sent may be silently dropped."""
    event = name in EVENTS.values()
    if not event and said.business not in {None, stands.business, LEADS_TO.get(name)}:
        why = "This business status does not go with this status; send it as you read it, or leave it out."
        return Refused(why=why, element="Task.businessStatus")
    if (event or name in {"accept", "complete"}) and said.text not in {None, stands.text}:
        return Refused(why="No reason can be given with this.", element="Task.statusReason")
    if name == "progress" and said.reason not in {None, stands.reason}:
        return Refused(why="Only words can be given with this.", element="Task.statusReason.coding")
    if name != "complete" and said.outcome != stands.outcome:
        return Refused(why="What came of it is told when it is completed.", element="Task.output")
    return None


def _built(name: str, said: Saying) -> PartnerAnswer | Refused:
    if said.status in WITH_REASON and name not in EVENTS.values() and said.text is None:
        return Refused(why="Say why, in words.", element="Task.statusReason.text")
    if name == "complete" and said.outcome is None:
        why = "Say what help was given: a resulting-activity with a valueCodeableConcept."
        return Refused(why=why, element="Task.output")
    try:
        return _ANSWER.validate_python({"answer": name} | _content(name, said))
    except ValidationError as error:
        return _refused(error)


def _content(name: str, said: Saying) -> dict[str, object]:
    match name:
        case "decline" | "fail" | "cancel":
            return {"reason": said.reason or ReasonCode.OTHER.value, "text": said.text}
        case "hold" | "progress":
            return {"text": said.text}
        case "complete":
            return {"outcome": said.outcome}
        case "schedule":
            assert said.meeting is not None, "looked at before"
            return {"starts_at": said.meeting.starts_at, "remote": said.meeting.remote}
        case _:
            return {}


def _refused(error: ValidationError) -> Refused:
    fault = error.errors()[0]
    field = str(fault["loc"][-1])
    if field == "reason":
        why = f"Of {terms.REASONS} these can be given: {', '.join(REASONS)}."
    else:
        why = f"{fault['msg']}."
    return Refused(why=why, element=_ELEMENTS.get(field, "Task"))
