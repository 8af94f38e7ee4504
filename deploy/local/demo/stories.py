"""What the people around the clients do: intake, a case manager, partners, the clients themselves.

Each story acts through the APIs, waits for what should follow by itself, and raises `NotAsPromisedError`
when it does not. What it returns is what it saw, for the list at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from contracts.events.barriers import (
    BarrierAnswered,
    BarrierMoved,
    HelpNeeded,
    PlanDrafted,
    SetbackRecorded,
    TaskOpened,
)
from contracts.events.navigation import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralMissed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralUnanswered,
)
from contracts.events.reminders import MessageHeld, MessageSent, MessageWithheld, ReplyReceived
from contracts.terms import BarrierStatus, ClientConfirmed, MessageKind, TaskKind
from deploy.local.demo.people import AMINA, CONSENT, GRACE, LEON, RUTH, SAM, TOMASZ, Person
from deploy.local.demo.stage import NotAsPromisedError, Stage

Kept = Sequence[str]
"""Promises that were kept, in words."""


async def intake(stage: Stage, person: Person) -> UUID:
    """Register a client and write down what they say."""
    client = await stage.send("intake", "/clients", person.registration)
    client_id = UUID(client["client_id"])
    stage.cast.names[str(client_id)] = person.name.split()[0]
    path = f"/clients/{client_id}"
    goal = await stage.send("intake", f"{path}/goals", {"words": person.goal})
    await stage.send("intake", f"{path}/readiness", person.rulers)
    if person.consents:
        await stage.send("intake", f"{path}/consents", CONSENT)
    await stage.send("intake", f"{path}/barriers", dict(person.barrier) | {"goal_id": goal["goal_id"]})
    return client_id


async def amina(stage: Stage) -> Kept:
    """Help is sent for, accepted and given; reminders come three days and one day before; she says yes."""
    client = await intake(stage, AMINA)
    sent = await stage.expect(ReferralRequested, client)
    plan = await stage.expect(PlanDrafted, client)
    _check(plan.from_own_idea, "Amina's own idea comes first in her plan")
    await stage.send("barriers", f"/plans/{plan.plan_id}/agree", {"version": 1, "cue_hours_before": 16})
    await stage.until(stage.clock.now() + timedelta(hours=5))
    meeting = stage.working_day(7, 10)
    await stage.partner_says(sent, answer="accept")
    await stage.partner_says(sent, answer="schedule", starts_at=meeting.isoformat())
    await stage.expect(ReferralScheduled, client)
    await stage.until(meeting + timedelta(hours=2))
    reminders = _sent(stage, client, MessageKind.APPOINTMENT_REMINDER)
    _check(len(reminders) == 2, "Amina was reminded three days and one day before")
    _check(bool(_sent(stage, client, MessageKind.PLAN_CUE)), "her own plan was brought to mind before it")
    await stage.partner_says(sent, answer="kept")
    await stage.partner_says(
        sent, answer="complete", outcome="A volunteer driver takes her home on late days."
    )
    await stage.expect(ReferralCompleted, client)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.GOT_WHAT_YOU_NEEDED)
    await stage.reply(AMINA.mobile, "Yes")
    await stage.expect(ReferralConfirmed, client, lambda c: c.client_confirmed is ClientConfirmed.YES)
    await stage.expect(BarrierMoved, client, lambda m: m.status is BarrierStatus.EASED)
    return (
        "Amina said “go ahead”: a referral left by itself, on her consent, and was accepted",
        "her partner has no system at all: an e-mail with no name in it, a link, a page to answer on",
        "she was reminded three days and one day before, and her own plan was brought to mind",
        "the loop closed by her own word, and the barrier eased",
    )


async def tomasz(stage: Stage) -> Kept:
    """The first partner has no room; the runner-up takes him on; a missed appointment becomes information."""
    client = await intake(stage, TOMASZ)
    first = await stage.expect(ReferralRequested, client)
    await stage.until(stage.clock.now() + timedelta(hours=20))
    await stage.partner_says(
        first, answer="decline", reason="no_capacity", text="We are full until the new year."
    )
    await stage.expect(ReferralRejected, client)
    second = await stage.expect(ReferralDrafted, client, lambda d: d.replaces == first.referral_id)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.FOLLOW_UP_REFERRAL)
    await stage.until(stage.clock.now() + timedelta(hours=26))
    await stage.send("navigation", f"/referrals/{second.referral_id}/send", {})
    await stage.expect(ReferralRequested, client, lambda r: r.referral_id == second.referral_id)
    meeting = stage.working_day(6, 14)
    await stage.partner_says(second, answer="accept")
    await stage.partner_says(second, answer="schedule", starts_at=meeting.isoformat())
    await stage.until(meeting + timedelta(hours=3))
    await stage.partner_says(second, answer="missed")
    await stage.expect(ReferralMissed, client)
    await stage.expect(SetbackRecorded, client)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.REVIEW_SETBACK)
    await stage.expect(BarrierMoved, client, lambda m: m.status is BarrierStatus.ACKNOWLEDGED)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.AFTER_SETBACK)
    return (
        "Tomasz's first partner heard by a signed webhook, and was full",
        "the runner-up was ready, left only after somebody asked him, and was heard over NATS",
        "his missed appointment reopened the barrier, with one kind question and a smaller step",
    )


async def grace(stage: Stage) -> Kept:
    """She is asked first; her partner answers late; messages wait for safe hours; she says no, and stop."""
    client = await intake(stage, GRACE)
    asked = await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.ASK_PERMISSION)
    _check(not stage.all(HelpNeeded, client), "nothing is looked up for Grace before she was asked")
    await stage.until(stage.clock.now() + timedelta(hours=22))
    await stage.finish(asked.task_id, answer="yes_go_ahead")
    sent = await stage.expect(ReferralRequested, client)
    silent = await stage.expect(ReferralUnanswered, client)
    _check(silent.referral_id == sent.referral_id, "silence about Grace's referral became an event")
    other = await stage.expect(ReferralDrafted, client, lambda d: d.replaces == sent.referral_id)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.FOLLOW_UP_REFERRAL)
    await stage.send("navigation", f"/referrals/{other.referral_id}/client-declines", {})
    await stage.expect(ReferralEnded, client, lambda e: e.referral_id == other.referral_id)
    await stage.partner_says(sent, answer="accept")
    await stage.expect(ReferralAccepted, client, lambda a: a.referral_id == sent.referral_id)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.CHECK_IN)
    await stage.reply(GRACE.mobile, "STOP")
    await stage.expect(MessageWithheld, client)
    return (
        "Grace was asked before anything was looked up, and her no to the second place was obeyed at once",
        "her partner's silence became an event, a runner-up and a task",
        "days later its script read the feed, and the late yes was still welcome",
        "after STOP nothing more was sent to her",
    )


async def leon(stage: Stage) -> Kept:
    """Some fears are never sent anywhere by themselves, whatever was ticked."""
    client = await intake(stage, LEON)
    await stage.expect(TaskOpened, client)
    await stage.until(stage.clock.now() + timedelta(days=9))
    _check(not stage.all(ReferralRequested, client), "nothing left by itself about Leon")
    return ("Leon's fear for his boys went to a person first; nothing was sent by itself",)


async def sam(stage: Stage) -> Kept:
    """Low importance and a wish to be heard lead to a conversation, and to nothing else."""
    client = await intake(stage, SAM)
    answered = await stage.expect(BarrierAnswered, client)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.HAVE_CONVERSATION)
    await stage.expect(MessageSent, client, lambda m: m.kind is MessageKind.CHECK_IN)
    await stage.reply(SAM.mobile, "I keep thinking about what she said. Can we talk?")
    await stage.expect(ReplyReceived, client)
    await stage.expect(TaskOpened, client, lambda t: t.kind is TaskKind.HEAR_REPLY)
    _check(not answered.help_asked and not stage.all(PlanDrafted, client), "nothing was planned for Sam")
    return ("Sam was listened to and nothing was planned; their reply became a task within the hour",)


async def ruth(stage: Stage) -> Kept:
    """It is not safe to write to her: every message is withheld, with the reason."""
    client = await intake(stage, RUTH)
    await stage.expect(MessageWithheld, client)
    await stage.until(stage.clock.now() + timedelta(days=4))
    _check(not stage.all(MessageSent, client), "nothing was written to Ruth")
    return ("Ruth was never written to; every message was withheld, with the reason",)


STORIES = (amina, tomasz, grace, leon, sam, ruth)


def _sent(stage: Stage, client: UUID, kind: MessageKind) -> list[MessageSent]:
    return [message for message in stage.all(MessageSent, client) if message.kind is kind]


def _check(kept: bool, promise: str) -> None:  # noqa: FBT001 - reads as a sentence where it is used
    if not kept:
        raise NotAsPromisedError(f"this was promised and is not so: {promise}")


async def by_ways_of_their_own(stage: Stage) -> Kept:
    """That as many partners as there are were told by as many ways, and that the ledger says the same."""
    ways = {}
    for referral in stage.told.values():
        partner = stage.partners[referral.organization_id]
        _check(partner.way in await stage.channels(referral), f"the ledger has what was told {partner.words}")
        ways[partner.way] = f"{referral.organization_name} {partner.words}"
    _check(len(ways) == len(stage.partners), "each partner heard and answered by a way of its own")
    return (
        f"partners heard and answered in {len(ways)} ways: {', '.join(ways[way] for way in sorted(ways))}",
        "the ledger has every telling: to whom, what, when, on which consent, by which way",
    )


def was_held(stage: Stage) -> bool:
    """Whether any message waited for a better moment."""
    return any(isinstance(event, MessageHeld) for event in stage.heard)
