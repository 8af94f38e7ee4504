"""Search the directory in memory."""

from __future__ import annotations

import gc
from datetime import date
from uuid import UUID

from services.navigation.catalogue import Catalogue
from services.navigation.model.matching import Keep, Match, Need
from services.navigation.policy.matching import FULL, match
from services.navigation.store import partners
from shared.db import Connection

NEARBY = 40
EVERYBODY = 2_000
"""How many services the first look takes in, and how many when that found no option and runner-up."""


MANY = 1_000
"""So many new services are worth setting apart from what the garbage collector looks through."""


class Finder:
    """Finds services that fit a need, as fresh as the last `refresh` and `observe`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.answers_within: dict[UUID, float] = {}

    def find(self, need: Need, *, keep: Keep = FULL) -> Match:
        """The options for this need, and what was rejected on the way to them."""
        postcode = need.client.postcode
        listings = self.catalogue.candidates(need.resource_codes, postcode, limit=NEARBY)
        found = match(need, listings, keep=keep)
        if len(found.options) > 1 or len(listings) < NEARBY:
            return found
        everybody = self.catalogue.candidates(need.resource_codes, postcode, limit=EVERYBODY)
        return match(need, everybody, keep=keep)

    def assured(self, service_id: UUID) -> date | None:
        """When somebody last checked a service's entry."""
        listing = self.catalogue.listing(service_id)
        return None if listing is None else listing.assured_date

    async def refresh(self, conn: Connection) -> int:
        """Catch up with the directory; 0, so that a job rests afterwards."""
        before = len(self.catalogue)
        if await self.catalogue.refresh(conn) and len(self.catalogue) - before > MANY:
            # Looking through half a million objects that never become garbage would hold everybody up.
            gc.collect()
            gc.freeze()
        return 0

    async def observe(self, conn: Connection) -> int:
        """Catch up with how long organisations take to answer."""
        self.answers_within = await partners.response_times(conn)
        return 0
