"""A request that says how long its body is, and whose body never comes."""

from __future__ import annotations

import asyncio

import httpx

ANSWERED_WITHIN = 10.0


async def status_before_body(request: httpx.Request) -> int:
    """The status of the answer to what stands before the body of this request."""
    port = request.url.port
    assert port is not None
    reader, writer = await asyncio.open_connection(request.url.host, port)
    try:
        head = b"".join(name + b": " + value + b"\r\n" for name, value in request.headers.raw)
        writer.write(b"%s %s HTTP/1.1\r\n%s\r\n" % (request.method.encode(), request.url.raw_path, head))
        answer = await asyncio.wait_for(reader.readline(), ANSWERED_WITHIN)
        return int(answer.split()[1])
    finally:
        writer.close()
