"""What is different about a thing, said so that whoever was writing about it can go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.desk.model.entries import Entry, Kind
from services.desk.model.pictures import (
    Balance,
    BarrierPicture,
    ClientPicture,
    Picture,
    PlanPicture,
    ReferralPicture,
    StepPicture,
)
from services.desk.policy.folding import FOLDS
from services.desk.policy.wording import Wall, staff_of
from services.desk.policy.wording.terms import (
    BARRIER_STANDS,
    CATEGORIES,
    MEETINGS,
    PLAN_STANDS,
    REFERRAL_STANDS,
    STEP_STANDS,
    WISHES,
)

Change = tuple[str, str, str]
"""What, what it was, what it is now; in words."""


def news_since(entries: Sequence[Entry], known: UUID | None, *, viewer: UUID | None = None) -> list[Entry]:
    """What was stated after the entry that was known when somebody began to write, the latest last.

    With a viewer what they did themselves is left out. Nothing is known of a form that does not say.
    """
    seen = next((one for one in entries if one.id == known), None)
    if seen is None:
        return []
    after = [one for one in entries if _turn(one) > _turn(seen)]
    return sorted((one for one in after if viewer is None or staff_of(one.event) != viewer), key=_turn)


def latest(entries: Sequence[Entry]) -> UUID | None:
    """The last thing that was stated, by which a form says what it knows."""
    return max(entries, key=_turn).id if entries else None


def differences(entries: Sequence[Entry], known: UUID | None, wall: Wall) -> list[Change]:
    """What about a thing is different now from how it stood at a known entry, field by field."""
    seen = next((one for one in entries if one.id == known), None)
    if seen is None:
        return []
    kind = seen.place.kind
    before = FOLDS[kind]([one for one in entries if _turn(one) <= _turn(seen)]) if kind in FOLDS else None
    now = FOLDS[kind](entries) if kind in FOLDS else None
    if before is None or now is None:
        return []
    if kind not in _FACTS:
        return []
    was, is_now = _FACTS[kind](before, wall), _FACTS[kind](now, wall)
    return [(what, was[what], is_now[what]) for what in was if was[what] != is_now[what]]


def _turn(entry: Entry) -> tuple[datetime, int, UUID]:
    return entry.occurred_at, entry.place.version, entry.id


def _of_plan(plan: Picture, _wall: Wall) -> dict[str, str]:
    assert isinstance(plan, PlanPicture)
    return {
        "Where the plan is": PLAN_STANDS[plan.status][0],
        "If": plan.if_words,
        "Then": plan.then_words,
    }


def _of_barrier(barrier: Picture, _wall: Wall) -> dict[str, str]:
    assert isinstance(barrier, BarrierPicture)
    return {
        "Where it is": BARRIER_STANDS[barrier.status][0],
        "They want us to": WISHES[barrier.wish] if barrier.wish else "",
        "We understood it as": CATEGORIES[barrier.category] if barrier.category else "",
    }


def _of_step(step: Picture, _wall: Wall) -> dict[str, str]:
    assert isinstance(step, StepPicture)
    return {
        "Where the step is": STEP_STANDS[step.status][0],
        "What they try": step.words,
        "How often": f"{step.times_done} of {step.times}",
        "Last day": step.ends_on.isoformat() if step.ends_on else "",
    }


def _of_referral(referral: Picture, wall: Wall) -> dict[str, str]:
    assert isinstance(referral, ReferralPicture)
    meeting = referral.appointment
    return {
        "Where it is": REFERRAL_STANDS[referral.status][0],
        "Whom we ask": f"{referral.service_name}, {referral.organization_name}",
        "The meeting": wall.moment(meeting.starts_at) if meeting else "",
        "How that stands": MEETINGS.get(referral.business_status, ""),
    }


def _of_client(client: Picture, wall: Wall) -> dict[str, str]:
    assert isinstance(client, ClientPicture)
    ended = [wall.date(one.revoked_at) for one in client.consents if one.revoked_at]
    return {
        "Messages": "wanted" if client.messages_wanted else "not wanted",
        "Consents": str(len(client.consents)),
        **_of_balance(client.balance),
        "Consents taken back": ", ".join(ended),
    }


def _of_balance(balance: Balance | None) -> dict[str, str]:
    cells = {
        "Good about staying the same": balance.good_about_staying if balance else (),
        "Not so good about staying the same": balance.less_good_about_staying if balance else (),
        "Good about a change": balance.good_about_changing if balance else (),
        "Not so good about a change": balance.less_good_about_changing if balance else (),
    }
    return {what: "; ".join(words) for what, words in cells.items()}


_FACTS: Mapping[Kind, Callable[[Picture, Wall], dict[str, str]]] = {
    Kind.PLAN: _of_plan,
    Kind.STEP: _of_step,
    Kind.BARRIER: _of_barrier,
    Kind.REFERRAL: _of_referral,
    Kind.CLIENT: _of_client,
}
