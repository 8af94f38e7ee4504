"""A directory is brought in by an editor: upload it, look at what it would do, run it, read the report."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from services.navigation.api.base import Body
from services.navigation.model.uploads import RowOutcome, Upload, UploadKind, UploadRow, UploadState
from services.navigation.policy.import_rows import as_lines, heading
from services.navigation.store import uploads as store
from shared.errors import Conflict, Malformed, NotFound, UnknownForm
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction
from shared.uploads import LARGEST

routes = Routes(tags=["importing a directory"])

IMPORTERS = ("directory_editor", "admin")
LARGEST_DIRECTORY = 200_000_000
PART = 1 << 20
ROWS_AT_ONCE = 2_000
KINDS: Mapping[str, UploadKind] = {
    "application/zip": UploadKind.ZIP,
    "application/json": UploadKind.JSON,
    "application/x-ndjson": UploadKind.NDJSON,
    "text/csv": UploadKind.CSV,
}
RUNNABLE = frozenset({UploadState.PREVIEWED})
STOPPABLE = frozenset(UploadState) - {UploadState.RUNNING, UploadState.DONE, UploadState.BROKEN}


class Beginning(Body):
    """Where it comes from. Ids that are no UUIDs are its own, and what it leaves out is retired."""

    source: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w][\w .()-]*$")]


class Counts(Body):
    """How many."""

    added: int
    changed: int
    unchanged: int


class ServiceCounts(Counts):
    """How many services."""

    rejected: int
    closed: int
    """Retired: this source had them before and has them no more."""
    duplicates: int


class Summary(Body):
    """What an import does, in numbers."""

    format: str
    complete: bool
    """Whether the file claims to be the whole directory; if not, nothing is retired."""
    services: ServiceCounts
    organizations: Counts
    kept_documents: int
    rejected: int
    dangling: int
    duplicates: int
    conflicts: int
    """Fields that staff put right, of which the directory now says a third thing; ours holds."""
    odd: int


class ImportView(Body):
    """One import, and how far it is."""

    id: UUID
    source: str
    state: UploadState
    kind: UploadKind | None
    bytes: int
    bytes_read: int
    bytes_to_read: int | None
    doing: str | None
    """What is being done at this moment, in words."""
    tries: int
    problem: str | None
    """Why the file cannot be used, with the line; nothing was changed then."""
    preview: Summary | None
    """What it would do."""
    report: Summary | None
    """What it did."""
    begun_by: UUID
    begun_at: AwareDatetime
    run_by: UUID | None
    ended_at: AwareDatetime | None


class RowView(Body):
    """One line of the report."""

    number: int
    outcome: RowOutcome
    file: str
    line: int
    kind: str
    record: str
    service_id: UUID | None
    name: str | None
    field: str | None
    reason: str | None
    value: str | None
    changes: dict[str, object] | None
    """By field: what is there, and what comes. `document` names the parts of the document that differ."""


@routes.post("/directory/imports", allow=IMPORTERS, status_code=201)
async def begin_import(body: Beginning, command: Command) -> ImportView:
    """Begin an import. One at a time: 409 says whose is under way and how far it is."""

    async def act(tx: Transaction) -> ImportView:
        upload_id = new_id()
        if not await store.begin(
            tx.conn, upload_id, source=body.source, by=command.caller.subject, now=tx.now
        ):
            other = await store.under_way(tx.conn)
            raise Conflict(
                "another import is under way; it has to end first, or be stopped",
                under_way=None if other is None else _view(other).model_dump(mode="json"),
            )
        return _view(await _known(tx, upload_id))

    return await command.once(act)


@routes.put(
    "/directory/imports/{import_id}/content",
    allow=IMPORTERS,
    openapi_extra={
        LARGEST: LARGEST_DIRECTORY,
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        },
    },
)
async def upload_directory(import_id: UUID, request: Request, query: Query) -> ImportView:
    """Send the file itself, up to 200 MB; sent again before it is run, it takes the place of the one before.

    A zip holds the tables of HSDS or its JSON documents. The preview begins within a second.
    """
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = KINDS.get(form)
    if kind is None:
        raise UnknownForm(f"send the directory as one of: {', '.join(KINDS)}")
    receiving = new_id()
    async with query.reading() as conn:
        found = await store.upload(conn, import_id)
        if found is None:
            raise NotFound("there is no such import")
        if not await store.receive(conn, import_id, receiving):
            raise Conflict(f"this import is {found.state.value} and takes no other file")
    count = number = 0
    async for part in _in_parts(request):
        async with query.reading() as conn:
            if not await store.add_part(conn, import_id, receiving, number=number, content=part):
                raise Conflict("another file is being sent in the place of this one")
        count, number = count + len(part), number + 1
    if not count:
        raise Malformed("the file is empty")
    async with query.reading() as conn:
        if not await store.received(conn, import_id, receiving, kind=kind, count=count):
            raise Conflict("another file is being sent in the place of this one")
        kept = await store.upload(conn, import_id)
    assert kept is not None, "imports are never removed"
    return _view(kept)


async def _in_parts(request: Request) -> AsyncIterator[bytes]:
    """The body, as it comes, in pieces of one size."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


@routes.post("/directory/imports/{import_id}/run", allow=IMPORTERS)
async def run_import(import_id: UUID, command: Command) -> ImportView:
    """Run it, after its preview. It goes on whatever becomes of this request or of the process."""

    async def act(tx: Transaction) -> ImportView:
        before = await _known(tx, import_id)
        if not await store.move(
            tx.conn,
            import_id,
            before=RUNNABLE,
            to=UploadState.TO_RUN,
            by=command.caller.subject,
            now=tx.now,
        ):
            raise Conflict(f"an import is run after its preview; this one is {before.state.value}")
        return _view(await _known(tx, import_id))

    return await command.once(act)


@routes.post("/directory/imports/{import_id}/cancellation", allow=IMPORTERS)
async def stop_import(import_id: UUID, command: Command) -> ImportView:
    """Stop it before it is run; nothing is changed then."""

    async def act(tx: Transaction) -> ImportView:
        before = await _known(tx, import_id)
        if before.state is not UploadState.STOPPED and not await store.move(
            tx.conn, import_id, before=STOPPABLE, to=UploadState.STOPPED, by=None, now=tx.now
        ):
            raise Conflict(f"this import is {before.state.value}; it cannot be stopped any more")
        return _view(await _known(tx, import_id))

    return await command.once(act)


@routes.get("/directory/imports", allow=IMPORTERS)
async def list_imports(query: Query, after: After = None, limit: Limit = 20) -> Page[ImportView]:
    """List imports, the latest first."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        found = await store.uploads(conn, after=cursor[0] if cursor else None, limit=limit + 1)
    return page_of(
        [_view(one) for one in found],
        limit,
        cursor_of(found[limit - 1].id) if len(found) > limit else None,
    )


@routes.get("/directory/imports/{import_id}", allow=IMPORTERS)
async def read_import(import_id: UUID, query: Query) -> ImportView:
    """See how far an import is, and what it would do or did, in numbers."""
    async with query.reading() as conn:
        found = await store.upload(conn, import_id)
    if found is None:
        raise NotFound("there is no such import")
    return _view(found)


Outcome = Annotated[RowOutcome | None, Parameter(description="Only rows of which this became")]


@routes.get("/directory/imports/{import_id}/rows", allow=IMPORTERS)
async def list_import_rows(
    import_id: UUID, query: Query, *, outcome: Outcome = None, after: After = None, limit: Limit = 50
) -> Page[RowView]:
    """List what would become of each row, or became of it once it was run; first what needs looking at."""
    cursor = read_cursor(after, int)
    async with query.reading() as conn:
        if await store.upload(conn, import_id) is None:
            raise NotFound("there is no such import")
        found = await store.rows(
            conn, import_id, outcome=outcome, after=cursor[0] if cursor else 0, limit=limit + 1
        )
    return page_of(
        [_row(one) for one in found],
        limit,
        cursor_of(found[limit - 1].number) if len(found) > limit else None,
    )


@routes.get(
    "/directory/imports/{import_id}/rows.csv",
    allow=IMPORTERS,
    response_class=Response,
    responses={200: {"description": "RFC 4180, UTF-8, with a heading", "content": {"text/csv": {}}}},
)
async def import_rows_as_csv(import_id: UUID, query: Query, *, outcome: Outcome = None) -> Response:
    """The same rows, all of them, for a spreadsheet."""
    async with query.reading() as conn:
        if await store.upload(conn, import_id) is None:
            raise NotFound("there is no such import")

    async def lines() -> AsyncIterator[str]:
        yield heading()
        last = 0
        while True:
            async with query.reading() as conn:
                found = await store.rows(conn, import_id, outcome=outcome, after=last, limit=ROWS_AT_ONCE)
            if not found:
                return
            yield as_lines(found)
            last = found[-1].number

    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": 'attachment; filename="import.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _known(tx: Transaction, import_id: UUID) -> Upload:
    found = await store.upload(tx.conn, import_id)
    if found is None:
        raise NotFound("there is no such import")
    return found


def _view(one: Upload) -> ImportView:
    return ImportView.model_validate({name: getattr(one, name) for name in ImportView.model_fields})


def _row(one: UploadRow) -> RowView:
    return RowView.model_validate({name: getattr(one, name) for name in RowView.model_fields})
