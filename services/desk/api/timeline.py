"""Everything that happened with a client in one line, and on every item why it is there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import HTMLResponse

from services.desk.api.base import CLIENTS, Signed
from services.desk.api.client_base import lines, look, show
from services.desk.policy.wording import Group, types_of
from services.desk.store import timeline as store
from shared.errors import NotFound
from shared.http import Routes
from shared.pages import After, cursor_of, read_cursor

routes = Routes(tags=["clients"], include_in_schema=False)

AT_ONCE = 30
FILTERS: tuple[tuple[Group | None, str], ...] = (
    (None, "Everything"),
    (Group.SAID, "What they said"),
    (Group.PLANS, "Plans and steps"),
    (Group.HELP, "Help"),
    (Group.MESSAGES, "Messages"),
    (Group.TASKS, "What we had to do"),
    (Group.RECORD, "Their record"),
)


@routes.get("/clients/{client_id}/timeline", allow=CLIENTS, response_class=HTMLResponse)
async def read_timeline(
    client_id: UUID,
    desk: Signed,
    about: Annotated[Group | None, Query(description="Only what is about this")] = None,
    after: After = None,
) -> HTMLResponse:
    """Everything that happened, the latest first."""
    looked = await look(desk, client_id)
    cursor = read_cursor(after, datetime, UUID)
    async with desk.database.reading() as conn:
        found = await store.of_client(
            conn,
            looked.records,
            types=types_of(about) if about else None,
            after=(cursor[0], cursor[1]) if cursor else None,
            limit=AT_ONCE + 1,
        )
        shown = await lines(desk, conn, looked, found[:AT_ONCE])
    here = f"/clients/{client_id}/timeline"
    only = f"about={about.value}&" if about else ""
    last = found[AT_ONCE - 1] if len(found) > AT_ONCE else None
    return await show(
        desk,
        looked,
        "client/timeline.html",
        part="timeline",
        live=after is None,
        lines=shown,
        filters=[
            (words, f"{here}?about={group.value}" if group else here, None, group is about)
            for group, words in FILTERS
        ],
        about=about,
        newest=(f"{here}?{only}".rstrip("&?")) if after else "",
        older=f"{here}?{only}after={cursor_of(last.occurred_at, last.id)}" if last else "",
    )


@routes.get("/clients/{client_id}/why/{entry_id}", allow=CLIENTS, response_class=HTMLResponse)
async def read_why(client_id: UUID, entry_id: UUID, desk: Signed) -> HTMLResponse:
    """Why something is here: from where it began, through the rule, to the thing itself."""
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        cause = await store.why(conn, looked.records, entry_id)
        if cause is None:
            raise NotFound("There is no such thing in their record, or not yet.")
        chain = await lines(desk, conn, looked, list(cause.chain))
        led_to = await lines(desk, conn, looked, list(cause.led_to))
        beside = await lines(desk, conn, looked, list(cause.beside))
    return await show(
        desk,
        looked,
        "client/why.html",
        part="timeline",
        chain=chain,
        thing=chain[-1],
        led_to=led_to,
        siblings=beside,
    )
