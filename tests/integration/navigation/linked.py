"""A partner that is written to, and a client who was referred to it."""

from __future__ import annotations

from uuid import UUID

from contracts.terms import InformationScope
from services.navigation.model.directory import Listing
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders import consent, contact_changed
from tests.support.builders_navigation import delivery, help_needed
from tests.support.eventually import eventually
from tests.support.links import path_in

ADDRESS = "rides@partner.example.org"
WORDS = "The last bus is gone by the time I finish work."
EVERYTHING = frozenset(InformationScope)


async def written_to(navigation: Navigation, organization_id: UUID, address: str = ADDRESS) -> None:
    """Have an organisation written to at this address."""
    answer = await navigation.as_("admin").post(f"/partners/{organization_id}/email", {"address": address})
    assert answer.status_code == 200, answer.text


async def mails(navigation: Navigation, address: str = ADDRESS) -> list[dict[str, str]]:
    """The mails to an address, oldest first."""
    answer = await navigation.as_("admin").get("/mailbox", address=address)
    items: list[dict[str, str]] = answer.json()["items"]
    return items


async def newest_link(navigation: Navigation, number: int = 1, address: str = ADDRESS) -> str:
    """The path in the newest mail, once there are so many."""
    found = await eventually(lambda: mails(navigation, address), lambda seen: len(seen) >= number)
    return path_in(found[-1]["body"])


async def known(navigation: Navigation, client_id: UUID, **fields: object) -> None:
    """Let navigation know how to reach a client."""
    await navigation.learn(contact_changed(client_id=client_id, **fields))


async def referred(
    navigation: Navigation,
    *services: Listing,
    scopes: frozenset[InformationScope] = EVERYTHING,
    words: str = WORDS,
    **contact: object,
) -> UUID:
    """Refer a new client to a service whose organisation is written to; returns the client."""
    client_id = new_id()
    await known(navigation, client_id, **contact)
    await navigation.add(*services)
    await written_to(navigation, services[0].organization_id)
    granted = consent(client_id=client_id, scopes=scopes)
    await navigation.receive(delivery(help_needed(client_id=client_id, consents=(granted,), words=words)))
    return client_id


async def the_referral(navigation: Navigation, client_id: UUID) -> dict[str, object]:
    """What was sent about a client."""
    (referral,) = [r for r in await navigation.referrals(client_id) if r["status"] != "draft"]
    return referral
