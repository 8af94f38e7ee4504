"""A client as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.events.intake import (
    BalanceWeighed,
    ClientChanged,
    ClientMerged,
    ClientRegistered,
    ClientSplit,
    ConsentGranted,
    ConsentRevoked,
    ContactChanged,
    GoalStated,
    ReadinessMeasured,
)
from contracts.events.reminders import MessagesStarted, MessagesStopped
from contracts.values import Consent
from services.desk.model.entries import Entry
from services.desk.model.pictures import Balance, ClientPicture, Goal, Measurement
from services.desk.policy.folding.order import by_time, of_type


def fold_client(entries: Sequence[Entry]) -> ClientPicture:
    """Who they are, how to reach them, what they allow and what matters to them."""
    contacts = of_type(entries, ContactChanged)
    registered = of_type(entries, ClientRegistered)
    contexts = [one.client for one in registered] + [one.client for one in of_type(entries, ClientChanged)]
    return ClientPicture(
        id=entries[0].place.subject_id,
        **(_reached(contacts[-1], stopped=_stopped(entries)) if contacts else {}),
        context=max(contexts, key=lambda client: client.version, default=None),
        registered_at=registered[0].registered_at if registered else None,
        consents=tuple(_consents(entries)),
        goals=tuple(
            Goal(id=one.goal_id, kind=one.kind, words=one.words, stated_at=one.stated_at)
            for one in sorted(of_type(entries, GoalStated), key=lambda goal: (goal.stated_at, goal.goal_id))
        ),
        measurements=tuple(_measurements(entries)),
        balance=_balance(entries),
        merged_into=_merged_into(entries),
    )


def _reached(contact: ContactChanged, *, stopped: bool) -> dict[str, Any]:
    return {
        "full_name": contact.full_name,
        "preferred_name": contact.preferred_name,
        "channels": contact.channels,
        "contact_prohibited": contact.contact_prohibited,
        "messages_wanted": contact.messages_wanted and not stopped,
    }


def _stopped(entries: Sequence[Entry]) -> bool:
    said = [one.event for one in by_time(entries) if isinstance(one.event, MessagesStopped | MessagesStarted)]
    return bool(said) and isinstance(said[-1], MessagesStopped)


def _consents(entries: Sequence[Entry]) -> list[Consent]:
    revoked = {one.consent_id: one.revoked_at for one in of_type(entries, ConsentRevoked)}
    records = [one.consent for one in of_type(entries, ConsentGranted)]
    ended = [
        one.model_copy(update={"revoked_at": revoked[one.id]}) if one.id in revoked else one
        for one in records
    ]
    return sorted(ended, key=lambda one: (one.granted_at, one.id), reverse=True)


def _measurements(entries: Sequence[Entry]) -> list[Measurement]:
    asked = [one for one in of_type(entries, ReadinessMeasured) if one.readiness.measured_at is not None]
    asked.sort(key=lambda one: (one.readiness.measured_at, one.measurement_id))
    return [
        Measurement(
            id=one.measurement_id, readiness=one.readiness, words=one.words, follow_ups=one.follow_ups
        )
        for one in asked
    ]


def _balance(entries: Sequence[Entry]) -> Balance | None:
    weighed = max(of_type(entries, BalanceWeighed), key=lambda one: one.version, default=None)
    return None if weighed is None else Balance.model_validate(weighed.model_dump())


def _merged_into(entries: Sequence[Entry]) -> UUID | None:
    said: list[ClientMerged | ClientSplit] = [
        *of_type(entries, ClientMerged),
        *of_type(entries, ClientSplit),
    ]
    last = max(said, key=lambda one: one.version, default=None)
    return last.survivor_id if isinstance(last, ClientMerged) else None
