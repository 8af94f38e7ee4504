"""A task's page has what one needs to do it, and what is done there is done by the service that owns it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from nats.aio.client import Client

from contracts.events.barriers import TaskEscalated
from contracts.events.desk import ClientAssigned
from contracts.terms import BarrierCategory, Wish
from deploy.local.servers import MessageServer
from services.barriers.__main__ import SERVICE as BARRIERS
from services.barriers.settings import BarriersSettings
from services.desk.__main__ import SERVICE
from services.desk.model.staff import Role
from services.desk.settings import DeskSettings
from services.desk.store import staff
from shared.ids import new_id
from shared.run import running
from tests.support.builders import (
    MONDAY_MORNING,
    barrier_stated,
    client_context,
    client_registered,
    contact_changed,
)
from tests.support.builders_desk import stated
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import SETTINGS, House, Person
from tests.support.desk_lists import a_client, a_task
from tests.support.eventually import eventually
from tests.support.running import settings_for

NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Case:
    """Sam, and what there is to do for one of their clients."""

    house: House
    sam: Person
    client_id: UUID
    task_id: UUID


@pytest.fixture
async def case(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[Case]:
    """The desk and barriers beside one another, and a barrier that somebody has to talk about."""
    theirs = settings_for(BarriersSettings, "barriers", database=database, nats=nats)
    assert isinstance(theirs, BarriersSettings)
    async with running(BARRIERS, theirs, clock) as barriers:
        known = {**SETTINGS, "barriers_url": barriers.url}
        settings = settings_for(DeskSettings, "desk", database=database, nats=nats, **known)
        assert isinstance(settings, DeskSettings)
        async with running(SERVICE, settings, clock) as service:
            house = House(service, bus, clock)
            sam = await house.hire(Role.CASE_MANAGER)
            client_id = new_id()
            context = client_context(client_id=client_id)
            await house.told(
                contact_changed(client_id=client_id, full_name="Amina Diallo"),
                client_registered(client_id=client_id, client=context),
                ClientAssigned(
                    client_id=client_id,
                    version=1,
                    team_id=sam.team_id,
                    staff_id=sam.id,
                    assigned_at=MONDAY_MORNING,
                ),
                barrier_stated(
                    client_id=client_id,
                    client=context,
                    words="The last bus is gone by then.",
                    category=BarrierCategory.TRANSPORT,
                    wish=Wish.ASK_ME_FIRST,
                ),
            )
            await eventually(
                lambda: house.count("select count(*) from task where kind = 'ask_permission'"), 1
            )
            async with service.database.reading() as conn:
                task_id = await conn.fetchval("select id from task where kind = 'ask_permission'")
            yield Case(house, sam, client_id, task_id)


def form(page: httpx.Response, **said: str) -> dict[str, str]:
    """What a form of this page sends."""
    once = re.search(r'name="once" value="([^"]+)"', page.text)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert once
    assert version
    return {"once": once[1], "version": version[1], **said}


async def test_everything_that_one_needs_is_there_and_it_goes_from_taking_on_to_done(case: Case) -> None:
    async with case.house.browser(case.sam) as browser:
        address = f"/tasks/{case.task_id}"
        page = await browser.get(address)
        assert page.status_code == 200
        assert "The last bus is gone by then." in page.text
        assert "Amina Diallo" in page.text
        # They are asked for beside the page, which does not wait for them long.
        await eventually(lambda: _says(browser, address, "You might ask"), within=30)

        for do, then in (("claim", "Begin"), ("begin", "It is done")):
            answer = await browser.post(f"{address}/{do}", data=form(page))
            assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?said={do}")
            page = await browser.get(answer.headers["location"])
            assert then in page.text

        unanswered = await browser.post(f"{address}/done", data=form(page, note="A good talk."))
        assert unanswered.status_code == 409
        assert "please say what the answer was" in unanswered.text
        assert "A good talk." in unanswered.text

        answer = await browser.post(f"{address}/done", data=form(page, answer="not_now", note="A good talk."))
        assert answer.status_code == 303
        page = await browser.get(answer.headers["location"])
    assert "Thank you for doing this" in page.text
    assert "What you can do" not in page.text


async def _says(browser: httpx.AsyncClient, address: str, words: str) -> bool:
    return words in (await browser.get(address)).text


async def test_a_form_that_is_sent_twice_is_done_once(case: Case) -> None:
    async with case.house.browser(case.sam) as browser:
        page = await browser.get(f"/tasks/{case.task_id}")
        sent = form(page)
        first = await browser.post(f"/tasks/{case.task_id}/claim", data=sent)
        again = await browser.post(f"/tasks/{case.task_id}/claim", data=sent)
    assert (first.status_code, again.status_code) == (303, 303)


async def test_what_a_colleague_did_meanwhile_is_explained_and_what_was_typed_stays(case: Case) -> None:
    kay = await case.house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=case.sam.team_id)
    async with case.house.browser(case.sam) as sams, case.house.browser(kay) as kays:
        page = await sams.get(f"/tasks/{case.task_id}")
        theirs = await kays.get(f"/tasks/{case.task_id}")
        await kays.post(f"/tasks/{case.task_id}/claim", data=form(theirs))
        answer = await sams.post(
            f"/tasks/{case.task_id}/cancel", data=form(page, because="They moved to another town.")
        )
    assert answer.status_code == 409
    assert "changed this while you were writing" in answer.text
    assert "Kay Lund" in answer.text
    assert "Taken on" in answer.text


async def test_that_it_could_not_be_done_needs_a_reason_and_leads_to_a_smaller_step(case: Case) -> None:
    address = f"/tasks/{case.task_id}"
    async with case.house.browser(case.sam) as browser:
        for do in ("claim", "begin"):
            await browser.post(f"{address}/{do}", data=form(await browser.get(address)))
        page = await browser.get(address)
        without = await browser.post(f"{address}/could-not", data=form(page, reason=" "))
        assert without.status_code == 422
        assert "what got in the way" in without.text
        answer = await browser.post(f"{address}/could-not", data=form(page, reason="The phone was off."))
        assert answer.status_code == 303
        after = await browser.get(answer.headers["location"])
    assert "The phone was off." in after.text
    await eventually(lambda: case.house.count("select count(*) from task where kind = 'review_setback'"), 1)


async def test_several_are_taken_on_at_once_and_one_that_somebody_has_is_named(case: Case) -> None:
    kay = await case.house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=case.sam.team_id)
    await eventually(lambda: case.house.count("select count(*) from task"), lambda number: number >= 1)
    async with case.house.browser(case.sam) as sams, case.house.browser(kay) as kays:
        page = await sams.get("/today")
        chosen = re.findall(r'name="chosen" value="([^"]+)"', page.text)
        versions = re.findall(r'name="version" value="([^"]+)"', page.text)
        theirs = await kays.get(f"/tasks/{case.task_id}")
        await kays.post(f"/tasks/{case.task_id}/claim", data=form(theirs))
        sent = {"once": str(new_id()), "back": "whose=mine", "chosen": chosen, "version": versions}
        answer = await sams.post("/today/claim", data=sent)
    assert answer.status_code == 409
    assert "could" in answer.text
    assert "Amina Diallo" in answer.text


async def test_a_supervisor_hands_a_task_over_with_a_note(case: Case) -> None:
    kim = await case.house.hire(Role.SUPERVISOR, name="Kim Ray", team_id=case.sam.team_id)
    async with case.house.browser(kim) as browser:
        page = await browser.get(f"/tasks/{case.task_id}")
        assert "Take it on" not in page.text
        to_nobody = await browser.post(
            f"/tasks/{case.task_id}/hand-over", data=form(page, to=str(new_id()), handover="Please.")
        )
        assert to_nobody.status_code == 422
        answer = await browser.post(
            f"/tasks/{case.task_id}/hand-over",
            data=form(page, to=str(case.sam.id), handover="You know each other."),
        )
        assert answer.status_code == 303
        assert "Sam Okoro has it" in (await browser.get(answer.headers["location"])).text


async def test_a_case_manager_hands_over_their_own_and_the_note_is_there_for_who_gets_it(case: Case) -> None:
    kay = await case.house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=case.sam.team_id)
    elsewhere = await case.house.hire(Role.CASE_MANAGER, name="Lou Berg")
    address = f"/tasks/{case.task_id}"
    async with case.house.browser(case.sam) as sams, case.house.browser(kay) as kays:
        assert (
            f'href="{address}?do=hand-over#hand-over"' in (await sams.get(f"/clients/{case.client_id}")).text
        )
        page = await sams.get(f"{address}?do=hand-over")
        assert 'id="hand-over" open' in page.text
        assert "Lou Berg" not in page.text
        astray = form(page, to=str(elsewhere.id), handover="Please.")
        assert (await sams.post(f"{address}/hand-over", data=astray)).status_code == 422
        answer = await sams.post(
            f"{address}/hand-over", data=form(page, to=str(kay.id), handover="You speak their language.")
        )
        assert answer.status_code == 303

        today = await kays.get("/today")
        assert "Sam Okoro handed it to you" in today.text
        assert "You speak their language." in today.text
        theirs = await kays.get(address)
        assert "Sam Okoro handed it to you" in theirs.text
        await kays.post(f"{address}/begin", data=form(theirs))
        assert "You speak their language." in (await kays.get(address)).text


async def test_what_is_a_colleagues_now_is_not_handed_on(case: Case) -> None:
    kay = await case.house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=case.sam.team_id)
    address = f"/tasks/{case.task_id}"
    async with case.house.browser(case.sam) as sams:
        page = await sams.get(address)
        await sams.post(f"{address}/hand-over", data=form(page, to=str(kay.id), handover="They know you."))
        page = await sams.get(address)
        assert "You handed it over" in page.text
        assert 'id="hand-over"' not in page.text
        max_roth = await case.house.hire(Role.CASE_MANAGER, name="Max Roth", team_id=case.sam.team_id)
        sent = {"once": str(new_id()), "version": "2", "to": str(max_roth.id), "handover": "Or rather you."}
        late = await sams.post(f"{address}/hand-over", data=sent)
        assert late.status_code == 409
        assert "they or a supervisor can hand it over" in late.text


async def test_several_are_handed_over_at_once_and_never_to_who_may_not_see_the_client(case: Case) -> None:
    kay = await case.house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=case.sam.team_id)
    lou = await case.house.hire(Role.CASE_MANAGER, name="Lou Berg")
    async with case.house.service.database.transaction() as tx:
        await staff.join_team(tx.conn, lou.team_id, case.sam.id)
    async with case.house.browser(case.sam) as sams, case.house.browser(kay) as kays:
        page = await sams.get("/today")
        sent = {
            "once": str(new_id()),
            "back": "whose=mine",
            "chosen": re.findall(r'name="chosen" value="([^"]+)"', page.text),
            "version": re.findall(r'name="version" value="([^"]+)"', page.text),
            "note": "I am away next week.",
        }
        astray = await sams.post("/today/hand-over", data={**sent, "to": str(lou.id)})
        assert astray.status_code == 409
        assert "Lou Berg is not in the team that looks after them." in astray.text
        assert "I am away next week." in astray.text
        answer = await sams.post("/today/hand-over", data={**sent, "to": str(kay.id)})
        assert answer.status_code == 303
        assert (await kays.get("/today")).text.count("I am away next week.") == len(sent["chosen"])


async def test_where_the_service_is_away_nothing_is_lost_and_the_page_is_there(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> None:
    known = {**SETTINGS, "barriers_url": NOWHERE}
    settings = settings_for(DeskSettings, "desk", database=database, nats=nats, **known)
    assert isinstance(settings, DeskSettings)
    async with running(SERVICE, settings, clock) as service:
        house = House(service, bus, clock)
        sam = await house.hire(Role.CASE_MANAGER)
        task = a_task(await a_client(house, with_=sam))
        await house.told(task)
        async with house.browser(sam) as browser:
            page = await browser.get(f"/tasks/{task.task_id}")
            assert page.status_code == 200
            answer = await browser.post(
                f"/tasks/{task.task_id}/cancel", data=form(page, because="They found a lift.")
            )
    assert answer.status_code == 503
    assert "They found a lift." in answer.text
    assert "nothing of it has been saved yet" in answer.text


async def test_an_escalation_is_acknowledged_once_and_leaves_the_list_of_those_that_waited(
    house: House,
) -> None:
    sam = await house.hire(Role.CASE_MANAGER)
    kim = await house.hire(Role.SUPERVISOR, name="Kim Ray", team_id=sam.team_id)
    client_id = await a_client(house, with_=sam)
    task = a_task(client_id)
    await house.told(task, stated(TaskEscalated, client_id=client_id, task_id=task.task_id))
    async with house.browser(kim) as browser:
        assert "Waited too long" in (await browser.get("/today?about=too_long")).text
        answer = await browser.post(f"/tasks/{task.task_id}/seen", data={"seen": "Sam is ill; Kay rings."})
        page = await browser.get(answer.headers["location"])
        assert "You have seen it" in page.text
        assert "Sam is ill; Kay rings." in page.text
        assert "Nothing of this kind" in (await browser.get("/today?about=too_long")).text
        await browser.post(f"/tasks/{task.task_id}/seen", data={"seen": "Again."})
        assert "Sam is ill; Kay rings." in (await browser.get(f"/tasks/{task.task_id}")).text


async def test_another_teams_task_is_not_shown_and_there_is_a_way_to_say_why_one_needs_it(
    house: House,
) -> None:
    sam, other = await house.hire(Role.CASE_MANAGER), await house.hire(Role.CASE_MANAGER)
    task = a_task(await a_client(house, "Amina Diallo", with_=other), "Theirs")
    await house.told(task)
    async with house.browser(sam) as browser:
        page = await browser.get(f"/tasks/{task.task_id}")
        assert page.status_code == 403
        assert "Amina" not in page.text
        assert "Theirs" not in page.text
        assert (await browser.get(f"/tasks/{new_id()}")).status_code == 404
