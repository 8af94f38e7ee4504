"""A partner whose system speaks FHIR, and a referral that was sent to it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from contracts.events.barriers import HelpNeeded
from contracts.terms import InformationScope
from services.navigation.model.directory import Listing
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation, clock, navigation
from tests.support.builders import consent, contact_changed
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.eventually import eventually
from tests.support.fhir_system import System

__all__ = ["clock", "navigation"]

EVERYTHING = frozenset(InformationScope)


@dataclass(frozen=True, slots=True)
class Sent:
    """A referral with the partner that it was sent to, and the service that would be next."""

    navigation: Navigation
    system: System
    id: str
    needed: HelpNeeded
    service: Listing
    runner_up: Listing

    @property
    def consent_id(self) -> str:
        return str(self.needed.consents[0].id)

    async def other(self) -> System:
        """The system of another partner, to which nothing was sent."""
        return await system_of(self.navigation, self.runner_up)

    async def disclosed(self) -> list[dict[str, object]]:
        """The lines of the ledger that reading by FHIR left."""
        path = f"/clients/{self.needed.client_id}/disclosures"
        answer = await self.navigation.as_("case_manager").get(path, limit=200)
        return [line for line in answer.json()["items"] if line["channel"] == "fhir"]


async def system_of(navigation: Navigation, service: Listing) -> System:
    """The FHIR system of a service's organisation, with a new key."""
    partner = await navigation.partner(service.organization_id)
    return System(navigation.http, partner.authorization)


async def send(navigation: Navigation, *, scopes: frozenset[InformationScope] = EVERYTHING) -> Sent:
    """Let help be asked for, and the referral go to the first of two services."""
    first, second = sorted((listing(), listing()), key=lambda one: one.service_id.int)
    await navigation.add(first, second)
    system = await system_of(navigation, first)
    client_id = new_id()
    await navigation.learn(contact_changed(client_id=client_id))
    agreed = consent(client_id=client_id, scopes=scopes)
    needed = help_needed(client_id=client_id, consents=(agreed,))
    await navigation.receive(delivery(needed))
    found = await eventually(lambda: navigation.referrals(client_id), lambda items: len(items) == 1)
    return Sent(navigation, system, str(found[0]["id"]), needed, first, second)


@pytest.fixture
async def sent(navigation: Navigation) -> Sent:
    """A referral of somebody who agreed to everything being told."""
    return await send(navigation)
