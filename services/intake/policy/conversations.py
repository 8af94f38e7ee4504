"""What can be written down of a conversation, and how much of it was change talk.

The share of change talk is CT / (CT + ST), of what staff tagged. It is a picture of how talk changes; it
rates nobody, and it is no MITI score: MITI rates the clinician.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from contracts.terms import RulerName
from contracts.values import HeardStatement, Readiness, RulerFollowUp
from services.intake.model import Flaw, Outdated, Unchanged
from services.intake.model.conversations import Balance, KeptBalance

NOTHING_YET = 0
"""The version of a balance that nobody has written down yet."""


def percent_change_talk(*, change: int, sustain: int) -> int | None:
    """The share of change talk among what was tagged as either, in percent; None where nothing was."""
    return round(100 * change / (change + sustain)) if change + sustain else None


def conversation_flaws(
    statements: Sequence[HeardStatement],
    next_steps: Collection[str],
    held_at: datetime,
    now: datetime,
) -> tuple[Flaw, ...]:
    """What cannot be accepted about a conversation."""
    flaws: list[Flaw] = []
    if not statements and not next_steps:
        flaws.append(
            Flaw(field="statements", words="Please write down something that was said, or what comes next.")
        )
    if held_at > now:
        flaws.append(Flaw(field="held_at", words="This moment has not come yet."))
    return tuple(flaws)


def follow_up_flaws(readiness: Readiness, follow_ups: Iterable[RulerFollowUp]) -> tuple[Flaw, ...]:
    """What cannot be accepted about what was asked after the rulers."""
    flaws: list[Flaw] = []
    seen: set[RulerName] = set()
    for number, each in enumerate(follow_ups):
        where = f"follow_ups[{number}]"
        if getattr(readiness, each.ruler.value) is None:
            flaws.append(Flaw(field=where, words=f"There is no number for {each.ruler.value} to ask about."))
        if each.ruler in seen:
            flaws.append(Flaw(field=where, words=f"What was said about {each.ruler.value} is there twice."))
        if each.why_not_lower is None and each.what_would_help is None:
            flaws.append(Flaw(field=where, words="Please write down an answer, or leave the question out."))
        seen.add(each.ruler)
    return tuple(flaws)


def weigh(kept: KeptBalance | None, proposed: Balance, *, seen: int | None) -> int | Unchanged | Outdated:
    """The version that a balance gets. `seen` was on screen; None writes over whatever stands."""
    version = kept.version if kept else NOTHING_YET
    if kept is not None and kept.balance == proposed:
        return Unchanged()
    if seen is not None and seen != version:
        return Outdated(version=version)
    return version + 1
