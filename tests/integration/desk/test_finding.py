"""Clients are found by any beginning of their names by who has a reason; no name is in an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from contracts.events.desk import ClientAssigned
from services.desk.model.staff import Role
from shared.clock import real_now
from shared.ids import new_id
from tests.support.builders import client_context, client_registered, contact_changed
from tests.support.desk import House, Person


async def known(house: House, name: str, team_id: UUID | None) -> UUID:
    client_id = new_id()
    context = client_context(client_id=client_id)
    events = [
        contact_changed(
            client_id=client_id, full_name=name, preferred_name=name.split(maxsplit=1)[0], version=1
        ),
        client_registered(client_id=client_id, client=context),
    ]
    await house.told(*events)
    if team_id:
        await house.told(
            ClientAssigned(client_id=client_id, version=1, team_id=team_id, assigned_at=real_now())
        )
    return client_id


@pytest.fixture
async def person(house: House) -> Person:
    return await house.hire(Role.CASE_MANAGER)


@pytest.fixture
async def browser(house: House, person: Person) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser(person) as browser:
        yield browser


async def found(browser: httpx.AsyncClient, name: str) -> str:
    answer = await browser.post("/clients", data={"name": name})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Amina Diallo", "dia ami"),
        ("Zoë Łukasiewicz", "zoe"),
        ("Nguyễn Thị Hoa", "nguyen"),
        ("أمينة ديالو", "أمي"),
        ("李小龍", "李"),
        ("Ольга Петрова", "ПЕТ"),
    ],
)
async def test_a_beginning_of_any_word_in_any_script_is_enough(
    house: House, browser: httpx.AsyncClient, person: Person, name: str, typed: str
) -> None:
    await known(house, name, person.team_id)
    await known(house, "Somebody Entirely Different", person.team_id)
    text = await found(browser, typed)
    assert name in text
    assert "Somebody Entirely" not in text


async def test_another_teams_client_is_not_found_and_one_of_no_team_is(
    house: House, browser: httpx.AsyncClient
) -> None:
    theirs = await house.hire(Role.CASE_MANAGER)
    await known(house, "Amina Elsewhere", theirs.team_id)
    await known(house, "Amina Waiting", None)
    text = await found(browser, "amina")
    assert "Amina Waiting" in text
    assert "Amina Elsewhere" not in text
    page = (await browser.get("/clients")).text
    assert "Amina Waiting" in page
    assert "Amina Elsewhere" not in page


async def test_a_search_writes_one_line_in_the_audit_and_no_name(
    house: House, browser: httpx.AsyncClient, person: Person
) -> None:
    await known(house, "Amina Diallo", person.team_id)
    await found(browser, "amina")
    assert await house.count("select count(*) from audit where deed = 'looked_for'") == 1
    assert await house.count("select count(*) from audit a where a::text ilike '%amina%'") == 0


async def test_the_latest_come_first_and_a_long_list_goes_on(
    house: House, browser: httpx.AsyncClient, person: Person
) -> None:
    for number in range(23):
        await known(house, f"Amina Number{number:02}", person.team_id)
    first = await browser.post("/clients", data={"name": "amina"})
    assert "Number19" in first.text
    assert "Number20" not in first.text
    second = await browser.post("/clients", data={"name": "amina", "offset": "20"})
    assert "Number22" in second.text
    assert "Number19" not in second.text
    assert "Number22" in (await browser.get("/clients")).text


@pytest.mark.parametrize("typed", ["", "   ", "!!", "\0"])
async def test_nothing_to_look_for_is_said_kindly(browser: httpx.AsyncClient, typed: str) -> None:
    answer = await browser.post("/clients", data={"name": typed})
    assert answer.status_code == 422
    assert "beginning of a name" in answer.text
