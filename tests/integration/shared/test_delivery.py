"""From a command to its effects in another service, on real servers, with everything that can go wrong."""

from __future__ import annotations

from shared.ids import new_id
from tests.integration.shared.parcels import ParcelPacked
from tests.integration.shared.system import System
from tests.support.eventually import eventually
from tests.support.running import bearer


async def test_a_command_takes_effect_in_the_other_service(system: System) -> None:
    answer = await system.pack(5)

    assert answer.status_code == 201
    await eventually(system.weights, [5])
    await eventually(lambda: system.count("intake.outbox"), 0)
    assert await system.count("intake.publication") == 1


async def test_many_commands_at_once_arrive_exactly_once_each_in_batches(system: System) -> None:
    async with system.depot.database.transaction() as tx:
        for weight in range(1000, 1500):
            tx.publish(ParcelPacked(parcel_id=new_id(), weight=weight))

    await eventually(system.weights, list(range(1000, 1500)))
    assert max(system.hub.batches) > 10


async def test_a_repeated_command_repeats_its_answer_and_not_its_effect(system: System) -> None:
    first = await system.pack(5, key="one")
    again = await system.pack(5, key="one")
    other = await system.pack(6, key="one")

    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    await eventually(system.weights, [5])


async def test_one_bad_message_does_not_stop_the_good_ones_around_it(system: System) -> None:
    async with system.depot.database.transaction() as tx:
        for weight in (1, -1, 2):
            tx.publish(ParcelPacked(parcel_id=new_id(), weight=weight))

    await eventually(system.weights, [1, 2])
    await eventually(lambda: system.count("barriers.dead_letter"), 1)
    reason = await system.admin.fetchval("select reason from barriers.dead_letter")
    assert "cannot weigh less than nothing" in reason


async def test_an_unreadable_message_becomes_a_dead_letter_with_the_reason(system: System) -> None:
    await system.bus.jetstream().publish(ParcelPacked.subject, b"not json", headers={"ce-id": "x"})
    await system.pack(7)

    await eventually(system.weights, [7])
    await eventually(lambda: system.count("barriers.dead_letter"), 1)


async def test_a_message_whose_time_has_not_come_is_tried_again(system: System) -> None:
    await system.pack(13)
    await system.pack(14)
    await eventually(system.weights, [14])

    system.hub.unlucky = False

    await eventually(system.weights, [13, 14], within=10)


async def test_nobody_gets_in_without_a_role(system: System) -> None:
    assert (await system.client.post("/parcels", json={"weight": 1})).status_code == 401
    stranger = await system.client.post("/parcels", json={"weight": 1}, headers=bearer("stranger"))
    assert stranger.status_code == 403
    assert stranger.headers["content-type"] == "application/problem+json"


async def test_a_command_without_a_key_is_told_what_is_missing(system: System) -> None:
    answer = await system.client.post("/parcels", json={"weight": 1}, headers=bearer("packer"))
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_the_service_says_that_it_is_ready(system: System) -> None:
    answer = await system.client.get("/readyz")
    assert (answer.status_code, set(answer.json().values())) == (200, {"ok"})
    assert (await system.client.get("/livez")).status_code == 200
    assert "foothold_events_published_total" in (await system.client.get("/metrics")).text
