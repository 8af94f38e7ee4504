"""Signing in with a local account, and who is turned away."""

from __future__ import annotations

import httpx
import pytest

from services.desk.api.base import COOKIE
from services.desk.channels.passwords import hashed
from services.desk.model.staff import Role, Staff
from services.desk.store import staff as store
from shared.ids import new_id
from tests.support.desk import A_BROWSER, House


@pytest.fixture
async def somebody(house: House) -> Staff:
    staff = Staff(
        id=new_id(),
        name="Sam Okoro",
        email="sam@example.org",
        roles=frozenset({Role.CASE_MANAGER}),
        password_hash=await hashed("a long sentence of their own"),
    )
    async with house.service.database.transaction() as tx:
        await store.insert(tx.conn, staff)
    return staff


async def test_with_the_right_password_a_session_begins_and_leads_where_they_wanted_to_go(
    house: House, somebody: Staff
) -> None:
    form = {"email": "Sam@example.org ", "password": "a long sentence of their own", "after": "/clients"}
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as browser:
        answer = await browser.post("/sign-in", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/clients")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert (await browser.get("/")).headers["location"] == "/today"
        await browser.post("/sign-out")
        assert (await browser.get("/")).headers["location"] == "/sign-in?after=/"


@pytest.mark.parametrize(
    "form", [{"email": "sam@example.org", "password": "x"}, {"email": "nobody@example.org"}, {}]
)
async def test_a_wrong_password_is_told_kindly_and_what_was_typed_stays(
    house: House, somebody: Staff, form: dict[str, str]
) -> None:
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as browser:
        answer = await browser.post("/sign-in", data=form)
    assert answer.status_code == 422
    assert "do not go together" in answer.text
    assert form.get("email", "") in answer.text
    assert COOKIE not in answer.cookies


@pytest.mark.parametrize(
    "after", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"]
)
async def test_nobody_is_led_elsewhere(house: House, somebody: Staff, after: str) -> None:
    form = {"email": somebody.email, "password": "a long sentence of their own", "after": after}
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as browser:
        assert (await browser.post("/sign-in", data=form)).headers["location"] == "/"


@pytest.mark.parametrize(
    "said",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"},
    ],
)
async def test_nothing_is_done_that_another_site_asks_for(house: House, said: dict[str, str]) -> None:
    person = await house.hire(Role.CASE_MANAGER)
    async with house.browser(person) as browser:
        answer = await browser.post("/sign-out", headers=said)
        assert answer.status_code == 403
        assert (await browser.get("/")).headers["location"] == "/today"
