"""The directory is stated to others: all that changed, a batch at a time, behind what goes first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.events.navigation import ServiceChanged
from contracts.terms import Capacity
from services.navigation.commands import editing, stating
from services.navigation.directory.importing import import_directory
from shared.ids import new_id
from tests.support.big_directory import services
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_navigation import listing
from tests.support.navigation import Desk


async def take(desk: Desk, folder: Path, count: int, **changes: object) -> None:
    path = folder / "big.ndjson"
    path.write_text("".join(f"{json.dumps(one | changes)}\n" for one in services(count)))
    async with desk.database.reading() as conn:
        await import_directory(conn, path, now=MONDAY_MORNING)


async def leave(desk: Desk) -> None:
    """Let what waits be published."""
    async with desk.database.reading() as conn:
        await conn.execute("delete from outbox")


async def state_all(desk: Desk) -> list[int]:
    """Run the job until nothing is left; how many services each turn stated."""
    turns = []
    while count := await stating.state_what_changed(desk.database):
        turns.append(count)
        await leave(desk)
    return turns


async def test_an_import_writes_no_event_itself_and_is_stated_afterwards_a_batch_at_a_time(
    desk: Desk, tmp_path: Path
) -> None:
    await take(desk, tmp_path, 450)
    assert await desk.stated(ServiceChanged) == []

    assert await state_all(desk) == [200, 200, 50]

    stated = await desk.stated(ServiceChanged)
    assert len({event.service_id for event in stated}) == 450
    assert all(event.details.description for event in stated)
    await take(desk, tmp_path, 450)
    assert await state_all(desk) == [], "the same again is no news"
    await take(desk, tmp_path, 450, fees_description="Free")
    assert sum(await state_all(desk)) == 450


async def test_nothing_is_added_while_as_much_waits_to_be_published(desk: Desk, tmp_path: Path) -> None:
    await take(desk, tmp_path, 450)

    assert await stating.state_what_changed(desk.database) == 200
    assert await stating.state_what_changed(desk.database) == 0
    await leave(desk)
    assert await stating.state_what_changed(desk.database) == 200


async def test_a_second_copy_takes_nothing_while_the_first_is_at_it(desk: Desk, tmp_path: Path) -> None:
    await take(desk, tmp_path, 10)

    async with desk.database.transaction() as tx:
        await tx.conn.execute("select from directory_statement for update")
        assert await stating.state_what_changed(desk.database) == 0
    assert await stating.state_what_changed(desk.database) == 10


@pytest.mark.parametrize("behind", [False, True])
async def test_what_a_person_changes_is_stated_at_once_in_their_conversation_and_only_once(
    desk: Desk, *, behind: bool
) -> None:
    first, second = listing(), listing()
    await desk.add(first, second)
    if not behind:
        assert await state_all(desk) == [2]
    staff = new_id()

    async with desk.database.transaction() as tx:
        await editing.set_capacity(
            tx, first.service_id, capacity=Capacity.WAITLIST, places=None, by_staff=staff
        )

    said = [event for event in await desk.stated(ServiceChanged) if event.by_staff == staff]
    assert [(e.service_id, e.capacity) for e in said] == [(first.service_id, Capacity.WAITLIST)]
    assert said[0].capacity_said_at is not None
    rest = [e.service_id for e in (await desk.stated(ServiceChanged))]
    await state_all(desk)
    more = [e.service_id for e in (await desk.stated(ServiceChanged))][len(rest) :]
    assert more == ([second.service_id, first.service_id] if behind else [])
