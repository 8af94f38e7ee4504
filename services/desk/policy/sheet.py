"""What stands on a client's sheet: their own words first, then what happens, who sees it and how to stop.

Plain sentences, spoken to the client. Nothing stands there that they did not say or that is not so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.terms import BarrierStatus, PlanStatus, ReferralStatus, Wish
from contracts.values import Consent
from services.desk.model.pictures import BarrierPicture, PlanPicture, ReferralPicture, TaskPicture
from services.desk.model.sheet import Heard, Known, Sheet

RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ku", "prs", "ps", "sd", "ug", "ur", "yi"})
"""Languages that are mostly written from right to left."""

_WISHES: Mapping[Wish, str] = {
    Wish.GO_AHEAD: "You asked us to go ahead.",
    Wish.ASK_ME_FIRST: "You asked us to ask you first. Nothing goes out before you say so.",
    Wish.JUST_LISTEN: "You asked us just to listen. We do nothing about it unless you say so.",
}
_REFERRALS: Mapping[ReferralStatus, str] = {
    ReferralStatus.DRAFT: "We found {service}, {organization}. We will show it to you before we ask them.",
    ReferralStatus.REQUESTED: "We asked {service}, {organization}, whether they can help.",
    ReferralStatus.ACCEPTED: "{service}, {organization}, can help.",
    ReferralStatus.IN_PROGRESS: "{service}, {organization}, is helping.",
    ReferralStatus.ON_HOLD: "{service}, {organization}, has paused for the moment.",
    ReferralStatus.COMPLETED: "{service}, {organization}, says it is done. What you say about it counts.",
    ReferralStatus.REJECTED: "{service}, {organization}, could not take it on. We look further.",
    ReferralStatus.FAILED: "{service}, {organization}, could not help this time. We look further.",
}
_SCOPES: Mapping[str, str] = {
    "name_and_contact": "your name and how to reach you",
    "need": "what kind of help you need",
    "own_words": "what you said, in your own words",
    "availability": "when you have time",
    "access_needs": "what you need to be able to take part",
}
_OVER = frozenset({BarrierStatus.EASED, BarrierStatus.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Who is here for the client, and the present."""

    now: datetime
    zone: ZoneInfo
    team: str = ""
    organization: str
    people: Mapping[UUID, str]
    """The names of staff."""
    looks_after: UUID | None = None


def compose(known: Known, here: Here) -> Sheet:
    """The sheet as things stand."""
    client = known.client
    language = client.context.language if client.context else "en"
    return Sheet(
        name=client.preferred_name or client.full_name,
        direction="rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr",
        matters=[goal.words for goal in client.goals],
        barriers=[_heard(barrier, known) for barrier in known.barriers if barrier.status not in _OVER],
        next_steps=[_task(task, here) for task in known.tasks],
        written=list(_written(known)),
        seen_by=list(_seen_by(here)),
        told=list(_told(client.consents, here)),
        stopping=list(_stopping(known, here)),
    )


def in_force(consents: Sequence[Consent], now: datetime) -> list[Consent]:
    """The consents that count at this moment."""
    return [
        one
        for one in consents
        if one.granted_at <= now
        and (one.expires_at is None or now < one.expires_at)
        and (one.revoked_at is None or now < one.revoked_at)
    ]


def _heard(barrier: BarrierPicture, known: Known) -> Heard:
    return Heard(
        words=barrier.words,
        own_idea=barrier.own_idea or "",
        wish=_WISHES.get(barrier.wish, "") if barrier.wish else "",
        happens=[
            *(_plan(plan) for plan in known.plans if plan.barrier_id == barrier.id and _counts(plan)),
            *(
                _referral(referral)
                for referral in known.referrals
                if referral.barrier_id == barrier.id and _is_told(referral)
            ),
        ],
    )


def _counts(plan: PlanPicture) -> bool:
    return plan.status not in {PlanStatus.REVISED, PlanStatus.DID_NOT_HELP} and bool(plan.if_words)


def _plan(plan: PlanPicture) -> str:
    begins = "An idea to talk about" if plan.status is PlanStatus.DRAFTED else "Your plan"
    return f"{begins}: if {_inside(plan.if_words)}, then {_inside(plan.then_words)}."


def _inside(words: str) -> str:
    return words.strip().rstrip(".,")


def _is_told(referral: ReferralPicture) -> bool:
    return referral.status in _REFERRALS and referral.superseded_by is None


def _referral(referral: ReferralPicture) -> str:
    return _REFERRALS[referral.status].format(
        service=referral.service_name, organization=referral.organization_name
    )


def _task(task: TaskPicture, here: Here) -> tuple[str, str]:
    who = here.people.get(task.assignee, "") if task.assignee else ""
    who = who or here.people.get(here.looks_after or UUID(int=0), "") or here.team or "One of us"
    if task.due_by is None:
        return task.title, who
    return task.title, f"{who}, by {_day(task.due_by, here)}"


def _written(known: Known) -> Iterator[str]:
    client = known.client
    yield "What you want to be called, and what you told us about yourself."
    if client.channels:
        yield "How to reach you, and which of these ways are safe."
    if client.goals or known.barriers:
        yield "What you said matters to you and what gets in the way, word for word."
    if client.measurements:
        yield "The numbers that you gave, from 0 to 10, and what you said about them."
    yield "What we do, when, and why."


def _seen_by(here: Here) -> Iterator[str]:
    yield f"The people of {here.team}." if here.team else "The people who work with clients here."
    yield (
        "Nobody else at"
        f" {here.organization} without a written reason. Whoever looks at your record is written down."
    )


def _told(consents: Sequence[Consent], here: Here) -> Iterator[str]:
    standing = in_force(consents, here.now)
    if not standing:
        yield "Nobody outside is told anything about you. You can change that at any time."
    for one in standing:
        what = _listed([_SCOPES[scope] for scope in _SCOPES if scope in one.scopes])
        whom = "Services that fit what you asked for" if one.any_matched_service else "The services you named"
        until = f"until {_day(one.expires_at, here)}" if one.expires_at else "until you take it back"
        yield f"{whom} may be told {what}, {until}. You agreed to this on {_day(one.granted_at, here)}."


def _stopping(known: Known, here: Here) -> Iterator[str]:
    yield "Tell any of us, in any way. You owe nobody a reason, and it counts at once."
    if known.client.messages_wanted and any(one.safe for one in known.client.channels):
        yield "Messages stop when you answer STOP."
    if in_force(known.client.consents, here.now):
        yield (
            "What we may tell others ends when you say so. What was told already cannot be untold, and who"
            " was told may pass it on."
        )
    yield "You may ask to see what is written about you, and to have it put right."
    yield "You may pause, choose something else, or come back later. The door stays open."


def _day(moment: datetime, here: Here) -> str:
    return moment.astimezone(here.zone).strftime("%A %-d %B %Y")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)
