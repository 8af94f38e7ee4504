"""Which record stands for a person, where records were merged: the same answer for every reader.

`ClientMerged` and `ClientSplit` say for one record, as of a version, what it is merged into. A reader keeps
the highest version of each record and asks here. Events may arrive in any order; what has arrived decides, so
that in between there may even be a circle: then the smallest id in it stands for the person until the rest
is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID


def survivor_of(client_id: UUID, into: Mapping[UUID, UUID | None]) -> UUID:
    """The record that stands for the person whom this record is about.

    `into` maps a record to the one it is merged into. One that is not in it, or that maps to None, stands
    by itself.
    """
    seen = [client_id]
    while (following := into.get(seen[-1])) is not None:
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
    return seen[-1]


def records_of(survivor_id: UUID, into: Mapping[UUID, UUID | None]) -> frozenset[UUID]:
    """Every record of the person for whom this one stands, itself included."""
    return frozenset({survivor_id} | {record for record in into if survivor_of(record, into) == survivor_id})
