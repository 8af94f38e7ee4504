"""What the desk itself states, in words."""

from __future__ import annotations

from contracts.events.desk import ClientAssigned, EscalationAcknowledged
from services.desk.policy.wording.telling import Group, Told, Words
from services.desk.policy.wording.times import Wall

WORDS = Words()


@WORDS.of(ClientAssigned, Group.RECORD)
def assigned(event: ClientAssigned, _wall: Wall) -> Told:
    """Who looks after them."""
    title = "Somebody looks after them now" if event.staff_id else "A team looks after them now"
    return Told(title=title, text=event.note or "", mark="done")


@WORDS.of(EscalationAcknowledged, Group.TASKS)
def escalation_acknowledged(event: EscalationAcknowledged, _wall: Wall) -> Told:
    """Somebody has seen that a task waited too long."""
    return Told(title="Somebody has seen that a task waits", text=event.note or "", mark="done")
