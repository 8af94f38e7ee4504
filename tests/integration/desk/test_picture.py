"""What was stated anywhere stands in the desk's own picture, in whatever order it came."""

from __future__ import annotations

from uuid import UUID

from contracts.events.barriers import TaskMoved, TaskOpened
from services.desk.model.pictures import ClientPicture, TaskPicture
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import barrier_stated, client_context, client_registered, contact_changed
from tests.support.builders_desk import stated
from tests.support.desk import House


async def _client(house: House, client_id: UUID) -> ClientPicture:
    async with house.service.database.reading() as conn:
        text = await conn.fetchval("select picture::text from client where id = $1", client_id)
    return ClientPicture.model_validate_json(text)


async def test_a_client_and_what_stands_in_the_way_are_there_as_soon_as_they_were_stated(
    house: House,
) -> None:
    client_id = new_id()
    context = client_context(client_id=client_id)
    await house.told(
        contact_changed(client_id=client_id, full_name="Amina Diallo", version=1),
        client_registered(client_id=client_id, client=context),
        barrier_stated(client_id=client_id, client=context),
    )

    client = await _client(house, client_id)
    assert client.full_name == "Amina Diallo"
    assert client.context == context
    assert (
        await house.count(
            "select count(*) from barrier where client_id = $1 and status = 'stated'", client_id
        )
        == 1
    )
    assert await house.count(
        "select count(*) from client_name where word = 'diallo' and client_id = $1", client_id
    )


async def test_an_older_word_that_comes_later_changes_nothing(house: House) -> None:
    client_id = new_id()
    await house.told(contact_changed(client_id=client_id, full_name="Amina Diallo", version=3))
    await house.told(contact_changed(client_id=client_id, full_name="Somebody Else", version=2))

    assert (await _client(house, client_id)).full_name == "Amina Diallo"
    assert await house.count("select count(*) from client_name where client_id = $1", client_id) == 2


async def test_a_task_that_moved_before_it_was_known_stands_where_it_moved_to(house: House) -> None:
    client_id, task_id = new_id(), new_id()
    moved = stated(TaskMoved, client_id=client_id, task_id=task_id, version=2, assignee=new_id())
    await house.told(moved)
    assert await house.count("select count(*) from task where id = $1", task_id) == 0
    await house.told(stated(TaskOpened, client_id=client_id, task_id=task_id))

    async with house.service.database.reading() as conn:
        text = await conn.fetchval("select picture::text from task where id = $1", task_id)
    task = TaskPicture.model_validate_json(text)
    assert (task.status, task.assignee) == (moved.status, moved.assignee)
    assert task.title


async def test_the_same_thing_told_twice_is_kept_once(house: House) -> None:
    client_id = new_id()
    event = contact_changed(client_id=client_id)
    await house.told(event, event)

    assert await house.count("select count(*) from client where id = $1", client_id) == 1


async def test_who_is_not_signed_in_is_asked_to_and_comes_back(house: House) -> None:
    person = await house.hire(Role.CASE_MANAGER)
    async with house.browser(person) as browser:
        browser.cookies.clear()
        answer = await browser.get("/")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?after=/")
