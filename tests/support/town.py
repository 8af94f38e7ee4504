"""The desk with all the services that it speaks to, in one process, on real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from services.barriers.__main__ import SERVICE as BARRIERS
from services.desk.__main__ import SERVICE as DESK
from services.desk.settings import DeskSettings
from services.intake.__main__ import SERVICE as INTAKE
from services.navigation.__main__ import SERVICE as NAVIGATION
from services.navigation.model.directory import Listing
from services.reminders.__main__ import SERVICE as REMINDERS
from shared.clock import Clock
from shared.ids import new_id
from shared.run import Running, Service, running
from shared.settings import ServiceSettings
from tests.support import webhooks
from tests.support.database import Database
from tests.support.desk import SETTINGS, House
from tests.support.eventually import eventually
from tests.support.navigation import add_services
from tests.support.running import bearer, settings_for

OTHERS: Mapping[str, Service[ServiceSettings]] = {
    "intake": INTAKE,  # type: ignore[dict-item]  # each is started with its own settings
    "barriers": BARRIERS,  # type: ignore[dict-item]
    "navigation": NAVIGATION,  # type: ignore[dict-item]
    "reminders": REMINDERS,  # type: ignore[dict-item]
}
FURTHER: Mapping[str, Mapping[str, object]] = {"navigation": webhooks.SETTINGS}
AMINA: Mapping[str, object] = {
    "full_name": "Amina Diallo",
    "preferred_name": "Amina",
    "time_zone": "Europe/London",
    "postcode": "LS1 4AP",
    "born_on": "1991-03-14",
    "messages_wanted": True,
    "channels": [{"kind": "sms", "address": "+447700900123", "safe": True, "preferred": True}],
}
CONSENT: dict[str, object] = {
    "discloser": "Harbour Street Outreach",
    "any_matched_service": True,
    "recipient_class": "services that I am matched with",
    "intermediary": "Harbour Street Outreach",
    "information": "My name, how to reach me and what kind of help I need",
    "scopes": ["name_and_contact", "need"],
    "purposes": ["care_coordination"],
    "given_how": "signed_on_paper",
    "explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"],
}


@dataclass(frozen=True, slots=True)
class Town(House):
    """A desk that runs beside everybody whom it speaks to."""

    others: Mapping[str, Running]
    ways_out: Mapping[str, AsyncExitStack]

    async def without(self, service: str) -> None:
        """Stop one of the services."""
        await self.ways_out[service].aclose()

    async def send(self, service: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Do something at a service directly, as a colleague; gives the answer, which must be a good one."""
        headers = {**bearer("intake", "case_manager"), "Idempotency-Key": str(new_id())}
        async with httpx.AsyncClient(base_url=self.others[service].url, timeout=20) as http:
            answer = await http.post(path, json=dict(body), headers=headers)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def stocked(self, *listings: Listing) -> None:
        """Put services into the directory."""
        async with self.others["navigation"].database.reading() as conn:
            await add_services(conn, listings)
        async with httpx.AsyncClient(base_url=self.others["navigation"].url, timeout=20) as http:
            await http.get("/services", headers=bearer("case_manager"))

    async def client(self, **details: object) -> UUID:
        """Somebody new, known at the desk."""
        found = await self.send("intake", "/clients", {**AMINA, **details, "is_someone_else": True})
        client_id = UUID(found["client_id"])
        await eventually(lambda: self.count("select count(*) from client where id = $1", client_id), 1)
        return client_id


@asynccontextmanager
async def town_on(database: Database, nats: MessageServer, bus: Client, clock: Clock) -> AsyncIterator[Town]:
    """Run everything for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        others: dict[str, Running] = {}
        ways_out = {name: await stack.enter_async_context(AsyncExitStack()) for name in OTHERS}
        for name, service in OTHERS.items():
            settings = settings_for(
                service.settings, name, database=database, nats=nats, **FURTHER.get(name, {})
            )
            others[name] = await ways_out[name].enter_async_context(running(service, settings, clock))
        urls = {f"{name}_url": one.url for name, one in others.items()}
        own = settings_for(DeskSettings, "desk", database=database, nats=nats, **SETTINGS, **urls)
        assert isinstance(own, DeskSettings)
        desk = await stack.enter_async_context(running(DESK, own, clock))
        yield Town(desk, bus, clock, others, ways_out)
