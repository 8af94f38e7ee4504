"""The clients and barriers that the measurements are made with; invented, and the same in every run."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID

import httpx

from contracts.terms import BarrierCategory, Strength, Wish
from services.intake.api.conversation import NewBarrier
from shared.ids import new_id
from tests.support.big_directory import postcode

PLACES = 400
POSTCODES = tuple(postcode(place) for place in range(PLACES))
ANSWERED_WITH_A_REFERRAL = (
    BarrierCategory.TRANSPORT,
    BarrierCategory.COST_CARE,
    BarrierCategory.CHILDCARE,
    BarrierCategory.UNSURE_WHERE,
    BarrierCategory.WORK_SCHEDULE,
    BarrierCategory.LANGUAGE_CULTURE,
)
"""Categories whose answer is a plan, a task and a referral when the client says "go ahead"."""
EACH = 3
"""How many barriers one client states, each of another category: what an intake conversation brings up."""
AT_ONCE = 16


async def register_clients(
    url: str, headers: dict[str, str], number: int, *, postcodes: Sequence[str] = POSTCODES
) -> list[UUID]:
    """Register clients who let every matched service be told, through intake's own API."""
    waiting = iter(range(number))
    registered: list[UUID] = []

    async def register(http: httpx.AsyncClient) -> None:
        for index in waiting:
            answer = await http.post("/clients", json=_client(index, postcodes), headers=_key(headers))
            answer.raise_for_status()
            client_id = UUID(answer.json()["client_id"])
            consent = await http.post(f"/clients/{client_id}/consents", json=CONSENT, headers=_key(headers))
            consent.raise_for_status()
            registered.append(client_id)

    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        await asyncio.gather(*(register(http) for _ in range(AT_ONCE)))
    return registered


def barriers_of(clients: list[UUID]) -> list[tuple[UUID, NewBarrier]]:
    """What the clients state, in an order in which they take turns."""
    return [
        (client, _barrier(ANSWERED_WITH_A_REFERRAL[(place + turn) % len(ANSWERED_WITH_A_REFERRAL)]))
        for turn in range(EACH)
        for place, client in enumerate(clients)
    ]


CONSENT = {
    "discloser": "Harbour Street Outreach",
    "any_matched_service": True,
    "recipient_class": "services that I am matched with",
    "intermediary": "Harbour Street Outreach",
    "information": "my name, how to reach me and what I need",
    "scopes": ["name_and_contact", "need", "availability"],
    "purposes": ["care_coordination"],
    "given_how": "signed_on_paper",
    "explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"],
}


def _client(index: int, postcodes: Sequence[str]) -> dict[str, object]:
    chance = random.Random(index)
    return {
        "full_name": f"Invented Person {index}",
        "born_on": f"{chance.randint(1950, 2004)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "time_zone": "Europe/London",
        "postcode": chance.choice(postcodes),
        "available": [{"weekday": day, "opens": "09:00", "closes": "17:00"} for day in range(1, 6)],
        "channels": [{"kind": "sms", "address": f"+4477009{index:05}", "safe": True, "preferred": True}],
        "messages_wanted": True,
        "is_someone_else": True,
    }


def _barrier(category: BarrierCategory) -> NewBarrier:
    return NewBarrier(
        words="The last bus is gone by the time I finish work, and a taxi is more than I earn that day.",
        category=category,
        strength=Strength.QUITE_A_LOT,
        own_idea="My neighbour drives that way on Thursdays.",
        wish=Wish.GO_AHEAD,
    )


def _key(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Idempotency-Key": str(new_id())}
