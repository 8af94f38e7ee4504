"""Which records are one person's, and whose they are: from where each was merged, in whatever order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from contracts.one_person import survivor_of
from services.desk.model.clients import OfOnePerson
from services.desk.model.pictures import ClientPicture

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def people(into: Mapping[UUID, UUID | None], teams: Mapping[UUID, UUID]) -> list[OfOnePerson]:
    """Who shares a person with whom, for records that are told of by where each was merged.

    `teams` says which team a record belongs to. A record that shares its person with none is left out.
    """
    records = into.keys() | {survivor for survivor in into.values() if survivor is not None}
    by_survivor: dict[UUID, set[UUID]] = {}
    for record in records:
        by_survivor.setdefault(survivor_of(record, into), set()).add(record)
    return [
        OfOnePerson(
            client_id=record,
            survivor_id=survivor,
            team_ids=frozenset(teams[one] for one in theirs if one in teams),
        )
        for survivor, theirs in by_survivor.items()
        if len(theirs) > 1
        for record in theirs
    ]


def together(kept: ClientPicture, records: Iterable[ClientPicture]) -> ClientPicture:
    """All records of one person as one: who they are comes from `kept`, which stands for them.

    What was said in either is there. Whether anybody may write is the stricter word of all of them.
    """
    others = sorted((one for one in records if one.id != kept.id), key=lambda one: one.id)
    every = (kept, *others)
    balances = [one.balance for one in every if one.balance is not None]
    return kept.model_copy(
        update={
            "contact_prohibited": any(one.contact_prohibited for one in every),
            "messages_wanted": all(one.messages_wanted for one in every),
            "context": kept.context or next((one.context for one in others if one.context), None),
            "consents": tuple(
                sorted(
                    (consent for one in every for consent in one.consents),
                    key=lambda consent: (consent.granted_at, consent.id),
                    reverse=True,
                )
            ),
            "goals": tuple(
                sorted(
                    (goal for one in every for goal in one.goals), key=lambda goal: (goal.stated_at, goal.id)
                )
            ),
            "measurements": tuple(
                sorted(
                    (ruler for one in every for ruler in one.measurements),
                    key=lambda ruler: (ruler.readiness.measured_at or LONG_AGO, ruler.id),
                )
            ),
            "balance": kept.balance or max(balances, key=lambda one: one.weighed_at, default=None),
        }
    )
