"""What is wrong in the directory is said by anybody who reads it, and editors answer the oldest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from deploy.local.servers import MessageServer
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.database import Database
from tests.support.desk_directory import Library, form_in, library_on

GONE = "Their telephone is switched off."


@pytest.fixture(scope="module")
async def library(migrated: Database, nats: MessageServer) -> AsyncIterator[Library]:
    async with library_on(migrated, nats) as library:
        yield library


@pytest.fixture(scope="module")
async def browser(library: Library) -> AsyncIterator[httpx.AsyncClient]:
    async with library.browser(await library.hire(Role.DIRECTORY_EDITOR, name="Ines Fontaine")) as browser:
        yield browser


async def reported(library: Library, service_id: UUID, words: str = GONE) -> str:
    """Somebody from intake says so, the same form twice; gives the page on which an editor answers."""
    address = f"/directory/{service_id}/report"
    async with library.browser(await library.hire(Role.INTAKE, name="Amara Nwosu")) as reader:
        form = form_in((await reader.get(address)).text, action=address)
        sent = [await reader.post(address, data=form | {"words": words, "fields": "phones"}) for _ in "ab"]
        found = (await reader.get("/directory/reports", params={"service": str(service_id)})).text
    assert [one.headers.get("location") for one in sent] == [
        f"/directory/{service_id}?said=service_reported"
    ] * 2
    assert found.count(words) == 1
    return "/directory/reports/" + found.split(words)[0].rsplit("/directory/reports/", 1)[1].split('"')[0]


async def test_what_anybody_reports_is_answered_once_and_both_stand_in_the_list(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added(name="Lark Yard Drivers")
    page = await reported(library, service_id)

    shown = (await browser.get(page)).text
    assert "Amara Nwosu" in shown
    assert "About: telephone numbers" in shown
    assert GONE in (await browser.get(f"/directory/{service_id}/report")).text, "others see that it is known"
    form = form_in(shown, action=page)
    missing = await browser.post(page, data=form | {"words": "I rang the bell."})
    assert missing.status_code == 422
    assert "I rang the bell." in missing.text
    answer = form | {"outcome": "corrected", "words": "They have a new number."}
    sent = [await browser.post(page, data=answer) for _ in "ab"]

    assert [one.headers.get("location") for one in sent] == ["/directory/reports?said=report_answered"] * 2
    assert GONE not in (await browser.get("/directory/reports")).text
    answered = (await browser.get("/directory/reports?stand=answered")).text
    for words in (GONE, "They have a new number.", "Ines Fontaine", "Lark Yard Drivers"):
        assert words in answered, words


async def test_a_colleague_who_was_quicker_is_named_and_what_was_typed_is_kept(
    library: Library, browser: httpx.AsyncClient
) -> None:
    page = await reported(library, await library.added())
    form = form_in((await browser.get(page)).text, action=page) | {
        "outcome": "checked",
        "words": "I rang them.",
    }
    async with library.browser(await library.hire(Role.SUPERVISOR, name="Bashir Qasim")) as other:
        theirs = {"outcome": "not_wrong", "words": "They were on holiday.", "once": str(new_id())}
        assert (await other.post(page, data=theirs)).status_code == 303

    late = await browser.post(page, data=form)

    assert late.status_code == 409
    for words in ("They were on holiday.", "Bashir Qasim", "I rang them."):
        assert words in late.text, words


async def test_reports_come_the_oldest_first_page_by_page_and_the_filters_stand_in_the_address(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added(name="Many Things Wrong")
    async with library.browser(await library.hire(Role.CASE_MANAGER)) as reader:
        for number in range(23):
            words = {"words": f"Thing {number:02} is wrong.", "once": str(new_id())}
            assert (await reader.post(f"/directory/{service_id}/report", data=words)).status_code == 303

    first = await browser.get("/directory/reports", params={"service": str(service_id)})
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await browser.get(following)

    assert first.text.index("Thing 00") < first.text.index("Thing 19")
    assert "Thing 20" not in first.text
    assert [f"Thing {number}" in second.text for number in (19, 20, 22)] == [False, True, True]
    one = await browser.get("/directory/reports", params={"source": f"of {service_id}"})
    assert "Many Things Wrong" in one.text
    nothing = await browser.get("/directory/reports", params={"source": "nowhere"})
    assert "Nothing fits this" in nothing.text
    odd = await browser.get("/directory/reports", params={"after": "odd"})
    assert odd.status_code == 400
    assert len(first.content) < 100_000


async def test_there_is_no_such_report(library: Library, browser: httpx.AsyncClient) -> None:
    assert (await browser.get(f"/directory/reports/{new_id()}")).status_code == 404
    wrong = {"outcome": "checked", "words": "I rang them.", "once": str(new_id())}
    assert (await browser.post(f"/directory/reports/{new_id()}", data=wrong)).status_code == 404
