"""The rules of intake. Pure: no I/O, no clock, no randomness; `now` and ids are passed in.

A rule that turns something away names every flaw it sees, in words that help to put it right. What is read
by its name alone stands here; matching, merging, conversations and imports are modules of their own.
"""

from services.intake.policy.records import (
    barrier_stated,
    change,
    consent_flaws,
    consent_state,
    follow_ups,
    name_key,
    name_words,
    plain_windows,
    readiness_flaws,
    register,
)

__all__ = [
    "barrier_stated",
    "change",
    "consent_flaws",
    "consent_state",
    "follow_ups",
    "name_key",
    "name_words",
    "plain_windows",
    "readiness_flaws",
    "register",
]
