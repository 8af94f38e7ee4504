"""A conversation becomes a client: saved as it is typed, finished exactly once, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from nats.aio.client import Client

from deploy.local.servers import MessageServer
from services.desk.commands import finishing
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import House, Person
from tests.support.desk_and_others import desk_beside
from tests.support.eventually import eventually

AMINA: dict[str, str | list[str]] = {
    "preferred_name": "Amina",
    "full_name": "Amina Diallo",
    "born-day": "14",
    "born-month": "3",
    "born-year": "1991",
    "postcode": "ls1 4ap",
    "mobile": "+44 7700 900123",
    "mobile-use": ["sms", "phone"],
    "mobile-safe": "yes",
    "mobile-days": ["1", "2"],
    "mobile-from": "09:00",
    "mobile-to": "17:00",
    "first": "sms",
    "messages_wanted": "yes",
}
THE_BUS = {
    "words": "The last bus is gone by the time I finish work.",
    "category": "transport",
    "strength": "2",
    "own_idea": "My neighbour drives that way on Thursdays.",
    "wish": "go_ahead",
    "goal": "To be awake for breakfast with my daughter.",
}
A_YES: dict[str, str | list[str]] = {
    "answer": "yes",
    "scopes": ["name_and_contact", "need"],
    "until": "half",
    "given_how": "signed_on_paper",
    "explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"],
}


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    """The desk beside intake, so that what is finished is on record."""
    async with desk_beside("intake", database=database, nats=nats, bus=bus, clock=clock) as house:
        yield house


@pytest.fixture
async def person(house: House) -> Person:
    return await house.hire(Role.INTAKE)


@pytest.fixture
async def browser(house: House, person: Person) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser(person) as browser:
        yield browser


@pytest.fixture
async def draft(browser: httpx.AsyncClient) -> str:
    """The address of a conversation that has just begun."""
    begun = await browser.post("/intake")
    assert begun.status_code == 303
    return str(begun.headers["location"]).removesuffix("/who")


async def typed(browser: httpx.AsyncClient, page: str, fields: object, **more: str) -> httpx.Response:
    assert isinstance(fields, dict)
    return await browser.post(page, data={"page": str(new_id()), "version": "9", "turn": "1"} | fields | more)


async def everything_typed(browser: httpx.AsyncClient, draft: str) -> None:
    assert (await typed(browser, f"{draft}/who", AMINA)).headers["location"].endswith("/matters")
    goals = {"goal": [THE_BUS["goal"]], "value": ["My family"]}
    assert (await typed(browser, f"{draft}/matters", goals)).headers["location"].endswith("/rulers")
    rulers = {"importance": "6", "importance-why": "For my daughter.", "confidence": "4"}
    assert (await typed(browser, f"{draft}/rulers", rulers)).headers["location"].endswith("/barrier-1")
    more = await typed(browser, f"{draft}/barrier-1", THE_BUS, then="more", heard="yes")
    assert more.headers["location"].endswith("/barrier-2")
    other = {"words": "I do not like forms.", "strength": "1", "wish": "just_listen"}
    on = await typed(browser, f"{draft}/barrier-2", other, then="on", heard="yes")
    assert on.headers["location"].endswith("/consent")
    assert (await typed(browser, f"{draft}/consent", A_YES)).headers["location"].endswith("/check")


async def of_intake(house: House, what: str) -> int:
    return await house.count("select count(*) from entry where type = $1", f"care.intake.{what}.v1")


async def test_a_conversation_becomes_a_client_of_the_teams_with_all_that_was_said(
    house: House, browser: httpx.AsyncClient, person: Person, draft: str
) -> None:
    await everything_typed(browser, draft)
    check = await browser.get(f"{draft}/check")
    assert check.status_code == 200
    assert "The last bus is gone" in check.text
    finished = await browser.post(f"{draft}/finish")
    assert finished.status_code == 303, finished.text
    sheet = await browser.get(finished.headers["location"])

    assert sheet.status_code == 200
    for words in (
        "Everything is on record",
        "To be awake for breakfast with my daughter.",
        "The last bus is gone by the time I finish work.",
        "My neighbour drives that way on Thursdays.",
        "You asked us to go ahead.",
        "You asked us just to listen.",
        "your name and how to reach you and what kind of help you need",
    ):
        assert words in sheet.text, words
    assert await house.count("select count(*) from caseload where team_id = $1", person.team_id) == 1
    counts = [
        await of_intake(house, what)
        for what in (
            "client.registered",
            "goal.stated",
            "readiness.measured",
            "barrier.stated",
            "consent.granted",
        )
    ]
    assert counts == [1, 2, 1, 2, 1]
    assert await house.count("select count(*) from draft_part") == 0


async def test_a_name_is_enough(house: House, browser: httpx.AsyncClient, draft: str) -> None:
    await typed(browser, f"{draft}/who", {"preferred_name": "Sam"})
    finished = await browser.post(f"{draft}/finish")

    assert (await browser.get(finished.headers["location"])).status_code == 200
    assert await of_intake(house, "client.registered") == 1


async def test_without_a_name_nothing_is_written_and_it_says_what_is_missing(
    house: House, browser: httpx.AsyncClient, draft: str
) -> None:
    turned = await typed(browser, f"{draft}/who", {"full_name": "", "postcode": "LS1"})
    assert turned.status_code == 422
    assert "what they would like to be called" in turned.text
    assert "LS1" in turned.text
    finished = await browser.post(f"{draft}/finish")
    assert finished.status_code == 422
    assert f"{draft}/who#preferred_name" in finished.text
    assert await of_intake(house, "client.registered") == 0


async def test_pressed_many_times_at_once_it_is_finished_once(
    house: House, browser: httpx.AsyncClient, draft: str
) -> None:
    await everything_typed(browser, draft)
    answers = await asyncio.gather(*(browser.post(f"{draft}/finish") for _ in range(4)))

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    await eventually(lambda: of_intake(house, "barrier.stated"), 2)
    assert await of_intake(house, "client.registered") == 1
    assert await house.count("select count(*) from event where type like '%client.assigned%'") == 1


@pytest.mark.parametrize("falls_after", range(8))
async def test_killed_after_any_step_and_finished_again_everything_is_there_once(
    house: House,
    browser: httpx.AsyncClient,
    draft: str,
    monkeypatch: pytest.MonkeyPatch,
    falls_after: int,
) -> None:
    """The process dies after a request was answered and before that was written down: the worst moment."""
    await everything_typed(browser, draft)
    settle = finishing.Finishing._settle
    calls = 0

    async def dying(*given: object, **named: object) -> None:
        nonlocal calls
        calls += 1
        if calls == falls_after + 1:
            raise ConnectionResetError
        await settle(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(finishing.Finishing, "_settle", dying)
    died = await browser.post(f"{draft}/finish")
    monkeypatch.undo()
    assert (died.status_code == 303) is (falls_after >= 7)
    finished = await browser.post(f"{draft}/finish")

    assert finished.status_code == 303
    await eventually(lambda: of_intake(house, "consent.granted"), 1)
    assert await of_intake(house, "client.registered") == 1
    assert await of_intake(house, "barrier.stated") == 2
    assert await of_intake(house, "goal.stated") == 2
    assert await house.count("select count(*) from client") == 1


async def test_what_is_turned_back_is_put_right_and_the_rest_is_not_written_twice(
    house: House, browser: httpx.AsyncClient, draft: str, clock: ManualClock
) -> None:
    await everything_typed(browser, draft)
    yesterday = A_YES | {"until": "day", "until-day": "2020-01-01"}
    await typed(browser, f"{draft}/consent", yesterday)
    turned = await browser.post(f"{draft}/finish")
    assert turned.status_code == 422
    assert "Not all of it is on record yet" in turned.text
    assert "would be over before it begins" in turned.text
    await eventually(lambda: of_intake(house, "barrier.stated"), 2)

    again = await typed(browser, f"{draft}/who", AMINA | {"preferred_name": "Somebody else"})
    assert again.status_code == 303
    assert "on record already" in (await browser.get(f"{draft}/who")).text
    await typed(browser, f"{draft}/consent", A_YES)
    finished = await browser.post(f"{draft}/finish")
    assert finished.status_code == 303, finished.text
    assert await of_intake(house, "client.registered") == 1
    await eventually(lambda: of_intake(house, "consent.granted"), 1)
    assert await house.count("select count(*) from client_name where word = 'amina'") == 1


async def test_a_number_that_intake_cannot_take_stops_everything_until_it_is_right(
    house: House, browser: httpx.AsyncClient, draft: str
) -> None:
    await typed(
        browser,
        f"{draft}/who",
        {"preferred_name": "Sam", "born-day": "1", "born-month": "1", "born-year": "2199"},
    )
    await typed(browser, f"{draft}/barrier-1", THE_BUS, heard="yes")
    turned = await browser.post(f"{draft}/finish")
    assert turned.status_code == 422
    assert "still to come" in turned.text
    assert "still to come" in (await browser.get(f"{draft}/who")).text

    await typed(browser, f"{draft}/who", {"preferred_name": "Sam"})
    await typed(browser, f"{draft}/barrier-1", THE_BUS | {"words": "Said again."}, heard="yes")
    assert (await browser.post(f"{draft}/finish")).status_code == 303
    async with house.service.database.reading() as conn:
        words = await conn.fetchval("select data ->> 'words' from entry where type like '%barrier.stated%'")
    assert words == "Said again."


async def test_what_is_being_typed_is_kept_and_says_when(
    house: House, browser: httpx.AsyncClient, draft: str
) -> None:
    kept = await browser.post(
        f"{draft}/who",
        data={"preferred_name": "Am", "page": str(new_id()), "version": "0", "turn": "1"},
        headers={"X-Keeps": "1", "Accept": "application/json"},
    )
    assert kept.status_code == 200
    assert kept.json()["version"] == 1
    assert kept.json()["saved"].startswith("Saved at ")
    page = await browser.get(f"{draft}/who")
    assert 'value="Am"' in page.text
    assert "Saved at" in page.text
    assert "Am" in (await browser.get("/intake")).text


async def test_two_windows_are_told_of_each_other_and_both_texts_are_there(
    browser: httpx.AsyncClient, draft: str
) -> None:
    first, second = str(new_id()), str(new_id())
    await browser.post(f"{draft}/matters", data={"goal": "The first", "page": first, "version": "0"})
    keeping = {"X-Keeps": "1", "Accept": "application/json"}
    form = {"goal": "The second", "page": second, "version": "0"}
    assert (await browser.post(f"{draft}/matters", data=form, headers=keeping)).status_code == 409
    conflict = await browser.post(f"{draft}/matters", data=form)
    assert conflict.status_code == 409
    assert "The first" in conflict.text
    assert "The second" in conflict.text
    assert "another window" in conflict.text
    knowing = await browser.post(f"{draft}/matters", data=form | {"version": "1"})
    assert knowing.status_code == 303
    assert "The second" in (await browser.get(f"{draft}/matters")).text


async def test_what_arrives_late_never_replaces_what_the_same_window_sent_after_it(
    browser: httpx.AsyncClient, draft: str
) -> None:
    page = str(new_id())
    await browser.post(f"{draft}/matters", data={"goal": "Whole words", "page": page, "turn": "5"})
    await browser.post(f"{draft}/matters", data={"goal": "Who", "page": page, "turn": "4"})
    assert "Whole words" in (await browser.get(f"{draft}/matters")).text


async def test_nobody_else_sees_a_draft(
    house: House, browser: httpx.AsyncClient, draft: str, person: Person
) -> None:
    await typed(browser, f"{draft}/who", AMINA)
    colleague = await house.hire(Role.INTAKE, Role.SUPERVISOR, team_id=person.team_id)
    async with house.browser(colleague) as other:
        for page in ("who", "check"):
            assert (await other.get(f"{draft}/{page}")).status_code == 404
        for page in ("who", "finish", "discard", "who/alike"):
            assert (await other.post(f"{draft}/{page}", data={})).status_code == 404
        assert "Amina" not in (await other.get("/intake")).text


async def test_a_draft_can_be_thrown_away_until_something_of_it_is_on_record(
    house: House, browser: httpx.AsyncClient, draft: str
) -> None:
    await typed(browser, f"{draft}/who", AMINA)
    assert (await browser.post(f"{draft}/discard")).status_code == 303
    assert (await browser.get(f"{draft}/who")).status_code == 404
    assert await house.count("select count(*) from draft_part") == 0


async def test_pressed_twice_one_conversation_begins(browser: httpx.AsyncClient) -> None:
    begun = await asyncio.gather(*(browser.post("/intake") for _ in range(4)))
    assert len({answer.headers["location"] for answer in begun}) == 1


async def test_somebody_of_the_same_name_and_birthday_is_looked_at_before_there_are_two(
    house: House, browser: httpx.AsyncClient, draft: str
) -> None:
    await typed(browser, f"{draft}/who", AMINA)
    await browser.post(f"{draft}/finish")
    second = str((await browser.post("/intake")).headers["location"]).removesuffix("/who")
    await typed(browser, f"{second}/who", AMINA)
    turned = await browser.post(f"{second}/finish")
    assert turned.status_code == 422
    await eventually(lambda: of_intake(house, "client.registered"), 1)


async def test_every_page_is_light_and_has_everything_it_needs(
    browser: httpx.AsyncClient, draft: str
) -> None:
    for page in ("who", "matters", "rulers", "barrier-1", "consent", "check"):
        shown = await browser.get(f"{draft}/{page}")
        assert shown.status_code == 200, page
        assert len(shown.content) < 40_000, page


async def test_while_intake_does_not_answer_nothing_is_lost(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> None:
    async with desk_beside(database=database, nats=nats, bus=bus, clock=clock) as house:
        person = await house.hire(Role.INTAKE)
        async with house.browser(person) as browser:
            draft = str((await browser.post("/intake")).headers["location"]).removesuffix("/who")
            await everything_typed(browser, draft)
            away = await browser.post(f"{draft}/finish")
            assert away.status_code == 503
            assert "Nothing is lost" in away.text
    async with (
        desk_beside("intake", database=database, nats=nats, bus=bus, clock=clock) as house,
        house.browser(person) as browser,
    ):
        assert (await browser.post(f"{draft}/finish")).status_code == 303
        await eventually(lambda: of_intake(house, "barrier.stated"), 2)


def test_the_draft_of_a_test_is_no_secret(draft: str) -> None:
    assert UUID(draft.removeprefix("/intake/")).version == 7
