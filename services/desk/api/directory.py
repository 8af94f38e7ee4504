"""The directory of services: found in the desk's own model, which is as new as what was stated last."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import NAV, Signed
from services.desk.policy import directory as policy
from services.desk.policy import directory_words as words
from services.desk.policy.directory import Checked, Filters, LookAt, Room, Shown
from services.desk.policy.kinds_of_help import choices
from services.desk.store import directory as store
from shared.http import Routes
from shared.pages import After, cursor_of, read_cursor

AT_ONCE = 20
READERS = tuple(sorted(role for item in NAV if item.name == "directory" for role in item.roles))

routes = Routes(tags=["directory"], include_in_schema=False)


def _asked(  # noqa: PLR0913, PLR0917 - one parameter for each filter
    words: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(pattern=r"^(\d{3}(-\d{2}){0,4})?$")] = "",
    place: Annotated[str, Query(max_length=20)] = "",
    checked: Checked = Checked.EVER,
    shown: Shown = Shown.OPEN,
    room: Room = Room.ANY,
    look: LookAt = LookAt.ANYTHING,
) -> Filters:
    return Filters(
        words=words.strip(),
        kind=kind,
        place=place.strip(),
        checked=checked,
        shown=shown,
        room=room,
        look=look,
    )


Looked = Annotated[Filters, Depends(_asked)]
"""The parameter type of what shows a search."""


@routes.get("/directory", allow=READERS, response_class=HTMLResponse)
async def search(desk: Signed, filters: Looked, after: After = None) -> Response:
    """Services that fit everything that is asked, by name, and how many there are."""
    today = desk.foundation.clock.now().astimezone(desk.foundation.settings.zone).date()
    cursor = read_cursor(after or None, str, UUID, int)
    name, service_id, before = cursor or ("", UUID(int=0), 0)
    async with desk.database.reading() as conn:
        found = await store.search(
            conn,
            filters.wanted(today=today),
            after=(name, service_id) if cursor else None,
            limit=AT_ONCE + 1,
        )
    shown = found.services[:AT_ONCE]
    query = f"{filters.query}&" if filters.query else ""
    following = None
    if len(found.services) > AT_ONCE:
        last, service = shown[-1]
        following = f"/directory?{query}after={cursor_of(last, service.id, before + AT_ONCE)}"
    return desk.page(
        "directory/index.html",
        here="directory",
        filters=filters,
        say=words,
        policy=policy,
        kinds=choices(),
        total=found.total,
        services=[(one, words.tags(one, today=today)) for _, one in shown],
        at=f"{before + 1:,} to {before + len(shown):,} of {found.total:,}",
        first=f"/directory?{filters.query}".rstrip("?") if cursor else None,
        following=following,
    )
