"""News for open pages: one stream for each, that says when something in sight was touched.

However many pages are open, one small look asks whether anything was; only a page on whose lists something
was asks for itself again. What it does with the answer is in static/desk.js: nothing that is read moves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.cookies import session_in
from services.desk.commands.signing_in import digest_of
from services.desk.model.audit import Deed
from services.desk.store import caseload, sessions
from shared.clock import real_now
from shared.errors import Forbidden
from shared.http import Given, Routes
from shared.waiting import Waiting

PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.25
"""At least so long between two pieces of news for a page, so that a flood of changes is told as one."""
MOST_TOPICS = 50

routes = Routes(tags=["live"], include_in_schema=False)


def live_url(topics: Collection[UUID], known: int) -> str:
    """Where a page hears that one of these clients, teams or lists of staff was touched after `known`."""
    named = [("topic", str(topic)) for topic in sorted(topics)[:MOST_TOPICS]]
    return "/live?" + urlencode([*named, ("known", str(known))])


@routes.get("/live", allow=CLIENTS, response_class=Response)
async def hear(
    desk: Signed,
    waiting: Annotated[Waiting, Given(Waiting)],
    topic: Annotated[
        list[UUID],
        Query(
            description="Clients, one's own teams, oneself, or people of one's teams", max_length=MOST_TOPICS
        ),
    ],
    known: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Hear when one of these is touched, as server-sent events named `touched`; `over` is the last one.

    After `over` there is nothing to come back for: the session has ended.
    """
    await _check(desk, topic)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _touches(desk, waiting, topic, known), media_type="text/event-stream", headers=headers
    )


async def _check(desk: Desk, topics: Collection[UUID]) -> None:
    """Let in whoever may hear of all of these: their own teams, their people, and clients like any other."""
    others = frozenset(topics) - desk.viewer.team_ids - {desk.viewer.id}
    if not others:
        return
    async with desk.database.reading() as conn:
        lists = await caseload.lists_among(conn, others, teams=desk.viewer.team_ids)
    if not all(lists.values()):
        raise Forbidden("this is another team, or somebody of one")
    if clients := others - lists.keys():
        await desk.clients(clients, Deed.LISTED)


async def _touches(desk: Desk, waiting: Waiting, topics: Collection[UUID], known: int) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    # When all stops, the stream just ends: the page comes back to whatever is there next.
    while not waiting.stopped:
        if await _is_over(desk):
            yield "event: over\ndata: \n\n"
            return
        position = await _news(waiting, topics, known)
        # A comment keeps the connection alive where nothing happened.
        yield f"id: {position}\nevent: touched\ndata: {position}\n\n" if position > known else ": \n\n"
        known = max(known, position)
        await asyncio.sleep(PAUSE_SECONDS)


async def _news(waiting: Waiting, topics: Collection[UUID], known: int) -> int:
    """The position of what is new; `known` when it is time for a sign of life, or when all stops."""
    waits = [
        asyncio.create_task(waiting.for_news(topic, known=known, seconds=PATIENCE_SECONDS))
        for topic in topics
    ]
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        return max(one.result() for one in done)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _is_over(desk: Desk) -> bool:
    """Whether the session has ended. An open stream does not keep it alive."""
    settings = desk.foundation.settings
    token = session_in(desk.request, settings)
    async with desk.database.reading() as conn:
        found = await sessions.viewer(
            conn, digest_of(token), now=real_now(), idle=settings.idle, longest=settings.longest_session
        )
    return found is None
