"""All services running, with something in each that one may see and another may not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import nats as nats_client
from pydantic import SecretStr

from contracts.registry import streams
from deploy.local.servers import MessageServer
from services.navigation.model.directory import Listing
from services.navigation.model.keys import KeyScope
from shared.clock import Clock
from shared.ids import new_id
from shared.run import Running, running
from tests.integration.access.matrix import APIS
from tests.integration.access.routes import service_of
from tests.support import webhooks
from tests.support.builders_navigation import listing
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.navigation import add_services
from tests.support.running import bearer, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams
from tests.support.town import CONSENT

_NO_REUSE = httpx.Limits(max_keepalive_connections=0)
"""A connection that was kept may be closed from the other side just as it is used again."""
GATEWAY_KEY = "fhk_only-for-tests-and-long-enough"
FURTHER_SETTINGS: Mapping[str, Mapping[str, object]] = {
    "navigation": webhooks.SETTINGS,
    "reminders": {"reminders_gateway_key": SecretStr(GATEWAY_KEY)},
}
TOLD = {
    "full_name": "Amina Diallo",
    "time_zone": "Europe/London",
    "postcode": "LS1 4AP",
    "born_on": "1991-03-14",
    "is_someone_else": True,
    "messages_wanted": True,
    "channels": [{"kind": "sms", "address": "+447700900123", "safe": True, "preferred": True}],
}
AFRAID = {"words": "They said it hurts.", "category": "bad_experience", "strength": 2, "wish": "ask_me_first"}
LAST_BUS = {"words": "The last bus is gone.", "category": "transport", "strength": 2, "wish": "go_ahead"}


@dataclass
class World:
    """The running services by name, and what was put there: things of the right partner, and of staff."""

    services: dict[str, Running]
    http: dict[str, httpx.AsyncClient]
    theirs: dict[str, str] = field(default_factory=dict)
    """What stands in the braces of a partner's addresses, by name: things of the right partner."""
    staffs: dict[str, str] = field(default_factory=dict)
    """The same in everybody else's addresses: other things, which may be changed, ended and shut out."""
    keys: dict[str, str] = field(default_factory=dict)
    """Partners' keys, by who holds them."""

    async def send(
        self, service: str, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """POST as somebody who may; give the answer, which must be a good one."""
        headers = {**(headers or bearer("intake", "case_manager", "admin")), "Idempotency-Key": str(new_id())}
        answer = await self.http[service].post(path, json=dict(body), headers=headers)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def first(self, service: str, path: str, **filters: str) -> dict[str, Any]:
        """Wait until a list holds something, and give the first of it."""

        async def items() -> list[dict[str, Any]]:
            answer = await self.http[service].get(path, params=filters, headers=bearer("case_manager"))
            listed: list[dict[str, Any]] = answer.json()["items"]
            return listed

        found: dict[str, Any] = (await eventually(items, bool, within=20))[0]
        return found


@asynccontextmanager
async def world_on(database: Database, nats: MessageServer, clock: Clock) -> AsyncIterator[World]:
    """Run everything for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        bus = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
        stack.push_async_callback(bus.close)
        await provide_streams(bus, streams())
        services: dict[str, Running] = {}
        for name in APIS:
            service = service_of(name)
            settings = settings_for(
                service.settings, name, database=database, nats=nats, **FURTHER_SETTINGS.get(name, {})
            )
            services[name] = await stack.enter_async_context(running(service, settings, clock))
        http = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(base_url=one.url, timeout=20, limits=_NO_REUSE)
            )
            for name, one in services.items()
        }
        world = World(services, http)
        await _furnish(world)
        yield world


async def _furnish(world: World) -> None:
    right, wrong, other = (listing(organization_name=name) for name in ("Aire Wheels", "Calder", "Wharfe"))
    async with world.services["navigation"].database.reading() as conn:
        await add_services(conn, [right, wrong, other])
    # A search takes notice of them at once; by itself navigation looks once a second.
    await world.first("navigation", "/services")
    await _hand_out_keys(world, right, wrong)
    made = await _connect(world, other)
    world.theirs |= await _referred(world, right, excluded=(wrong, other))
    world.staffs |= await _referred(world, other, excluded=(right, wrong)) | {"key_id": made["key_id"]}


async def _connect(world: World, one: Listing, **wanted: object) -> dict[str, Any]:
    organization = {"organization_id": str(one.organization_id)}
    return await world.send("navigation", "/partners", organization | wanted, bearer("admin"))


async def _hand_out_keys(world: World, right: Listing, wrong: Listing) -> None:
    world.keys["wrong partner"] = (await _connect(world, wrong))["key"]
    revoked = await _connect(world, right)
    address = f"/partners/{right.organization_id}/keys"
    admin = bearer("admin")
    world.keys["right partner"] = (await world.send("navigation", address, {}, admin))["key"]
    for scope in KeyScope:
        only = await world.send("navigation", address, {"scopes": [scope]}, admin)
        world.keys[f"partner:{scope}"] = only["key"]
    ended = await world.send("navigation", address, {}, admin)
    at_once = {"old_key_works_for_hours": 0}
    await world.send("navigation", f"{address}/{ended['key_id']}/rotation", at_once, admin)
    await world.send("navigation", f"{address}/{revoked['key_id']}/revocation", {}, admin)
    answer = await world.http["navigation"].put(
        f"/partners/{right.organization_id}/webhook",
        json={"url": "http://127.0.0.1:9/nobody-listens-here"},
        headers={**admin, "Idempotency-Key": str(new_id())},
    )
    assert answer.is_success, answer.text
    world.keys |= {"revoked key": revoked["key"], "ended key": ended["key"]}


async def _referred(world: World, to: Listing, *, excluded: Iterable[Listing]) -> dict[str, str]:
    """A client with something in every service, referred to one organisation; give the identifiers."""
    details = TOLD | {"excluded_organizations": [str(one.organization_id) for one in excluded]}
    client_id = (await world.send("intake", "/clients", details))["client_id"]
    consent = await world.send("intake", f"/clients/{client_id}/consents", CONSENT)
    barrier = await world.send("intake", f"/clients/{client_id}/barriers", LAST_BUS)
    await world.send("intake", f"/clients/{client_id}/barriers", AFRAID)
    mine = {"client_id": client_id}
    return {
        "client_id": client_id,
        "consent_id": consent["consent_id"],
        "barrier_id": barrier["barrier_id"],
        "referral_id": (await world.first("navigation", "/referrals", status="requested", **mine))["id"],
        "task_id": (await world.first("barriers", "/tasks", **mine))["task_id"],
        "reminder_id": (await world.first("reminders", f"/clients/{client_id}/messages"))["reminder_id"],
        "service_id": str(to.service_id),
        "organization_id": str(to.organization_id),
        "category": "transport",
    }
