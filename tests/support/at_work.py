"""The whole of Foothold at work: five processes, the first colleagues, a directory, and some clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from deploy.local.accounts import COLLEAGUES, TEAM_ID, Colleague
from deploy.local.demo.people import CONSENT, WEEKDAYS
from deploy.local.sample.directory import import_sample
from deploy.local.servers import Servers
from deploy.local.services import SERVICES
from deploy.local.system import LocalSystem, Plan
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.desk import A_BROWSER
from tests.support.eventually import eventually

WORDS = "The last bus is gone by the time I finish work."
IDEA = "my neighbour drives me, she goes that way on Thursdays"


@dataclass(frozen=True, slots=True)
class AtWork:
    """A desk where work is being done, and everything behind it."""

    system: LocalSystem
    apis: Mapping[str, httpx.AsyncClient]
    maren: httpx.AsyncClient
    """The supervisor, at a desk of her own."""

    @property
    def desk(self) -> str:
        """Where the desk is."""
        return self.system.service_url("desk")

    def password(self, colleague: Colleague) -> str:
        """With what they sign in."""
        return self.system.credentials.colleagues[colleague.role]

    async def send(
        self, service: str, path: str, body: Mapping[str, object], *, by: Role = Role.CASE_MANAGER
    ) -> dict[str, Any]:
        """Do something as a colleague who does not sit at this desk."""
        token = self.system.token("staff", (Role.INTAKE, by), subject=colleague(by).id)
        answer = await self.apis[service].post(
            path,
            json=dict(body),
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())},
        )
        assert answer.is_success, answer.text
        done: dict[str, Any] = answer.json()
        return done

    async def client(self, name: str, *, born_on: str = "1991-03-14", wish: str | None = None) -> UUID:
        """Somebody who waits for a team; with a wish, somebody who said what stands in their way.

        They allow nobody to be told anything yet.
        """
        number = new_id().int % 10**6
        reached = {"kind": "sms", "address": f"+447700{number:06d}", "safe": True, "preferred": True}
        who = {
            "full_name": name,
            "born_on": born_on,
            "postcode": "LS1 4AP",
            "time_zone": "Europe/London",
            "messages_wanted": True,
            "channels": [reached],
            "available": WEEKDAYS,
        }
        client_id = UUID((await self.send("intake", "/clients", who))["client_id"])
        here = f"/clients/{client_id}"
        goal = await self.send("intake", f"{here}/goals", {"words": "To be awake for breakfast with her."})
        if wish is not None:
            said = {"words": WORDS, "category": "transport", "strength": 2, "own_idea": IDEA, "wish": wish}
            await self.send("intake", f"{here}/barriers", said | {"goal_id": goal["goal_id"]})
        return client_id

    async def allows(self, client_id: UUID) -> None:
        """They allow services that fit to be told."""
        await self.send("intake", f"/clients/{client_id}/consents", CONSENT)

    async def give(self, client_id: UUID, to: Colleague) -> None:
        """Have the supervisor give a client to a colleague, once the desk knows of them."""

        async def given() -> int:
            form = {"who": "waiting", "chosen": str(client_id), "version": f"{client_id}:0"}
            answer = await self.maren.post("/team/assign", data=form | {"to": f"{TEAM_ID}:{to.id}"})
            return answer.status_code

        await eventually(given, httpx.codes.SEE_OTHER, within=20)


def colleague(role: Role) -> Colleague:
    """The first colleague of this role."""
    return next(one for one in COLLEAGUES if one.role is role)


@asynccontextmanager
async def at_work(home: Path, servers: Servers) -> AsyncIterator[AtWork]:
    """Start everything, for as long as the block lasts."""
    async with LocalSystem(home, Plan(ready_within=90), servers=servers) as system:
        await import_sample(system)
        apis = {name: httpx.AsyncClient(base_url=system.service_url(name), timeout=20) for name in SERVICES}
        async with httpx.AsyncClient(
            base_url=system.service_url("desk"), headers=A_BROWSER, timeout=20
        ) as maren:
            who = colleague(Role.SUPERVISOR)
            signed_in = {"email": who.email, "password": system.credentials.colleagues[who.role]}
            await maren.post("/sign-in", data=signed_in)
            yield AtWork(system, apis, maren)
        await asyncio.gather(*(api.aclose() for api in apis.values()))
