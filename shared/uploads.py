"""Files that are sent whole: read to disk as they come, after the caller was admitted, and done once.

A route declared with `**file_of(...)` says which media type it takes and how much of it. Like every command
it needs an Idempotency-Key; the same key with the same file gets the first answer again.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated

from fastapi import Depends, Request

from shared.errors import Malformed, UnknownForm
from shared.http import CommandRequest, IdempotencyKey

LARGEST = "x-largest-body"
"""How many bytes a route takes, where that is more than others do."""
IN_MEMORY = 1_000_000
"""What is larger goes to disk."""


def file_of(form: str, *, up_to: int) -> dict[str, dict[str, object]]:
    """What to declare a route with whose content is a file of one media type, larger than others may be.

    Its endpoint takes an `Upload`; the file is on disk and never whole in memory.
    """
    content = {"content": {form: {"schema": {"type": "string"}}}, "required": True}
    return {"openapi_extra": {"requestBody": content, LARGEST: up_to}}


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """A file that was sent, and the command that it is the content of."""

    command: CommandRequest
    file: IO[bytes]


async def _upload(request: Request, key: IdempotencyKey = None) -> AsyncIterator[UploadRequest]:
    if not key:
        raise Malformed("send an Idempotency-Key header, so that a repeated request is not done twice")
    route = request.scope["route"]
    takes = list(route.openapi_extra["requestBody"]["content"])
    form = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form not in takes:
        raise UnknownForm(f"send {' or '.join(takes)}, and say so in Content-Type")
    target = request.url.path + "?" + request.url.query
    content = hashlib.sha256(target.encode() + b"\0")
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        async for piece in request.stream():
            content.update(piece)
            file.write(piece)
        file.seek(0)
        command = CommandRequest(
            caller=request.state.caller,
            key=key,
            route=f"{request.method} {route.path}",
            request_hash=content.digest(),
            status=route.status_code or 200,
            origin=request.state.origin,
            database=request.app.state.database,
        )
        yield UploadRequest(command, file)


Upload = Annotated[UploadRequest, Depends(_upload)]
"""The parameter type of endpoints that take a file."""
