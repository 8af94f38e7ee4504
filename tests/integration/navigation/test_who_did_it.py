"""A timeline can say who: what a member of staff asked for names them, and nothing else does."""

from __future__ import annotations

from uuid import UUID

from contracts.events.navigation import (
    ReferralAccepted,
    ReferralDrafted,
    ReferralEnded,
    ReferralEvent,
    ReferralRejected,
    ReferralRequested,
)
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.eventually import eventually
from tests.support.navigation import events_of
from tests.support.running import STAFF_ID

NO_ROOM = {"said": {"answer": "decline", "reason": "no_capacity", "text": "We are full until March."}}
ACCEPT = {"said": {"answer": "accept"}}


async def who(navigation: Navigation, kind: type[ReferralEvent]) -> list[UUID | None]:
    found = await events_of(navigation.service.database, kind)
    return [event.by_staff for event in found]


async def test_an_event_names_the_member_of_staff_who_asked_for_it_and_no_partner(
    navigation: Navigation,
) -> None:
    await navigation.add(listing(), listing())
    needed = help_needed(client_id=new_id())
    await navigation.receive(delivery(needed))
    (first,) = await eventually(lambda: navigation.referrals(needed.client_id), lambda found: len(found) == 1)

    await navigation.post(f"/referrals/{first['id']}/answers", NO_ROOM)
    draft = (await navigation.referrals(needed.client_id))[1]
    await navigation.post(f"/referrals/{draft['id']}/send", {})
    partner = await navigation.partner(UUID(str(draft["organization_id"])))
    await partner.post(f"/partner/referrals/{draft['id']}/answers", ACCEPT)
    await navigation.post(f"/referrals/{draft['id']}/client-declines", {})

    assert await who(navigation, ReferralRejected) == [STAFF_ID]
    assert await who(navigation, ReferralDrafted) == [None], "the runner-up is our own doing"
    assert await who(navigation, ReferralRequested) == [None, STAFF_ID]
    assert await who(navigation, ReferralAccepted) == [None]
    assert await who(navigation, ReferralEnded) == [STAFF_ID]
