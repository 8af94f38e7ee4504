"""Whoever looks after accounts adds colleagues, says what they do, and ends their accounts."""

from __future__ import annotations

import re

import httpx

from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.desk import A_BROWSER, House

NEW = {"name": "  Tomas   Webb ", "email": "Tomas@Example.org", "roles": ["intake", "supervisor"]}


async def test_somebody_is_added_and_chooses_a_password_of_their_own(house: House) -> None:
    admin = await house.hire(Role.ADMIN)
    async with house.browser(admin) as browser:
        assert (await browser.get("/")).headers["location"] == "/people"
        await browser.post("/people/teams", data={"team": "Harbour"})
        team_id = await _one(house, "select id from team where name = 'Harbour'")
        shown = await browser.post("/people/add", data={**NEW, "teams": [team_id]})
        assert shown.status_code == 200
        password = re.findall(r"<code>([a-z0-9-]+)</code>", shown.text)[0]
        again = await browser.post("/people/add", data=NEW)
        assert again.status_code == 422
        assert "has this e-mail address already" in again.text
        people = (await browser.get("/people")).text
        assert "Tomas Webb" in people
        assert "Harbour" in people
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as theirs:
        await theirs.post("/sign-in", data={"email": "tomas@example.org", "password": password})
        assert (await theirs.get("/access")).headers["location"] == "/account/password"
        form = {"current": password, "new": "a harbour with boats", "again": "a harbour with boats"}
        await theirs.post("/account/password", data=form)
        page = (await theirs.get("/account")).text
        assert "Intake, Supervisor" in page
        assert "Harbour" in page
    written = "select count(*) from audit where deed = 'staff_changed' and staff_id = $1"
    assert await house.count(written, admin.id) == 2


async def test_what_is_not_right_is_told_beside_its_field_and_kept(house: House) -> None:
    admin = await house.hire(Role.ADMIN)
    async with house.browser(admin) as browser:
        answer = await browser.post(
            "/people/add", data={"name": "", "email": "no address", "roles": ["king"]}
        )
        assert answer.status_code == 422
        for words in ("what they are called", "e-mail address, such as", "at least one", "no address"):
            assert words in answer.text
        assert (await browser.post("/people/teams", data={"team": " "})).status_code == 422
        assert (await browser.get(f"/people/{new_id()}")).status_code == 404


async def test_whose_account_ends_is_out_at_once_and_may_come_back(house: House) -> None:
    admin, person = await house.hire(Role.ADMIN), await house.hire(Role.INTAKE, name="Tomas Webb")
    async with house.browser(admin) as browser, house.browser(person) as theirs:
        assert (await theirs.get("/account")).status_code == 200
        assert (await browser.post(f"/people/{person.id}/end")).status_code == 303
        assert (await theirs.get("/account")).status_code == 303
        assert "This account ended" in (await browser.get(f"/people/{person.id}")).text
        await browser.post(f"/people/{person.id}/return")
        assert (await theirs.get("/account")).status_code == 303
    async with house.browser(person) as theirs:
        assert (await theirs.get("/account")).status_code == 200


async def test_what_somebody_does_changes_at_once(house: House) -> None:
    admin, person = await house.hire(Role.ADMIN), await house.hire(Role.INTAKE, name="Tomas Webb")
    async with house.browser(admin) as browser, house.browser(person) as theirs:
        form = {"name": "Tomas Webb", "email": person.staff.email, "roles": ["directory_editor"]}
        assert (await browser.post(f"/people/{person.id}", data=form)).status_code == 303
        assert (await theirs.get("/")).headers["location"] == "/directory"
        assert (await theirs.get(f"/clients/{new_id()}/reason")).status_code == 403
        assert (await browser.post(f"/people/{person.id}/password")).status_code == 409


async def test_somebody_is_always_left_to_look_after_accounts(house: House) -> None:
    admin = await house.hire(Role.ADMIN)
    async with house.browser(admin) as browser:
        form = {"name": "Sam", "email": admin.staff.email, "roles": ["intake"]}
        for answer in (
            await browser.post(f"/people/{admin.id}", data=form),
            await browser.post(f"/people/{admin.id}/end"),
        ):
            assert answer.status_code == 422
            assert "Somebody has to look after accounts" in answer.text
        other = await house.hire(Role.ADMIN)
        assert (await browser.post(f"/people/{other.id}/end")).status_code == 303
        assert (await browser.post(f"/people/{admin.id}/end")).status_code == 422


async def _one(house: House, statement: str) -> str:
    async with house.service.database.reading() as conn:
        return str(await conn.fetchval(statement))
