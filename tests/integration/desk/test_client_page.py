"""A client's page, part by part, from what was stated: light, kind, and with why each thing is there."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from uuid import UUID

import httpx
import pytest

from contracts.event import Event
from contracts.events.base import ClientEvent
from contracts.registry import events
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import (
    barrier_stated,
    client_context,
    client_registered,
    consent_granted,
    contact_changed,
    goal_stated,
    readiness_measured,
)
from tests.support.builders_desk import stated
from tests.support.desk import House

PARTS = ("", "/way", "/referrals", "/messages", "/consents", "/about", "/timeline")


@pytest.fixture
async def amina(house: House) -> UUID:
    """A client who said a good deal."""
    client_id = new_id()
    context = client_context(client_id=client_id)
    await house.told(
        contact_changed(client_id=client_id, full_name="أمينة Diallo", preferred_name="Amina"),
        client_registered(client_id=client_id, client=context),
        goal_stated(client_id=client_id, words="To dance at my sister's wedding."),
        readiness_measured(client_id=client_id),
        consent_granted(client_id=client_id),
        barrier_stated(client_id=client_id, client=context, words="The last <bus> is gone."),
    )
    return client_id


def everything(client_id: UUID) -> list[Event]:
    """One of each kind of event about a client, as the contracts' own samples tell it."""
    return [
        stated(kind, client_id=str(client_id)) for kind in events().values() if issubclass(kind, ClientEvent)
    ]


async def test_their_words_come_first_and_every_part_of_the_page_is_light(house: House, amina: UUID) -> None:
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        for part in PARTS:
            page = await browser.get(f"/clients/{amina}{part}")
            assert page.status_code == 200, page.text
            assert "أمينة Diallo" in page.text
            assert len(gzip.compress(page.content)) < 40_000
        first = (await browser.get(f"/clients/{amina}")).text
    assert "The last &lt;bus&gt; is gone." in first
    assert first.index("The last &lt;bus&gt;") < first.index("What needs us")


async def test_every_part_shows_whatever_can_be_stated_of_a_client(house: House, amina: UUID) -> None:
    await house.told(*everything(amina))
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        for part in PARTS:
            page = await browser.get(f"/clients/{amina}{part}")
            assert page.status_code == 200, page.text
        timeline = (await browser.get(f"/clients/{amina}/timeline")).text
        for words in ("None", "UUID(", "care.", "non-compliant", "refused", "no-show"):
            assert words not in timeline


@pytest.mark.parametrize("role", [Role.INTAKE, Role.CASE_MANAGER, Role.SUPERVISOR])
async def test_the_sheet_and_who_else_it_may_be_are_one_step_away(
    house: House, amina: UUID, role: Role
) -> None:
    async with house.browser(await house.hire(role)) as browser:
        page = (await browser.get(f"/clients/{amina}")).text
    for part in ("sheet", "same"):
        assert f'href="/clients/{amina}/{part}"' in page


async def test_who_only_does_intake_is_offered_what_they_may_do(house: House, amina: UUID) -> None:
    async with house.browser(await house.hire(Role.INTAKE)) as browser:
        page = (await browser.get(f"/clients/{amina}/way")).text
        assert "/wish" in page
        assert "/setback" not in page
        barrier = page.split("/barriers/")[1].split("/")[0]
        assert (await browser.get(f"/clients/{amina}/barriers/{barrier}/setback")).status_code == 403


@pytest.mark.parametrize("role", [Role.DIRECTORY_EDITOR, Role.ADMIN])
async def test_who_has_nothing_to_do_with_clients_sees_none(house: House, amina: UUID, role: Role) -> None:
    async with house.browser(await house.hire(role)) as browser:
        for part in PARTS:
            assert (await browser.get(f"/clients/{amina}{part}")).status_code == 403


async def test_what_is_not_there_is_told_kindly(house: House) -> None:
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        page = await browser.get(f"/clients/{new_id()}")
        assert page.status_code == 404
        assert "nobody with this address" in page.text


async def _titles(browser: httpx.AsyncClient, address: str) -> Sequence[str]:
    page = (await browser.get(address)).text
    return [piece.split("<")[0] for piece in page.split('class="event-title" dir="auto">')[1:]]


async def test_everything_that_happened_is_there_page_by_page_once_each(house: House, amina: UUID) -> None:
    await house.told(*(goal_stated(client_id=amina, words=f"Goal number {n}") for n in range(70)))
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        address, seen = f"/clients/{amina}/timeline", list[str]()
        while address:
            page = (await browser.get(address)).text
            seen += [piece.split("<")[0] for piece in page.split('own-words" dir="auto">')[1:]]
            address = (
                page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
                if 'rel="next"' in page
                else ""
            )
        assert sorted(one for one in seen if one.startswith("Goal")) == sorted(
            f"Goal number {n}" for n in range(70)
        )


async def test_the_timeline_can_be_narrowed_to_what_they_said(house: House, amina: UUID) -> None:
    await house.told(*everything(amina))
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        said = await _titles(browser, f"/clients/{amina}/timeline?about=said")
        assert "They said what gets in the way" in said
        assert not any("task" in title for title in said)
        assert (await browser.get(f"/clients/{amina}/timeline?about=nonsense")).status_code in {400, 422}
