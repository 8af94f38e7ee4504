"""The pull feed: a partner's notices in order, page after page, waiting for the next one if asked to."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi import Query as Parameter
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, JsonValue

from contracts.published.cloud_event import BATCH
from services.navigation.api.base import PARTNER_READS, Body, organization_of
from services.navigation.commands import feed
from services.navigation.commands.keys import Keys
from shared.errors import Malformed
from shared.http import Given, Query, Routes
from shared.pages import After, Limit, cursor_of, read_cursor
from shared.problems import TOO_MANY
from shared.waiting import Waiting

routes = Routes(tags=["partners' own systems"])

LONGEST_WAIT = 30
BEGINNING = 0

Wait = Annotated[
    int,
    Parameter(
        ge=0,
        le=LONGEST_WAIT,
        description="If there is nothing new, how many seconds to wait for it; the answer comes with it",
    ),
]


class FeedEvent(Body):
    """A CloudEvent in structured mode. `dataschema` names the published schema of `data`."""

    specversion: Literal["1.0"]
    id: UUID
    """The same by whichever way it comes and however often: drop what you have seen."""
    type: str
    source: str
    time: AwareDatetime
    subject: UUID
    """The referral."""
    sequence: str
    """Counts the events of the referral from 1, without gaps."""
    dataschema: str
    datacontenttype: str
    data: dict[str, JsonValue]


class FeedPage(Body):
    """Events after a cursor, in order and without gaps."""

    events: tuple[FeedEvent, ...]
    next: str
    """Send it as `after` to go on from here; keep it once these events are dealt with."""
    more: bool
    """Whether there is more already. If not, ask again with `wait`."""


@routes.get(
    "/partner/events",
    allow=PARTNER_READS,
    responses=TOO_MANY | {200: {"model": FeedPage, "content": {BATCH: {}}}},
)
async def read_events(  # noqa: PLR0913 - what is asked, by whom, and what it takes
    request: Request,
    query: Query,
    keys: Annotated[Keys, Given(Keys)],
    waiting: Annotated[Waiting, Given(Waiting)],
    *,
    after: After = None,
    limit: Limit = 50,
    wait: Wait = 0,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Read what happened to the referrals sent to your organisation, with what the client lets you know now.

    Without `after` it begins at the beginning. The same cursor gives the same events again, in the same
    order; what was withdrawn meanwhile is left out of them. With
    `Accept: application/cloudevents-batch+json` they come as a batch, and the cursor in a Link header.
    """
    organization_id = organization_of(query.caller)
    position = _position(after, organization_id)
    notices = await _read(query, organization_id, after=position, limit=limit)
    if wait and not notices.events:
        await waiting.for_news_or_hang_up(request, organization_id, known=position, seconds=wait)
        # Whoever was shut out meanwhile hears no more.
        await keys.caller_of(request.headers["authorization"].partition(" ")[2])
        notices = await _read(query, organization_id, after=position, limit=limit)
    cursor = cursor_of(organization_id, notices.position)
    if BATCH in accept:
        link = {"Link": f'<{routes.url_path_for("read_events")}?after={cursor}>; rel="next"'}
        return JSONResponse(notices.events, headers=link, media_type=BATCH)
    return JSONResponse({"events": notices.events, "next": cursor, "more": notices.more})


async def _read(query: Query, organization_id: UUID, *, after: int, limit: int) -> feed.Notices:
    async with query.recording() as tx:
        return await feed.read(tx, organization_id, after=after, limit=limit)


def _position(cursor: str | None, organization_id: UUID) -> int:
    values = read_cursor(cursor, UUID, int)
    if values is None:
        return BEGINNING
    if values[0] != organization_id:
        raise Malformed("`after` is a cursor of somebody else's feed; begin again without it")
    position: int = values[1]
    return position
