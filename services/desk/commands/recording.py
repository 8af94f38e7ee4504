"""Writes down who did what, before they are answered.

Every line waits its turn in the chain, so many at once would wait for as many commits. Those of this process
that come while another is being written go together: one statement, one commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.desk.model.audit import Trace
from services.desk.store import audit
from shared.unit_of_work import Database

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Waiting:
    traces: Sequence[Trace]
    written: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Recorder:
    """The way into the audit. What `record` returned for is committed; if it raises, show nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, *traces: Trace) -> None:
        """Write these down; raises what the database raises when they could not be."""
        if not traces:
            return
        waiting = _Waiting(traces)
        self._waiting.append(waiting)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all(), name="audit")
        # Whoever goes away meanwhile leaves their line to be written all the same.
        await asyncio.shield(waiting.written)

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._write(batch)
        finally:
            self._writing = None

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            async with self._database.reading() as conn:
                await audit.insert(conn, [trace for one in batch for trace in one.traces])
        except Exception as error:  # noqa: BLE001 - each of those who wait is told
            for one in batch:
                if not one.written.done():
                    one.written.set_exception(error)
        else:
            for one in batch:
                if not one.written.done():
                    one.written.set_result(None)
