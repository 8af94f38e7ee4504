"""Files of clients: uploaded, looked at before anything is written, run, and reported row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query as QueryParameter
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from contracts.values import LanguageTag, TimeZoneName
from services.intake import store
from services.intake.api.base import Body
from services.intake.commands import importing
from services.intake.model.importing import (
    DateOrder,
    FileRow,
    Import,
    ImportState,
    Outcome,
    Progress,
    ReadingRules,
    Shown,
)
from services.intake.store.clients import LAST_ID
from shared.db import Connection
from shared.errors import Conflict, NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Database, Transaction
from shared.uploads import Upload, file_of

routes = Routes(tags=["import"])

IMPORTERS = ("intake", "supervisor")
LARGEST_FILE = 50_000_000
ROWS_OF_A_PIECE = 1000

Source = Annotated[
    str,
    QueryParameter(
        min_length=1,
        max_length=100,
        pattern=r"^[\w .-]*\w[\w .-]*$",
        description="What the records come from, such as `old system`; they are known again by it",
    ),
]


class Counts(Body):
    """How many rows come to what; all others are still to come."""

    created: int = 0
    """New clients."""
    unchanged: int = 0
    """On record from an earlier import, and the row says the same."""
    repeated: int = 0
    """The very same row stands above in the file."""
    waiting: int = 0
    """May be somebody who is on record, in the file, or imported before with other words: for a person."""
    rejected: int = 0
    """Cannot be a client as they stand; each row says why."""
    same_person: int = 0
    """A person said that they are somebody on record."""
    left_out: int = 0
    """A person said that they are not to be taken in."""


class ImportView(Body):
    """A file of clients, and how far we are with it."""

    import_id: UUID
    source: str
    state: ImportState
    """`planned` waits for `run`; the others go on by themselves."""
    rows_total: int
    rows_read: int
    """Rows of which it is known what they say."""
    planned: Counts
    """What the rows would come to, as far as they were looked at; nothing of it is written."""
    done: Counts
    """What they came to."""
    columns_read: tuple[str, ...]
    """Our names of the columns that are read."""
    columns_ignored: tuple[str, ...]
    """Columns that are not read, by their own names."""
    uploaded_at: AwareDatetime
    uploaded_by: UUID
    run_by: UUID | None
    finished_at: AwareDatetime | None


class Alike(Body):
    """Somebody who may be the same as a row's person."""

    client_id: UUID | None
    """The surviving record, where they are on record."""
    line: int | None
    """The line, where they are in the same file."""
    score: Annotated[int, Field(ge=0, le=100)]
    reasons: tuple[str, ...]


class RowView(Body):
    """A row, and what becomes of it."""

    line: int
    """As a person counts: the first row below the names of the columns is 2."""
    planned: Outcome | None
    outcome: Outcome | None
    reason: str | None
    client_id: UUID | None
    """The client that it became, or is."""
    may_be: tuple[Alike, ...]
    cells: dict[str, str] | None
    """What it says, as long as somebody may need to look at it."""
    decided_by: UUID | None
    decided_at: AwareDatetime | None


class RowDecision(Body):
    """What a person makes of a row that waits: one of the three."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"someone_else": True}]})

    same_as: UUID | None = None
    """It is this client."""
    someone_else: bool = False
    """It is nobody on record: a new client."""
    leave_out: bool = False
    """It is not to be taken in."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.same_as is not None) + self.someone_else + self.leave_out != 1:
            message = "say one of `same_as`, `someone_else` and `leave_out`"
            raise ValueError(message)
        return self


class RowDecided(Body):
    """What became of the row."""

    line: int
    outcome: Outcome
    client_id: UUID | None


@routes.post(
    "/imports",
    allow=IMPORTERS,
    status_code=201,
    summary="Upload a file of clients",
    **file_of("text/csv", up_to=LARGEST_FILE),
)
async def upload_clients(
    upload: Upload,
    *,
    source: Source,
    time_zone: Annotated[TimeZoneName, QueryParameter(description="Of clients whose row names none")],
    language: LanguageTag = "en",
    dates: Annotated[DateOrder, QueryParameter(description="How dates are written, beside 1991-03-14")] = (
        DateOrder.ISO
    ),
) -> ImportView:
    """Take a CSV file (UTF-8, with the names of the columns in its first line). No client is written.

    What would become of each row is worked out at once; read it, and say `run`. Columns: record_id,
    full_name (or given_name and family_name), preferred_name, born_on, postcode, sms, phone, email, post,
    safe_channels, time_zone, language, pace, setting, free_only, caring_duties, contact_prohibited,
    messages_wanted; others are told and not read. A channel is safe only where `safe_channels` names it.
    """
    rules = ReadingRules(time_zone=time_zone, language=language, dates=dates)
    return await upload.command.once(
        partial(_take_in, upload, source=source, rules=rules, by=upload.command.caller.subject)
    )


@routes.get("/imports", allow=IMPORTERS, summary="List imports")
async def list_imports(query: Query, after: After = None, limit: Limit = 20) -> Page[ImportView]:
    """Every file that was uploaded, the latest first."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        found = await store.imports.imports(conn, before=cursor[0] if cursor else LAST_ID, limit=limit + 1)
        views = [_view(one, await store.imports.progress(conn, one.id)) for one in found[: limit + 1]]
    return page_of(views, limit, cursor_of(found[limit - 1].id) if len(found) > limit else None)


@routes.get("/imports/{import_id}", allow=IMPORTERS, summary="Read how far an import is")
async def read_import(import_id: UUID, query: Query) -> ImportView:
    """How far it is, and how many rows come to what."""
    async with query.reading() as conn:
        one = await _known(conn, import_id)
        return _view(one, await store.imports.progress(conn, import_id))


@routes.post("/imports/{import_id}/run", allow=IMPORTERS, summary="Carry an import out")
async def run_import(import_id: UUID, command: Command) -> ImportView:
    """Write the clients that are new; whatever may be somebody on record waits for a person.

    It goes on by itself, also after a restart. What became of a row may differ from the plan where clients
    were registered in between.
    """
    return await command.once(partial(_start, import_id, by=command.caller.subject))


@routes.get("/imports/{import_id}/rows", allow=IMPORTERS, summary="Read what becomes of each row")
async def list_rows(
    import_id: UUID,
    query: Query,
    outcome: Outcome | None = None,
    *,
    after: After = None,
    limit: Limit = 50,
) -> Page[RowView]:
    """Every row in its order, or those that came, or would come, to one thing."""
    cursor = read_cursor(after, int)
    async with query.reading() as conn:
        await _known(conn, import_id)
        found = await store.imports.rows(
            conn, import_id, after=cursor[0] if cursor else 0, outcome=outcome, limit=limit + 1
        )
    following = cursor_of(found[limit - 1].line) if len(found) > limit else None
    return page_of([_row_view(row) for row in found], limit, following)


@routes.get("/imports/{import_id}/report.csv", allow=IMPORTERS, summary="The report, as CSV")
async def report(import_id: UUID, query: Query) -> StreamingResponse:
    """Every row with what became of it and why; without names, for whoever keeps the file."""
    async with query.reading() as conn:
        await _known(conn, import_id)
    headers = {"Content-Disposition": 'attachment; filename="import-report.csv"'}
    return StreamingResponse(_report(query.database, import_id), media_type="text/csv", headers=headers)


@routes.post(
    "/imports/{import_id}/rows/{line}/decision",
    allow=IMPORTERS,
    summary="Say what to make of a row that waits",
)
async def decide_row(
    import_id: UUID, line: Annotated[int, Field(ge=1, lt=2**31)], body: RowDecision, command: Command
) -> RowDecided:
    """Somebody on record, a new client, or left out. States the registration where it is a new client."""
    return await command.once(partial(_decide, import_id, line, body, by=command.caller.subject))


async def _take_in(
    upload: Upload, tx: Transaction, *, source: str, rules: ReadingRules, by: UUID
) -> ImportView:
    upload.file.seek(0)
    one = await importing.take_in(tx, upload.file, source=source, rules=rules, by=by)
    return _view(one, Progress(planned={}, outcome={}, read=0))


async def _start(import_id: UUID, tx: Transaction, *, by: UUID) -> ImportView:
    state = await store.imports.lock_import(tx.conn, import_id)
    if state in {ImportState.READING, ImportState.PLANNING}:
        raise Conflict(
            "We are still looking at the rows; nothing was changed.",
            possible=["read the import again in a moment, look at the plan, and run it then"],
            state=state,
        )
    if state is ImportState.PLANNED:
        await store.imports.move_import(tx.conn, import_id, ImportState.RUNNING, now=tx.now, run_by=by)
    one = await _known(tx.conn, import_id)
    return _view(one, await store.imports.progress(tx.conn, import_id))


async def _decide(import_id: UUID, line: int, body: RowDecision, tx: Transaction, *, by: UUID) -> RowDecided:
    one = await _known(tx.conn, import_id)
    row = await store.imports.row_to_decide(tx.conn, import_id, line)
    if row is None:
        raise NotFound("This import has no row with this number.")
    # Until the run is over, other rows are still compared with what this one says.
    if row.outcome is not Outcome.WAITING or one.state is not ImportState.DONE:
        raise Conflict(
            "This row does not wait for anybody; nothing was changed.",
            possible=["read the row: it says what became of it, or that the import is still to be done"],
            outcome=row.outcome,
        )
    if body.same_as is not None and not await store.clients.client_exists(tx.conn, body.same_as):
        raise NotFound("There is no client with this id.")
    decided = await importing.decide(tx, one, row, same_as=body.same_as, leave_out=body.leave_out, by=by)
    return RowDecided(line=line, outcome=decided.outcome, client_id=decided.client_id)


async def _known(conn: Connection, import_id: UUID) -> Import:
    one = await store.imports.import_of(conn, import_id)
    if one is None:
        raise NotFound("There is no import with this id.")
    return one


async def _report(database: Database, import_id: UUID) -> AsyncIterator[str]:
    yield _csv_line("line", "outcome", "reason", "client_id", "may_be_client", "may_be_line", "score")
    last = 0
    while True:
        async with database.reading() as conn:
            rows = await store.imports.rows(conn, import_id, after=last, outcome=None, limit=ROWS_OF_A_PIECE)
        if not rows:
            return
        last = rows[-1].line
        yield "".join(_report_line(row) for row in rows)


def _report_line(row: FileRow) -> str:
    best = row.shown[0] if row.shown else None
    return _csv_line(
        row.line,
        row.outcome or (f"planned: {row.planned}" if row.planned else "still to come"),
        row.reason or "",
        row.client_id or "",
        (best.client_id or "") if best else "",
        (best.line or "") if best else "",
        best.score if best else "",
    )


def _csv_line(*cells: object) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _view(one: Import, progress: Progress) -> ImportView:
    return ImportView(
        import_id=one.id,
        source=one.source,
        state=one.state,
        rows_total=one.rows_total,
        rows_read=progress.read,
        planned=Counts(**progress.planned),
        done=Counts(**progress.outcome),
        columns_read=one.columns_read,
        columns_ignored=one.columns_ignored,
        uploaded_at=one.uploaded_at,
        uploaded_by=one.uploaded_by,
        run_by=one.run_by,
        finished_at=one.finished_at,
    )


def _row_view(row: FileRow) -> RowView:
    return RowView(
        line=row.line,
        planned=row.planned,
        outcome=row.outcome,
        reason=row.reason,
        client_id=row.client_id,
        may_be=tuple(_alike(each) for each in row.shown),
        cells=row.cells,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _alike(shown: Shown) -> Alike:
    return Alike(client_id=shown.client_id, line=shown.line, score=shown.score, reasons=shown.reasons)
