"""Small steps and conversations from a client's page: in their words, at their pace, seen at once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from contracts.events.intake import ClientMerged
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import contact_changed, goal_stated
from tests.support.builders_desk import stated
from tests.support.desk import House
from tests.support.eventually import eventually
from tests.support.forms import fill_in, hidden_in, sent
from tests.support.town import Town


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A case manager's browser."""
    async with town.browser(await town.hire(Role.CASE_MANAGER)) as browser:
        yield browser


@pytest.fixture
async def amina(town: Town) -> UUID:
    """Somebody whom the desk knows."""
    return await town.client()


@pytest.fixture
async def barrier(town: Town, amina: UUID, browser: httpx.AsyncClient) -> str:
    """What gets in her way, once the playbook has looked at it."""
    await sent(
        browser,
        f"/clients/{amina}/barriers/new",
        words="The last bus is gone.",
        strength="2",
        wish="just_listen",
        category="transport",
    )
    await eventually(
        lambda: town.count(
            "select count(*) from barrier where client_id = $1 and (picture->>'version')::int > 0", amina
        ),
        1,
        within=15,
    )
    page = (await browser.get(f"/clients/{amina}/way")).text
    found = re.search(rf"/clients/{amina}/barriers/([0-9a-f-]+)/wish", page)
    assert found is not None
    return f"/clients/{amina}/barriers/{found[1]}"


async def test_a_small_step_is_agreed_goes_forward_and_is_kept_and_that_is_noticed(
    amina: UUID, barrier: str, browser: httpx.AsyncClient
) -> None:
    new = f"{barrier}/steps/new"
    no_day = await fill_in(browser, new, words="I walk to the stop and look.", times="2", agreed="yes")
    assert no_day.status_code == 422
    assert "agree a last day" in no_day.text
    page = await sent(
        browser,
        new,
        words="I walk to the stop and look.",
        times="2",
        counted="evenings",
        ends_on="2026-12-04",
        agreed="yes",
    )
    assert "0 of 2 evenings so far" in page
    found = re.search(rf"/clients/{amina}/steps/([0-9a-f-]+)/progress", page)
    assert found is not None
    step = f"/clients/{amina}/steps/{found[1]}"
    page = await sent(browser, f"{step}/progress", more_times="1", note="It was fine, even nice.")
    assert "1 of 2 evenings so far" in page
    assert "It was fine, even nice." in page
    page = await sent(browser, f"{step}/done", more_times="1")
    assert "Kept" in page
    assert "What went well" in page


async def test_a_setback_is_told_as_something_to_learn_from(
    amina: UUID, barrier: str, browser: httpx.AsyncClient
) -> None:
    page = await sent(browser, f"{barrier}/setback", what_happened="The lift fell through on Tuesday.")
    assert "The lift fell through on Tuesday." in page
    assert "A smaller step to offer" in page
    await sent(browser, f"{barrier}/category", category="work_schedule", reason="It is about the late shift.")
    page = (await browser.get(f"/clients/{amina}/way")).text
    assert "Finding the time beside work" in page
    timeline = (await browser.get(f"/clients/{amina}/timeline?about=plans")).text
    assert "understood in another way now" in timeline
    assert "Sam Okoro" in timeline


async def test_it_is_easier_now_and_can_be_taken_up_again(
    amina: UUID, barrier: str, browser: httpx.AsyncClient
) -> None:
    page = await sent(browser, f"{barrier}/move/ease", reason="")
    assert "Easier now" in page
    page = await sent(browser, f"{barrier}/move/reopen", reason="The new shift is later.")
    assert "Heard" in page
    assert (await browser.get(f"{barrier}/move/nonsense")).status_code == 404


async def test_a_conversation_is_kept_word_for_word_with_how_it_was_heard(
    amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/conversations/new"
    nothing = await fill_in(browser, address)
    assert nothing.status_code == 422
    fields = {
        "words-1": "I want to be there when she wakes up.",
        "talk-1": "desire",
        "words-2": "It always sorted itself out.",
        "talk-2": "sustain",
        "words-4": "Last spring I took the early bus.",
        "past-4": "yes",
        "next_steps": "I ring the drivers' office.\nI tell you on Thursday.",
    }
    await sent(browser, address, **fields)
    page = (await browser.get(f"/clients/{amina}/about")).text
    assert "I want to be there when she wakes up." in page
    assert "Of 2 things that were tagged, 1 speak for a change" in page
    assert "I tell you on Thursday." in page


async def test_both_sides_are_kept_and_a_colleagues_are_not_written_over(
    amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/balance"
    late = hidden_in((await browser.get(address)).text)
    page = await sent(browser, address, good_about_staying="I know how my days go.\n\nIt is quiet.")
    assert "I know how my days go.; It is quiet." in page
    clash = await browser.post(address, data=late | {"good_about_changing": "More mornings with her."})
    assert clash.status_code == 409
    assert "More mornings with her." in clash.text
    assert "I know how my days go.; It is quiet." in clash.text


async def test_the_rulers_follow_ups_are_kept_in_their_words(amina: UUID, browser: httpx.AsyncClient) -> None:
    fields = {
        "importance": "6",
        "importance-why": "She asked me to.",
        "importance-up": "A lift.",
    }
    page = await sent(browser, f"/clients/{amina}/rulers/new", **fields)
    assert "She asked me to." in page
    assert "A lift." in page


async def test_the_page_of_a_joined_record_leads_to_the_one_that_is_kept(house: House) -> None:
    one, other = new_id(), new_id()
    await house.told(contact_changed(client_id=one), contact_changed(client_id=other))
    await house.told(goal_stated(client_id=other))
    await house.told(stated(ClientMerged, client_id=str(other), survivor_id=str(one), version=1))
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        assert "2 records of theirs are shown as one" in (await browser.get(f"/clients/{one}")).text
        joined = (await browser.get(f"/clients/{other}")).headers["location"]
        assert f'href="/clients/{one}"' in (await browser.get(joined)).text


async def test_what_they_allow_is_written_down_only_when_they_were_told_what_it_means(
    amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/consents/new"
    signed = {"scopes": "need", "given_how": "signed_on_paper", "signer": "client", "until": "half"}
    early = await fill_in(browser, address, **signed)
    assert early.status_code == 422
    assert "all three" in early.text
    page = await browser.post(
        address,
        data=hidden_in(early.text)
        | signed
        | {"explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"]},
    )
    assert page.status_code == 303, page.text
    told = (await browser.get(page.headers["location"])).text
    assert "what kind of help they are looking for, to arrange help, until 24 May 2027" in told
    assert "Nobody was told anything yet." in told
