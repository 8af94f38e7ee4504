"""A partner's FHIR system answers by updating the Task: every legal move, and no other."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from contracts.terms import Capacity
from tests.integration.navigation.fhir.conftest import Sent
from tests.support.builders import MONDAY_MORNING
from tests.support.fhir import at, codes_of, valid
from tests.support.fhir_system import (
    BASE,
    Resource,
    System,
    appointment,
    business,
    changed,
    possible,
    reason,
    refusal,
    result,
)

NEXT_WEEK = (MONDAY_MORNING + timedelta(days=7)).isoformat()
LATER = (MONDAY_MORNING + timedelta(days=8)).isoformat()


async def where(sent: Sent) -> tuple[object, object]:
    """Where the referral stands for staff."""
    (found,) = [one for one in await sent.navigation.referrals(sent.needed.client_id) if one["id"] == sent.id]
    return found["status"], found["business_status"]


async def test_a_referral_goes_all_the_way_by_updates(sent: Sent) -> None:
    steps: list[tuple[dict[str, object], tuple[str, str]]] = [
        ({"status": "accepted"}, ("accepted", "3.0")),
        ({"status": "on-hold", "statusReason": reason("A place is free on Friday.")}, ("on-hold", "3.0")),
        ({"status": "in-progress", "statusReason": reason("We are at it.")}, ("in-progress", "3.0")),
        ({"businessStatus": business("5.1.1"), "output": appointment(NEXT_WEEK)}, ("in-progress", "5.1.1")),
        ({"output": appointment(LATER, remote=True)}, ("in-progress", "5.1.1")),
        ({"businessStatus": business("5.1.2")}, ("in-progress", "5.1.2")),
        ({"businessStatus": business("5.1.1"), "output": appointment(LATER)}, ("in-progress", "5.1.1")),
        ({"businessStatus": business("5.1.4")}, ("in-progress", "5.1.4")),
        (
            {"status": "completed", "output": [*appointment(LATER), result("A ride each week.")]},
            ("completed", "7.0"),
        ),
    ]
    task: Resource = {}
    for changes, stands in steps:
        task = await sent.system.update(sent.id, **changes)
        assert (task["status"], *codes_of(task["businessStatus"])) == stands
        assert await where(sent) == stands

    assert at(task, "output", 1, "valueCodeableConcept", "text") == "A ride each week."
    # The partner has completed its task; the request is for the client's own answer to complete.
    assert (await sent.system.read(f"ServiceRequest/{sent.id}"))["status"] == "active"
    answered = await sent.navigation.as_("case_manager").post(
        f"/referrals/{sent.id}/confirmation", {"got_help": "yes"}
    )
    assert answered.status_code == 200, answered.text
    assert (await sent.system.read(f"ServiceRequest/{sent.id}"))["status"] == "completed"


async def test_a_partner_without_room_says_so_and_the_directory_knows(sent: Sent) -> None:
    full = reason("We are full until March.", "no_capacity")
    task = await sent.system.update(sent.id, status="rejected", statusReason=full)

    assert codes_of(task["statusReason"]) == ["no_capacity"]
    assert at(task, "statusReason", "text") == "We are full until March."
    assert await where(sent) == ("rejected", "4.0")
    found = await sent.navigation.as_("case_manager").get(f"/services/{sent.service.service_id}")
    assert found.json()["capacity"] == Capacity.NONE


async def test_what_was_begun_and_could_not_be_done_has_failed(sent: Sent) -> None:
    await sent.system.update(sent.id, status="accepted")
    cannot = reason("Nobody answers the door.", "cannot_reach")
    task = await sent.system.update(sent.id, status="failed", statusReason=cannot)

    assert codes_of(task["statusReason"]) == ["cannot_reach"]
    assert (await sent.system.read(f"ServiceRequest/{sent.id}"))["status"] == "revoked"


async def test_the_same_update_again_is_a_repeat_also_when_the_answer_to_the_first_was_lost(
    sent: Sent,
) -> None:
    accepting = changed(await sent.system.read(f"Task/{sent.id}"), status="accepted")
    first = await sent.system.send(accepting)
    second = await sent.system.send(accepting)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["etag"] == second.headers["etag"]
    history = (await sent.navigation.as_("case_manager").get(f"/referrals/{sent.id}")).json()["history"]
    assert [move["move"] for move in history].count("accept") == 1


async def test_what_is_sent_back_as_it_was_read_changes_nothing(sent: Sent) -> None:
    read = await sent.system.ask(f"Task/{sent.id}")
    answer = await sent.system.send(valid(read.content))

    assert (answer.status_code, answer.headers["etag"]) == (200, read.headers["etag"])


async def test_of_two_at_once_one_is_told_that_the_other_was_quicker(sent: Sent) -> None:
    read = await sent.system.read(f"Task/{sent.id}")
    rejecting = changed(read, status="rejected", statusReason=reason("No.", "not_eligible"))
    both = await asyncio.gather(
        sent.system.send(changed(read, status="accepted")), sent.system.send(rejecting)
    )

    assert sorted(answer.status_code for answer in both) == [200, 412]


async def test_an_update_of_an_old_version_is_refused_with_what_is_possible_now(sent: Sent) -> None:
    read = await sent.system.read(f"Task/{sent.id}")
    await sent.system.update(sent.id, status="accepted")
    stale = await sent.system.send(changed(read, status="rejected", statusReason=reason("No.")))
    never = await sent.system.send(changed(read, status="accepted"), version='W/"99"')

    assert refusal(stale)[0] == refusal(never)[0] == 412
    assert {"schedule", "complete", "fail"} <= set(possible(stale))
    assert "accept" not in possible(stale)


async def test_an_update_names_the_version_that_it_was_made_from(sent: Sent) -> None:
    task = changed(await sent.system.read(f"Task/{sent.id}"), status="accepted")
    for header in ({}, {"If-Match": "*"}, {"If-Match": "3"}, {"If-Match": 'W/"three"'}):
        headers = {**sent.system.authorization, **header}
        answer = await sent.navigation.http.put(f"{BASE}/Task/{sent.id}", json=task, headers=headers)

        assert refusal(answer)[0] == 400
        assert "If-Match" in refusal(answer)[1]


async def test_an_answer_that_does_not_fit_gets_the_words_that_every_way_gets(sent: Sent) -> None:
    done = {"status": "completed", "output": [result("A ride.")]}
    early = await sent.system.send(changed(await sent.system.read(f"Task/{sent.id}"), **done))
    partner = sent.navigation.with_key(sent.system.authorization["Authorization"].split()[1])
    elsewhere = await partner.post(
        f"/partner/referrals/{sent.id}/answers", {"said": {"answer": "complete", "outcome": "A ride."}}
    )

    assert refusal(early)[:2] == (409, elsewhere.json()["detail"])
    assert possible(early) == elsewhere.json()["possible"]


async def test_an_answer_that_comes_too_late_says_that_it_has_ended(sent: Sent) -> None:
    declined = await sent.navigation.as_("case_manager").post(
        f"/referrals/{sent.id}/client-declines", {"text": "I would rather not."}
    )
    assert declined.status_code == 200, declined.text
    task = await sent.system.read(f"Task/{sent.id}")
    late = await sent.system.send(changed(task, status="accepted", statusReason=None))

    assert refusal(late)[0] == 409
    assert "has ended" in refusal(late)[1]
    assert possible(late) == []
    assert await where(sent) == ("cancelled", "6.0")


UNTAKEN: list[tuple[Resource, str]] = [
    ({"owner": {"display": "Somebody else"}}, "Task.owner"),
    ({"for": {"reference": "Patient/1"}}, "Task.for"),
    ({"requester": {"display": "Us"}}, "Task.requester"),
    ({"note": None}, "Task.note"),
    ({"priority": "urgent"}, "Task.priority"),
    (
        {"output": [{"type": {"text": "x"}, "valueQuantity": {"value": 1}}]},
        "Task.output[0].valueQuantity",
    ),
    ({"status": "draft"}, "Task.status"),
    ({"status": "on-hold"}, "Task.statusReason.text"),
    ({"status": None}, "Task.status"),
    ({"intent": "plan"}, "Task.intent"),
    ({"id": "another"}, "Task.id"),
    ({"resourceType": "Patient"}, "Task.resourceType"),
]


async def test_what_cannot_be_taken_is_named(sent: Sent) -> None:
    read = await sent.system.read(f"Task/{sent.id}")
    headers = {**sent.system.authorization, "If-Match": f'W/"{at(read, "meta", "versionId")}"'}
    for changes, element in UNTAKEN:
        task = changed(read, **changes)
        answer = await sent.navigation.http.put(f"{BASE}/Task/{sent.id}", json=task, headers=headers)

        assert (refusal(answer)[0], refusal(answer)[2]) == (422, [element])
    assert await where(sent) == ("requested", "2.0")


async def test_nobody_updates_what_was_sent_to_another(sent: Sent) -> None:
    other = await sent.other()
    task = changed(await sent.system.read(f"Task/{sent.id}"), status="accepted")

    assert refusal(await other.send(task))[0] == 404
    assert await where(sent) == ("requested", "2.0")


async def test_an_answer_leaves_its_trace_like_a_read(sent: Sent) -> None:
    await sent.system.update(sent.id, status="accepted")

    assert len(await sent.disclosed()) == 1


async def test_a_key_that_is_for_answering_alone_is_answered_without_the_person(sent: Sent) -> None:
    path = f"/partners/{sent.service.organization_id}/keys"
    made = await sent.navigation.as_("admin").post(path, {"scopes": ["answers"]})
    answering = System(sent.navigation.http, {"Authorization": f"Bearer {made.json()['key']}"})
    nobody = [{"resourceType": "Patient", "id": "client"}]

    task = changed(await sent.system.read(f"Task/{sent.id}"), status="accepted", contained=nobody)
    answer = await answering.send(task)

    assert answer.status_code == 200, answer.text
    assert valid(answer.content)["contained"] == nobody
    assert (await where(sent))[0] == "accepted"


async def test_what_is_no_json_is_refused(sent: Sent) -> None:
    headers = {**sent.system.authorization, "If-Match": 'W/"1"', "Content-Type": "application/fhir+xml"}
    xml = await sent.navigation.http.put(f"{BASE}/Task/{sent.id}", content="<Task/>", headers=headers)
    broken = await sent.navigation.http.put(
        f"{BASE}/Task/{sent.id}",
        content="{",
        headers=headers | {"Content-Type": "application/fhir+json"},
    )

    assert (refusal(xml)[0], refusal(broken)[0]) == (415, 400)
