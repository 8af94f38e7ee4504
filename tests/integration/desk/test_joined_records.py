"""Records that were put together are read as one by whoever may see either, and are two after a split."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.event import Event
from contracts.events.barriers import TaskMoved
from contracts.events.desk import ClientAssigned
from contracts.events.intake import ClientMerged, ClientSplit
from contracts.terms import TaskStatus
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import (
    MONDAY_MORNING,
    barrier_stated,
    client_context,
    client_registered,
    consent_granted,
    contact_changed,
    goal_stated,
)
from tests.support.desk import House, Person
from tests.support.desk_lists import a_task

OTHERS_MARK = "From their other record"


@dataclass(frozen=True)
class Two:
    """Two records of one person: Sam's team has the one that is kept, Kay's team the other."""

    sam: Person
    kay: Person
    kept: UUID
    other: UUID

    def merged(self, version: int = 1) -> ClientMerged:
        """Somebody says that they are one."""
        return ClientMerged(
            client_id=self.other,
            merge_id=self.other,
            survivor_id=self.kept,
            version=version,
            merged_at=MONDAY_MORNING,
        )

    def split(self, version: int = 2) -> ClientSplit:
        """And that they are two after all."""
        return ClientSplit(
            client_id=self.other,
            merge_id=self.other,
            survivor_id=self.kept,
            version=version,
            split_at=MONDAY_MORNING + timedelta(hours=1),
        )


@pytest.fixture
async def two(house: House) -> Two:
    sam = await house.hire(Role.CASE_MANAGER)
    kay = await house.hire(Role.CASE_MANAGER, name="Kay Lund")
    return Two(sam, kay, new_id(), new_id())


def said(client_id: UUID, name: str, words: str, *, with_: Person | None) -> Sequence[Event]:
    """A record in which something stands."""
    context = client_context(client_id=client_id)
    assigned = (
        [
            ClientAssigned(
                client_id=client_id,
                version=1,
                team_id=with_.team_id,
                staff_id=with_.id,
                assigned_at=MONDAY_MORNING,
            )
        ]
        if with_
        else []
    )
    return [
        contact_changed(client_id=client_id, full_name=name),
        client_registered(client_id=client_id, client=context),
        *assigned,
        barrier_stated(client_id=client_id, client=context, words=words),
        goal_stated(client_id=client_id, words=f"{words} And a goal."),
        consent_granted(client_id=client_id),
        a_task(client_id, f"Task of {name}"),
    ]


def both(two: Two) -> Sequence[Event]:
    """Everything that stands in either record."""
    return [
        *said(two.kept, "Amina Diallo", "The bus is gone.", with_=two.sam),
        *said(two.other, "Aminata Diallo", "Nobody minds the children.", with_=two.kay),
    ]


@pytest.mark.parametrize("order", ["merged last", "merged first"])
async def test_the_kept_ones_page_shows_all_of_both_in_whatever_order_they_came(
    house: House, two: Two, order: str
) -> None:
    events = [*both(two), two.merged()] if order == "merged last" else [two.merged(), *both(two)]
    await house.told(*events)
    async with house.browser(two.sam) as browser:
        now = (await browser.get(f"/clients/{two.kept}")).text
        assert "2 records of theirs are shown as one here" in now
        for words in ("The bus is gone.", "Nobody minds the children.", "Task of Aminata", "Task of Amina D"):
            assert words in now
        assert (await browser.get(f"/clients/{two.kept}/consents")).text.count("take-back") == 2
        assert (
            "Nobody minds the children. And a goal." in (await browser.get(f"/clients/{two.kept}/about")).text
        )
        assert "Nobody minds the children." in (await browser.get(f"/clients/{two.kept}/sheet")).text
        line = (await browser.get(f"/clients/{two.kept}/timeline")).text
        # Seven of either, and that the other was put together with this one.
        assert (line.count('<li class="event'), line.count(OTHERS_MARK)) == (15, 8)
        why = re.findall(rf"/clients/{two.kept}/why/([0-9a-f-]+)", line)
        assert all([(await browser.get(f"/clients/{two.kept}/why/{one}")).status_code == 200 for one in why])

        for part in ("", "/way", "/timeline", "/sheet", "/goals/new"):
            answer = await browser.get(f"/clients/{two.other}{part}")
            assert (answer.status_code, answer.headers["location"]) == (303, f"/clients/{two.other}/joined")
        joined = await browser.get(f"/clients/{two.other}/joined")
        assert "Nothing of it is lost" in joined.text
        assert f'href="/clients/{two.kept}"' in joined.text


async def test_a_split_puts_it_back_and_what_was_late_changes_nothing(house: House, two: Two) -> None:
    await house.told(*both(two), two.split(), two.merged())
    async with house.browser(two.sam) as sams, house.browser(two.kay) as kays:
        kept, other = await sams.get(f"/clients/{two.kept}"), await kays.get(f"/clients/{two.other}")
        assert (kept.status_code, other.status_code) == (200, 200)
        assert "Nobody minds the children." not in kept.text
        assert "The bus is gone." not in other.text
        assert (await sams.get(f"/clients/{two.other}")).status_code == 403
        assert "Amina Diallo" not in (await kays.get("/today")).text
    assert await house.count("select count(*) from one_person") == 0


async def test_whoever_is_in_a_team_of_either_sees_both_and_nobody_else(house: House, two: Two) -> None:
    await house.told(*both(two))
    third = await house.hire(Role.CASE_MANAGER, name="Lou Berg")
    async with house.browser(two.kay) as kays, house.browser(third) as lous:
        assert (await kays.get(f"/clients/{two.kept}")).status_code == 403
        # A reason for one record is none for what is joined to it later.
        await lous.post(f"/clients/{two.kept}/reason", data={"reason": "They are at my door."})
        assert (await lous.get(f"/clients/{two.kept}")).status_code == 200
        await house.told(two.merged())
        assert "The bus is gone." in (await kays.get(f"/clients/{two.kept}")).text
        turned_away = await lous.get(f"/clients/{two.kept}")
        assert turned_away.status_code == 403
        assert "Nobody minds" not in turned_away.text
        assert (await lous.get(f"/clients/{two.other}/joined")).status_code == 403
        await lous.post(f"/clients/{two.kept}/reason", data={"reason": "They are here again."})
        assert "Nobody minds" in (await lous.get(f"/clients/{two.kept}")).text
    for team in (two.sam, two.kay):
        supervisor = await house.hire(Role.SUPERVISOR, name="Kim Ray", team_id=team.team_id)
        async with house.browser(supervisor) as browser:
            assert "They are here again." in (await browser.get("/access/reasons")).text


async def test_a_record_that_waits_for_a_team_is_no_door_to_one_that_has_one(house: House, two: Two) -> None:
    third = await house.hire(Role.CASE_MANAGER, name="Lou Berg")
    await house.told(
        *said(two.kept, "Amina Diallo", "The bus is gone.", with_=None),
        *said(two.other, "Aminata Diallo", "Nobody minds the children.", with_=two.kay),
    )
    async with house.browser(third) as lous, house.browser(two.kay) as kays:
        assert (await lous.get(f"/clients/{two.kept}")).status_code == 200
        assert "Amina Diallo" in (await lous.get("/clients")).text
        await house.told(two.merged())
        assert (await lous.get(f"/clients/{two.kept}")).status_code == 403
        for page in (await lous.get("/clients"), await lous.post("/clients", data={"name": "ami"})):
            assert "Amina" not in page.text
        # What was nobody's is of whoever looks after the other record.
        today = (await kays.get("/today")).text
        assert "Task of Amina Diallo" in today
        found = (await kays.post("/clients", data={"name": "aminata"})).text
        assert found.count(f"/clients/{two.kept}") == 1
        assert f"/clients/{two.other}" not in found


async def test_today_has_each_task_once_under_the_one_that_is_kept(house: House, two: Two) -> None:
    await house.told(*both(two), two.merged())
    boss = await house.hire(Role.SUPERVISOR, name="Kim Ray", team_id=two.sam.team_id)
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("insert into team_member values ($1, $2)", two.kay.team_id, boss.id)
    async with (
        house.browser(two.sam) as sams,
        house.browser(two.kay) as kays,
        house.browser(boss) as bosses,
    ):
        mine = (await kays.get("/today")).text
        assert mine.count('<li class="task') == 1
        assert "Task of Aminata" in mine
        assert f'<a href="/clients/{two.kept}"><bdi>Amina Diallo</bdi></a>' in mine
        for browser in (sams, kays, bosses):
            team = (await browser.get("/today?whose=team")).text
            assert team.count('<li class="task') == 2
            assert 'id="count-window-all" data-live="text">2<' in team
            theirs = (await browser.get(f"/today?whose=team&client={two.kept}")).text
            assert theirs.count('<li class="task') == 2


async def test_a_task_of_the_other_record_that_somebody_took_on_is_on_their_list(
    house: House, two: Two
) -> None:
    task = a_task(two.other, "Ring the school")
    await house.told(*both(two), two.merged(), task)
    await house.told(
        TaskMoved(
            client_id=two.other,
            task_id=task.task_id,
            version=2,
            status=TaskStatus.CLAIMED,
            assignee=two.sam.id,
            by_staff=two.sam.id,
            moved_at=MONDAY_MORNING,
        )
    )
    async with house.browser(two.sam) as browser:
        assert "Ring the school" in (await browser.get("/today")).text
        page = await browser.get(f"/tasks/{task.task_id}")
        assert page.status_code == 200
        assert f'href="/clients/{two.kept}"' in page.text


async def test_each_record_that_was_shown_has_its_line_in_the_audit(house: House, two: Two) -> None:
    await house.told(*both(two), two.merged())
    lines = "select count(*) from audit where client_id = $1 and team_id = $2 and deed = 'seen'"
    async with house.browser(two.sam) as browser:
        await browser.get(f"/clients/{two.kept}/way")
        assert await house.count(lines, two.kept, two.sam.team_id) == 1
        assert await house.count(lines, two.other, two.kay.team_id) == 1
        await browser.get(f"/clients/{two.other}/joined")
        assert await house.count(lines, two.kept, two.sam.team_id) == 1
        assert await house.count(lines, two.other, two.kay.team_id) == 2


async def test_records_that_follow_one_another_are_one_and_a_handed_over_client_stays_with_them(
    house: House, two: Two
) -> None:
    third = new_id()
    await house.told(
        *both(two),
        *said(third, "A. Diallo", "No time.", with_=None),
        two.merged(),
        ClientMerged(
            client_id=two.kept, merge_id=third, survivor_id=third, version=1, merged_at=MONDAY_MORNING
        ),
    )
    async with house.browser(two.kay) as browser:
        page = (await browser.get(f"/clients/{third}")).text
        for words in ("The bus is gone.", "Nobody minds the children.", "No time."):
            assert words in page
    new = await house.hire(Role.CASE_MANAGER, name="Lou Berg")
    await house.told(
        ClientAssigned(
            client_id=third, version=1, team_id=new.team_id, staff_id=new.id, assigned_at=MONDAY_MORNING
        )
    )
    async with house.browser(new) as browser:
        assert (await browser.get(f"/clients/{third}")).status_code == 200
        assert "Task of A. Diallo" in (await browser.get("/today")).text
