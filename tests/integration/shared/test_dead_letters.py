"""What can never be handled is put aside with its reason, holds nobody up, and can be handled later."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from nats.aio.client import Client

import shared.bus
from shared import commands
from shared.bus import DEATHS
from shared.errors import Invalid, NotFound
from shared.ids import new_id
from shared.retry import ATTEMPTS
from tests.integration.shared.parcels import Hub, ParcelCounted, ParcelPacked, hub_service
from tests.integration.shared.system import System
from tests.support.eventually import eventually

CONSUMER = "barriers-parcel-packed"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once instead of later."""
    monkeypatch.setattr(shared.bus, "delay_for", lambda _attempt: 0.02)


async def dead(system: System) -> dict[str, object]:
    """The one dead letter, once it is there."""
    await eventually(lambda: system.count("barriers.dead_letter"), 1, within=10)
    row = await system.admin.fetchrow(
        "select id, reason, deliveries, headers, body from barriers.dead_letter"
    )
    assert row is not None
    return dict(row)


async def settled(bus: Client) -> bool:
    info = await bus.jetstream().consumer_info("INTAKE", CONSUMER)
    return (info.num_pending, info.num_ack_pending) == (0, 0)


async def test_a_message_over_which_the_handler_stumbles_dies_after_its_attempts_and_others_go_on(
    system: System,
) -> None:
    system.hub.broken.add(3)
    await system.pack_at_once([1, 2, 3, 4, 5])

    await eventually(system.weights, [1, 2, 4, 5])
    letter = await dead(system)

    assert letter["deliveries"] == ATTEMPTS
    assert letter["reason"] == f"it failed {ATTEMPTS} times: RuntimeError"
    await eventually(lambda: settled(system.bus))


async def test_a_value_that_the_database_cannot_take_holds_nobody_up(system: System) -> None:
    await system.pack_at_once([1, 2**40, 2])
    await system.pack_at_once([3])

    await eventually(system.weights, [1, 2, 3])
    letter = await dead(system)
    assert letter["reason"] == f"it failed {ATTEMPTS} times: DataError 22000"


async def test_a_collision_that_never_ends_is_a_mistake_after_all(system: System) -> None:
    twice = ParcelPacked(parcel_id=new_id(), weight=1)
    async with system.depot.database.transaction() as tx:
        tx.publish(twice)
        tx.publish(twice)
        tx.publish(ParcelPacked(parcel_id=new_id(), weight=2))

    await eventually(system.weights, [1, 2], within=10)
    letter = await dead(system)
    assert letter["reason"] == f"it failed {ATTEMPTS} times: UniqueViolationError 23505 counted_pkey"


async def test_a_message_that_was_begun_again_and_again_and_never_finished_is_put_aside(
    system: System,
) -> None:
    """As if the process had died with it each time; tests/faults/kit kills real ones."""
    await system.pack(13)
    await eventually(lambda: system.count("intake.event"), 1)
    event_id = await system.admin.fetchval("select id from intake.event")
    await system.admin.execute(
        """
        insert into barriers.unfinished (consumer, event_id, begun) values ($1, $2, $3)
        on conflict (consumer, event_id) do update set begun = excluded.begun
        """,
        CONSUMER,
        event_id,
        DEATHS,
    )
    await system.pack(14)

    letter = await dead(system)
    assert "never finished" in str(letter["reason"])
    await eventually(system.weights, [14])


async def test_the_reason_says_what_does_not_fit_and_never_what_was_said(system: System) -> None:
    await system.pack(1)
    await eventually(lambda: system.count("intake.publication"), 1)
    good = await system.bus.jetstream().get_msg("INTAKE", 1, direct=True)
    headers = dict(good.headers or {}) | {"Nats-Msg-Id": "another"}
    headers = {name: value for name, value in headers.items() if name.startswith("ce-")}
    body = {"parcel_id": "Amina Diallo", "weight": "the lift is broken"}
    await system.bus.jetstream().publish(ParcelPacked.subject, json.dumps(body).encode(), headers=headers)

    letter = await dead(system)

    assert "parcel_id: " in str(letter["reason"])
    assert "weight: " in str(letter["reason"])
    assert "Amina" not in str(letter["reason"])
    assert "lift" not in str(letter["reason"])
    assert json.loads(bytes(letter["body"])) == body  # type: ignore[call-overload]
    with pytest.raises(Invalid, match="does not fit the contract") as raised:
        await commands._replay(hub_service(Hub()), system.hub_settings, UUID(str(letter["id"])))
    assert "Amina" not in str(raised.value)


async def test_dead_letters_are_listed_and_replayed_once_each(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    system.hub.broken.add(3)
    await system.pack_at_once([3])
    letter_id = UUID(str((await dead(system))["id"]))
    repaired = hub_service(Hub())

    await commands._list_dead_letters(repaired, system.hub_settings)
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [(line["id"], line["consumer"], line["subject"]) for line in listed] == [
        (str(letter_id), CONSUMER, ParcelPacked.subject)
    ]
    assert listed[0]["reason"].endswith("RuntimeError")

    for _ in range(2):
        await commands._replay(repaired, system.hub_settings, letter_id)

    assert await system.weights() == [3]
    # What the replay caused is published by the sweeper of a copy that runs, and once.
    await eventually(lambda: system.count("barriers.publication"), 1)
    await eventually(lambda: system.count("barriers.outbox"), 0)
    stored = await system.bus.jetstream().stream_info("BARRIERS", subjects_filter=">")
    assert stored.state.subjects == {ParcelCounted.subject: 1}
    capsys.readouterr()
    await commands._list_dead_letters(repaired, system.hub_settings)
    assert str(letter_id) not in capsys.readouterr().out


async def test_a_replay_that_fails_leaves_the_letter_where_it_is(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    await system.pack_at_once([-1])
    letter_id = UUID(str((await dead(system))["id"]))

    with pytest.raises(Invalid, match="cannot weigh less than nothing"):
        await commands._replay(hub_service(Hub()), system.hub_settings, letter_id)
    with pytest.raises(NotFound):
        await commands._replay(hub_service(Hub()), system.hub_settings, new_id())

    capsys.readouterr()
    await commands._list_dead_letters(hub_service(Hub()), system.hub_settings)
    assert str(letter_id) in capsys.readouterr().out
