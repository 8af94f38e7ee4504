"""What a partner did with what it was sent: line by line, and in figures that it may see too."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import timedelta

import pytest

from contracts.events.navigation import ReferralRequested
from services.navigation.model.directory import Listing
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.navigation import Desk, events_of

ACCEPT = {"said": {"answer": "accept"}}
COMPLETE = {"said": {"answer": "complete", "outcome": "A ride every Tuesday."}}
DECLINE = {"said": {"answer": "decline", "reason": "not_eligible", "text": "We only drive children."}}


async def sent_to(navigation: Navigation, service: Listing, number: int) -> list[str]:
    await navigation.add(service)
    for _ in range(number):
        await navigation.receive(delivery(help_needed()))
    database = navigation.service.database
    stated = await eventually(
        lambda: events_of(database, ReferralRequested), lambda events: len(events) == number
    )
    return [str(event.referral_id) for event in stated]


async def answer(navigation: Navigation, referral_id: str, *said: Mapping[str, object]) -> None:
    for one in said:
        answered = await navigation.post(f"/referrals/{referral_id}/answers", one)
        assert answered.status_code == 200, answered.text


async def story(navigation: Navigation, clock: ManualClock, service: Listing) -> dict[str, str]:
    """Four referrals, one of which was helped, one declined, one never answered, one accepted and left."""
    helped, declined, silent, left = await sent_to(navigation, service, 4)
    clock.advance(timedelta(hours=3))
    await answer(navigation, helped, ACCEPT, COMPLETE)
    clock.advance(timedelta(hours=2))
    await answer(navigation, declined, DECLINE)
    await answer(navigation, left, ACCEPT)
    await navigation.post(f"/referrals/{helped}/confirmation", {"got_help": "yes"})
    clock.advance(timedelta(days=14))
    desk = Desk(navigation.service.database)
    await desk.add()
    assert (await desk.notice_silence(), await desk.notice_standstill()) == (1, 1)
    return {"helped": helped, "declined": declined, "silent": silent, "left": left}


async def test_the_record_says_what_was_sent_and_what_came_of_it_silence_and_delay_too(
    navigation: Navigation, clock: ManualClock
) -> None:
    service = listing()
    named = {value: name for name, value in (await story(navigation, clock, service)).items()}
    record = f"/partners/{service.organization_id}/record"

    page = (await navigation.get(record, limit=3)).json()
    lines = page["items"]
    while page["next"]:
        page = (await navigation.get(record, limit=3, after=page["next"])).json()
        lines += page["items"]
    late = (await navigation.get(record, kind="stalled")).json()["items"]

    assert sorted(f"{named[line['referral_id']]} {line['kind']}" for line in lines) == [
        "declined decline",
        "declined sent",
        "helped accept",
        "helped complete",
        "helped confirm",
        "helped sent",
        "left accept",
        "left sent",
        "left stalled",
        "silent sent",
        "silent unanswered",
    ]
    refusal = next(line for line in lines if line["kind"] == "decline")
    assert (refusal["reason"], refusal["waited_hours"]) == ("not_eligible", 5)
    assert [line["at"] for line in lines] == sorted((line["at"] for line in lines), reverse=True)
    assert [named[line["referral_id"]] for line in late] == ["left"]


async def test_the_figures_count_answers_and_what_the_client_says(
    navigation: Navigation, clock: ManualClock
) -> None:
    service = listing()
    await story(navigation, clock, service)

    (figures,) = (await navigation.get("/figures/loop")).json()["items"]
    table = list(csv.DictReader(io.StringIO((await navigation.get("/figures/loop.csv")).text)))

    assert figures == {
        "organization_id": str(service.organization_id),
        "organization_name": service.organization_name,
        "service_id": str(service.service_id),
        "service_name": service.service_name,
        "sent": 4,
        "answered": 3,
        "declined": 1,
        "unanswered": 1,
        "waiting": 1,
        "stalled": 1,
        "called_off": 0,
        "completed": 1,
        "confirmed_yes": 1,
        "confirmed_no": 0,
        "confirmed_unknown": 0,
        "got_help": 1,
        "median_hours_to_answer": 5,
        "mean_hours_to_answer": pytest.approx(13 / 3),
    }
    assert [(row["sent"], row["median_hours_to_answer"]) for row in table] == [("4", "5.00")]


async def test_a_partner_sees_its_own_figures_and_no_others(
    navigation: Navigation, clock: ManualClock
) -> None:
    service, other = listing(), listing(codes=("999",))
    await navigation.add(other)
    await sent_to(navigation, service, 1)
    clock.advance(timedelta(seconds=1))
    own = await navigation.partner(service.organization_id)
    another = await navigation.partner(other.organization_id)

    assert [one["sent"] for one in (await own.get("/partner/figures")).json()["items"]] == [1]
    assert (await another.get("/partner/figures")).json()["items"] == []
    assert (await own.get("/figures/loop")).status_code == 403


async def test_only_an_organisation_of_the_directory_has_a_record(navigation: Navigation) -> None:
    assert (await navigation.get(f"/partners/{new_id()}/record")).status_code == 404
    later = {"from": "2026-11-23T09:00:00Z", "until": "2026-11-22T09:00:00Z"}
    assert (await navigation.get("/figures/loop", **later)).status_code == 422
