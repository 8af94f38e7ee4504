"""What each event is about, so that it is folded into the right thing."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from contracts.event import Envelope, Event
from contracts.events import barriers, desk, intake, navigation, reminders
from contracts.events.base import ClientEvent
from services.desk.model.entries import Entry, Kind, Place

_ABOUT: Mapping[type[Event], tuple[Kind, str]] = {
    intake.ClientRegistered: (Kind.CLIENT, "client_id"),
    intake.ClientChanged: (Kind.CLIENT, "client_id"),
    intake.ContactChanged: (Kind.CLIENT, "client_id"),
    intake.ConsentGranted: (Kind.CLIENT, "client_id"),
    intake.ConsentRevoked: (Kind.CLIENT, "client_id"),
    intake.GoalStated: (Kind.CLIENT, "client_id"),
    intake.ReadinessMeasured: (Kind.CLIENT, "client_id"),
    reminders.MessagesStopped: (Kind.CLIENT, "client_id"),
    reminders.MessagesStarted: (Kind.CLIENT, "client_id"),
    intake.BalanceWeighed: (Kind.CLIENT, "client_id"),
    intake.ClientMerged: (Kind.CLIENT, "client_id"),
    intake.ClientSplit: (Kind.CLIENT, "client_id"),
    intake.ConversationRecorded: (Kind.CONVERSATION, "conversation_id"),
    intake.BarrierStated: (Kind.BARRIER, "barrier_id"),
    intake.WishChanged: (Kind.BARRIER, "barrier_id"),
    barriers.BarrierAnswered: (Kind.BARRIER, "barrier_id"),
    barriers.BarrierMoved: (Kind.BARRIER, "barrier_id"),
    barriers.HelpNeeded: (Kind.BARRIER, "barrier_id"),
    barriers.HelpWithdrawn: (Kind.BARRIER, "barrier_id"),
    barriers.SetbackRecorded: (Kind.BARRIER, "barrier_id"),
    navigation.HelpUnmatched: (Kind.BARRIER, "barrier_id"),
    barriers.BarrierRecoded: (Kind.BARRIER, "barrier_id"),
    barriers.StepAgreed: (Kind.STEP, "step_id"),
    barriers.StepMoved: (Kind.STEP, "step_id"),
    barriers.WinNoticed: (Kind.WIN, "win_id"),
    barriers.PlanDrafted: (Kind.PLAN, "plan_id"),
    barriers.PlanMoved: (Kind.PLAN, "plan_id"),
    barriers.PlaybookPublished: (Kind.PLAYBOOK, "version_id"),
    barriers.TaskOpened: (Kind.TASK, "task_id"),
    barriers.TaskMoved: (Kind.TASK, "task_id"),
    barriers.TaskEscalated: (Kind.TASK, "task_id"),
    reminders.ReminderScheduled: (Kind.MESSAGE, "reminder_id"),
    reminders.MessageHeld: (Kind.MESSAGE, "reminder_id"),
    reminders.MessageSent: (Kind.MESSAGE, "reminder_id"),
    reminders.MessageWithheld: (Kind.MESSAGE, "reminder_id"),
    reminders.ReplyReceived: (Kind.REPLY, "reply_id"),
    navigation.ServiceChanged: (Kind.SERVICE, "service_id"),
    navigation.ServiceReported: (Kind.SERVICE, "service_id"),
    navigation.ReportResolved: (Kind.SERVICE, "service_id"),
    desk.ClientAssigned: (Kind.CASELOAD, "client_id"),
    desk.EscalationAcknowledged: (Kind.TASK, "task_id"),
}


def place_of(event: Event) -> Place:
    """Where an event belongs. What is new to the desk is kept with its client and told as it came."""
    if isinstance(event, navigation.ReferralEvent):
        return Place(Kind.REFERRAL, event.referral_id, event.version)
    kind, name = _ABOUT.get(type(event), (Kind.OTHER, "about"))
    return Place(kind, getattr(event, name), _version_of(event))


def _version_of(event: Event) -> int:
    if isinstance(event, intake.ClientRegistered | intake.ClientChanged):
        return event.client.version
    return int(getattr(event, "version", 0))


def entry_of(envelope: Envelope, event: Event) -> Entry:
    """An event as the desk keeps it."""
    return Entry(
        id=envelope.id,
        place=place_of(event),
        client_id=client_of(event),
        occurred_at=envelope.time,
        correlation_id=envelope.correlation_id,
        causation_id=envelope.causation_id,
        event=event,
    )


def client_of(event: Event) -> UUID | None:
    """The client whom an event is about, where it is about one."""
    return event.client_id if isinstance(event, ClientEvent) else None
