"""A supervisor changes a copy of the playbook, tries it and publishes it; nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from html import unescape

import httpx
import pytest
from nats.aio.client import Client

from contracts.events.barriers import BarrierAnswered, PlaybookPublished
from contracts.events.intake import BarrierStated
from contracts.terms import BarrierCategory, Wish
from deploy.local.servers import MessageServer
from services.barriers.playbook import load_texts, read_texts
from services.barriers.policy.stating import published
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import House, Person
from tests.support.desk_and_others import desk_beside
from tests.support.desk_lists import a_client
from tests.support.eventually import eventually

TEXTS = read_texts()
RIDE = TEXTS["transport.yaml"]
CALMER = RIDE.replace("then: I switch to a visit by phone or video", "then: I ring and move the visit")
OUTSIDE = RIDE.replace("prefer: [virtual]", "prefer: [in_person]")


@pytest.fixture
async def house(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    """The desk beside barriers, once the playbook has arrived."""
    async with desk_beside("barriers", database=database, nats=nats, bus=bus, clock=clock) as house:
        await eventually(lambda: house.count("select count(*) from playbook_version"), 1, within=15)
        yield house


@pytest.fixture
async def alone(
    database: Database, nats: MessageServer, bus: Client, clock: ManualClock
) -> AsyncIterator[House]:
    """The desk while barriers does not answer, with a playbook that has arrived before."""
    async with desk_beside(database=database, nats=nats, bus=bus, clock=clock) as house:
        await house.told(published(load_texts(TEXTS), TEXTS, number=1, at=MONDAY_MORNING))
        yield house


@pytest.fixture
async def mei(house: House) -> Person:
    return await house.hire(Role.SUPERVISOR, name="Mei Tanaka")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def typed_in(page: str) -> str:
    found = re.search(r'<textarea[^>]*id="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found
    return unescape(found[1])


async def opened(browser: httpx.AsyncClient, name: str = "transport") -> dict[str, str]:
    page = (await browser.get(f"/playbook/copy/{name}")).text
    return {"page": hidden(page, "page"), "shown": hidden(page, "shown")}


async def kept(browser: httpx.AsyncClient, text: str, name: str = "transport") -> httpx.Response:
    return await browser.post(f"/playbook/copy/{name}", data={**await opened(browser, name), "text": text})


async def put_out(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    page = (await browser.get("/playbook/copy")).text
    said = {"once": hidden(page, "once"), "why": "It came up in the team", "name": hidden(page, "name")}
    return await browser.post("/playbook/copy/publish", data=said | fields)


async def by_somebody_else(house: House, files: Mapping[str, str], why: str) -> None:
    """Another supervisor publishes, from another window."""
    ann = await house.hire(Role.SUPERVISOR, name="Ann Other")
    async with house.browser(ann) as browser:
        for file, text in files.items():
            assert (await kept(browser, text, file.removesuffix(".yaml"))).status_code == 303
        answer = await put_out(browser, why=why)
    assert answer.status_code == 303, answer.text


async def answered(house: House, *events: BarrierStated) -> None:
    await house.tell(*events)
    ids = [one.barrier_id for one in events]
    await eventually(
        lambda: house.count(
            "select count(*) from entry where type = $1 and subject_id = any($2::uuid[])",
            BarrierAnswered.subject,
            ids,
        ),
        len(ids),
        within=15,
    )


async def test_a_change_is_kept_shown_in_words_published_and_in_force(house: House, mei: Person) -> None:
    async with house.browser(mei) as browser:
        first = await browser.get("/playbook/copy")
        saved = await kept(browser, CALMER)
        copy = (await browser.get("/playbook/copy?said=kept")).text
        done = await put_out(browser)
        version = await browser.get(done.headers["location"])
        kind = (await browser.get("/playbook/transport")).text
        versions = (await browser.get("/playbook/versions")).text
        after = (await browser.get("/playbook/copy")).text
        again = await browser.post("/playbook/copy/publish", data={"why": "Once more", "name": "2027.1.1"})

    assert "What would you like to change?" in first.text
    assert (saved.status_code, saved.headers["location"]) == (303, "/playbook/copy?said=kept")
    assert "I switch to a visit by phone or video" in copy
    assert "I ring and move the visit" in copy
    assert done.headers["location"] == "/playbook/versions/2?said=published"
    assert "It came up in the team" in version.text
    assert "Mei Tanaka" in version.text
    assert "I ring and move the visit" in version.text
    assert "I ring and move the visit" in kind
    assert versions.index("Version 2") < versions.index("Version 1")
    assert "What would you like to change?" in after, "the copy is gone once it is published"
    assert again.status_code == 303
    assert again.headers["location"].startswith("/playbook/versions")


async def test_what_cannot_be_read_is_said_by_line_and_the_text_stays(house: House, mei: Person) -> None:
    flawed = RIDE.replace("  then:", "  thn:")
    line = flawed.splitlines().index("  thn: I switch to a visit by phone or video") + 1

    async with house.browser(mei) as browser:
        answer = await kept(browser, flawed)
        later = (await browser.get("/playbook/copy/transport")).text
        copy = (await browser.get("/playbook/copy")).text
        trying = await browser.post("/playbook/copy/try", data={"weeks": "4"})
        other = await kept(browser, TEXTS["childcare.yaml"] + "# later\n", "childcare")
        back = await browser.post("/playbook/copy/transport/take-back")
        readable = (await browser.get("/playbook/copy")).text

    assert answer.status_code == 422
    assert f'href="#line-{line}"' in answer.text
    assert f'id="line-{line}"' in answer.text
    assert typed_in(answer.text) == flawed == typed_in(later)
    assert "has not been read yet" in copy
    assert trying.status_code == 422
    assert 'href="/playbook/copy/transport"' in trying.text
    assert other.status_code == 422
    assert "Another text of your copy" in other.text
    assert back.status_code == 303
    assert "Only comments or layout are" in readable


async def test_what_is_typed_is_kept_while_it_is_typed_and_no_window_overwrites_another(
    house: House, mei: Person
) -> None:
    async with house.browser(mei) as browser:
        one, other = await opened(browser), await opened(browser)
        first = await browser.post("/playbook/copy/transport/keep", data=one | {"text": RIDE + "# half"})
        second = await browser.post("/playbook/copy/transport/keep", data=one | {"text": CALMER})
        elsewhere = await browser.post("/playbook/copy/transport", data=other | {"text": OUTSIDE})
        now = typed_in((await browser.get("/playbook/copy/transport")).text)
        insisted = await browser.post(
            "/playbook/copy/transport",
            data={
                "page": hidden(elsewhere.text, "page"),
                "shown": hidden(elsewhere.text, "shown"),
                "text": OUTSIDE,
            },
        )

    assert (first.status_code, second.status_code) == (204, 204)
    assert elsewhere.status_code == 409
    assert typed_in(elsewhere.text) == OUTSIDE
    assert "I ring and move the visit" in elsewhere.text, "the other window's text is shown"
    assert now == CALMER
    assert insisted.status_code == 303


async def test_a_copy_is_tried_on_the_last_weeks_and_only_ones_own_clients_are_named(
    house: House, mei: Person
) -> None:
    own = await a_client(house, "Amina", with_=mei)
    stranger = await house.hire(Role.CASE_MANAGER)
    others = await a_client(house, "Bartholomew", with_=stranger)
    said = {"category": BarrierCategory.TRANSPORT, "wish": Wish.GO_AHEAD}
    await answered(
        house,
        barrier_stated(**said, client=client_context(client_id=own), client_id=own, own_idea=None),
        barrier_stated(
            **said, client=client_context(client_id=others), client_id=others, own_idea="I ask my aunt Zelda"
        ),
        barrier_stated(category=BarrierCategory.CHILDCARE),
    )
    changed = CALMER.replace("prefer: [virtual]", "prefer: [in_person]").replace(
        "there is no ride by", "no ride is there by"
    )

    async with house.browser(mei) as browser:
        await kept(browser, changed)
        await browser.post("/playbook/copy/try", data={"weeks": "8"})
        trial = (await browser.get("/playbook/copy/trial")).text
        only = (await browser.get("/playbook/copy/trial?kind=childcare")).text

    assert re.search(r'figure-number">2</p>', trial)
    assert re.search(r'figure-number">3</p>', trial)
    assert f'href="/clients/{own}/way"' in trial
    assert "Amina" in trial
    assert str(others) not in trial
    assert "Bartholomew" not in trial
    assert "Zelda" not in trial
    assert "A client of another team" in trial
    assert "rather by telephone, video or online" in trial
    assert "rather in person" in trial
    assert "None of this kind" in only
    assert len(trial.encode()) < 100_000


async def test_a_trial_holds_for_the_very_texts_that_were_tried(house: House, mei: Person) -> None:
    await answered(house, barrier_stated(category=BarrierCategory.TRANSPORT, own_idea=None))

    async with house.browser(mei) as browser:
        await kept(browser, CALMER)
        wrong = await browser.post("/playbook/copy/try", data={"weeks": "53"})
        tried = await browser.post("/playbook/copy/try", data={"weeks": "8"})
        copy = (await browser.get("/playbook/copy")).text
        await kept(browser, CALMER + "# and more\n")
        gone = await browser.get("/playbook/copy/trial")

    assert wrong.status_code == 422
    assert 'href="#weeks"' in wrong.text
    assert (tried.status_code, tried.headers["location"]) == (303, "/playbook/copy/trial")
    assert "1 of 1" in copy
    assert gone.headers["location"] == "/playbook/copy"


async def test_another_version_in_between_is_explained_and_the_copy_goes_on_from_it(
    house: House, mei: Person
) -> None:
    childcare = TEXTS["childcare.yaml"]
    name = load_texts(TEXTS).categories[BarrierCategory.CHILDCARE].name
    theirs = childcare.replace(f"name: {name}", "name: the little ones")

    async with house.browser(mei) as browser:
        await kept(browser, CALMER)
        await kept(browser, childcare + "# mine\n", "childcare")
        page = (await browser.get("/playbook/copy")).text
        await by_somebody_else(house, {"childcare.yaml": theirs}, "They call them that")
        clash = await browser.post(
            "/playbook/copy/publish",
            data={"once": hidden(page, "once"), "why": "Typed with care", "name": "2027.2.2"},
        )
        brought = await browser.post("/playbook/copy/bring-up")
        copy = (await browser.get("/playbook/copy")).text
        await browser.post("/playbook/copy/childcare/take-back")
        done = await put_out(browser, why="Typed with care", name="2027.2.2")
        little = (await browser.get("/playbook/childcare")).text

    assert clash.status_code == 409
    for words in (
        "Version 2 came in force",
        "Ann Other",
        "They call them that",
        "Typed with care",
        "2027.2.2",
    ):
        assert words in clash.text
    assert "You both changed" in clash.text
    assert brought.headers["location"] == "/playbook/copy?said=brought-up"
    assert "the little ones" in copy, "what of theirs the copy would undo is shown"
    assert done.headers["location"] == "/playbook/versions/3?said=published"
    assert "The little ones" in little


async def test_one_goes_back_to_an_earlier_version_with_a_reason(house: House, mei: Person) -> None:
    await by_somebody_else(house, {"transport.yaml": CALMER}, "A trial")

    async with house.browser(mei) as browser:
        asked = (await browser.get("/playbook/versions/1/restore")).text
        form = {"once": hidden(asked, "once"), "based_on": hidden(asked, "based_on")}
        without = await browser.post("/playbook/versions/1/restore", data=form | {"why": " "})
        await by_somebody_else(house, {"transport.yaml": OUTSIDE}, "Another one")
        overtaken = await browser.post("/playbook/versions/1/restore", data=form | {"why": "It was better"})
        again = {
            "once": hidden(overtaken.text, "once"),
            "based_on": hidden(overtaken.text, "based_on"),
            "why": "It was better",
        }
        done = await browser.post("/playbook/versions/1/restore", data=again)
        twice = await browser.post("/playbook/versions/1/restore", data=again)
        ride = (await browser.get("/playbook/transport")).text
        restored = (await browser.get("/playbook/versions/4")).text

    assert "I ring and move the visit" in asked
    assert without.status_code == 422
    assert overtaken.status_code == 409
    assert "came in force meanwhile" in overtaken.text
    assert "It was better" in overtaken.text
    assert done.headers["location"] == twice.headers["location"] == "/playbook/versions/4?said=restored"
    assert "I switch to a visit by phone or video" in ride
    assert "Brought back version 1" in restored
    assert await house.count("select count(*) from entry where type = $1", PlaybookPublished.subject) == 4


async def test_while_barriers_is_away_everything_can_be_read_and_what_is_typed_is_kept(alone: House) -> None:
    mei = await alone.hire(Role.SUPERVISOR)
    async with alone.browser(mei) as browser:
        for address in ("/playbook", "/playbook/transport", "/playbook/every-kind", "/playbook/versions/1"):
            answer = await browser.get(address)
            assert answer.status_code == 200
            assert len(answer.content) < 100_000
        saved = await kept(browser, CALMER)
        later = typed_in((await browser.get("/playbook/copy/transport")).text)
        going = await browser.post(
            "/playbook/versions/1/restore",
            data={"why": "It was better", "based_on": "1", "once": str(new_id())},
        )
        largest = await browser.get("/playbook/copy/every-kind")

    assert saved.status_code == 503
    assert "It could not be read just now" in saved.text
    assert typed_in(saved.text) == later == CALMER
    assert going.status_code == 503
    assert len(largest.content) < 100_000


async def test_only_supervisors_have_copies_and_nobody_sees_anothers(house: House, mei: Person) -> None:
    case_manager = await house.hire(Role.CASE_MANAGER)
    ann = await house.hire(Role.SUPERVISOR)
    async with house.browser(mei) as browser:
        await kept(browser, CALMER)
    async with house.browser(ann) as browser:
        other = (await browser.get("/playbook/copy")).text
        text = typed_in((await browser.get("/playbook/copy/transport")).text)
    async with house.browser(case_manager) as browser:
        refused = await browser.get("/playbook/copy")
        page = (await browser.get("/playbook/transport")).text

    assert "What would you like to change?" in other
    assert text == RIDE
    assert refused.status_code == 403
    assert "Change this" not in page
