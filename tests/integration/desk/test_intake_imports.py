"""Clients from a file, and records that turn out to be one person's, in the browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import House, Person
from tests.support.desk_and_others import desk_beside
from tests.support.eventually import eventually

FILE = """record_id,full_name,born_on,postcode,mood
1,Rosa Feld,1975-01-30,M1 1AA,fine
2,Jo Marsh,1980-02-30,LS2,fine
3,Aminah Diallo,1991-03-14,LS1 4AP,fine
"""


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    async with desk_beside("intake", database=database, nats=nats, bus=bus, clock=clock) as house:
        yield house


@pytest.fixture
async def person(house: House) -> Person:
    return await house.hire(Role.INTAKE)


@pytest.fixture
async def browser(house: House, person: Person) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser(person) as browser:
        yield browser


async def upload(browser: httpx.AsyncClient, once: str = "", **more: str) -> httpx.Response:
    form = {"source": "old system", "time_zone": "Europe/London", "dates": "iso", "once": once} | more
    return await browser.post(
        "/clients/import", data=form, files={"file": ("clients.csv", FILE.encode(), "text/csv")}
    )


async def settled(browser: httpx.AsyncClient, page: str) -> str:
    async def text() -> str:
        return (await browser.get(page)).text

    return await eventually(text, lambda shown: "every 2s" not in shown, within=20)


async def registered(browser: httpx.AsyncClient, **fields: str) -> None:
    draft = str((await browser.post("/intake")).headers["location"]).removesuffix("/who")
    who = {"page": str(new_id()), "version": "9", **fields}
    await browser.post(f"{draft}/who", data=who)
    assert (await browser.post(f"{draft}/finish")).status_code == 303


async def test_a_file_is_looked_at_then_carried_out_and_every_row_says_what_became_of_it(
    house: House, browser: httpx.AsyncClient
) -> None:
    await registered(
        browser,
        full_name="Amina Diallo",
        postcode="LS1 4AP",
        **{"born-day": "14", "born-month": "3", "born-year": "1991"},
    )
    await eventually(lambda: house.count("select count(*) from client"), 1)
    begun = await upload(browser)
    assert begun.status_code == 303, begun.text
    page = str(begun.headers["location"])
    planned = await settled(browser, page)
    assert "Nothing is written yet" in planned
    assert "mood" in planned
    assert await house.count("select count(*) from client") == 1

    assert (await browser.post(f"{page}/run", data={"once": str(new_id())})).status_code == 303
    shown = await settled(browser, page)
    assert "It is done." in shown
    waiting = (await browser.get(f"{page}?outcome=waiting")).text
    assert "Somebody else" in waiting
    report = await browser.get(f"{page}/report.csv")
    assert report.headers["content-type"].startswith("text/csv")
    assert "Amina" not in report.text
    assert "rejected" in report.text
    await eventually(lambda: house.count("select count(*) from client"), 2)

    line = re.search(r'rows/(\d+)"', waiting)
    assert line
    decided = await browser.post(f"{page}/rows/{line[1]}", data={"decide": "else:", "once": str(new_id())})
    assert decided.status_code == 303
    await eventually(lambda: house.count("select count(*) from client"), 3)


async def test_the_same_form_sent_twice_is_one_upload(browser: httpx.AsyncClient) -> None:
    once = str(new_id())
    first, second = await upload(browser, once), await upload(browser, once)
    assert first.headers["location"] == second.headers["location"]


async def test_without_a_file_or_with_an_unknown_zone_it_says_what_is_missing(
    browser: httpx.AsyncClient,
) -> None:
    empty = await browser.post("/clients/import", data={"source": ""})
    assert empty.status_code == 422
    assert "Choose the file" in empty.text
    zone = await upload(browser, time_zone="Leeds")
    assert zone.status_code == 422
    assert "old system" in zone.text


async def test_who_may_be_on_record_is_shown_with_reasons_and_somebody_else_is_remembered(
    house: House, browser: httpx.AsyncClient
) -> None:
    born = {"born-day": "14", "born-month": "3", "born-year": "1991"}
    await registered(browser, full_name="Amina Diallo", **born)
    await eventually(lambda: house.count("select count(*) from caseload"), 1)
    draft = str((await browser.post("/intake")).headers["location"]).removesuffix("/who")
    typed = {"full_name": "Diallo Amína", "page": str(new_id()), **born}
    alike = (await browser.post(f"{draft}/who/alike", data=typed)).text
    assert "same date of birth" in alike.lower()
    assert "Amina Diallo" in alike

    stopped = await browser.post(f"{draft}/who", data=typed | {"then": "on"})
    assert stopped.headers["location"].endswith("/who#beside")
    refused = await browser.post(f"{draft}/finish")
    assert refused.status_code == 422
    found = re.search(r"else:([0-9a-f-]{36})", (await browser.get(f"{draft}/who")).text)
    assert found
    await browser.post(f"{draft}/who", data=typed | {"decide": f"else:{found[1]}", "turn": "2"})
    assert "You said: somebody else." in (await browser.get(f"{draft}/who")).text
    assert (await browser.post(f"{draft}/finish")).status_code == 303
    await eventually(lambda: house.count("select count(*) from client"), 2)
    assert "Nobody else on record" in (await browser.get(f"/clients/{found[1]}/same")).text


async def test_of_another_teams_client_only_the_reasons_are_told(
    house: House, browser: httpx.AsyncClient
) -> None:
    born = {"born-day": "14", "born-month": "3", "born-year": "1991"}
    await registered(browser, full_name="Amina Diallo", **born)
    await eventually(lambda: house.count("select count(*) from caseload"), 1)
    async with house.browser(await house.hire(Role.INTAKE)) as other:
        draft = str((await other.post("/intake")).headers["location"]).removesuffix("/who")
        typed = {"full_name": "Amina Dialo", "page": str(new_id()), **born}
        alike = (await other.post(f"{draft}/who/alike", data=typed)).text
    assert "another team looks after" in alike
    assert "Amina" not in alike


async def test_the_same_person_goes_on_with_their_own_record(
    house: House, browser: httpx.AsyncClient
) -> None:
    born = {"born-day": "14", "born-month": "3", "born-year": "1991"}
    await registered(browser, full_name="Amina Diallo", **born)
    await eventually(lambda: house.count("select count(*) from caseload"), 1)
    draft = str((await browser.post("/intake")).headers["location"]).removesuffix("/who")
    page = {"page": str(new_id())}
    await browser.post(f"{draft}/who", data={"full_name": "Amina Diallo", **born, **page})
    found = re.search(r"same:([0-9a-f-]{36})", (await browser.get(f"{draft}/who")).text)
    assert found
    await browser.post(f"{draft}/who", data={"full_name": "Amina Diallo", **born, "decide": found[0], **page})
    await browser.post(f"{draft}/matters", data={"goal": "To sleep again.", "page": str(new_id())})
    finished = await browser.post(f"{draft}/finish")
    assert str(finished.headers["location"]).startswith(f"/clients/{found[1]}/sheet")
    assert "To sleep again." in (await browser.get(finished.headers["location"])).text
    assert await house.count("select count(*) from client") == 1


async def test_two_records_are_joined_and_stand_by_themselves_again(
    house: House, browser: httpx.AsyncClient
) -> None:
    born = {"born-day": "14", "born-month": "3", "born-year": "1991"}
    await registered(browser, full_name="Amina Diallo", **born)
    await registered(browser, full_name="Amina Dialo", someone_else="yes", postcode="LS1 4AP")
    await eventually(lambda: house.count("select count(*) from caseload"), 2)
    async with house.service.database.reading() as conn:
        first, second = [row["id"] for row in await conn.fetch("select id from client order by id")]
    page = f"/clients/{first}/same"

    async def say(decided: str) -> httpx.Response:
        return await browser.post(
            page, data={"decide": decided, "once": str(new_id()), "why": "Same number."}
        )

    joined = await say(f"same:{second}")
    assert joined.headers["location"].endswith("said=one"), joined.text
    shown = (await browser.get(page)).text
    assert "Stands for the person" in shown
    assert "Same number." in shown
    assert (await say(f"split:{second}")).headers["location"].endswith("said=two")
    assert "undone" in (await browser.get(page)).text
    again = await say(f"split:{second}")
    assert again.status_code == 409
    assert "stands by itself" in again.text


def test_an_id_is_an_id() -> None:
    assert UUID(str(new_id())).version == 7
