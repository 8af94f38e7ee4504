"""The desk's own picture of the playbook: every version that was stated, in whatever order."""

from __future__ import annotations

from datetime import timedelta

from contracts.events.barriers import PlaybookPublished
from services.barriers.playbook import load_texts, read_texts
from services.barriers.policy.stating import published
from services.desk.catalogue import Shelf
from services.desk.commands.rebuilding import _fold_all
from services.desk.model.staff import Role
from services.desk.store import pictures
from tests.support.builders import MONDAY_MORNING
from tests.support.clock import ManualClock
from tests.support.desk import House

TEXTS = read_texts()
BOOK = load_texts(TEXTS)


def version(number: int, **known: object) -> PlaybookPublished:
    return published(BOOK, TEXTS, number=number, at=MONDAY_MORNING, **known)  # type: ignore[arg-type]


async def test_the_highest_number_is_in_force_in_whatever_order_they_came(house: House) -> None:
    shelf = Shelf(house.service.database)
    assert await shelf.in_force() is None

    await house.told(version(3), version(1), version(2))

    found = await shelf.in_force()
    assert found is not None
    assert (found.number, found.edition) == (3, BOOK.edition)
    assert found.files == TEXTS
    assert await shelf.in_force() is found, "what is in memory is not read again"


async def test_what_was_stated_last_of_the_first_one_holds(house: House, clock: ManualClock) -> None:
    first = version(1)
    later = first.model_copy(update={"edition": "2027.1.1+00000000"})
    shelf = Shelf(house.service.database)

    await house.told(first)
    assert (await shelf.in_force()).edition == first.edition  # type: ignore[union-attr]
    clock.advance(timedelta(days=1))
    await house.told(later)

    assert (await shelf.in_force()).edition == later.edition  # type: ignore[union-attr]


async def test_what_to_ask_comes_from_the_desks_own_picture(house: House) -> None:
    sam = await house.hire(Role.CASE_MANAGER)
    async with house.browser(sam) as browser:
        before = await browser.get("/playbook")
        await house.told(version(1))
        after = await browser.get("/playbook")

    assert before.status_code == after.status_code == 200
    assert "on its way" in before.text
    assert "Getting there" in after.text


async def test_a_version_is_there_after_a_rebuild_and_one_that_nobody_stated_is_gone(
    house: House,
) -> None:
    await house.told(version(1), version(2))
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("delete from playbook_version")
        await tx.conn.execute(
            "insert into playbook_version values (gen_random_uuid(), 9, clock_timestamp(), '{}')"
        )

    await _fold_all(house.service.database, lambda _: None)
    async with house.service.database.transaction() as tx:
        await pictures.forget_unstated(tx.conn)

    assert await house.count("select count(*) from playbook_version") == 2
    assert await house.count("select max(number) from playbook_version") == 2
