"""What the stories are played on: the four APIs, the clock, and everything that was stated so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

import httpx
import nats
import nats.errors
from nats.aio.msg import Msg

from contracts import registry
from contracts.event import Event
from contracts.events.base import ClientEvent
from contracts.events.navigation import ReferralEvent
from deploy.local.credentials import OPERATOR
from deploy.local.demo.partners import Partner
from deploy.local.demo.people import Cast
from deploy.local.services import SERVICES
from deploy.local.system import LocalSystem
from shared.clock import Clock
from shared.ids import new_id

E = TypeVar("E", bound=ClientEvent)

PATIENCE_SECONDS = 45.0
"""Real seconds that a story waits for what it was promised."""
STAFF = ("intake", "case_manager")


class NotAsPromisedError(Exception):
    """Something that should have happened did not."""


def _unsaid(who: str, what: str) -> None:
    """Nobody watches."""
    del who, what


@dataclass(slots=True)
class Stage:
    """One performance."""

    system: LocalSystem
    clock: Clock
    apis: Mapping[str, httpx.AsyncClient]
    tell: Callable[[Event], None]
    cast: Cast = field(default_factory=Cast)
    heard: list[ClientEvent] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    """Subject and headers of everything that was heard, as text."""
    say: Callable[[str, str], None] = _unsaid
    """Tells a viewer something about a client that no event says."""
    partners: Mapping[UUID, Partner] = field(default_factory=dict)
    """Those with a way of their own; any other is a program that answers over HTTP."""
    told: dict[UUID, ReferralEvent] = field(default_factory=dict)
    """The referrals that their partners heard of by a way of their own."""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _keys: dict[UUID, dict[str, str]] = field(default_factory=dict)

    async def send(
        self, service: str, path: str, body: Mapping[str, object], *, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """POST as a member of staff, or with these headers; raises when it is not accepted."""
        allowed = dict(headers or self.staff(*STAFF))
        answer = await self.apis[service].post(
            path, json=dict(body), headers=allowed | {"Idempotency-Key": str(new_id())}
        )
        if answer.is_error:
            raise NotAsPromisedError(f"{service} {path}: {answer.status_code} {answer.text}")
        result: dict[str, Any] = answer.json()
        return result

    async def read(self, service: str, path: str, **parameters: str) -> dict[str, Any]:
        """GET as a member of staff."""
        answer = await self.apis[service].get(path, params=parameters, headers=self.staff(*STAFF))
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    def staff(self, *roles: str) -> dict[str, str]:
        """The headers of a member of staff."""
        return {"Authorization": "Bearer " + self.system.token("staff", roles)}

    async def partner(self, organization_id: UUID) -> dict[str, str]:
        """The headers of a partner's own system; the partner gets its key the first time."""
        if organization_id not in self._keys:
            made = await self.send(
                "navigation",
                "/partners",
                {"organization_id": str(organization_id)},
                headers=self.staff("admin"),
            )
            self._keys[organization_id] = {"Authorization": f"Bearer {made['key']}"}
        return self._keys[organization_id]

    async def partner_says(self, referral: ReferralEvent, **said: str) -> None:
        """What the partner answers about a referral, once it has heard of it by its own way."""
        partner = self.partners.get(referral.organization_id)
        if partner is None:
            headers = await self.partner(referral.organization_id)
            path = f"/partner/referrals/{referral.referral_id}/answers"
            await self.send("navigation", path, {"said": said}, headers=headers)
            return
        name = referral.organization_name
        try:
            if referral.referral_id not in self.told:
                await partner.hears_of(referral.referral_id)
                self.told[referral.referral_id] = referral
                self.say(self.cast.name(referral.client_id), f"{name} {partner.how}")
            await partner.says(referral.referral_id, said)
        except (TimeoutError, httpx.HTTPError, nats.errors.Error) as problem:
            raise NotAsPromisedError(f"{name} was to answer “{said['answer']}”: {problem!r}") from None

    async def channels(self, referral: ReferralEvent) -> set[str]:
        """By which ways the ledger says that the referral's partner was told about the client."""
        ledger = await self.read("navigation", f"/clients/{referral.client_id}/disclosures")
        lines = [line for line in ledger["items"] if line["referral_id"] == str(referral.referral_id)]
        return {line["channel"] for line in lines if line["scopes"]}

    async def finish(self, task_id: UUID, *, answer: str) -> None:
        """A case manager takes a task on, begins with it, and finishes it with what the client said."""
        version: object = 1
        for step in ("claim", "start"):
            moved = await self.send("barriers", f"/tasks/{task_id}/{step}", {"version": version})
            version = moved["version"]
        await self.send("barriers", f"/tasks/{task_id}/done", {"version": version, "answer": answer})

    async def reply(self, address: str, words: str) -> None:
        """A client's text message, as the gateway brings it."""
        headers = {"Authorization": "Bearer " + self.system.token("service")}
        body = {"channel": "sms", "address": address, "words": words}
        await self.send("reminders", "/replies", body, headers=headers)

    async def take(self, message: Msg) -> None:
        """Hear an event."""
        event = registry.event_for(message.subject).model_validate_json(message.data)
        self.headers.append(f"{message.subject} {message.headers}")
        if isinstance(event, ClientEvent):
            async with self._news:
                self.heard.append(event)
                self._news.notify_all()
            self.tell(event)

    def all(self, kind: type[E], client_id: UUID) -> list[E]:
        """Everything of one kind that was stated about a client so far."""
        return [event for event in self.heard if isinstance(event, kind) and event.client_id == client_id]

    async def expect(self, kind: type[E], client_id: UUID, where: Callable[[E], bool] = lambda _: True) -> E:
        """Wait until such an event was stated, before now or later."""

        def found() -> E | None:
            return next((event for event in self.all(kind, client_id) if where(event)), None)

        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._news:
                await self._news.wait_for(lambda: found() is not None)
        except TimeoutError:
            name = self.cast.name(client_id)
            raise NotAsPromisedError(f"{name}: {kind.__name__} was promised and never came") from None
        event = found()
        assert event is not None
        return event

    async def until(self, moment: datetime) -> None:
        """Wait until the clock shows a moment."""
        while (left := (moment - self.clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time is the event
            await asyncio.sleep(max(0.01, left / self.clock.rate))

    def at(self, days: int, hour: int) -> datetime:
        """An hour of a day from today, on the clock of the demo (UTC, which is London's in winter)."""
        day = self.clock.now().date() + timedelta(days=days)
        return datetime.combine(day, time(hour), tzinfo=self.clock.now().tzinfo)

    def working_day(self, days: int, hour: int) -> datetime:
        """The same, moved to Monday where it falls on a weekend."""
        moment = self.at(days, hour)
        return moment + timedelta(days=max(0, 7 - moment.weekday()) if moment.weekday() > 4 else 0)


@asynccontextmanager
async def stage_on(system: LocalSystem, clock: Clock, tell: Callable[[Event], None]) -> AsyncIterator[Stage]:
    """Open the APIs and listen to every event for as long as the block lasts."""
    async with AsyncExitStack() as stack:
        apis = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(base_url=system.service_url(name), timeout=20)
            )
            for name in SERVICES
        }
        bus = await nats.connect(system.nats.url, user=OPERATOR, password=system.credentials.nats[OPERATOR])
        stack.push_async_callback(bus.close)
        stage = Stage(system=system, clock=clock, apis=apis, tell=tell)
        await bus.subscribe("care.>", cb=stage.take)
        await bus.flush()
        yield stage
