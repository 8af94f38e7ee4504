"""A directory from a file, in Chromium: looked at and brought in; in every state, also without scripts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from deploy.local.servers import MessageServer
from services.desk.api.cookies import COOKIE
from services.desk.commands.signing_in import begin_session
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.big_directory import services
from tests.support.browser import Watched
from tests.support.database import Database
from tests.support.desk import Person
from tests.support.desk_directory import Library, library_on, published

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 4
RIGHT_TO_LEFT = "ننقلك إلى موعدك ونعيدك إلى البيت"


@pytest.fixture(scope="module")
async def library(migrated: Database, nats: MessageServer) -> AsyncIterator[Library]:
    async with library_on(migrated, nats) as library:
        yield library


@pytest.fixture(scope="module")
async def editor(library: Library) -> Person:
    return await library.hire(Role.DIRECTORY_EDITOR, name="Ines Fontaine")


async def sign_in(library: Library, person: Person, page: Page) -> None:
    async with library.service.database.transaction() as tx:
        token = await begin_session(tx, person.staff)
    await page.context.add_cookies([{"name": COOKIE, "value": token, "url": library.service.url}])


@pytest.fixture
async def page(library: Library, editor: Person, watched: Watched) -> AsyncIterator[Page]:
    await sign_in(library, editor, watched.page)
    await watched.page.goto(f"{library.service.url}/directory/imports")
    yield watched.page
    await left(library, editor)


async def left(library: Library, editor: Person) -> None:
    """Let nothing stand in the way of the next import."""
    async with library.navigation.database.reading() as conn:
        rows = await conn.fetch("select id from directory_upload where state in ('empty', 'previewed')")
    async with library.browser(editor) as browser:
        for row in rows:
            await browser.post(f"/directory/imports/{row['id']}/leave", data={"once": str(new_id())})


def written(folder: Path, *documents: object, name: str = "newshire.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(documents))
    return path


async def send(page: Page, path: Path, source: str = "Newshire council") -> None:
    await page.get_by_label("Whose directory is it?").fill(source)
    await page.get_by_label("The file", exact=True).set_input_files(path)
    await page.get_by_role("button", name="Look at what would become of it").click()


async def test_a_directory_is_looked_at_and_brought_in(page: Page, watched: Watched, tmp_path: Path) -> None:
    await watched.holds("directory-imports-none-yet")
    ids = [new_id() for _ in range(4)]
    first = [published(one, name=f"Rides {number}") for number, one in enumerate(ids)]
    await send(page, written(tmp_path, *first))
    await page.get_by_role("button", name="Bring it in").click(timeout=60_000)
    await expect(page.get_by_text("It is brought in.")).to_be_visible(timeout=60_000)
    await page.get_by_role("link", name="Bring in a directory").click()
    await watched.holds("directory-imports")

    second = [
        published(ids[0], name="Rides 0"),
        published(ids[1], name=RIGHT_TO_LEFT, minimum_age=16, maximum_age=90),
        published(ids[2], name=LONG),
        {"id": "nameless", "status": "active"},
        published(new_id(), name="A new one", status="perhaps"),
    ]
    await send(page, written(tmp_path, *second))
    await expect(page.get_by_role("button", name="Bring it in")).to_be_visible(timeout=60_000)
    await watched.holds("directory-import-previewed")
    await page.get_by_label("What becomes of rows").get_by_role("link", name="Changed").click()
    await expect(page.get_by_text(RIGHT_TO_LEFT).first).to_be_visible()
    await watched.holds("directory-import-changed")
    await page.get_by_role("button", name="Bring it in").click()
    await expect(page.get_by_text("It is brought in.")).to_be_visible(timeout=60_000)
    await watched.holds("directory-import-done")


async def test_while_it_runs_the_page_says_how_far_it_is(
    library: Library, page: Page, watched: Watched, tmp_path: Path
) -> None:
    path = tmp_path / "large.ndjson"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in services(12_000)))
    await send(page, path, source="A large one")
    await expect(page.get_by_role("progressbar")).to_be_visible(timeout=60_000)
    await watched.holds("directory-import-under-way")
    here = page.url
    await page.goto(f"{library.service.url}/directory/imports")
    await watched.holds("directory-imports-one-under-way")
    await page.goto(here)
    await page.get_by_role("button", name="Leave it").click(timeout=60_000)
    await expect(page.get_by_text("It was left. Nothing was changed.")).to_be_visible()
    await watched.holds("directory-import-left")


async def test_what_cannot_be_used_and_what_is_missing(page: Page, watched: Watched, tmp_path: Path) -> None:
    await page.get_by_role("button", name="Look at what would become of it").click()
    await page.get_by_role("link", name="Choose the file.").click()
    await expect(page.get_by_label("The file", exact=True)).to_be_focused()
    await watched.holds("directory-imports-faults")
    path = tmp_path / "broken.json"
    path.write_text('[{"id": "x", ')
    await send(page, path, source="Broken")
    await expect(page.get_by_text("This file cannot be used.")).to_be_visible(timeout=60_000)
    await watched.holds("directory-import-broken")


async def test_while_navigation_is_away_the_page_says_what_holds_and_comes_back_by_itself(
    library: Library, editor: Person, page: Page, watched: Watched, tmp_path: Path
) -> None:
    await send(page, written(tmp_path, published(new_id())), source="Away")
    await expect(page.get_by_role("button", name="Bring it in")).to_be_visible(timeout=60_000)
    here = page.url

    async def from_the_other_copy(route: Route) -> None:
        """The same request, answered by the copy that cannot reach navigation."""
        async with library.alone.browser(editor) as cut_off:
            answer = await cut_off.get(here.removeprefix(library.service.url))
        await route.fulfill(status=answer.status_code, body=answer.text, content_type="text/html")

    await page.route(here, from_the_other_copy)
    await page.reload()
    await expect(page.get_by_text("whole or not at all")).to_be_visible()
    await watched.holds("directory-import-away")
    await page.unroute(here)
    await expect(page.get_by_role("button", name="Bring it in")).to_be_visible(timeout=20_000)
    await page.get_by_role("button", name="Leave it").click()


async def test_without_scripts_it_is_the_same_and_looks_again_by_itself(
    library: Library, editor: Person, browser: Browser, tmp_path: Path
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await sign_in(library, editor, page)
    await page.goto(f"{library.service.url}/directory/imports")
    await send(page, written(tmp_path, published(new_id(), name="Without scripts")), source="By hand")
    await page.get_by_role("button", name="Bring it in").click(timeout=60_000)
    await expect(page.get_by_text("It is brought in.")).to_be_visible(timeout=60_000)
    await expect(page.get_by_role("link", name="Without scripts")).to_be_visible()
    await context.close()
