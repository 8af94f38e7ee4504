"""Clients from a file: uploaded, looked at before anything is written, carried out, reported row by row."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from services.desk.api.base import Desk, Signed
from services.desk.api.intake_forms import LANGUAGES, sent
from services.desk.channels.gateway import Owner
from services.desk.model.audit import Deed
from services.desk.model.imports import Import, Imports, Rows
from services.desk.policy.imports import BUSY, OUTCOMES, STATES, counts_of, is_over, total
from shared.errors import Conflict, Invalid, Malformed, Problem
from shared.http import Routes
from shared.ids import new_id
from shared.uploads import LARGEST

routes = Routes(tags=["import"], include_in_schema=False)

IMPORTERS = ("intake", "supervisor")
LARGEST_FORM = 50_100_000
"""The largest file that intake takes, and what a form adds to it."""
PIECE = 256 * 1024
AT_ONCE = "50"
DATES = (("iso", "1991-03-14"), ("day_first", "14/03/1991"), ("month_first", "03/14/1991"))


@routes.get("/clients/import", allow=IMPORTERS, response_class=HTMLResponse)
async def ask_for_file(desk: Signed) -> Response:
    """Ask for a file, and show the earlier ones."""
    return await _asked(desk, {})


@routes.post(
    "/clients/import",
    allow=IMPORTERS,
    response_class=Response,
    openapi_extra={LARGEST: LARGEST_FORM},
)
async def upload(desk: Signed) -> Response:
    """Take a file to intake, which looks at it and writes nothing."""
    try:
        async with desk.request.form() as form:
            return await _taken(desk, form)
    except ClientDisconnect:
        raise Malformed("the page was left before the whole file had arrived") from None


@routes.get("/clients/import/{import_id}", allow=IMPORTERS, response_class=HTMLResponse)
async def read_import(
    desk: Signed,
    import_id: UUID,
    outcome: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Show how far an import is, and what becomes of its rows."""
    return await _shown(desk, import_id, outcome if outcome in OUTCOMES else "", after)


@routes.post("/clients/import/{import_id}/run", allow=IMPORTERS, response_class=Response)
async def run(desk: Signed, import_id: UUID) -> Response:
    """Have an import carried out. It goes on by itself."""
    once = (await sent(desk)).value("once")
    await desk.noted(Deed.CHANGED, about_id=import_id)
    await desk.act(
        Owner.INTAKE, "POST", f"/imports/{import_id}/run", once=once or f"run/{import_id}", client_id=None
    )
    return RedirectResponse(f"/clients/import/{import_id}", 303)


@routes.post("/clients/import/{import_id}/rows/{line}", allow=IMPORTERS, response_class=Response)
async def decide(desk: Signed, import_id: UUID, line: Annotated[int, Path(ge=1, lt=2**31)]) -> Response:
    """Say what to make of a row that waits for a person."""
    said = await sent(desk)
    verdict, _, client_id = said.value("decide").partition(":")
    body: dict[str, object] = {"someone_else": True} if verdict == "else" else {"leave_out": True}
    if verdict == "same":
        body = {"same_as": client_id}
    elif verdict not in {"else", "out"}:
        raise Invalid("Please say what to make of this row.")
    await desk.noted(Deed.CHANGED, about_id=import_id)
    path = f"/imports/{import_id}/rows/{line}/decision"
    await desk.act(Owner.INTAKE, "POST", path, body, once=said.value("once"), client_id=None)
    return RedirectResponse(f"/clients/import/{import_id}?outcome=waiting", 303)


@routes.get("/clients/import/{import_id}/report.csv", allow=IMPORTERS, response_class=Response)
async def report(desk: Signed, import_id: UUID) -> Response:
    """Hand over the report: every row with what became of it and why, without names."""
    await desk.noted(Deed.EXPORTED, about_id=import_id)
    answer = await desk.foundation.gateway.read(
        Owner.INTAKE, f"/imports/{import_id}/report.csv", caller=desk.caller
    )
    headers = {
        "Content-Disposition": 'attachment; filename="import-report.csv"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(answer.content, media_type="text/csv", headers=headers)


async def _taken(desk: Desk, form: FormData) -> Response:
    typed = {name: str(form.get(name, "")).strip() for name in ("source", "time_zone", "language", "dates")}
    file = form.get("file")
    faults = {}
    if not isinstance(file, UploadFile) or not file.filename:
        faults["file"] = "Choose the file. It is a CSV file with the names of the columns in its first line."
    if not typed["source"]:
        faults["source"] = "Say where the records come from, so that they are known again next time."
    if faults or not isinstance(file, UploadFile):
        return await _asked(desk, typed, faults=faults)
    await desk.noted(Deed.CHANGED)
    try:
        answer = await desk.foundation.gateway.upload(
            Owner.INTAKE,
            "/imports",
            _pieces(file),
            form="text/csv",
            length=file.size or 0,
            params={name: value for name, value in typed.items() if value},
            caller=desk.caller,
            key=str(form.get("once", "")) or str(new_id()),
        )
    except Problem as problem:
        return await _asked(desk, typed, faults={"file": problem.detail}, status=problem.status)
    return RedirectResponse(f"/clients/import/{answer['import_id']}", 303)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece


async def _asked(
    desk: Desk, typed: dict[str, str], *, faults: dict[str, str] | None = None, status: int = 422
) -> Response:
    answer = await desk.foundation.gateway.read(Owner.INTAKE, "/imports", caller=desk.caller)
    zone = desk.foundation.settings.zone
    return desk.page(
        "clients/import.html",
        here="clients",
        status=status if faults else 200,
        faults=faults,
        typed={"source": "", "time_zone": zone.key, "language": "en", "dates": "iso"} | typed,
        languages=LANGUAGES,
        dates=DATES,
        once=new_id(),
        earlier=[
            {
                "href": f"/clients/import/{one.import_id}",
                "words": f"{one.source}, {one.uploaded_at.astimezone(zone):%-d %B %Y, %H:%M}",
                "state": STATES.get(one.state, one.state),
            }
            for one in Imports.model_validate_json(answer.content).items
        ],
    )


async def _shown(desk: Desk, import_id: UUID, outcome: str, after: str) -> Response:
    gateway = desk.foundation.gateway
    answer = await gateway.read(Owner.INTAKE, f"/imports/{import_id}", caller=desk.caller)
    one = Import.model_validate_json(answer.content)
    rows = await _rows(desk, import_id, outcome, after) if one.state != "reading" else None
    await desk.noted(Deed.LISTED, about_id=import_id)
    return desk.page(
        "clients/one_import.html",
        here="clients",
        one=one,
        state=STATES.get(one.state, one.state),
        busy=one.state in BUSY,
        over=is_over(one),
        done=total(one.done) if one.state == "running" else total(one.planned),
        counts=list(counts_of(one)),
        filters_of=[
            (words, f"/clients/import/{import_id}?outcome={name}", number, name == outcome)
            for name, words, number in counts_of(one)
        ],
        words=OUTCOMES,
        outcome=outcome,
        rows=rows.items if rows else (),
        following=rows.next if rows else None,
        once=new_id,
    )


async def _rows(desk: Desk, import_id: UUID, outcome: str, after: str) -> Rows | None:
    wanted = {"outcome": outcome, "after": after, "limit": AT_ONCE}
    try:
        answer = await desk.foundation.gateway.read(
            Owner.INTAKE,
            f"/imports/{import_id}/rows",
            caller=desk.caller,
            params={name: value for name, value in wanted.items() if value},
        )
    except Conflict:
        return None
    return Rows.model_validate_json(answer.content)
