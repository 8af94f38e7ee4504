"""The whole system with its sample directory, and organisations of it that become partners."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from contracts.event import Event
from contracts.events.navigation import ReferralRequested
from deploy.local.demo.people import Person
from deploy.local.demo.stage import Stage, stage_on
from deploy.local.demo.stories import intake
from deploy.local.sample import import_sample
from deploy.local.servers import Servers
from deploy.local.system import LocalSystem, Plan
from shared.clock import RatedClock
from tests.journeys.clients import somebody
from tests.support.eventually import eventually

_LINK = re.compile(r"https?://\S+/r/\S+")
POSTCODES = ("LS1 4AP", "BD1 1HY", "HX1 5ER", "HD1 2TA", "WF1 3QX")
CATEGORIES = ("cost.care", "childcare", "work_schedule", "language_culture", "unsure_where", "availability")
"""Not transport: help with that is asked for by an example of the guide, which brings its own partner."""


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation that became a partner, and what it takes for help to be asked of it."""

    organization_id: UUID
    key: str
    postcode: str
    category: str

    def client(self) -> Person:
        """Somebody new whose first choice it is."""
        return somebody(barrier={"category": self.category}, details={"postcode": self.postcode})


@dataclass(slots=True)
class Agency:
    """Those who refer: they make partners, and have clients who say "go ahead"."""

    stage: Stage
    _places: Iterator[tuple[str, str]] = field(default_factory=lambda: product(CATEGORIES, POSTCODES))
    _taken: set[UUID] = field(default_factory=set)

    async def partner(self) -> Partner:
        """Make a partner of an organisation that is none yet; one client was sent to it before."""
        for category, postcode in self._places:
            asked = somebody(barrier={"category": category}, details={"postcode": postcode})
            sent = await self.stage.expect(ReferralRequested, await intake(self.stage, asked))
            if sent.organization_id not in self._taken:
                self._taken.add(sent.organization_id)
                made = await self.admin("/partners", {"organization_id": str(sent.organization_id)})
                return Partner(sent.organization_id, made["key"], postcode, category)
        raise AssertionError("the sample directory has too few organisations for these tests")

    async def refers_to(self, partner: Partner) -> ReferralRequested:
        """Send one more client to a partner."""
        client = await intake(self.stage, partner.client())
        sent = await self.stage.expect(ReferralRequested, client)
        assert sent.organization_id == partner.organization_id
        return sent

    async def admin(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        """Ask navigation for something as an administrator."""
        return await self.stage.send("navigation", path, body, headers=self.stage.staff("admin"))

    async def links_mailed_to(self, address: str, count: int) -> list[str]:
        """The links in the mails to an address, once so many have come; which is whose they do not say."""

        async def links() -> list[str]:
            navigation, admin = self.stage.apis["navigation"], self.stage.staff("admin")
            mails = await navigation.get("/mailbox", params={"address": address}, headers=admin)
            return [_LINK.findall(mail["body"])[0] for mail in mails.json()["items"]]

        return await eventually(links, lambda seen: len(seen) >= count)

    async def told_by(self, sent: ReferralRequested) -> set[str]:
        """By which ways the ledger says that something about the client was told."""
        ledger = await self.stage.read("navigation", f"/clients/{sent.client_id}/disclosures")
        return {line["channel"] for line in ledger["items"] if line["scopes"]}


@pytest.fixture(scope="session")
async def agency(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agency]:
    """A running system, and those who refer in it."""
    home = tmp_path_factory.mktemp("guide") / "home"
    async with LocalSystem(home, Plan(ready_within=90), servers=servers) as system:
        await import_sample(system)
        async with stage_on(system, RatedClock(), _unheard) as stage:
            yield Agency(stage)


def _unheard(event: Event) -> None:
    """Nobody watches; the tests look at what was stated."""
    del event


@pytest.fixture
def url(agency: Agency) -> str:
    """What the guide calls FOOTHOLD_URL."""
    return agency.stage.system.service_url("navigation")
