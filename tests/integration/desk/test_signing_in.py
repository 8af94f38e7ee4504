"""Signing in with a local account, and who is turned away."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import Response

from services.desk.api import pages
from services.desk.api.cookies import COOKIE, name_of_cookie, set_session
from services.desk.channels.passwords import hashed
from services.desk.model.staff import Role, Staff
from services.desk.settings import DeskSettings
from services.desk.store import staff as store
from shared.ids import new_id
from tests.support.desk import A_BROWSER, House

PASSWORD = "a long sentence of their own"


def _a_browser(house: House) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER, timeout=20)


@pytest.fixture
async def somebody(house: House) -> Staff:
    staff = Staff(
        id=new_id(),
        name="Sam Okoro",
        email="sam@example.org",
        roles=frozenset({Role.CASE_MANAGER}),
        password_hash=await hashed(PASSWORD),
    )
    async with house.service.database.transaction() as tx:
        await store.insert(tx.conn, staff)
    return staff


async def test_with_the_right_password_a_session_begins_and_leads_where_they_wanted_to_go(
    house: House, somebody: Staff
) -> None:
    form = {"email": "Sam@example.org ", "password": PASSWORD, "after": "/clients"}
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
    form = {"email": somebody.email, "password": PASSWORD, "after": after}
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


async def _come_in(browser: httpx.AsyncClient, password: str = PASSWORD) -> httpx.Response:
    return await browser.post("/sign-in", data={"email": "sam@example.org", "password": password})


async def test_after_five_wrong_tries_nobody_can_try_that_account_from_there_for_a_while(
    house: House, somebody: Staff
) -> None:
    async with _a_browser(house) as browser:
        answers = await asyncio.gather(*(_come_in(browser, "not the right one") for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [422] * 5 + [429] * 3
        waiting = await _come_in(browser)
        assert waiting.status_code == 429
        assert "many times" in waiting.text
        # The same is said of an account that there is not.
        nobody = [
            (await browser.post("/sign-in", data={"email": "x@example.org", "password": "y"})).status_code
            for _ in range(6)
        ]
        assert nobody == [422] * 5 + [429]
        async with house.service.database.transaction() as tx:
            await tx.conn.execute("update sign_in_try set began_at = began_at - interval '15 minutes'")
        assert (await _come_in(browser)).status_code == 303


async def test_signing_in_again_ends_the_session_that_the_browser_had(house: House, somebody: Staff) -> None:
    async with _a_browser(house) as browser:
        await _come_in(browser)
        before = browser.cookies[COOKIE]
        await _come_in(browser)
        assert browser.cookies[COOKIE] != before
    async with _a_browser(house) as thief:
        thief.cookies.set(COOKIE, before)
        assert (await thief.get("/")).headers["location"].startswith("/sign-in")
    assert await house.count("select count(*) from session where ended_at is null") == 1
    assert await house.count("select count(*) from audit where deed = 'signed_in'") == 2


@pytest.mark.parametrize(
    "long_ago",
    ["seen_at = seen_at - interval '61 minutes'", "signed_in_at = signed_in_at - interval '13 hours'"],
)
async def test_a_session_ends_by_itself(house: House, somebody: Staff, long_ago: str) -> None:
    async with _a_browser(house) as browser:
        await _come_in(browser)
        async with house.service.database.transaction() as tx:
            await tx.conn.execute(f"update session set {long_ago}")
        assert (await browser.get("/account?x=1")).headers["location"] == "/sign-in?after=/account%3Fx%3D1"
        part = await browser.get(
            "/", headers={"HX-Request": "true", "HX-Current-URL": "http://h/today?whose=mine"}
        )
        assert part.headers["hx-redirect"] == "/sign-in?after=/today%3Fwhose%3Dmine"


async def test_people_see_where_they_are_signed_in_and_sign_out_there(house: House, somebody: Staff) -> None:
    async with _a_browser(house) as here, _a_browser(house) as there, _a_browser(house) as third:
        for browser in (here, there, third):
            await _come_in(browser)
        page = (await here.get("/account")).text
        assert page.count("Sign out there") == 2
        other = page.split("/account/sessions/")[1].split("/end")[0]
        assert (await here.post(f"/account/sessions/{other}/end")).status_code == 303
        assert await house.count("select count(*) from session where ended_at is null") == 2
        await here.post("/account/sessions/end")
        assert await house.count("select count(*) from session where ended_at is null") == 1
        assert (await here.get("/account")).status_code == 200
        assert (await there.get("/account")).status_code == 303


async def test_a_password_that_somebody_else_chose_is_changed_first_of_all(
    house: House, somebody: Staff
) -> None:
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update staff set password_is_first = true")
    new = "another long sentence"
    async with _a_browser(house) as elsewhere, _a_browser(house) as browser:
        await _come_in(elsewhere)
        await _come_in(browser)
        assert (await browser.get("/")).headers["location"] == "/account/password"
        for form, words in (
            ({"current": "wrong", "new": new, "again": new}, "not your password"),
            ({"current": PASSWORD, "new": "short", "again": "short"}, "at least 12"),
            ({"current": PASSWORD, "new": new, "again": new + "!"}, "not the same"),
        ):
            answer = await browser.post("/account/password", data=form)
            assert answer.status_code == 422
            assert words in answer.text
        form = {"current": PASSWORD, "new": new, "again": new}
        assert (await browser.post("/account/password", data=form)).status_code == 303
        assert (await browser.get("/")).headers["location"] == "/today"
        assert (await elsewhere.get("/")).headers["location"].startswith("/sign-in")
        assert (await _come_in(elsewhere)).status_code == 422
        assert (await _come_in(elsewhere, new)).status_code == 303


async def test_every_answer_tells_browsers_what_they_may_do_with_it(house: House, somebody: Staff) -> None:
    async with _a_browser(house) as browser:
        await _come_in(browser)
        for path in ("/sign-in", "/", "/account", "/nowhere", "/livez", "/metrics", pages.asset("desk.css")):
            headers = (await browser.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] == "same-origin", path
            assert "strict-transport-security" not in headers


def test_over_https_the_cookie_is_locked_to_the_host_and_browsers_come_no_other_way() -> None:
    settings = DeskSettings.model_construct(desk_public_url="https://desk.example.org")
    assert name_of_cookie(settings) == "__Host-foothold_session"
    answer = Response()
    set_session(answer, "token", DeskSettings.model_construct(desk_public_url="https://desk.example.org"))
    cookie = answer.headers["set-cookie"]
    assert "; Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "max-age=31536000" in pages.headers_of(settings)["Strict-Transport-Security"]
