"""The directory in this process's memory, so that a match needs no query.

A catalogue is as fresh as its last `refresh`, which costs one row when nothing changed. Whoever writes to the
directory takes the next revision under a row lock and keeps it until the commit, so revisions become visible
in order and a refresh never misses one.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from contracts.terms import ServiceStatus
from services.navigation.model.directory import (
    EVERYWHERE,
    Listing,
    code_and_parents,
    postcode_key,
    static_order,
)
from services.navigation.store import directory as store
from shared.db import Connection

CANDIDATE_LIMIT = 200
"""How many services one search looks at; the static order decides which, when there are more."""

_REBUILD_FROM = 500
"""From so many changes on, building the index anew is cheaper than moving services about in it."""

_ROWS_PER_TURN = 500
"""How many services are taken in before other work of the process gets its turn."""

_FINDABLE = frozenset({ServiceStatus.ACTIVE, ServiceStatus.TEMPORARILY_CLOSED})


@dataclass(slots=True)
class _Shelf:
    """The services of one code, each list in static order."""

    by_prefix: dict[str, list[Listing]] = field(default_factory=dict)
    everywhere: list[Listing] = field(default_factory=list)
    unknown: list[Listing] = field(default_factory=list)
    every: list[Listing] = field(default_factory=list)

    def lists_of(self, listing: Listing) -> Iterator[list[Listing]]:
        yield self.every
        if listing.areas is None:
            yield self.unknown
        elif listing.areas == EVERYWHERE:
            yield self.everywhere
        else:
            for prefix in listing.areas:
                yield self.by_prefix.setdefault(prefix, [])

    def near(self, postcode: str | None) -> Iterator[Listing]:
        """The services that serve the place, the narrowest area first; all of them when it is not known."""
        if postcode is None:
            return chain(self.everywhere, self.every)
        longest = (postcode[:length] for length in range(len(postcode), 0, -1))
        return chain.from_iterable(self.by_prefix.get(prefix, ()) for prefix in longest)


class Catalogue:
    """Every service of the directory, found by code and place in well under a millisecond."""

    def __init__(self) -> None:
        self._revision = 0
        self._listings: dict[UUID, Listing] = {}
        self._shelves: dict[str, _Shelf] = {}
        self._refreshing = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._listings)

    @property
    def revision(self) -> int:
        """The directory's revision that this catalogue has caught up with."""
        return self._revision

    def listing(self, service_id: UUID) -> Listing | None:
        """Find one service by its id, closed ones included."""
        return self._listings.get(service_id)

    def candidates(
        self, codes: Sequence[str], postcode: str | None, *, limit: int = CANDIDATE_LIMIT
    ) -> Sequence[Listing]:
        """Find the services that offer any of these codes, or a narrower one, and could serve the place.

        First those whose area holds the postcode, then those that serve everywhere, then those that do not
        say; within each by the order of `codes`, then by `static_order`. Each service once, at most `limit`.
        Closed services are left out; temporarily closed ones come, so that a person sees why not.
        """
        key = (postcode_key(postcode) or None) if postcode else None
        shelves = [shelf for code in codes if (shelf := self._shelves.get(code)) is not None]
        # A service stands on several shelves as one object, which is quicker to tell than its id.
        found: dict[int, Listing] = {}
        for listing in chain(
            chain.from_iterable(shelf.near(key) for shelf in shelves),
            chain.from_iterable(shelf.everywhere for shelf in shelves),
            chain.from_iterable(shelf.unknown for shelf in shelves),
        ):
            if id(listing) not in found:
                found[id(listing)] = listing
                if len(found) >= limit:
                    break
        return tuple(found.values())

    async def refresh(self, conn: Connection) -> bool:
        """Catch up with the directory; True when anything changed. One row is read when nothing did.

        Others of the process go on searching in what was there before, and get their turn meanwhile.
        """
        async with self._refreshing:
            revision = await store.current_revision(conn)
            if revision == self._revision:
                return False
            # A directory that went back in time was restored from a backup: nothing here can be trusted.
            since = self._revision if revision > self._revision else 0
            changed = [
                listing
                async for page in store.listings_since(conn, since, rows=_ROWS_PER_TURN)
                for listing in page
            ]
            await self._take(changed, anew=since == 0)
            self._revision = revision
            return True

    def take(self, listings: Iterable[Listing]) -> None:
        """Put services in directly: for tests and measurements of matching that need no database."""
        for listing in listings:
            self._replace(listing)

    async def _take(self, changed: Sequence[Listing], *, anew: bool) -> None:
        if not anew and len(changed) < _REBUILD_FROM:
            self.take(changed)
            return
        listings = {} if anew else dict(self._listings)
        listings.update((listing.service_id, listing) for listing in changed)
        shelves: dict[str, _Shelf] = {}
        for number, listing in enumerate(sorted(listings.values(), key=static_order)):
            for places in _places(shelves, listing):
                places.append(listing)
            if number % _ROWS_PER_TURN == 0:
                await asyncio.sleep(0)
        self._listings, self._shelves = listings, shelves

    def _replace(self, listing: Listing) -> None:
        before = self._listings.get(listing.service_id)
        if before is not None:
            for places in _places(self._shelves, before):
                del places[bisect_left(places, static_order(before), key=static_order)]
        self._listings[listing.service_id] = listing
        for places in _places(self._shelves, listing):
            insort(places, listing, key=static_order)


def _places(shelves: dict[str, _Shelf], listing: Listing) -> Iterator[list[Listing]]:
    """Every list in which a service stands: one per code and area, broader codes included."""
    if listing.status not in _FINDABLE:
        return
    for broader in {broader for code in listing.codes for broader in code_and_parents(code)}:
        yield from shelves.setdefault(broader, _Shelf()).lists_of(listing)
