"""How it goes with what is referred to a service, in words: counts, and nobody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from contracts.terms import ClientConfirmed, ReferralStatus
from services.desk.model.directory import Referred

NO_TEAM = "No team yet"
_UNDER_WAY = {
    ReferralStatus.DRAFT: "Prepared again",
    ReferralStatus.REQUESTED: "Asked, no answer yet",
    ReferralStatus.ACCEPTED: "They said yes",
    ReferralStatus.IN_PROGRESS: "They are at work on it",
    ReferralStatus.ON_HOLD: "It has to wait",
    ReferralStatus.REJECTED: "They could not help",
    ReferralStatus.FAILED: "It did not come to help",
    ReferralStatus.CANCELLED: "It was stopped",
    ReferralStatus.ENTERED_IN_ERROR: "Written down by mistake",
}
_COMPLETED: Mapping[ClientConfirmed | None, str] = {
    ClientConfirmed.YES: "They got what they needed",
    ClientConfirmed.NO: "Help was given, and was not what they needed",
    ClientConfirmed.UNKNOWN: "Help was given, they say",
    None: "Help was given, they say",
}


def endings(referred: Referred) -> list[tuple[str, int]]:
    """How they stand or ended, the most often first."""
    found: Counter[str] = Counter()
    for status, confirmed, number in referred.statuses:
        found[_COMPLETED[confirmed] if status is ReferralStatus.COMPLETED else _UNDER_WAY[status]] += number
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))


def teams(referred: Referred) -> list[tuple[str, int]]:
    """Which teams refer there, the most often first."""
    return [(name or NO_TEAM, number) for name, number in referred.teams]


def answers_words(referred: Referred) -> str:
    """How fast first answers come, in a sentence."""
    half, slow = referred.median_seconds, referred.slow_seconds
    if half is None or slow is None:
        return ""
    if referred.answered == 1:
        return f"The one answer came within {duration(half)}."
    return (
        f"Half of the first answers came within {duration(half)};"
        f" the slowest tenth took {duration(slow)} or longer."
    )


def duration(seconds: float) -> str:
    """A length of time as one says it."""
    hours = max(seconds, 0) / 3600
    if hours < 1:
        return "an hour"
    if hours < 36:
        return "an hour" if round(hours) == 1 else f"{round(hours)} hours"
    return f"{round(hours / 24)} days"
