"""Lists, tasks, news and figures as people have them before them: for everybody, and nothing moves."""

from __future__ import annotations

import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Page, expect

from contracts.events.barriers import BarrierAnswered, TaskEscalated, TaskMoved
from contracts.events.navigation import HelpUnmatched, ReferralRequested
from contracts.terms import Priority, TaskKind, TaskStatus
from services.desk.api.cookies import COOKIE
from services.desk.jobs import count_figures
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.integration.desk.conftest import bus, clock, house
from tests.support.browser import Watched
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context
from tests.support.builders_desk import stated
from tests.support.desk import House, Person
from tests.support.desk_lists import a_client, a_task
from tests.support.eventually import eventually

__all__ = ["bus", "clock", "house"]

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz and a good many words after it"
RIGHT_TO_LEFT = "أمينة ديالو"


@pytest.fixture
async def sam(house: House) -> Person:
    return await house.hire(Role.CASE_MANAGER, Role.SUPERVISOR)


async def signed_in(house: House, person: Person, page: Page) -> Page:
    """The page, in the browser of somebody who is signed in."""
    async with house.browser(person) as browser:
        token = browser.cookies[COOKIE]
    await page.context.add_cookies([{"name": COOKIE, "value": token, "url": house.service.url}])
    return page


async def test_what_there_is_to_do_is_for_everybody_busy_or_not(
    house: House, sam: Person, watched: Watched
) -> None:
    page = await signed_in(house, sam, watched.page)
    await page.goto(f"{house.service.url}/today")
    await expect(page.get_by_text("Nothing needs you just now")).to_be_visible()
    await watched.holds("desk-today-empty")

    client_id, other = await a_client(house, LONG, with_=sam), await a_client(house, RIGHT_TO_LEFT, with_=sam)
    barrier_id = new_id()
    about = {"client_id": client_id, "barrier_id": barrier_id}
    escalated = a_task(
        client_id, LONG, priority=Priority.STAT, due_from=MONDAY_MORNING - timedelta(days=4), days=1
    ).model_copy(update={"barrier_ids": (barrier_id,)})
    await house.told(
        barrier_stated(**about, client=client_context(client_id=client_id), words=LONG),
        stated(BarrierAnswered, **about),
        escalated,
        stated(TaskEscalated, client_id=client_id, task_id=escalated.task_id),
        a_task(other, "Hear what they wrote", kind=TaskKind.HEAR_REPLY, priority=Priority.URGENT),
        a_task(other, "Later", due_from=MONDAY_MORNING + timedelta(days=3)),
        stated(
            ReferralRequested, client_id=other, referral_id=new_id(), version=1, status="requested",
            acknowledge_by=MONDAY_MORNING - timedelta(days=1), organization_name=LONG,
        ),
        stated(HelpUnmatched, **about, help_id=new_id(), postcode="BS3 1TF", at=MONDAY_MORNING),
    )  # fmt: skip
    await a_client(house, "Bo Berg")
    await eventually(lambda: count_figures(house.service.database, ZoneInfo("Europe/London")))

    for name, address in {
        "today": "/today",
        "today-nothing-of-this-kind": "/today?about=steps",
        "task": f"/tasks/{escalated.task_id}",
        "team": "/team",
        "team-clients": f"/team/clients?who={sam.id}",
        "team-waiting": "/team/clients?who=waiting",
        "team-nobody": "/team/clients?who=nobody",
        "partners": "/partners?whose=team",
        "barriers": "/figures/barriers",
        "unmet": "/figures/unmet",
    }.items():
        await page.goto(f"{house.service.url}{address}")
        await watched.holds(f"desk-{name}")

    await page.goto(f"{house.service.url}/today")
    await page.get_by_text("Hand them over").click()
    await page.get_by_role("button", name="Hand over").click()
    await expect(page.locator(".govuk-error-summary")).to_be_focused()
    await watched.holds("desk-today-again")


async def test_news_come_within_a_second_and_nothing_that_is_read_moves(
    house: House, sam: Person, watched: Watched
) -> None:
    client_id = await a_client(house, "Amina Diallo", with_=sam)
    tasks = [a_task(client_id, f"Number {number}", days=2 + number / 100) for number in range(12)]
    await house.told(*tasks)
    page = await signed_in(house, sam, watched.page)
    await page.goto(f"{house.service.url}/today")
    row = page.locator(f"#task-{tasks[9].task_id}")
    await row.get_by_role("checkbox").check()
    # What has the focus is left alone until the next news.
    await page.locator(f"#task-{tasks[8].task_id}").get_by_role("checkbox").focus()
    await row.scroll_into_view_if_needed()
    before = await row.bounding_box()

    as_it_was = dict.fromkeys(("priority", "priority_reason", "due_from", "due_by", "why"))
    moved = {"client_id": client_id, "task_id": tasks[9].task_id, **as_it_was}
    begun = time.monotonic()
    await house.tell(
        a_task(client_id, "Pressing", priority=Priority.STAT),
        stated(TaskMoved, **moved, version=2, status=TaskStatus.IN_PROGRESS, assignee=sam.id),
    )
    await expect(page.locator(".news-bar")).to_contain_text("1 new")
    await expect(row).to_contain_text("You have it")
    assert time.monotonic() - begun < 3, "a second, and two for a machine that has much else to do"
    await expect(page.locator("#count-window-all")).to_have_text("13")
    await expect(row.get_by_role("checkbox")).to_be_checked()
    after = await row.bounding_box()
    assert before and after  # noqa: PT018 - one thing
    assert abs(after["y"] - before["y"]) < 1

    await page.locator(".news-bar a").click()
    await expect(page.get_by_role("link", name="Pressing")).to_be_visible()
    assert watched.complaints == []


async def test_lists_are_read_filtered_and_turned_without_scripts(
    house: House, sam: Person, browser: Browser
) -> None:
    client_id = await a_client(house, "Amina Diallo", with_=sam)
    await house.told(*(a_task(client_id, f"Number {number}", days=2) for number in range(30)))
    context = await browser.new_context(java_script_enabled=False)
    page = await signed_in(house, sam, await context.new_page())
    await page.goto(f"{house.service.url}/today")
    await expect(page.locator("li.task")).to_have_count(25)
    await page.get_by_role("link", name="Later in the list").click()
    await expect(page.locator("li.task")).to_have_count(5)
    await page.get_by_role("link", name="These days 30").click()
    await expect(page.locator("li.task")).to_have_count(25)
    await page.get_by_role("link", name="Number", exact=False).first.click()
    await expect(page.get_by_role("button", name="Take it on")).to_be_visible()
    await context.close()
