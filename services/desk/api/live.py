"""News for open pages: one stream for each, that says when something in sight was touched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.model.audit import Deed
from services.desk.store import pulses
from shared.http import Given, Routes
from shared.waiting import Waiting

PATIENCE_SECONDS = 20.0

routes = Routes(tags=["live"], include_in_schema=False)


@routes.get("/live", allow=CLIENTS, response_class=Response)
async def hear(
    desk: Signed,
    waiting: Annotated[Waiting, Given(Waiting)],
    topic: Annotated[UUID, Query(description="A client, or one of one's own teams")],
    known: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Hear when a client or a team of one's own is touched, as server-sent events named `touched`."""
    if topic not in desk.viewer.team_ids:
        await desk.client(topic, Deed.LISTED)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _touches(desk, waiting, topic, known), media_type="text/event-stream", headers=headers
    )


async def _touches(desk: Desk, waiting: Waiting, topic: UUID, known: int) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    while not waiting.stopped:
        await waiting.for_news(topic, known=known, seconds=PATIENCE_SECONDS)
        async with desk.database.reading() as conn:
            position = (await pulses.positions(conn, [topic])).get(topic, 0)
        # A comment keeps the connection alive where nothing happened.
        yield f"id: {position}\nevent: touched\ndata: {position}\n\n" if position > known else ": \n\n"
        known = max(known, position)
