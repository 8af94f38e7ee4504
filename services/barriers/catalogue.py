"""The playbook in memory: the version in force, and what is made of it once.

Whoever decides takes the playbook once, at the beginning, and keeps to it until the decision is made; each
decision records the edition that it was made by. A version that was published, here or in another copy of
the service, is taken up within a second or two; until then a copy decides by the one before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property

import structlog

from services.barriers.model import Playbook
from services.barriers.playbook import PlaybookError, load_texts
from services.barriers.policy.listening import Listener
from services.barriers.policy.stating import published
from services.barriers.store import versions
from services.barriers.store.versions import Published
from shared.jobs import Job
from shared.unit_of_work import Database

FIRST = 1
"""The number of the version in the files, which is in force until another is published."""
LOOK_EVERY = timedelta(seconds=1)

log = structlog.get_logger(__name__)


class Edition:
    """One version of the playbook, with its texts and what is made of it once."""

    def __init__(self, playbook: Playbook, *, number: int = FIRST, texts: Mapping[str, str] = {}) -> None:
        self.playbook = playbook
        self.number = number
        self.texts = texts

    @cached_property
    def listener(self) -> Listener:
        """What hears in words what this edition listens for."""
        return Listener(self.playbook)


async def _state_as_published(database: Database, version: Published, texts: Mapping[str, str]) -> None:
    try:
        playbook = await asyncio.to_thread(load_texts, texts)
    except PlaybookError as unusable:
        log.warning("playbook_not_stated", published=version.number, findings=len(unusable.findings))
        return
    event = published(
        playbook,
        texts,
        number=version.number,
        at=version.published_at,
        why=version.why,
        by=version.published_by,
        restores=version.restores,
    )
    async with database.transaction() as tx:
        if await versions.keep_stated(tx.conn, version.number, version.edition):
            tx.publish(event)


class Catalogue:
    """Holds the version in force, and the one that comes with Foothold."""

    def __init__(self, default: Edition) -> None:
        self.default = default
        self._in_force = default
        self._read_before: Edition | None = None
        self._unusable: int | None = None

    @property
    def in_force(self) -> Edition:
        """The version by which everything is decided now."""
        return self._in_force

    @property
    def playbook(self) -> Playbook:
        """The playbook of the version in force."""
        return self._in_force.playbook

    def remember(self, read: Edition) -> None:
        """Keep a copy that was read and is about to be published, so that it need not be read again."""
        self._read_before = read

    async def look(self, database: Database) -> None:
        """Take up the version that is in force by now, if it is another one.

        One that this copy cannot read (it was published by a newer one, say) leaves the one before in force.
        """
        async with database.reading() as conn:
            number = await versions.newest_number(conn)
            if number is None or number in {self._in_force.number, self._unusable}:
                return
            found = await versions.version(conn, number)
        if found is None:
            return
        version, texts = found
        known = self._read_before
        try:
            playbook = (
                known.playbook
                if known is not None and known.texts == texts
                else await asyncio.to_thread(load_texts, texts)
            )
        except PlaybookError as unusable:
            self._unusable = number
            log.warning("playbook_not_usable", published=number, findings=len(unusable.findings))
            return
        if number > self._in_force.number:
            self._in_force = Edition(playbook, number=number, texts=texts)
            log.info("playbook_in_force", published=number, edition=version.edition)
            # An older copy of the service, which states no versions, may have published it.
            await self._state_what_was_published(database)

    @asynccontextmanager
    async def opened(self, database: Database) -> AsyncIterator[None]:
        """Look before anything is decided, and tell others of every version that they do not know of."""
        await self.look(database)
        await self._state_what_is_new(database)
        yield

    async def _state_what_is_new(self, database: Database) -> None:
        """State the version of the files, and those that were published before versions were stated."""
        async with database.transaction() as tx:
            first = self.default
            if await versions.keep_stated(tx.conn, FIRST, first.playbook.edition):
                tx.publish(published(first.playbook, first.texts, number=FIRST, at=tx.now))
        await self._state_what_was_published(database)

    async def _state_what_was_published(self, database: Database) -> None:
        number = FIRST
        while True:
            async with database.reading() as conn:
                found = await versions.not_stated(conn, after=number)
            if found is None:
                return
            number = found[0].number
            await _state_as_published(database, *found)

    def job(self, database: Database) -> Job:
        """The job that looks every second, by real time, whether another version was published."""

        async def run() -> int:
            await self.look(database)
            return 0

        return Job(name="playbook", every=LOOK_EVERY, run=run, real_time=True)
