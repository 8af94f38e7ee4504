"""A directory from a file: passed on to navigation as it comes, and looked at before it changes anything."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.requests import ClientDisconnect

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import ours
from services.desk.api.directory_editing_form import names_of
from services.desk.api.directory_imports_one import IMPORTERS, ONE, here_of, shown
from services.desk.api.forms import ALREADY, USED_BEFORE, Faults
from services.desk.channels.gateway import Owner
from services.desk.model.brought_in import Import, Imports
from services.desk.policy.bringing_in import STATES, TAGS, kind_of
from services.desk.policy.service_form import sentence
from shared.errors import Conflict, Forbidden, Invalid, Malformed, Problem, Transient
from shared.http import Routes
from shared.ids import new_id
from shared.multipart import SentForm, sent_form
from shared.uploads import LARGEST

routes = Routes(tags=["directory"], include_in_schema=False)

LIST = "/directory/imports"
LARGEST_FORM = 200_100_000
"""The largest file that navigation takes, and what a form adds to it."""
AT_ONCE = "20"
LEFT = (
    "The page was left before the whole file had come. Nothing was changed; the import waits for its file,"
    " and you can choose it once more."
)
NO_FILE = "Choose the file."
WHOSE = "Say whose directory it is, in letters and numbers, such as: Newshire council."
UNKNOWN_KIND = "Choose a .zip, .json, .ndjson or .csv file."
SOURCE = re.compile(r"^\w[\w .()-]{0,99}$")


@routes.get(LIST, allow=IMPORTERS, response_class=HTMLResponse)
async def list_imports(desk: Signed, after: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Show the earlier imports, and ask for a file."""
    return await _asked(desk, {}, after=after)


@routes.post(LIST, allow=IMPORTERS, response_class=Response, openapi_extra={LARGEST: LARGEST_FORM})
async def begin_import(desk: Signed) -> Response:
    """Begin an import and pass its file on."""
    form = await sent_form(desk.request)
    typed = {"source": " ".join(form.fields.get("source", "").split()), "once": form.fields.get("once", "")}
    faults = {} if SOURCE.match(typed["source"]) else {"source": WHOSE}
    faults |= _faults_of_file(form)
    if faults:
        await _drained(form)
        return await _asked(desk, typed, faults=faults)
    once = typed["once"] or str(new_id())
    try:
        done = await desk.foundation.gateway.send(
            Owner.NAVIGATION,
            "POST",
            LIST,
            {"source": typed["source"]},
            caller=desk.caller,
            key=once,
            correlation_id=new_id(),
        )
    except Forbidden:
        raise
    except Problem as problem:
        await _drained(form)
        return await _asked(desk, typed, problem=problem)
    return await _passed_on(desk, UUID(str(done.answer["id"])), form, once)


@routes.post(
    ONE + "/content", allow=IMPORTERS, response_class=Response, openapi_extra={LARGEST: LARGEST_FORM}
)
async def send_file(import_id: UUID, desk: Signed) -> Response:
    """Pass a file on to an import that waits for one, in the place of any before."""
    form = await sent_form(desk.request)
    if faults := _faults_of_file(form):
        await _drained(form)
        return await shown(desk, import_id, faults=faults)
    return await _passed_on(desk, import_id, form, form.fields.get("once") or str(new_id()))


async def _passed_on(desk: Desk, import_id: UUID, form: SentForm, once: str) -> Response:
    """Hand the file to navigation as it comes; what becomes of it stands on the import's page."""
    kind = kind_of(form.file_name or "")
    assert kind is not None, "looked at before"
    try:
        await desk.foundation.gateway.upload(
            Owner.NAVIGATION,
            f"{here_of(import_id)}/content",
            form.pieces(),
            form=kind,
            length=form.length,
            caller=desk.caller,
            key=once,
            method="PUT",
        )
    except ClientDisconnect:
        raise Malformed(LEFT) from None
    except Forbidden:
        raise
    except Problem as problem:
        await _drained(form)
        return await shown(desk, import_id, problem=problem)
    return RedirectResponse(here_of(import_id), 303)


async def _drained(form: SentForm) -> None:
    try:
        await form.drained()
    except ClientDisconnect:
        raise Malformed(LEFT) from None


def _faults_of_file(form: SentForm) -> Faults:
    if not form.file_name or form.length <= 0:
        return {"file": NO_FILE}
    return {} if kind_of(form.file_name) else {"file": UNKNOWN_KIND}


async def _asked(
    desk: Desk,
    typed: dict[str, str],
    *,
    faults: Faults | None = None,
    problem: Problem | None = None,
    after: str = "",
) -> Response:
    earlier = await _earlier(desk, after)
    used = isinstance(problem, Invalid) and USED_BEFORE in problem.detail
    words = (ALREADY if used else sentence(problem.detail)) if problem else None
    other = problem.extra.get("under_way") if isinstance(problem, Conflict) else None
    items = earlier.items if earlier else ()
    under_way = Import.model_validate(other) if other else next((one for one in items if _open(one)), None)
    names = await names_of(desk, [one.begun_by for one in (*items, *([under_way] if under_way else []))])
    wall = ours(desk)
    return desk.page(
        "directory/imports.html",
        here="directory" if "directory_editor" in desk.viewer.roles else "imports",
        status=problem.status if problem else 422 if faults else 200,
        faults=faults,
        trouble=words if words and not other else None,
        typed={"source": ""} | typed,
        once=typed.get("once") if typed.get("once") and not used else new_id(),
        reads=bool(desk.viewer.roles - {"admin"}),
        known=earlier is not None,
        sources=sorted({one.source for one in items}),
        states=STATES,
        tags=TAGS,
        under_way=under_way,
        whose=names.get(under_way.begun_by, "A colleague") if under_way else "",
        refused=other is not None,
        begun=wall.moment(under_way.begun_at) if under_way else "",
        earlier=[
            (one, here_of(one.id), wall.begun(wall.moment(one.begun_at)), names.get(one.begun_by, ""))
            for one in items
        ],
        first=LIST if after else None,
        following=f"{LIST}?{urlencode({'after': earlier.next})}" if earlier and earlier.next else None,
    )


def _open(one: Import) -> bool:
    return one.state not in {"done", "broken", "stopped"}


async def _earlier(desk: Desk, after: str) -> Imports | None:
    """The imports so far; None while navigation is away, when the form still stands."""
    wanted = {"limit": AT_ONCE, **({"after": after} if after else {})}
    try:
        answer = await desk.foundation.gateway.read(Owner.NAVIGATION, LIST, caller=desk.caller, params=wanted)
    except Transient:
        return None
    return Imports.model_validate_json(answer.content)
