"""Which of a client's replies a person should hear."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from contracts.events.reminders import ReplyReceived
from contracts.terms import MessageKind, ReplyKind, TaskKind
from services.barriers.model import Caseload, Cause, Decision, Need, Playbook
from services.barriers.policy.draft import Draft, NewNeed
from services.barriers.policy.wording import filled, quoted

NO_MATTERS_TO = frozenset({MessageKind.APPOINTMENT_REMINDER, MessageKind.CHECK_IN})
"""The messages to which a NO is something a person should hear about."""


def hear(
    playbook: Playbook, caseload: Caseload, reply: ReplyReceived, *, now: datetime, cause: Cause
) -> Decision:
    """Have somebody read a reply in the client's own words, or a NO to a reminder or a check-in."""
    says_no = reply.kind is ReplyKind.NO and reply.message_kind in NO_MATTERS_TO
    if reply.kind is not ReplyKind.FREE_TEXT and not says_no:
        return Decision(caseload=caseload)
    text = playbook.tasks[TaskKind.HEAR_REPLY]
    draft = Draft(playbook, caseload, now=now, cause=cause)
    draft.ask_for(
        NewNeed(
            need=Need(
                kind=TaskKind.HEAR_REPLY,
                subject_id=reply.reply_id,
                barrier_id=reply.barrier_id,
                referral_id=reply.referral_id,
                why=filled(text.why, words=quoted(reply.words)),
            ),
            task_id=uuid5(reply.reply_id, "task/hear_reply"),
            title=text.title,
            priority=text.priority,
            priority_reason=text.priority_reason,
        )
    )
    return draft.decision()
