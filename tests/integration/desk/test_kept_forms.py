"""Typed text outlives the session it was typed in, without scripts, and only for who typed it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest

from services.desk.channels.passwords import hashed
from services.desk.model.staff import Role, Staff
from services.desk.policy.kept import LARGEST
from services.desk.store import staff as store
from shared.ids import new_id
from tests.support.desk import A_BROWSER, House
from tests.support.desk_lists import a_client, a_task

PASSWORD = "a long sentence of their own"
WORDS = "To dance at my sister's <wedding>.\nAnd to sleep."


@dataclass(frozen=True)
class At:
    """A browser in which Sam was signed in, and a client of Sam's and Kay's team."""

    house: House
    browser: httpx.AsyncClient
    client_id: UUID

    @property
    def form(self) -> str:
        return f"/clients/{self.client_id}/goals/new"

    async def come_in(self, who: str, after: str = "/kept") -> httpx.Response:
        return await self.browser.post(
            "/sign-in", data={"email": f"{who}@example.org", "password": PASSWORD, "after": after}
        )

    async def end(self) -> None:
        async with self.house.service.database.transaction() as tx:
            await tx.conn.execute("update session set ended_at = now() where ended_at is null")

    async def send(self, address: str | None = None, **fields: object) -> httpx.Response:
        """Send what was typed with whatever session the browser has."""
        return await self.browser.post(
            address or self.form,
            data={"once": str(new_id()), "kind": "value", "words": WORDS, **fields},
            headers={"Referer": f"{self.house.service.url}{self.form}"},
        )

    async def kept(self) -> int:
        return await self.house.count("select count(*) from kept_form")


@pytest.fixture
async def at(house: House) -> AsyncIterator[At]:
    team = new_id()
    async with house.service.database.transaction() as tx:
        await store.insert_team(tx.conn, team, "Harbour")
        for name in ("sam", "kay"):
            staff = Staff(
                id=new_id(),
                name=name.title(),
                email=f"{name}@example.org",
                roles=frozenset({Role.CASE_MANAGER}),
                password_hash=await hashed(PASSWORD),
            )
            await store.insert(tx.conn, staff)
            await store.join_team(tx.conn, team, staff.id)
    client_id = await a_client(house, team_id=team)
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER, timeout=20) as browser:
        one = At(house, browser, client_id)
        await one.come_in("sam")
        yield one


async def test_what_was_typed_stands_in_its_form_again_after_signing_in_and_nothing_was_sent(at: At) -> None:
    await at.end()
    answer = await at.send()
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?after=/kept")
    page = await at.browser.get(answer.headers["location"])
    assert "What you typed is kept for an hour, for you alone." in page.text
    assert "sister" not in page.text

    assert (await at.come_in("sam")).headers["location"] == "/kept"
    back = (await at.browser.get("/kept")).headers["location"]
    assert re.fullmatch(rf"{at.form}\?kept=[0-9a-f-]{{36}}", back)
    page = await at.browser.get(back)
    assert page.status_code == 200
    assert "What you typed is here again, and nothing has been sent" in page.text
    assert "To dance at my sister's &lt;wedding&gt;.\nAnd to sleep.</textarea>" in page.text
    assert re.search(r'<input[^>]*checked=""[^>]*value="value"', page.text)
    assert (
        await at.house.count("select count(*) from entry where kind = 'client' and type like '%goal%'") == 0
    )

    # Sent from that page it has come, wherever it leads; intake is away in this house, so it is still there.
    sent = await at.browser.post(
        at.form,
        data={"words": WORDS, "kind": "value"},
        headers={"Referer": f"{at.house.service.url}{back}"},
    )
    assert "To dance at my sister" in sent.text
    assert await at.kept() == 0


async def test_somebody_else_who_signs_in_there_sees_nothing_of_it(at: At) -> None:
    await at.end()
    await at.send()
    async with at.house.service.database.reading() as conn:
        form_id = await conn.fetchval("select id from kept_form")
    await at.come_in("kay")
    assert (await at.browser.get("/kept")).headers["location"] == "/"
    for page in (at.form, f"/clients/{at.client_id}", "/today"):
        shown = await at.browser.get(f"{page}?kept={form_id}")
        assert shown.status_code == 200
        assert "sister" not in shown.text
        assert "here again" not in shown.text
    await at.browser.post(at.form, headers={"Referer": f"{at.house.service.url}{at.form}?kept={form_id}"})
    assert await at.kept() == 1
    await at.come_in("sam")
    back = (await at.browser.get("/kept")).headers["location"]
    assert "sister" in (await at.browser.get(back)).text


async def test_nothing_is_kept_of_whom_nobody_knows_or_of_what_no_person_typed(at: At) -> None:
    await at.end()
    plain = {"Accept": "application/json"}
    assert (await at.browser.post(at.form, data={"words": WORDS}, headers=plain)).status_code == 401
    await at.browser.post(at.form, data={"words": WORDS}, headers={"HX-Request": "true"})
    await at.browser.post(at.form, data={"words": WORDS}, headers={"Sec-Fetch-Site": "cross-site"})
    await at.send(words="x" * (LARGEST + 1))
    await at.send("/account/password", new="another long sentence")
    cookie = dict(at.browser.cookies)
    for of_nobody in ({}, dict.fromkeys(cookie, "made up")):
        async with httpx.AsyncClient(
            base_url=at.house.service.url, headers=A_BROWSER, cookies=of_nobody
        ) as other:
            answer = await other.post(at.form, data={"words": WORDS})
            assert answer.headers["location"] == "/sign-in?after=/"
    assert await at.kept() == 0


async def test_it_is_kept_for_an_hour_and_of_one_person_only_the_last_few(at: At) -> None:
    await at.end()
    for number in range(8):
        await at.send(f"/tasks/{new_id()}/cancel", because=f"Because of {number}.")
    await at.send()
    await at.send(words="What I said last.")
    assert await at.kept() == 5
    await at.come_in("sam")
    back = (await at.browser.get("/kept")).headers["location"]
    assert "What I said last." in (await at.browser.get(back)).text
    async with at.house.service.database.transaction() as tx:
        await tx.conn.execute("update kept_form set kept_at = kept_at - interval '61 minutes'")
    assert "What I said last." not in (await at.browser.get(back)).text
    assert (await at.browser.get("/kept")).headers["location"] == "/"


async def test_a_form_that_is_one_of_several_on_its_page_is_filled_and_opened(at: At) -> None:
    task = a_task(at.client_id)
    await at.house.told(task)
    await at.end()
    address = f"/tasks/{task.task_id}"
    # The page from which it came was itself the answer to a form: what it stands on is found all the same.
    await at.browser.post(
        f"{address}/cancel",
        data={"once": str(new_id()), "version": "1", "because": "They found a lift."},
        headers={"Referer": f"{at.house.service.url}{address}/cancel"},
    )
    await at.come_in("sam")
    back = (await at.browser.get("/kept")).headers["location"]
    assert back.startswith(f"{address}?kept=")
    page = (await at.browser.get(back)).text
    assert "They found a lift.</textarea>" in page
    assert page.count("<details") > page.count('open=""') == 1


async def test_where_the_page_is_not_theirs_any_more_they_still_get_their_words_back(at: At) -> None:
    await at.end()
    await at.send()
    async with at.house.service.database.transaction() as tx:
        await tx.conn.execute("update caseload set team_id = $1", await _another_team(at.house))
        await tx.conn.execute("update session set ended_at = now()")
    await at.come_in("sam")
    page = await at.browser.get((await at.browser.get("/kept")).headers["location"])
    assert page.status_code == 403
    assert "It has not been sent" in page.text
    assert "To dance at my sister" in page.text


async def _another_team(house: House) -> UUID:
    return (await house.hire(Role.CASE_MANAGER, name="Lou Berg")).team_id
