"""Whoever starts the embedded system can sign in at once, as each kind of colleague."""

from __future__ import annotations

import httpx

from deploy.local.accounts import COLLEAGUES, TEAM, ensure_colleagues
from services.desk.model.staff import Role
from tests.support.database import Database
from tests.support.desk import A_BROWSER, House

PASSWORDS = {one.role.value: f"a password of {one.role}" for one in COLLEAGUES}


async def test_each_kind_of_colleague_is_there_once_and_signs_in(house: House, database: Database) -> None:
    await ensure_colleagues(database.url("desk"), PASSWORDS)
    await ensure_colleagues(database.url("desk"), dict.fromkeys(PASSWORDS, "another password"))

    assert {one.role for one in COLLEAGUES} == set(Role)
    for one in COLLEAGUES:
        async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER, timeout=20) as browser:
            form = {"email": one.email, "password": PASSWORDS[one.role]}
            assert (await browser.post("/sign-in", data=form)).headers["location"] == "/"
            page = (await browser.get("/account")).text
            assert one.name in page
            assert (TEAM in page) == (one.role is not Role.ADMIN)


async def test_where_somebody_works_already_nobody_is_added(house: House, database: Database) -> None:
    await house.hire(Role.ADMIN)
    await ensure_colleagues(database.url("desk"), PASSWORDS)

    assert await house.count("select count(*) from staff") == 1
