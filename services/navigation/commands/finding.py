"""Search the directory in memory."""

from __future__ import annotations

from uuid import UUID

from services.navigation.catalogue import Catalogue
from services.navigation.model.matching import Match, Need
from services.navigation.policy.matching import match
from services.navigation.store import partners
from shared.db import Connection

NEARBY = 64
EVERYBODY = 2_000
"""How many services the first look takes in, and how many when that found no option and runner-up."""


class Finder:
    """Finds services that fit a need, as fresh as the last `refresh` and `observe`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.answers_within: dict[UUID, float] = {}

    def find(self, need: Need) -> Match:
        """The options for this need, and what was rejected on the way to them."""
        postcode = need.client.postcode
        listings = self.catalogue.candidates(need.resource_codes, postcode, limit=NEARBY)
        found = match(need, listings)
        if len(found.options) > 1 or len(listings) < NEARBY:
            return found
        return match(need, self.catalogue.candidates(need.resource_codes, postcode, limit=EVERYBODY))

    async def refresh(self, conn: Connection) -> int:
        """Catch up with the directory; 0, so that a job rests afterwards."""
        await self.catalogue.refresh(conn)
        return 0

    async def observe(self, conn: Connection) -> int:
        """Catch up with how long organisations take to answer."""
        self.answers_within = await partners.response_times(conn)
        return 0
