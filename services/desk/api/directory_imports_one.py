"""One import of a directory: what it would do, how far it is, what it did, row by row."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import ours
from services.desk.api.directory_editing_form import names_of
from services.desk.api.forms import Faults, TypedIn
from services.desk.channels.gateway import Owner
from services.desk.model.brought_in import Import, Rows
from services.desk.policy import bringing_in as policy
from services.desk.policy.service_form import sentence
from shared.errors import Forbidden, NotFound, Problem, Transient, Unauthenticated
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["directory"], include_in_schema=False)

IMPORTERS = ("directory_editor", "admin")
ONE = "/directory/imports/{import_id}"
AT_ONCE = "25"
MOST_AT_ONCE = "200"
PLACE = "progress"
"""The part of the page that asks for itself again."""
DOWNLOAD = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Outcome = Annotated[str, Query(max_length=20)]


def here_of(import_id: UUID) -> str:
    """Where an import is, at the desk and at navigation."""
    return ONE.format(import_id=import_id)


@routes.get(ONE, allow=IMPORTERS, response_class=HTMLResponse)
async def read_import(
    import_id: UUID, desk: Signed, outcome: Outcome = "", after: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """Show how far an import is, and what becomes of its rows."""
    return await shown(desk, import_id, outcome=outcome if outcome in policy.OUTCOMES else "", after=after)


@routes.post(ONE + "/run", allow=IMPORTERS, response_class=Response)
async def run(import_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Bring it in. It goes on by itself, whatever becomes of this page."""
    return await _moved(desk, import_id, "run", typed["once"])


@routes.post(ONE + "/leave", allow=IMPORTERS, response_class=Response)
async def leave(import_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Leave it: nothing is changed."""
    return await _moved(desk, import_id, "cancellation", typed["once"])


async def _moved(desk: Desk, import_id: UUID, way: str, once: str) -> Response:
    path, key = f"{here_of(import_id)}/{way}", once or f"{way}/{import_id}"
    try:
        await desk.act(Owner.NAVIGATION, "POST", path, once=key, client_id=None)
    except (Forbidden, Unauthenticated, NotFound):
        raise
    except Problem as problem:
        return await shown(desk, import_id, problem=problem)
    return RedirectResponse(here_of(import_id), 303)


async def shown(
    desk: Desk,
    import_id: UUID,
    *,
    outcome: str = "",
    after: str = "",
    faults: Faults | None = None,
    problem: Problem | None = None,
) -> Response:
    """The page of an import; while navigation is away, what holds and how to go on."""
    here = here_of(import_id)
    try:
        one = await _told(desk, import_id)
        rows = await _rows(desk, import_id, outcome, after) if one.summary else Rows(items=())
    except Transient as away:
        one, rows, problem = None, Rows(items=()), problem or away
    busy = one is not None and one.state in policy.BUSY
    polled = desk.request.headers.get("hx-target") == PLACE
    if polled and one is not None and (not busy or "away" in desk.request.query_params):
        # It has come to an end, or to where a person says how it goes on: the whole page is another one.
        return Response(headers={"HX-Refresh": "true"})
    numbers = policy.numbers_of(one.summary) if one and one.summary else {}
    chosen = {"outcome": outcome} if outcome else {}
    names = await names_of(desk, [by for by in (one.begun_by, one.run_by) if by] if one else [])
    wall = ours(desk)
    return desk.page(
        "directory/one_import.html",
        here="directory" if "directory_editor" in desk.viewer.roles else "imports",
        # What a page asks for by itself is shown there, whatever it is.
        status=200 if polled else problem.status if problem else 422 if faults else 200,
        faults=faults,
        trouble=sentence(problem.detail) if problem else None,
        at=here,
        one=one,
        busy=busy,
        say=policy,
        numbers=numbers,
        rows=rows.items,
        outcome=outcome,
        filters_of=[
            (policy.OUTCOMES[name][0], f"{here}?{urlencode({'outcome': name})}", number, name == outcome)
            for name, number in numbers.items()
            if number
        ],
        csv=f"{here}/rows.csv" + (f"?{urlencode(chosen)}" if chosen else ""),
        json=f"{here}/rows.json" + (f"?{urlencode(chosen)}" if chosen else ""),
        first=here + (f"?{urlencode(chosen)}" if chosen else "") if after else None,
        following=f"{here}?{urlencode(chosen | {'after': rows.next})}" if rows.next else None,
        begun=(names.get(one.begun_by, "A colleague"), wall.moment(one.begun_at)) if one else ("", ""),
        ran_by=names.get(one.run_by, "A colleague") if one and one.run_by else "",
        ended=wall.begun(wall.moment(one.ended_at)) if one and one.ended_at else "",
        reads=bool(desk.viewer.roles - {"admin"}),
        once=new_id,
    )


async def _told(desk: Desk, import_id: UUID) -> Import:
    answer = await desk.foundation.gateway.read(Owner.NAVIGATION, here_of(import_id), caller=desk.caller)
    return Import.model_validate_json(answer.content)


async def _rows(desk: Desk, import_id: UUID, outcome: str, after: str, *, at_once: str = AT_ONCE) -> Rows:
    wanted = {"outcome": outcome, "after": after, "limit": at_once}
    answer = await desk.foundation.gateway.read(
        Owner.NAVIGATION,
        f"{here_of(import_id)}/rows",
        caller=desk.caller,
        params={name: value for name, value in wanted.items() if value},
    )
    return Rows.model_validate_json(answer.content)


@routes.get(ONE + "/rows.csv", allow=IMPORTERS, response_class=Response)
async def rows_as_csv(import_id: UUID, desk: Signed, outcome: Outcome = "") -> Response:
    """Hand over every row with what became of it, for a spreadsheet."""
    await _told(desk, import_id)
    params = {"outcome": outcome} if outcome in policy.OUTCOMES else None

    async def pieces() -> AsyncIterator[bytes]:
        gateway = desk.foundation.gateway
        path = f"{here_of(import_id)}/rows.csv"
        async with gateway.opened(Owner.NAVIGATION, path, caller=desk.caller, params=params) as comes:
            async for piece in comes:
                yield piece

    headers = DOWNLOAD | {"Content-Disposition": 'attachment; filename="directory-import.csv"'}
    return StreamingResponse(pieces(), media_type="text/csv; charset=utf-8; header=present", headers=headers)


@routes.get(ONE + "/rows.json", allow=IMPORTERS, response_class=Response)
async def rows_as_json(import_id: UUID, desk: Signed, outcome: Outcome = "") -> Response:
    """Hand over the import with every row, for a program."""
    one = await _told(desk, import_id)
    chosen = outcome if outcome in policy.OUTCOMES else ""

    async def pieces() -> AsyncIterator[str]:
        yield f'{{"import": {one.model_dump_json()}, "rows": ['
        after, between = "", "\n"
        while True:
            some = await _rows(desk, import_id, chosen, after, at_once=MOST_AT_ONCE)
            for row in some.items:
                yield between + row.model_dump_json()
                between = ",\n"
            if some.next is None:
                break
            after = some.next
        yield "\n]}\n"

    headers = DOWNLOAD | {"Content-Disposition": 'attachment; filename="directory-import.json"'}
    return StreamingResponse(pieces(), media_type="application/json", headers=headers)
