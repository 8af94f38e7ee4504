"""Today: what needs me now and why, in order, with counts that are right."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from contracts.events.barriers import TaskEscalated, TaskMoved
from contracts.terms import Priority, TaskKind, TaskStatus
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_desk import stated
from tests.support.desk import House, Person
from tests.support.desk_lists import a_client, a_task


@pytest.fixture
async def sam(house: House) -> Person:
    return await house.hire(Role.CASE_MANAGER)


def titles(page: httpx.Response) -> list[str]:
    """The tasks of a page, in their order."""
    return re.findall(r'<h3 class="task-title"><a [^>]*>([^<]*)</a>', page.text)


def counted(page: httpx.Response, name: str) -> int:
    found = re.search(rf'id="count-{name}"[^>]*>(\d+)<', page.text)
    assert found, name
    return int(found[1])


async def test_what_is_pressing_or_ends_today_comes_first_then_these_days_then_later(
    house: House, sam: Person
) -> None:
    client_id = await a_client(house, with_=sam)
    await house.told(
        a_task(client_id, "Later", due_from=MONDAY_MORNING + timedelta(days=2)),
        a_task(client_id, "These days", days=3),
        a_task(client_id, "Ends today", days=0.2),
        a_task(client_id, "Pressing", priority=Priority.STAT, days=3),
        a_task(client_id, "Has passed", due_from=MONDAY_MORNING - timedelta(days=5), days=2),
    )
    async with house.browser(sam) as browser:
        page = await browser.get("/today")
        assert page.status_code == 200
        assert titles(page) == ["Pressing", "Has passed", "Ends today", "These days", "Later"]
        assert "Between today and Thursday" in page.text
        assert "Was for Wednesday to Friday" in page.text
        assert [counted(page, f"window-{name}") for name in ("all", "now", "these_days", "later")] == [
            5,
            3,
            1,
            1,
        ]
        assert titles(await browser.get("/today?window=later")) == ["Later"]


async def test_each_kind_is_counted_and_can_be_looked_at_alone(house: House, sam: Person) -> None:
    client_id = await a_client(house, with_=sam)
    escalated = a_task(client_id, "A setback", kind=TaskKind.REVIEW_SETBACK)
    await house.told(
        a_task(client_id, "A reply", kind=TaskKind.HEAR_REPLY),
        escalated,
        a_task(client_id, "No answer from them", kind=TaskKind.FOLLOW_UP_REFERRAL),
        stated(TaskEscalated, client_id=client_id, task_id=escalated.task_id),
    )
    async with house.browser(sam) as browser:
        page = await browser.get("/today?about=replies")
        assert titles(page) == ["A reply"]
        assert [counted(page, f"about-{name}") for name in ("all", "replies", "setbacks", "referrals")] == [
            3,
            1,
            1,
            1,
        ]
        assert counted(page, "about-too_long") == 1
        assert titles(await browser.get("/today?about=too_long")) == ["A setback"]


async def test_mine_is_what_i_took_on_and_what_nobody_took_on_for_my_clients(
    house: House, sam: Person
) -> None:
    kay = await house.hire(Role.CASE_MANAGER, name="Kay Lund", team_id=sam.team_id)
    mine = await a_client(house, "Amina Diallo", with_=sam)
    kays = await a_client(house, "Bo Berg", with_=kay)
    nobodys = await a_client(house, "Cy Cole", team_id=sam.team_id)
    others = await a_client(house, "Di Dunn", with_=await house.hire(Role.CASE_MANAGER))
    taken, lent = a_task(kays, "Lent to me"), a_task(mine, "Lent to Kay")
    await house.told(
        a_task(mine, "Mine"), taken, lent, a_task(kays, "Kay's"), a_task(nobodys, "Nobody's"),
        a_task(others, "Another team's"),
        _claimed(kays, taken.task_id, sam.id), _claimed(mine, lent.task_id, kay.id),
    )  # fmt: skip
    async with house.browser(sam) as browser:
        assert set(titles(await browser.get("/today"))) == {"Mine", "Lent to me"}
        assert set(titles(await browser.get("/today?whose=nobody"))) == {"Nobody&#39;s"}
        assert set(titles(await browser.get(f"/today?whose={kay.id}"))) == {"Lent to Kay", "Kay&#39;s"}
        team = await browser.get("/today?whose=team")
        assert len(titles(team)) == 5
        assert "Di Dunn" not in team.text
        assert titles(await browser.get(f"/today?whose=team&client={nobodys}")) == ["Nobody&#39;s"]


def _claimed(client_id: UUID, task_id: UUID, by: UUID) -> TaskMoved:
    return stated(
        TaskMoved,
        client_id=client_id,
        task_id=task_id,
        version=2,
        status=TaskStatus.CLAIMED,
        assignee=by,
        due_by=MONDAY_MORNING + timedelta(days=2),
        due_from=MONDAY_MORNING,
    )


async def test_a_task_that_is_done_is_gone_from_list_and_counts(house: House, sam: Person) -> None:
    client_id = await a_client(house, with_=sam)
    task = a_task(client_id)
    await house.told(task)
    async with house.browser(sam) as browser:
        assert counted(await browser.get("/today"), "window-all") == 1
        done = stated(TaskMoved, client_id=client_id, task_id=task.task_id, version=2, status=TaskStatus.DONE)
        await house.told(done)
        page = await browser.get("/today")
    assert titles(page) == []
    assert "Nothing needs you just now" in page.text


async def test_a_long_list_is_read_page_by_page_and_nothing_is_left_out_or_shown_twice(
    house: House, sam: Person
) -> None:
    client_id = await a_client(house, with_=sam)
    await house.told(*(a_task(client_id, f"Number {number}", days=number % 7) for number in range(60)))
    seen: list[str] = []
    following = None
    async with house.browser(sam) as browser:
        address = "/today"
        for _ in range(3):
            page = await browser.get(address)
            seen += titles(page)
            following = re.search(r'rel="next" href="([^"]+)"', page.text)
            if following:
                address = following[1].replace("&amp;", "&")
    assert following is None
    assert len(seen) == 60
    assert len(set(seen)) == 60


async def test_who_looks_after_nobody_sees_their_team(house: House, sam: Person) -> None:
    kim = await house.hire(Role.SUPERVISOR, name="Kim Ray", team_id=sam.team_id)
    await house.told(a_task(await a_client(house, with_=sam)))
    async with house.browser(kim) as browser:
        page = await browser.get("/today")
    assert titles(page) == ["Look at the plan together"]
    assert "With Sam Okoro" in page.text


async def test_no_address_of_the_page_holds_a_name(house: House, sam: Person) -> None:
    await house.told(a_task(await a_client(house, "Amina Diallo", with_=sam)))
    async with house.browser(sam) as browser:
        page = await browser.get("/today?whose=team")
    for address in re.findall(r'(?:href|action|sse-connect)="([^"]+)"', page.text):
        assert "amina" not in address.lower()
        assert "diallo" not in address.lower()


async def test_choosing_nothing_is_said_and_changes_nothing(house: House, sam: Person) -> None:
    await house.told(a_task(await a_client(house, with_=sam)))
    async with house.browser(sam) as browser:
        answer = await browser.post("/today/claim", data={"once": str(new_id())})
    assert answer.status_code == 422
    assert "choose at least one" in answer.text


@pytest.mark.parametrize("query", ["window=soon", "whose=amina", "about=people", "after=x"])
async def test_a_list_that_there_is_not_is_said_kindly(house: House, sam: Person, query: str) -> None:
    async with house.browser(sam) as browser:
        answer = await browser.get(f"/today?{query}")
    assert answer.status_code == 400
    assert "<h1" in answer.text
