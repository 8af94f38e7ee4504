"""A colleague of another team may see a client with a reason, and that team's supervisors are told of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from contracts.events.desk import ClientAssigned
from services.desk.model.staff import Role
from services.desk.store import glass as store
from shared.clock import real_now
from shared.ids import new_id
from tests.support.builders import contact_changed
from tests.support.desk import House, Person


@pytest.fixture
async def theirs(house: House) -> Person:
    return await house.hire(Role.CASE_MANAGER, name="Ada Lindqvist")


@pytest.fixture
async def client_id(house: House, theirs: Person) -> UUID:
    client_id = new_id()
    await house.told(
        contact_changed(client_id=client_id, full_name="Amina Diallo"),
        ClientAssigned(client_id=client_id, version=1, team_id=theirs.team_id, assigned_at=real_now()),
    )
    return client_id


async def test_with_a_reason_the_record_opens_for_a_while(house: House, client_id: UUID) -> None:
    other = await house.hire(Role.INTAKE)
    async with house.browser(other) as browser:
        asked = await browser.get(f"/clients/{client_id}/reason")
        assert asked.status_code == 200
        assert "Amina" not in asked.text
        assert "Ada" not in asked.text
        opened = await browser.post(
            f"/clients/{client_id}/reason", data={"reason": " She is here and her team is away. "}
        )
        assert (opened.status_code, opened.headers["location"]) == (303, f"/clients/{client_id}")
        async with browser.stream("GET", f"/live?topic={client_id}") as answer:
            assert answer.status_code == 200
        again = await browser.get(f"/clients/{client_id}/reason")
        assert again.status_code == 303
    assert await house.count("select count(*) from glass where ends_at = broken_at + interval '4 hours'") == 1
    assert await house.count("select count(*) from audit where deed = 'glass_broken'") == 1
    assert await house.count("select count(*) from audit a join glass g on g.id = a.about_id") == 2

    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update glass set ends_at = clock_timestamp()")
    async with house.browser(other) as browser:
        assert (await browser.get(f"/live?topic={client_id}")).status_code == 403


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
async def test_without_a_reason_it_stays_closed_and_what_was_typed_is_kept(
    house: House, client_id: UUID, reason: str
) -> None:
    other = await house.hire(Role.CASE_MANAGER)
    async with house.browser(other) as browser:
        answer = await browser.post(f"/clients/{client_id}/reason", data={"reason": reason})
        assert answer.status_code == 422
        assert reason.strip() in answer.text
        assert (await browser.get(f"/live?topic={client_id}")).status_code == 403


async def test_supervisors_of_that_team_read_the_reason_and_say_so(
    house: House, client_id: UUID, theirs: Person
) -> None:
    other = await house.hire(Role.CASE_MANAGER, name="Tomas Webb")
    supervisor = await house.hire(Role.SUPERVISOR, name="Ines Costa", team_id=theirs.team_id)
    elsewhere = await house.hire(Role.SUPERVISOR)
    async with house.browser(other) as browser:
        await browser.post(f"/clients/{client_id}/reason", data={"reason": "<b>She is here.</b>"})
    async with house.browser(elsewhere) as browser:
        assert "Tomas Webb" not in (await browser.get("/access/reasons")).text
        glass_id = await _glass_id(house)
        assert (await browser.post(f"/access/reasons/{glass_id}/seen")).status_code == 404
    async with house.browser(supervisor) as browser:
        page = (await browser.get("/access/reasons")).text
        assert "Tomas Webb" in page
        assert "Amina Diallo" in page
        assert "&lt;b&gt;She is here." in page
        assert (await browser.post(f"/access/reasons/{glass_id}/seen")).status_code == 303
        assert "by <bdi>Ines Costa" in (await browser.get("/access/reasons")).text


async def _glass_id(house: House) -> UUID:
    async with house.service.database.reading() as conn:
        return UUID(str(await conn.fetchval("select id from glass")))


async def test_nobody_is_asked_for_a_reason_to_see_their_own(
    house: House, client_id: UUID, theirs: Person
) -> None:
    async with house.browser(theirs) as browser:
        answer = await browser.post(f"/clients/{client_id}/reason", data={"reason": "None is needed."})
    assert answer.headers["location"] == f"/clients/{client_id}"
    assert await house.count("select count(*) from glass") == 0


async def test_a_reason_of_one_is_none_for_another(house: House, client_id: UUID) -> None:
    one, another = await house.hire(Role.CASE_MANAGER), await house.hire(Role.CASE_MANAGER)
    async with house.browser(one) as browser:
        await browser.post(f"/clients/{client_id}/reason", data={"reason": "She is here."})
    async with house.service.database.reading() as conn:
        (found,) = await store.standings(conn, [client_id], staff_id=another.id, now=real_now())
    assert found.glass_id is None


async def test_what_is_not_theirs_or_cannot_be_read_is_told_in_plain_words(house: House) -> None:
    async with house.browser(await house.hire(Role.INTAKE)) as browser:
        other = await browser.get("/people")
        odd = await browser.get("/clients/not-an-id")

    assert (other.status_code, odd.status_code) == (403, 422)
    assert "colleagues with another role" in other.text
    assert "open to" not in other.text
    assert "please go back and look again" in odd.text
