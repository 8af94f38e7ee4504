"""The files that pages use. Their addresses change with their content, so browsers keep them for ever."""

from __future__ import annotations

import gzip
from functools import cache

from fastapi import Request, Response

from services.desk.api.pages import Asset, assets
from shared.errors import NotFound
from shared.http import ANYONE, Routes

FOREVER = "public, max-age=31536000, immutable"

routes = Routes(tags=["files"], include_in_schema=False)


@routes.get("/assets/{digest}/{name:path}", allow=(ANYONE,), response_class=Response)
async def read_asset(digest: str, name: str, request: Request) -> Response:
    """Read what pages look like and how they behave."""
    found = assets().get(name)
    if found is None or f"/{digest}/" not in found.address:
        raise NotFound("there is no such file")
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            _squeezed(name), headers={**headers, "Content-Encoding": "gzip"}, media_type=found.media_type
        )
    return Response(found.content, headers=headers, media_type=found.media_type)


@cache
def _squeezed(name: str) -> bytes:
    found: Asset = assets()[name]
    return gzip.compress(found.content, mtime=0)
