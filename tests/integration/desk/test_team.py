"""A supervisor sees who has what, gives clients to people, and reads figures that name nobody."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.events.barriers import BarrierAnswered, BarrierMoved
from contracts.events.desk import ClientAssigned
from contracts.events.navigation import HelpUnmatched, ReferralRequested, ReferralStalled
from contracts.terms import BarrierCategory, BarrierStatus
from services.desk.jobs import count_figures
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context
from tests.support.builders_desk import stated
from tests.support.desk import House, Person
from tests.support.desk_lists import a_client, a_task
from tests.support.eventually import eventually

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
async def kim(house: House) -> Person:
    return await house.hire(Role.SUPERVISOR, name="Kim Ray")


@pytest.fixture
async def sam(house: House, kim: Person) -> Person:
    return await house.hire(Role.CASE_MANAGER, team_id=kim.team_id)


def rows(text: str) -> list[list[str]]:
    """A table of a page: of each row the cells, as text."""
    found = re.findall(r"<tr>(.*?)</tr>", text, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in found]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in cells]


def file_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_who_has_what_is_counted_at_this_moment(house: House, kim: Person, sam: Person) -> None:
    mine = await a_client(house, with_=sam)
    nobodys = await a_client(house, team_id=sam.team_id)
    await a_client(house, "Somebody else's", with_=await house.hire(Role.CASE_MANAGER))
    await house.told(
        a_task(mine, "Passed", due_from=MONDAY_MORNING - timedelta(days=4), days=1),
        a_task(mine, "Open"),
        a_task(nobodys, "Nobody's"),
        stated(
            ReferralRequested, client_id=mine, referral_id=new_id(), version=1, status="requested",
            acknowledge_by=MONDAY_MORNING - timedelta(days=1),
        ),
    )  # fmt: skip
    async with house.browser(kim) as browser:
        page = await browser.get("/team")
        told = {row[0]: row[1:] for row in rows(page.text)}
        exported = file_of((await browser.get("/team.csv")).text)
    assert told["Sam Okoro"][0] == "1"
    assert told["Sam Okoro"][1].startswith("2")
    assert told["Sam Okoro"][2:] == ["1", "0", "1", "0"]
    assert told["Nobody yet"][0] == "1"
    assert told["All together"][0] == "2"
    assert ["Sam Okoro", "1", "2", "1", "0", "1", "0"] in exported


async def test_a_client_who_waits_is_given_to_somebody_and_is_on_their_list_at_once(
    house: House, kim: Person, sam: Person
) -> None:
    client_id = await a_client(house, "Amina Diallo")
    await house.told(a_task(client_id))
    async with house.browser(kim) as browser:
        waiting = await browser.get("/team/clients?who=waiting")
        assert "Amina Diallo" in waiting.text
        answer = await browser.post("/team/assign", data=_giving(waiting.text, sam, note="Knows the bus."))
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/team/clients?who=waiting&said=assigned",
        )
        assert "Amina Diallo" not in (await browser.get("/team/clients?who=waiting")).text
    async with house.browser(sam) as browser:
        assert "Amina Diallo" in (await browser.get("/today")).text
    assert (
        await house.count(
            "select count(*) from event where type = $1 and data ->> 'note' = 'Knows the bus.'",
            ClientAssigned.subject,
        )
        == 1
    )
    assert await house.count(
        "select count(*) from audit where deed = 'changed' and client_id = $1", client_id
    )


def _giving(page: str, to: Person, *, note: str = "") -> dict[str, str | list[str]]:
    return {
        "who": "waiting",
        "chosen": re.findall(r'name="chosen" value="([^"]+)"', page),
        "version": re.findall(r'name="version" value="([^"]+)"', page),
        "to": f"{to.team_id}:{to.id}",
        "note": note,
    }


async def test_whom_somebody_else_gave_away_meanwhile_stays_with_them_and_is_named(
    house: House, kim: Person, sam: Person
) -> None:
    kay = await house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=kim.team_id)
    first, second = await a_client(house, "Amina Diallo"), await a_client(house, "Bo Berg")
    async with house.browser(kim) as browser:
        page = (await browser.get("/team/clients?who=waiting")).text
        await house.told(
            ClientAssigned(
                client_id=first, version=1, team_id=kim.team_id, staff_id=kay.id, assigned_at=MONDAY_MORNING
            )
        )
        answer = await browser.post("/team/assign", data=_giving(page, sam))
    assert answer.status_code == 409
    assert "Kay Lund" in answer.text
    assert "1 of them is handed over" in answer.text
    assert await house.count("select count(*) from caseload where staff_id = $1", kay.id) == 1
    assert (
        await house.count(
            "select count(*) from caseload where client_id = $1 and staff_id = $2", second, sam.id
        )
        == 1
    )


async def test_sent_twice_a_client_is_given_once(house: House, kim: Person, sam: Person) -> None:
    client_id = await a_client(house)
    async with house.browser(kim) as browser:
        sent = _giving((await browser.get("/team/clients?who=waiting")).text, sam)
        answers = [(await browser.post("/team/assign", data=sent)).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert await house.count("select version from caseload where client_id = $1", client_id) == 1


@pytest.mark.parametrize("to", ["", "x", f"{UUID(int=1)}:{UUID(int=2)}"])
async def test_nobody_is_given_to_whom_nobody_knows(house: House, kim: Person, to: str) -> None:
    await a_client(house)
    async with house.browser(kim) as browser:
        page = (await browser.get("/team/clients?who=waiting")).text
        answer = await browser.post("/team/assign", data={**_giving(page, kim, note="A note"), "to": to})
    assert answer.status_code == 422
    assert "Please choose who looks after them" in answer.text
    assert "A note" in answer.text


async def test_clients_of_another_team_are_not_given_away(house: House, kim: Person, sam: Person) -> None:
    other = await house.hire(Role.CASE_MANAGER)
    client_id = await a_client(house, with_=other)
    async with house.browser(kim) as browser:
        sent = {"chosen": [str(client_id)], "version": [f"{client_id}:1"], "to": f"{sam.team_id}:{sam.id}"}
        answer = await browser.post("/team/assign", data=sent)
    assert answer.status_code == 403
    assert await house.count("select count(*) from caseload where staff_id = $1", other.id) == 1


async def test_partners_who_say_nothing_are_listed_with_how_much_waits(
    house: House, kim: Person, sam: Person
) -> None:
    client_id = await a_client(house, "Amina Diallo", with_=sam)
    organization = {"organization_id": new_id(), "organization_name": "=Harbour Street"}
    silent = {"client_id": client_id, "referral_id": new_id(), **organization}
    stalled = {"client_id": client_id, "referral_id": new_id(), **organization}
    due = MONDAY_MORNING - timedelta(days=1)
    await house.told(
        stated(ReferralRequested, **silent, version=1, status="requested", acknowledge_by=due),
        stated(ReferralRequested, **stalled, version=1, status="requested", acknowledge_by=due),
        stated(ReferralStalled, **stalled, version=3, status="accepted"),
        stated(
            ReferralRequested, client_id=client_id, referral_id=new_id(), version=1, status="requested",
            acknowledge_by=MONDAY_MORNING + timedelta(days=1), organization_name="In good time",
        ),
    )  # fmt: skip
    async with house.browser(kim) as browser:
        page = await browser.get("/partners?whose=team")
        exported = await browser.get("/partners.csv")
    assert ["=Harbour Street", "1", "1"] in rows(page.text)
    assert "Amina Diallo" in page.text
    assert "In good time" not in page.text
    assert "Amina" not in exported.text
    assert file_of(exported.text)[1][:3] == ["'=Harbour Street", "1", "1"]


async def test_what_gets_in_the_way_is_counted_by_kind_and_month(house: House, kim: Person) -> None:
    client_id, barrier_id = new_id(), new_id()
    about = {"client_id": client_id, "barrier_id": barrier_id}
    context = client_context(client_id=client_id)
    told = {"category": BarrierCategory.TRANSPORT, "client": context, "client_id": client_id}
    await house.told(
        barrier_stated(**told, barrier_id=barrier_id, stated_at=MONDAY_MORNING),
        barrier_stated(**told, barrier_id=new_id(), stated_at=MONDAY_MORNING - timedelta(days=40)),
        stated(
            BarrierAnswered, **about, category=BarrierCategory.TRANSPORT, status="planned",
            answered_at=MONDAY_MORNING,
        ),
        stated(
            BarrierMoved, **about, version=5, status=BarrierStatus.EASED, was="planned",
            moved_at=MONDAY_MORNING,
        ),
    )  # fmt: skip
    async with house.browser(kim) as browser:
        await eventually(lambda: count_figures(house.service.database, LONDON))
        page = await browser.get("/figures/barriers")
        exported = await browser.get("/figures/barriers.csv")
    assert ["Getting there", "2", "1", "1", ""] in rows(page.text)
    assert ["November 2026", "1", "1", "1", ""] in rows(page.text)
    assert file_of(exported.text) == [
        ["month", "category", "stated", "answered", "eased"],
        ["2026-10-01", "transport", "1", "0", "0"],
        ["2026-11-01", "transport", "1", "1", "1"],
    ]


async def test_what_no_service_answers_is_on_the_map_until_one_does(house: House, kim: Person) -> None:
    client_id, barrier_id = new_id(), new_id()
    context = client_context(client_id=client_id)
    about = {"client_id": client_id, "barrier_id": barrier_id}
    await house.told(
        barrier_stated(**about, client=context, category=BarrierCategory.CHILDCARE),
        stated(HelpUnmatched, **about, help_id=new_id(), postcode="BS3 1TF", at=MONDAY_MORNING),
    )
    async with house.browser(kim) as browser:
        await eventually(lambda: count_figures(house.service.database, LONDON))
        page = await browser.get("/figures/unmet")
        assert ["BS3", "1", "", "Somebody to look after the children (1)"] in rows(page.text)
        assert "1TF" not in page.text
        assert file_of((await browser.get("/figures/unmet.csv")).text)[1:] == [["BS3", "childcare", "1"]]

        found = {"at": MONDAY_MORNING + timedelta(hours=1), "status": "requested", "version": 1}
        await house.told(stated(ReferralRequested, **about, referral_id=new_id(), **found))
        await eventually(lambda: count_figures(house.service.database, LONDON))
        assert "Nothing is missing just now" in (await browser.get("/figures/unmet")).text


@pytest.mark.parametrize(
    "address", ["/team", "/team/clients", "/team.csv", "/figures/barriers", "/figures/unmet", "/partners.csv"]
)
async def test_figures_are_for_supervisors(house: House, address: str) -> None:
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        assert (await browser.get(address)).status_code == 403
