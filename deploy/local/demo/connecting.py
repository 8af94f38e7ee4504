"""Makes four organisations of the sample directory partners, each with a way of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import httpx
import nats

from deploy.local.demo.partners import Connected, Feed, Partner, Posted, Reader
from deploy.local.demo.stage import Stage
from deploy.local.ports import LOOPBACK
from shared.ids import new_id

BY_LINK = "Five Towns Car Scheme"
BY_WEBHOOK = "Common Cover"
BY_NATS = "Even Shares Leeds"
BY_FEED = "Childcare Circle"


@asynccontextmanager
async def partners_on(stage: Stage) -> AsyncIterator[Mapping[UUID, Partner]]:
    """Connect them for as long as the block lasts; by the organisation that each is."""
    async with AsyncExitStack() as stack:
        ids = await _organizations(stage)
        yield {
            ids[BY_LINK]: await _by_link(stack, stage, ids[BY_LINK]),
            ids[BY_WEBHOOK]: await _by_webhook(stack, stage, ids[BY_WEBHOOK]),
            ids[BY_NATS]: await _by_nats(stack, stage, ids[BY_NATS]),
            ids[BY_FEED]: Feed(await _client(stack, stage, await _key(stage, ids[BY_FEED]))),
        }


async def _organizations(stage: Stage) -> dict[str, UUID]:
    """The organisations of the directory by name."""
    services = await stage.read("navigation", "/services", limit="200")
    return {service["organization_name"]: UUID(service["organization_id"]) for service in services["items"]}


async def _key(stage: Stage, organization_id: UUID) -> str:
    """Make an organisation a partner; its key."""
    body = {"organization_id": str(organization_id)}
    made = await stage.send("navigation", "/partners", body, headers=stage.staff("admin"))
    key: str = made["key"]
    return key


async def _client(stack: AsyncExitStack, stage: Stage, key: str = "") -> httpx.AsyncClient:
    """HTTP to navigation, as somebody with this key or with none."""
    return await stack.enter_async_context(
        httpx.AsyncClient(
            base_url=stage.system.service_url("navigation"),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=20,
        )
    )


async def _by_link(stack: AsyncExitStack, stage: Stage, organization_id: UUID) -> Partner:
    address, admin = "post@five-towns.example", stage.staff("admin")
    await stage.send("navigation", f"/partners/{organization_id}/email", {"address": address}, headers=admin)

    async def mails() -> list[str]:
        answer = await stage.apis["navigation"].get("/mailbox", params={"address": address}, headers=admin)
        return [mail["body"] for mail in answer.raise_for_status().json()["items"]]

    return Reader(mails, await _client(stack, stage))


async def _by_webhook(stack: AsyncExitStack, stage: Stage, organization_id: UUID) -> Partner:
    http = await _client(stack, stage, await _key(stage, organization_id))
    endpoint = Posted(http)
    server = await stack.enter_async_context(await asyncio.start_server(endpoint.serve, LOOPBACK))
    port = server.sockets[0].getsockname()[1]
    registered = await http.put(
        f"/partners/{organization_id}/webhook",
        json={"url": f"http://{LOOPBACK}:{port}/"},
        headers={"Idempotency-Key": str(new_id())},
    )
    endpoint.secret = registered.raise_for_status().json()["secret"]
    return endpoint


async def _by_nats(stack: AsyncExitStack, stage: Stage, organization_id: UUID) -> Partner:
    key = await _key(stage, organization_id)
    place = await stage.send(
        "navigation", f"/partners/{organization_id}/nats", {}, headers=stage.staff("admin")
    )
    bus = await nats.connect(
        place["server"], user="partner", password=key, inbox_prefix=place["inbox_prefix"]
    )
    stack.push_async_callback(bus.close)
    return Connected(bus, place["consumer"], place["answers"], place["domain"])
