"""A directory from a file, in the browser: looked at first, brought in whole, and through any break."""

from __future__ import annotations

import csv
import io
import json
import multiprocessing
from collections.abc import AsyncIterator, Iterable, Mapping
from multiprocessing.process import BaseProcess

import httpx
import pytest

from deploy.local.servers import MessageServer
from services.desk.api.directory_imports import LARGEST_FORM
from services.desk.model.staff import Role
from shared.app import LARGEST_BODY
from shared.ids import new_id
from tests.support.announced import status_before_body
from tests.support.big_directory import services
from tests.support.database import Database
from tests.support.desk import Person
from tests.support.desk_directory import Library, library_on
from tests.support.eventually import eventually

AT = "/directory/imports"
BUSY = 'hx-trigger="every 2s"'


@pytest.fixture(scope="module")
async def library(migrated: Database, nats: MessageServer) -> AsyncIterator[Library]:
    async with library_on(migrated, nats) as library:
        yield library


@pytest.fixture(scope="module")
async def editor(library: Library) -> Person:
    return await library.hire(Role.DIRECTORY_EDITOR, name="Ines Fontaine")


@pytest.fixture
async def browser(library: Library, editor: Person) -> AsyncIterator[httpx.AsyncClient]:
    """An editor's browser; whatever they left under way is left."""
    async with library.browser(editor) as browser:
        yield browser
        async with library.navigation.database.reading() as conn:
            left = await conn.fetch(
                "select id from directory_upload where state in ('empty', 'uploaded', 'previewed')"
            )
        for row in left:
            await browser.post(f"{AT}/{row['id']}/leave", data={"once": str(new_id())})


def service(number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"Service {number}",
        "status": "active",
        "organization": {"id": "00000000-0000-4000-9000-000000000001", "name": "Fold Neighbours"},
        "attributes": [{"id": f"a{number}", "taxonomy_term": {"code": "108-07-07", "name": "Peer Support"}}],
        **more,
    }


def lines(documents: Iterable[Mapping[str, object]]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in documents).encode()


async def send(
    browser: httpx.AsyncClient,
    content: bytes,
    *,
    source: str = "newshire",
    name: str = "newshire.json",
    once: str = "",
    to: str = AT,
) -> httpx.Response:
    return await browser.post(
        to,
        data={"once": once or str(new_id()), "source": source},
        files={"file": (name, content, "application/octet-stream")},
        timeout=60,
    )


async def settled(browser: httpx.AsyncClient, page: str) -> str:
    async def text() -> str:
        return (await browser.get(page)).text

    return await eventually(text, lambda shown: BUSY not in shown, within=60)


async def looked_at(browser: httpx.AsyncClient, content: bytes, **more: str) -> tuple[str, str]:
    """Send a file; gives its page, and what stands there once it was looked at."""
    begun = await send(browser, content, **more)
    assert begun.status_code == 303, begun.text
    page = str(begun.headers["location"])
    return page, await settled(browser, page)


async def brought_in(browser: httpx.AsyncClient, page: str) -> str:
    assert (await browser.post(f"{page}/run", data={"once": str(new_id())})).status_code == 303
    return await settled(browser, page)


async def test_a_file_is_looked_at_then_brought_in_and_every_row_says_what_became_of_it(
    library: Library, browser: httpx.AsyncClient
) -> None:
    first, _ = await looked_at(browser, json.dumps([service(1), service(2), service(3)]).encode())
    await brought_in(browser, first)
    nameless = {"id": "x", "status": "active"}
    second = json.dumps([service(1), service(2, minimum_age=18), service(4, name="=Four"), nameless]).encode()

    page, shown = await looked_at(browser, second)

    assert "Nothing is changed yet." in shown
    for words in ("would be new", "would change", "would not be listed any more", "Cannot be taken in"):
        assert words in shown, words
    changed = (await browser.get(page, params={"outcome": "changed"})).text
    assert "Youngest age" in changed
    assert "Service 4" not in changed
    async with library.navigation.database.reading() as conn:
        assert await conn.fetchval("select count(*) from service where name = '=Four'") == 0

    done = await brought_in(browser, page)
    assert "It is brought in." in done
    assert "Brought in by" in done
    table = list(csv.reader(io.StringIO((await browser.get(f"{page}/rows.csv")).text)))
    told = (await browser.get(f"{page}/rows.json")).json()
    assert len(table) == 1 + len(told["rows"]) == 6
    assert {row["outcome"] for row in told["rows"]} == {
        "added",
        "changed",
        "unchanged",
        "retired",
        "rejected",
    }
    assert told["import"]["state"] == "done"
    one = (await browser.get(f"{page}/rows.json", params={"outcome": "added"})).json()
    assert [row["name"] for row in one["rows"]] == ["=Four"]
    listed = (await browser.get(AT)).text
    assert "Brought in" in listed
    assert "1 new, 1 changed, 1 not listed any more, 1 as before" in listed


async def test_the_same_form_sent_twice_is_one_import_and_another_file_takes_its_place(
    browser: httpx.AsyncClient,
) -> None:
    once, content = str(new_id()), json.dumps([service(1)]).encode()
    sent = [await send(browser, content, source="twice", once=once) for _ in "ab"]
    page = sent[0].headers["location"]
    assert [one.headers.get("location") for one in sent] == [page, page]
    await settled(browser, page)

    other = await send(browser, lines([service(7), service(8)]), name="n.ndjson", to=f"{page}/content")

    assert other.headers["location"] == page, other.text
    shown = await settled(browser, page)
    assert "Service 8" in shown


@pytest.mark.parametrize(
    ("name", "source", "at"),
    [("letter.docx", "newshire", "file"), ("a.json", "<b>", "source"), ("a.json", "", "source")],
)
async def test_what_is_missing_is_pointed_out_and_the_name_is_kept(
    browser: httpx.AsyncClient, name: str, source: str, at: str
) -> None:
    answer = await send(browser, b"x" * 300_000, name=name, source=source)
    assert answer.status_code == 422
    assert f'<a href="#{at}">' in answer.text
    assert source in answer.text.replace("&lt;", "<").replace("&gt;", ">")
    nothing = await browser.post(AT, data={"source": "newshire"}, files={"file": ("", b"", "text/plain")})
    assert '<a href="#file">' in nothing.text


async def test_a_second_import_is_told_whose_is_under_way_and_may_begin_once_that_is_left(
    library: Library, browser: httpx.AsyncClient
) -> None:
    page, _ = await looked_at(browser, json.dumps([service(1)]).encode(), source="the first")
    async with library.browser(await library.hire(Role.DIRECTORY_EDITOR)) as other:
        second = await send(other, json.dumps([service(1)]).encode(), source="the second")
        assert second.status_code == 409
        for words in ("the first", "Ines Fontaine", page, 'value="the second"'):
            assert words in second.text, words
        left = await other.post(f"{page}/leave", data={"once": str(new_id())})
        assert left.status_code == 303
        assert "It was left. Nothing was changed." in (await other.get(page)).text
        assert (await send(other, json.dumps([service(1)]).encode(), source="the second")).status_code == 303
    late = await browser.post(f"{page}/run", data={"once": str(new_id())})
    assert late.status_code == 409
    assert "It was left" in late.text


async def test_a_file_that_cannot_be_used_says_where(browser: httpx.AsyncClient) -> None:
    _, shown = await looked_at(browser, b'[{"id": "x", ', source="broken")
    assert "This file cannot be used. Nothing was changed." in shown
    assert "line 1" in shown
    _, shown = await looked_at(browser, b"no archive", name="a.zip", source="broken")
    assert "archive" in shown


async def test_a_page_that_looks_again_by_itself_is_made_anew_once_there_is_something_to_decide(
    browser: httpx.AsyncClient,
) -> None:
    page, _ = await looked_at(browser, json.dumps([service(1)]).encode(), source="polled")
    poll = {"HX-Request": "true", "HX-Target": "progress"}
    assert (await browser.get(page, headers=poll)).headers["hx-refresh"] == "true"


async def test_while_navigation_is_away_the_page_says_what_holds(
    library: Library, editor: Person, browser: httpx.AsyncClient
) -> None:
    page, _ = await looked_at(browser, json.dumps([service(1)]).encode(), source="away")
    async with library.alone.browser(editor) as cut_off:
        away = await cut_off.get(page)
        listed = await cut_off.get(AT)
        begun = await send(cut_off, b"x" * 2_000_000, source="kept")
        polled = await cut_off.get(page, headers={"HX-Request": "true", "HX-Target": "progress"})

    assert away.status_code == 503
    assert "whole or not at all" in away.text
    assert '<noscript><meta http-equiv="refresh"' in away.text
    assert polled.status_code == 200
    assert (listed.status_code, begun.status_code) == (200, 503)
    assert 'value="kept"' in begun.text


async def test_a_line_that_breaks_in_the_middle_of_a_file_leaves_an_import_that_takes_it_once_more(
    library: Library, editor: Person, browser: httpx.AsyncClient
) -> None:
    content = lines(services(600))
    async with library.alone.browser(editor) as shaky:
        with library.wire.open(until=len(content) // 2):
            broken = await send(shaky, content, source="shaky", name="s.ndjson")

    assert broken.status_code == 503, broken.text
    async with library.navigation.database.reading() as conn:
        import_id = await conn.fetchval("select id from directory_upload where source = 'shaky'")
    page = f"{AT}/{import_id}"
    assert "The file is still to come." in await settled(browser, page)
    assert (await send(browser, content, name="s.ndjson", to=f"{page}/content")).status_code == 303
    assert "600" in await settled(browser, page)


async def test_an_import_whose_process_is_killed_goes_on_and_the_page_says_so(
    browser: httpx.AsyncClient,
) -> None:
    page, _ = await looked_at(browser, lines(services(3_000)), source="killed", name="k.ndjson")
    assert (await browser.post(f"{page}/run", data={"once": str(new_id())})).status_code == 303
    workers = await eventually(_workers, bool)
    for process in workers:
        process.kill()

    done = await settled(browser, page)

    assert "It is brought in." in done
    assert "3,000" in done


async def _workers() -> list[BaseProcess]:
    return multiprocessing.active_children()


async def test_only_these_two_routes_take_a_large_file(browser: httpx.AsyncClient) -> None:
    large = b" " * (LARGEST_BODY + 1)
    taken = await send(browser, lines(services(1_500)), source="large", name="l.ndjson")
    assert taken.status_code == 303
    page = taken.headers["location"]
    assert (await browser.post(f"{page}/run", content=large)).status_code == 413
    assert (await browser.post("/directory/reports/x", content=large)).status_code == 413
    too_large = browser.build_request("POST", AT, headers={"Content-Length": str(LARGEST_FORM + 1)})
    assert await status_before_body(too_large) == 413
    assert len((await browser.get(page)).content) < 100_000
