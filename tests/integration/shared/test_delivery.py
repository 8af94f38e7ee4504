"""From a command to its effects in another service, on real servers, with everything that can go wrong."""

from __future__ import annotations

from shared.ids import new_id
from shared.run import running
from tests.integration.shared.parcels import Hub, ParcelPacked, hub_service
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


async def test_an_answer_names_the_events_that_the_command_led_to(system: System) -> None:
    answer = await system.pack(5)

    stated = await system.admin.fetchval("select array_agg(id::text) from intake.event")
    assert answer.headers["X-Stated"].split(",") == stated
    assert "X-Stated" not in (await system.pack(5, key="parcel-5")).headers


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


async def test_the_conversation_and_the_trace_reach_the_handler_and_what_it_causes(system: System) -> None:
    trace, conversation = "0af7651916cd43dd8448eb211c80319c", new_id()
    headers = bearer("packer") | {
        "Idempotency-Key": "traced",
        "X-Correlation-Id": str(conversation),
        "traceparent": f"00-{trace}-b7ad6b7169203331-01",
    }
    await system.client.post("/parcels", json={"weight": 5}, headers=headers)
    await eventually(system.weights, [5])

    packed = await system.admin.fetchrow("select id, correlation_id from intake.event")
    counted = await system.admin.fetchrow(
        "select correlation_id, causation_id, traceparent from barriers.event"
    )
    assert packed is not None
    assert counted is not None
    assert packed["correlation_id"] == counted["correlation_id"] == conversation
    assert counted["causation_id"] == packed["id"]
    assert trace in counted["traceparent"]
    assert trace in await system.admin.fetchval("select traceparent from barriers.counted")


async def test_an_event_that_is_delivered_again_and_again_takes_effect_once(system: System) -> None:
    await system.pack(5)
    await eventually(system.weights, [5])
    jetstream = system.bus.jetstream()
    first = await jetstream.get_msg("INTAKE", 1, direct=True)
    again = {name: value for name, value in (first.headers or {}).items() if name.startswith("ce-")}

    for _ in range(3):  # without the Nats-Msg-Id by which the server itself would drop them
        await jetstream.publish(ParcelPacked.subject, first.data or b"", headers=again)
    await system.pack(6)

    await eventually(system.weights, [5, 6])
    assert (await jetstream.stream_info("INTAKE")).state.messages == 5
    assert await system.count("barriers.event") == 2
    assert await system.count("barriers.dead_letter") == 0


async def test_two_copies_of_a_service_share_the_work_and_count_each_parcel_once(system: System) -> None:
    other = Hub()
    async with running(hub_service(other), system.hub_settings):
        for start in range(1000, 2000, 20):
            await system.pack_at_once(range(start, start + 20))
        await eventually(system.weights, list(range(1000, 2000)), within=10)

    assert sum(system.hub.batches) + sum(other.batches) == 1000
    assert other.batches
    assert system.hub.batches
