"""Bring uploaded directories in, in a process of their own, so that nothing else of the service waits.

What is under way stands in the database, with the file. Whoever works on it holds an advisory lock in a
session of its own, which ends with it, however it ends: then any copy of the service begins that work again.
Reading changes nothing, and an import commits whole with its report, so there is no half of one to repair.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import asyncpg
import structlog

from services.navigation.directory.documents import BrokenFile
from services.navigation.directory.importing import import_directory
from services.navigation.directory.report import Report
from services.navigation.directory.rows import rows_of, summary_of
from services.navigation.directory.unpacking import unpack
from services.navigation.model.uploads import Upload, UploadKind, UploadState
from services.navigation.store import uploads as store
from shared.db import Connection, prepare_connection
from shared.unit_of_work import Database

MOST_TRIES = 3
TOLD_EVERY = 0.5
LEFT_AFTER = timedelta(days=1)
ROWS_KEPT = timedelta(days=30)
WORKING = frozenset({UploadState.UPLOADED, UploadState.PREVIEWING, UploadState.TO_RUN, UploadState.RUNNING})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What a process of its own needs to know; handed over in memory, never on a command line."""

    database_url: str
    schema: str
    folder: str | None
    """Where files are unpacked; None where the system keeps temporary ones."""
    upload_id: UUID
    now: datetime


class Imports:
    """Sees to it that what was uploaded is worked on, by one process at a time among all copies."""

    def __init__(self, database: Database, *, database_url: str, schema: str, folder: Path | None) -> None:
        self._database = database
        self._database_url = database_url
        self._schema = schema
        self._folder = folder
        self._stopping = False
        self._process: multiprocessing.process.BaseProcess | None = None

    def stop(self) -> None:
        """End what is being worked on: whoever starts next begins it again."""
        self._stopping = True
        if self._process is not None:
            self._process.terminate()

    async def run(self) -> int:
        """Work on what is due, to its end; how many imports that were."""
        async with self._database.transaction() as tx:
            upload = await store.under_way(tx.conn)
            due = upload is not None and upload.state in WORKING and await store.is_free(tx.conn)
            now = tx.now
        if upload is None or not due or self._stopping:
            return 0
        work = Work(
            database_url=self._database_url,
            schema=self._schema,
            folder=str(self._folder) if self._folder else None,
            upload_id=upload.id,
            now=now,
        )
        # A fresh interpreter: a copy of this one would hold our connections.
        process = multiprocessing.get_context("spawn").Process(target=work_on, args=(work,), daemon=True)
        process.start()
        self._process = process
        try:
            await asyncio.to_thread(process.join)
        finally:
            self._process = None
            if process.is_alive():
                process.terminate()
        if process.exitcode:
            log.warning("import_ended_early", exit_code=process.exitcode)
            return 0
        return 1

    async def tidy(self) -> int:
        """Stop what nobody went on with for a day, and let go what nobody needs any more."""
        async with self._database.transaction() as tx:
            stopped = await store.stop_what_was_left(tx.conn, tx.now - LEFT_AFTER, tx.now)
            await store.forget(tx.conn, tx.now - ROWS_KEPT)
        return len(stopped)


def work_on(work: Work) -> None:
    """Preview an upload, or bring it in: the whole life of the process of its own."""
    # Whatever has to answer somebody goes first.
    os.nice(10)
    asyncio.run(_work_on(work))


async def _work_on(work: Work) -> None:
    async with _connected(work) as ours, _connected(work) as its:
        if not await store.try_lock(ours):
            return
        upload = await store.work_on(ours, work.upload_id)
        if upload is None:
            return
        if upload.tries > MOST_TRIES:
            problem = f"it was begun {MOST_TRIES} times and never came to its end; nothing was changed"
            await store.broken(ours, upload.id, problem, work.now)
            return
        try:
            with TemporaryDirectory(dir=work.folder) as folder:
                path = await unpack(store.parts(its, upload.id), _kind_of(upload), Path(folder))
                async with _telling(ours, upload.id) as progress:
                    await _bring(its, upload, path, progress=progress, now=work.now)
        except BrokenFile as broken:
            await store.broken(ours, upload.id, str(broken), work.now)


async def _bring(conn: Connection, upload: Upload, path: Path, *, progress: _Told, now: datetime) -> None:
    if upload.state is UploadState.RUNNING:

        async def keep(report: Report) -> None:
            progress.say("writing the report")
            await store.keep_rows(conn, upload.id, rows_of(report))
            await store.done(conn, upload.id, summary_of(report), now)

        await import_directory(conn, path, now=now, source=upload.source, progress=progress, along=keep)
        return
    report = await import_directory(
        conn, path, now=now, source=upload.source, progress=progress, preview=True
    )
    async with conn.transaction():
        if await store.previewed(conn, upload.id, summary_of(report)):
            await store.keep_rows(conn, upload.id, rows_of(report))


def _kind_of(upload: Upload) -> UploadKind:
    assert upload.kind is not None, "what is worked on was uploaded"
    return upload.kind


@asynccontextmanager
async def _connected(work: Work) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(
        work.database_url, server_settings={"search_path": work.schema, "timezone": "UTC"}
    )
    try:
        await prepare_connection(connection)
        yield connection
    finally:
        await connection.close()


class _Told:
    """How far an import is, as it tells."""

    def __init__(self) -> None:
        self.total = 0
        self.read = 0
        self.doing = "reading"

    def begin(self, total: int) -> None:
        """Remember how much there is to read."""
        self.total = total

    def advance(self, count: int) -> None:
        """Remember how far it is; some formats are read twice."""
        self.read = min(self.total, self.read + count)

    def say(self, words: str) -> None:
        """Remember what it is doing."""
        self.doing = words


@asynccontextmanager
async def _telling(conn: Connection, upload_id: UUID) -> AsyncIterator[_Told]:
    """Write down how far it is, twice a second, while the block lasts."""
    told = _Told()

    async def tell() -> None:
        while True:
            await store.tell(conn, upload_id, read=told.read, to_read=told.total, doing=told.doing)
            await asyncio.sleep(TOLD_EVERY)

    telling = asyncio.create_task(tell())
    try:
        yield told
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
