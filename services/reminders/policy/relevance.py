"""Decide whether a planned message still makes sense, by how things stand now."""

from __future__ import annotations

from typing import assert_never

from contracts.terms import BarrierStatus, ClientConfirmed, MessageKind, ReferralStatus
from services.reminders.model import Facts, Plan, Referral, Reminder

SETTLED = frozenset({BarrierStatus.EASED, BarrierStatus.WITHDRAWN})
"""The statuses of a barrier in which there is nothing to check in about."""


def why_pointless(reminder: Reminder, facts: Facts) -> str | None:
    """Say in plain words why the message no longer makes sense; None while it does."""
    match reminder.kind:
        case MessageKind.APPOINTMENT_REMINDER:
            return _without_appointment(reminder, facts.referral)
        case MessageKind.PLAN_CUE:
            return _without_appointment(reminder, facts.referral) or _without_plan(reminder, facts.plan)
        case MessageKind.CHECK_IN:
            return None if facts.open_barriers else "nothing stands in the way at the moment"
        case MessageKind.GOT_WHAT_YOU_NEEDED:
            return _without_question(facts.referral)
        case MessageKind.AFTER_SETBACK:
            return "what stood in the way has eased" if facts.barrier_status in SETTLED else None
        case MessageKind.SMALL_WIN:
            return _without_win(facts.referral)
        case _:
            assert_never(reminder.kind)


def _without_appointment(reminder: Reminder, referral: Referral | None) -> str | None:
    if referral is None or referral.starts_at is None:
        return "the appointment is no longer on"
    if referral.appointment_version != reminder.appointment_version:
        return "the appointment was moved, and the new one has messages of its own"
    return None


def _without_plan(reminder: Reminder, plan: Plan | None) -> str | None:
    if plan is None or not plan.stands:
        return "the plan is no longer agreed"
    return None if plan.cue_hours_before == reminder.lead else "the plan's cue was set to another time"


def _without_question(referral: Referral | None) -> str | None:
    if referral is None or referral.status is not ReferralStatus.COMPLETED:
        return "the referral is no longer completed"
    return None if referral.confirmed is ClientConfirmed.UNKNOWN else "the client has already told us"


def _without_win(referral: Referral | None) -> str | None:
    if referral is None or referral.confirmed is not ClientConfirmed.YES:
        return "the client has since said otherwise"
    return None
