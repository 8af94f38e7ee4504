"""A service of the directory as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.navigation import ServiceChanged
from services.desk.model.directory import ServicePicture
from services.desk.model.entries import Entry
from services.desk.policy.folding.order import of_type


def fold_service(entries: Sequence[Entry]) -> ServicePicture | None:
    """How a service stands: each time it was stated whole, so only the highest version counts.

    None while no more is known than that somebody reported something about it.
    """
    said = of_type(entries, ServiceChanged)
    return ServicePicture(id=said[-1].service_id, said=said[-1]) if said else None
