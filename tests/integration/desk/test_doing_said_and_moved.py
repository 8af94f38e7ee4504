"""What staff do from a client's page is done by the service that owns it, seen at once, and never lost."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from services.desk.model.staff import Role
from tests.support.builders_navigation import listing
from tests.support.eventually import eventually
from tests.support.town import CONSENT, Town

BUS = {
    "words": "The last bus is gone by the time I finish work.",
    "strength": "2",
    "wish": "ask_me_first",
    "category": "transport",
}


async def hidden(browser: httpx.AsyncClient, address: str) -> dict[str, str]:
    """What a form sends by itself."""
    page = await browser.get(address)
    assert page.status_code == 200, page.text
    return hidden_in(page.text)


def hidden_in(text: str) -> dict[str, str]:
    """What the form of a page sends by itself."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))


async def only(town: Town, statement: str, client_id: UUID) -> UUID:
    """The one thing of theirs that there comes to be."""

    async def found() -> UUID | None:
        async with town.service.database.reading() as conn:
            return await conn.fetchval(statement, client_id)  # type: ignore[no-any-return]  # asyncpg's own

    one = await eventually(found, lambda seen: seen is not None, within=15)
    assert one is not None
    return one


@pytest.fixture
async def amina(town: Town) -> UUID:
    """Somebody whom the desk knows."""
    return await town.client()


@pytest.fixture
async def browser(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A case manager's browser."""
    person = await town.hire(Role.CASE_MANAGER)
    async with town.browser(person) as browser:
        yield browser


async def test_what_gets_in_the_way_is_written_down_once_and_stands_on_the_next_page(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/barriers/new"
    form = await hidden(browser, address) | BUS
    first = await browser.post(address, data=form)
    again = await browser.post(address, data=form)

    assert (first.status_code, again.status_code) == (303, 303)
    page = await browser.get(first.headers["location"])
    assert page.text.count(BUS["words"]) == 1
    assert "It was written down" in page.text
    assert await town.count("select count(*) from barrier where client_id = $1", amina) == 1


async def test_what_is_heard_in_their_words_is_shown_with_the_words_and_chosen_by_a_person_only(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/barriers/new"
    heard = await browser.post("/playbook/heard", data={"words": BUS["words"]})
    assert heard.status_code == 200
    assert re.search(r"Because they said <q[^>]*>[^<]*bus", heard.text)
    assert re.search(r'id="category" name="category" value="" checked', heard.text)
    assert 'value="transport" checked' not in heard.text

    # Without scripts nobody has seen it yet: it is shown before anything is written down.
    form = {name: value for name, value in BUS.items() if name != "category"}
    shown = await browser.post(address, data=await hidden(browser, address) | form)
    assert shown.status_code == 409
    assert "Because they said" in shown.text
    assert BUS["words"] in shown.text
    assert await town.count("select count(*) from barrier where client_id = $1", amina) == 0
    left = await browser.post(address, data=hidden_in(shown.text) | form)
    assert left.status_code == 303
    kept = "select count(*) from barrier where client_id = $1 and category = 'other'"
    assert await town.count(kept, amina) == 1


async def test_what_is_missing_is_asked_for_and_what_was_typed_is_still_there(
    amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/barriers/new"
    form = await hidden(browser, address) | {
        "words": "I'm <torn> & tired.\r\nReally.",
        "own_idea": "My aunt?",
    }
    answer = await browser.post(address, data=form)

    assert answer.status_code == 422
    assert "I&#39;m &lt;torn&gt; &amp; tired.\nReally." in answer.text
    assert "My aunt?" in answer.text
    assert "Please ask what they want done about it." in answer.text
    assert hidden_in(answer.text)["once"] == form["once"]


async def test_where_a_service_does_not_answer_nothing_is_lost_and_the_same_form_can_be_sent_again(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    address = f"/clients/{amina}/goals/new"
    form = await hidden(browser, address) | {"words": "To dance at my sister's wedding.", "kind": "goal"}
    await town.without("intake")
    answer = await browser.post(address, data=form)

    assert answer.status_code == 503
    assert "To dance at my sister&#39;s wedding." in answer.text
    assert "Nothing was changed" in answer.text
    assert hidden_in(answer.text)["once"] == form["once"]


async def test_a_plan_is_agreed_gone_through_and_a_colleagues_change_is_explained(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    await browser.post(
        f"/clients/{amina}/barriers/new", data=await hidden(browser, f"/clients/{amina}/barriers/new") | BUS
    )
    plan = await only(town, "select id from plan where client_id = $1", amina)
    agree = f"/clients/{amina}/plans/{plan}/agree"
    form = await hidden(browser, agree) | {
        "if_words": "there is no ride by six",
        "then_words": "I ring and we talk by phone",
        "from_own_idea": "yes",
    }
    late = await hidden(browser, agree)
    done = await browser.post(agree, data=form)
    assert done.status_code == 303
    page = await browser.get(done.headers["location"])
    assert "I ring and we talk by phone" in page.text
    assert "Agreed" in page.text

    clash = await browser.post(
        agree, data=late | {"if_words": "it rains", "then_words": "I wait for the next one"}
    )
    assert clash.status_code == 409
    assert "changed this while you were writing" in clash.text
    assert "there is no ride by six" in clash.text
    assert "I wait for the next one" in clash.text
    assert "Sam Okoro" in clash.text


async def test_they_choose_among_candidates_are_asked_and_answer_by_phone(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    first, second = listing(organization_name="Aire Wheels"), listing(organization_name="Calder Rides")
    await town.stocked(first, second)
    await browser.post(
        f"/clients/{amina}/barriers/new",
        data=await hidden(browser, f"/clients/{amina}/barriers/new") | BUS | {"wish": "go_ahead"},
    )
    referral = await only(town, "select id from referral where client_id = $1", amina)
    await town.send("intake", f"/clients/{amina}/consents", CONSENT)
    await only(town, "select id from entry where client_id = $1 and type like '%consent.granted%'", amina)
    here = f"/clients/{amina}/referrals/{referral}"
    async with town.service.database.reading() as conn:
        asked = await conn.fetchval("select organization_id from referral where id = $1", referral)
    other = second if asked == first.organization_id else first

    chosen = await browser.post(
        f"{here}/choice", data=await hidden(browser, f"{here}/choice") | {"service_id": str(other.service_id)}
    )
    assert chosen.status_code == 303, chosen.text
    sent = await browser.post(f"{here}/send", data=await hidden(browser, f"{here}/send"))
    assert sent.status_code == 303, sent.text
    page = await browser.get(sent.headers["location"])
    assert other.organization_name in page.text
    assert "Asked" in page.text
    await browser.post(f"{here}/answer", data=await hidden(browser, f"{here}/answer") | {"answer": "accept"})
    met = await browser.post(
        f"{here}/answer",
        data=await hidden(browser, f"{here}/answer")
        | {"answer": "schedule", "day": "2026-11-26", "time": "09:15", "remote": ""},
    )
    assert met.status_code == 303, met.text
    assert "Thursday 26 November at 09:15" in (await browser.get(here)).text
    told = await browser.get(f"/clients/{amina}/consents")
    assert "their name and how to reach them" in told.text
    assert other.organization_name in told.text


async def test_what_a_partner_said_meanwhile_is_seen_before_anything_is_sent(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    await town.stocked(listing())
    await town.send("intake", f"/clients/{amina}/consents", CONSENT)
    await town.send(
        "intake",
        f"/clients/{amina}/barriers",
        {"words": "No ride.", "category": "transport", "strength": 2, "wish": "go_ahead"},
    )
    referral = await only(
        town, "select id from referral where client_id = $1 and status = 'requested'", amina
    )
    here = f"/clients/{amina}/referrals/{referral}"
    form = await hidden(browser, f"{here}/decline")
    await town.send("navigation", f"/referrals/{referral}/answers", {"said": {"answer": "accept"}})
    await eventually(
        lambda: town.count("select count(*) from referral where id = $1 and status = 'accepted'", referral), 1
    )
    clash = await browser.post(f"{here}/decline", data=form | {"text": "She has found a lift herself."})
    assert clash.status_code == 409
    assert "They said yes" in clash.text
    assert "She has found a lift herself." in clash.text

    done = await browser.post(
        f"{here}/decline", data=hidden_in(clash.text) | {"text": "She has found a lift herself."}
    )
    assert done.status_code == 303
    assert "Stopped" in (await browser.get(here)).text


async def test_a_consent_is_taken_back_in_one_step_and_what_rested_on_it_stops(
    town: Town, amina: UUID, browser: httpx.AsyncClient
) -> None:
    consent = await town.send("intake", f"/clients/{amina}/consents", CONSENT)
    await only(town, "select id from entry where client_id = $1 and type like '%consent.granted%'", amina)
    address = f"/clients/{amina}/consents/{consent['consent_id']}/take-back"
    form = await hidden(browser, address) | {"how": "spoken"}
    answer = await browser.post(address, data=form)
    page = await browser.get(answer.headers["location"])
    assert "Taken back today" in page.text
    assert "They take it back" not in page.text


async def test_messages_stop_and_start_on_their_word(amina: UUID, browser: httpx.AsyncClient) -> None:
    stop = f"/clients/{amina}/messages/stop"
    stopped = await browser.post(stop, data=await hidden(browser, stop))
    assert "No. Nothing is sent by itself." in (await browser.get(stopped.headers["location"])).text
    start = f"/clients/{amina}/messages/start"
    started = await browser.post(start, data=await hidden(browser, start))
    assert "They want no more" in (await browser.get(started.headers["location"])).text


async def test_the_rulers_are_kept_and_plotted(amina: UUID, browser: httpx.AsyncClient) -> None:
    address = f"/clients/{amina}/rulers/new"
    none = await browser.post(address, data=await hidden(browser, address) | {"importance": ""})
    assert none.status_code == 422
    answer = await browser.post(
        address, data=await hidden(browser, address) | {"importance": "7", "confidence": "4"}
    )
    page = await browser.get(answer.headers["location"])
    assert "plot-importance" in page.text
    assert "not asked" in page.text
