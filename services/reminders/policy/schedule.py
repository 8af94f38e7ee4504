"""Decide which messages there should be, and when: reminders, check-ins, cues and questions.

The same state of affairs always gives the same messages with the same ids (UUIDv5 of what they are about),
so that a replay, a second delivery or another order plans nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID, uuid5

from contracts.events.barriers import SetbackRecorded
from contracts.terms import ClientConfirmed, MessageKind, Pace
from services.reminders.model import Cause, Life, Plan, Referral, Reminder, SendingRules, Timing
from services.reminders.policy.civil import civil_moment_on, last_civil_moment, local, next_civil_moment

DAYS_BEFORE_APPOINTMENT = (3, 1)
"""Reminders three days and one day before. In a trial with 54,066 appointments both together brought missed
ones down to 4.4 %, against 5.8 % and 5.3 % with one alone; where the risk was high, 20.5 % against 25.0 %
and 24.2 % (PubMed 30130032)."""
DAYS_TO_CHECK_IN = {Pace.SLOW: 14, Pace.STEADY: 7, Pace.BRISK: 3}
"""How many days after an answer, or after the last check-in, the next one comes, by the client's own pace."""

NOTICE = timedelta(hours=1)
"""A reminder that comes later than this before an appointment helps nobody."""
CHECK_IN_KEEPS = timedelta(days=2)
DAYS_TO_QUESTION = 1
"""The day after help was reported the client is asked whether they got what they needed."""
QUESTION_KEEPS = timedelta(days=14)
SETBACK_KEEPS = timedelta(days=5)
ONE_QUESTION_STANDS_FOR = timedelta(days=1)
"""Somebody who was asked a kind question is not asked another for so long, whatever else went wrong."""
WIN_KEEPS = timedelta(days=3)

WHY = {
    MessageKind.APPOINTMENT_REMINDER: "An appointment was made; a word in good time helps to plan for it.",
    MessageKind.PLAN_CUE: "The client agreed a plan for around this appointment, with a nudge in time.",
    MessageKind.CHECK_IN: "To hear how things are going, at the client's own pace.",
    MessageKind.GOT_WHAT_YOU_NEEDED: "Help was reported as given; only the client can say whether it was.",
    MessageKind.AFTER_SETBACK: "Something did not work out; one kind question about what got in the way.",
    MessageKind.SMALL_WIN: "The client got what they needed, and that is worth a word.",
}
"""Why there is such a message, in words that the client may read."""

NOWHERE = Life(zone="UTC")
"""Stands in while a client's zone is not known: their times are provisional and planned anew once it is."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans messages under the house's rules, at one moment."""

    rules: SendingRules
    now: datetime

    def for_referral(self, referral: Referral, life: Life | None, cause: Cause) -> list[Reminder]:
        """The messages that a referral as it stands calls for; appointment reminders only while in time."""
        return [
            *self._before_appointment(referral, life, cause),
            *self._after_completion(referral, life, cause),
            *self._after_confirmation(referral, life, cause),
        ]

    def cues(
        self, plan: Plan, referrals: Iterable[Referral], life: Life | None, cause: Cause
    ) -> list[Reminder]:
        """A cue of a standing plan before every appointment that its client has.

        Any appointment, not only one about the plan's own barrier: a plan for the ride guards the visit
        that the ride is for.
        """
        cues = [self._cue(plan, referral, life, cause) for referral in referrals]
        return [cue for cue in cues if cue is not None and cue.timing.due_at > self.now]

    def check_in(
        self, after: UUID, *, at: datetime, barrier_id: UUID, client_id: UUID, life: Life | None, cause: Cause
    ) -> Reminder:
        """The client's next check-in: `after` names what it follows, and its days are counted from `at`."""
        pace = (life or NOWHERE).pace
        return self._planned(
            life,
            Reminder(
                id=uuid5(after, MessageKind.CHECK_IN),
                client_id=client_id,
                kind=MessageKind.CHECK_IN,
                barrier_id=barrier_id,
                anchor_at=at,
                lead=DAYS_TO_CHECK_IN[pace],
                timing=Timing(due_at=at, useful_until=at),
                why=WHY[MessageKind.CHECK_IN],
                cause=cause,
            ),
        )

    def after_setback(self, setback: SetbackRecorded, life: Life | None, cause: Cause) -> Reminder:
        """One kind question after something did not work out."""
        return self._planned(
            life,
            Reminder(
                id=uuid5(setback.setback_id, MessageKind.AFTER_SETBACK),
                client_id=setback.client_id,
                kind=MessageKind.AFTER_SETBACK,
                barrier_id=setback.barrier_id,
                referral_id=setback.referral_id,
                anchor_at=setback.recorded_at,
                timing=Timing(due_at=setback.recorded_at, useful_until=setback.recorded_at),
                why=WHY[MessageKind.AFTER_SETBACK],
                cause=cause,
            ),
        )

    def planned_anew(self, reminder: Reminder, life: Life) -> Reminder:
        """The same message in a life that has changed: another zone, other hours, another pace."""
        lead = DAYS_TO_CHECK_IN[life.pace] if reminder.kind is MessageKind.CHECK_IN else reminder.lead
        return self._planned(life, replace(reminder, lead=lead))

    def _before_appointment(self, referral: Referral, life: Life | None, cause: Cause) -> list[Reminder]:
        if referral.starts_at is None:
            return []
        kind, version = MessageKind.APPOINTMENT_REMINDER, referral.appointment_version
        reminders = [
            self._planned(
                life,
                replace(
                    _about(referral, f"{kind}/{version}/{days}", kind, referral.starts_at, cause=cause),
                    appointment_version=version,
                    lead=days,
                ),
            )
            for days in DAYS_BEFORE_APPOINTMENT
        ]
        return [reminder for reminder in reminders if reminder.timing.due_at > self.now]

    def _after_completion(self, referral: Referral, life: Life | None, cause: Cause) -> list[Reminder]:
        if referral.completed_at is None or referral.confirmed is not ClientConfirmed.UNKNOWN:
            return []
        kind = MessageKind.GOT_WHAT_YOU_NEEDED
        return [self._planned(life, _about(referral, kind, kind, referral.completed_at, cause=cause))]

    def _after_confirmation(self, referral: Referral, life: Life | None, cause: Cause) -> list[Reminder]:
        if referral.confirmed is not ClientConfirmed.YES or referral.confirmed_at is None:
            return []
        kind = MessageKind.SMALL_WIN
        return [self._planned(life, _about(referral, kind, kind, referral.confirmed_at, cause=cause))]

    def _cue(self, plan: Plan, referral: Referral, life: Life | None, cause: Cause) -> Reminder | None:
        if not plan.stands or plan.cue_hours_before is None or referral.starts_at is None:
            return None
        about = f"{MessageKind.PLAN_CUE}/{plan.cue_hours_before}/{referral.id}/{referral.appointment_version}"
        return self._planned(
            life,
            Reminder(
                id=uuid5(plan.id, about),
                client_id=plan.client_id,
                kind=MessageKind.PLAN_CUE,
                barrier_id=plan.barrier_id,
                referral_id=referral.id,
                plan_id=plan.id,
                appointment_version=referral.appointment_version,
                anchor_at=referral.starts_at,
                lead=plan.cue_hours_before,
                timing=Timing(due_at=referral.starts_at, useful_until=referral.starts_at),
                why=WHY[MessageKind.PLAN_CUE],
                cause=cause,
            ),
        )

    def _planned(self, life: Life | None, reminder: Reminder) -> Reminder:
        return replace(reminder, timing=timing(reminder, life or NOWHERE, self.rules))


def _about(
    referral: Referral, name: str, kind: MessageKind, anchor_at: datetime, *, cause: Cause
) -> Reminder:
    return Reminder(
        id=uuid5(referral.id, name),
        client_id=referral.client_id,
        kind=kind,
        barrier_id=referral.barrier_id,
        referral_id=referral.id,
        anchor_at=anchor_at,
        timing=Timing(due_at=anchor_at, useful_until=anchor_at),
        why=WHY[kind],
        cause=cause,
    )


def timing(reminder: Reminder, life: Life, rules: SendingRules) -> Timing:
    """When a message is due and until when it is of use, in the client's own days and hours."""
    anchor = reminder.anchor_at
    match reminder.kind:
        case MessageKind.APPOINTMENT_REMINDER:
            return _before_appointment(anchor, reminder.lead, life, rules)
        case MessageKind.PLAN_CUE:
            cue = anchor - timedelta(hours=reminder.lead)
            return Timing(due_at=last_civil_moment(cue, life, rules), useful_until=anchor)
        case MessageKind.CHECK_IN:
            return _keeping(_days_after(anchor, reminder.lead, life, rules), CHECK_IN_KEEPS)
        case MessageKind.GOT_WHAT_YOU_NEEDED:
            return _keeping(_days_after(anchor, DAYS_TO_QUESTION, life, rules), QUESTION_KEEPS)
        case MessageKind.AFTER_SETBACK:
            return _keeping(next_civil_moment(anchor, life, rules), SETBACK_KEEPS)
        case MessageKind.SMALL_WIN:
            return _keeping(next_civil_moment(anchor, life, rules), WIN_KEEPS)
        case _:
            assert_never(reminder.kind)


def _before_appointment(starts_at: datetime, days: int, life: Life, rules: SendingRules) -> Timing:
    """Civil moment that many days before; each reminder is of use until the next one is due."""
    due_at = _days_after(starts_at, -days, life, rules)
    later = [lead for lead in DAYS_BEFORE_APPOINTMENT if lead < days]
    until = _days_after(starts_at, -max(later), life, rules) if later else starts_at - NOTICE
    return Timing(due_at=due_at, useful_until=until)


def _days_after(anchor: datetime, days: int, life: Life, rules: SendingRules) -> datetime:
    return civil_moment_on(local(anchor, life.zone).date() + timedelta(days=days), life, rules)


def _keeping(due_at: datetime, keeps: timedelta) -> Timing:
    return Timing(due_at=due_at, useful_until=due_at + keeps)
