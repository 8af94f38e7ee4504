"""What a service has ever stated, for those that build a picture of their own from it.

The stream keeps events for a while; this keeps them all. Read to its end, it holds everything that was
committed before the reading began, except what was being committed at that very moment: whoever reads it
also consumes the stream, and recognises what comes twice by its id.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query as InQuery
from fastapi import Response

from shared.db import Connection
from shared.http import Query, Routes

HISTORY = "history"
"""The scope of a token that reads histories."""
MOST_AT_ONCE = 2000
BEGINNING = UUID(int=0)
NDJSON = "application/x-ndjson"

routes = Routes(tags=["history"])

READ_HISTORY = """
select json_build_object(
    'id', id, 'type', type, 'about', about, 'correlation_id', correlation_id, 'causation_id', causation_id,
    'time', occurred_at, 'data', data)::text as line
from event
where id > $1
order by id
limit $2
"""


async def lines_after(conn: Connection, after: UUID, *, limit: int) -> list[str]:
    """The next events by their ids, each as one line of JSON; none at the end."""
    return [row["line"] for row in await conn.fetch(READ_HISTORY, after, limit)]


@routes.get(
    "/history",
    # Not for every program: this is everything, names and words included.
    allow=(f"service:{HISTORY}",),
    summary="Read what was stated",
    response_class=Response,
    responses={200: {"description": "One event a line, in the order of their ids", "content": {NDJSON: {}}}},
)
async def read_history(
    query: Query,
    *,
    after: Annotated[UUID, InQuery(description="The last id that was read")] = BEGINNING,
    limit: Annotated[int, InQuery(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE,
) -> Response:
    """Every event with a later id, in the order of ids; an empty answer is the end."""
    async with query.reading() as conn:
        lines = await lines_after(conn, after, limit=limit)
    return Response("".join(f"{line}\n" for line in lines), media_type=NDJSON)
