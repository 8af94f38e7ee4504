"""The directory is put right, checked, closed and opened at the desk: once, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import httpx
import pytest

from deploy.local.servers import MessageServer
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.database import Database
from tests.support.desk import Person
from tests.support.desk_directory import Library, form_in, library_on, published

RIGHT_TO_LEFT = "ننقلك إلى موعدك ونعيدك"


@pytest.fixture(scope="module")
async def library(migrated: Database, nats: MessageServer) -> AsyncIterator[Library]:
    async with library_on(migrated, nats) as library:
        yield library


@pytest.fixture(scope="module")
async def editor(library: Library) -> Person:
    return await library.hire(Role.DIRECTORY_EDITOR, name="Ines Fontaine")


@pytest.fixture(scope="module")
async def browser(library: Library, editor: Person) -> AsyncIterator[httpx.AsyncClient]:
    async with library.browser(editor) as browser:
        yield browser


async def opened(browser: httpx.AsyncClient, service_id: UUID, page: str) -> dict[str, str]:
    address = f"/directory/{service_id}/{page}"
    answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return form_in(answer.text, action=address)


async def told(library: Library, editor: Person, service_id: UUID) -> dict[str, object]:
    """The service as navigation tells of it."""
    async with library.navigation.database.reading() as conn:
        row = await conn.fetchrow("select * from service where id = $1", service_id)
    assert row is not None
    return dict(row)


async def changes(library: Library, service_id: UUID) -> list[str]:
    async with library.navigation.database.reading() as conn:
        rows = await conn.fetch(
            "select what from service_change where service_id = $1 order by revision, id", service_id
        )
    return [row["what"] for row in rows]


async def test_only_what_was_changed_is_put_right_and_once_however_often_it_is_sent(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    form = await opened(browser, service_id, "edit")
    form |= {
        "free": "yes",
        "remote": "no",
        "languages": "English, es",
        "maximum_age": "64",
        "why": "They rang.",
    }

    first = await browser.post(f"/directory/{service_id}/edit", data=form)
    again = await browser.post(f"/directory/{service_id}/edit", data=form)

    assert (first.status_code, again.status_code) == (303, 303), first.text
    assert first.headers["location"] == f"/directory/{service_id}?said=service_edited"
    assert (await changes(library, service_id))[1:] == ["corrected"]
    shown = await opened(browser, service_id, "edit")
    assert (shown["free"], shown["remote"], shown["in_person"]) == ("yes", "no", "unknown")
    assert (shown["languages"], shown["maximum_age"]) == ("English, Spanish", "64")
    assert shown["description"] == "We drive you there and back."


async def test_an_untouched_form_saves_nothing(library: Library, browser: httpx.AsyncClient) -> None:
    hours = [{"opens_at": "09:00", "closes_at": "17:00", "freq": "WEEKLY", "byday": "MO,TU"}]
    service_id = await library.added(
        name="  Rides\n to  appointments", description=f"{RIGHT_TO_LEFT}\r\n\r\nTwo lines", schedules=hours,
        url="see our poster", email="nobody",
    )  # fmt: skip
    before = len(await changes(library, service_id))
    form = await opened(browser, service_id, "edit")

    sent = {name: value.replace("\n", "\r\n") for name, value in form.items()} | {"why": "Just looking."}
    answer = await browser.post(f"/directory/{service_id}/edit", data=sent)

    assert answer.headers["location"] == f"/directory/{service_id}?said=service_same", answer.text
    assert len(await changes(library, service_id)) == before


async def test_what_cannot_be_read_is_pointed_out_by_field_and_everything_typed_is_still_there(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    form = await opened(browser, service_id, "edit")
    wrong = {
        "name": " ", "description": RIGHT_TO_LEFT, "minimum_age": "many", "languages": "Dothraki, en",
        "hours": "these", "hours_1": "nine to five", "areas": "these", "codes": "rides", "why": "",
    }  # fmt: skip

    answer = await browser.post(f"/directory/{service_id}/edit", data=form | wrong)

    assert answer.status_code == 422
    for at in ("name", "minimum_age", "languages", "hours_1", "areas_these", "codes", "why"):
        assert f'<a href="#{at}">' in answer.text, at
        assert f'id="{at}-fault"' in answer.text, at
    again = form_in(answer.text, action=f"/directory/{service_id}/edit")
    assert again["description"] == RIGHT_TO_LEFT
    assert (again["languages"], again["hours_1"], again["once"]) == (
        "Dothraki, en",
        "nine to five",
        form["once"],
    )


async def test_what_navigation_itself_objects_to_stands_at_its_field_too(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    form = await opened(browser, service_id, "edit") | {
        "accessibility": "No Such Thing!",
        "why": "They rang.",
    }

    answer = await browser.post(f"/directory/{service_id}/edit", data=form)

    assert answer.status_code == 422
    assert '<a href="#accessibility">' in answer.text


async def test_two_editors_of_one_field_see_both_values_who_and_when_and_go_on_from_there(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    address = f"/directory/{service_id}/edit"
    mine = await opened(browser, service_id, "edit")
    async with library.browser(await library.hire(Role.SUPERVISOR, name="Bashir Qasim")) as other:
        theirs = await opened(other, service_id, "edit") | {
            "description": "Rides, and a cup of tea.", "fees": "£2 a ride", "why": "I was there."
        }  # fmt: skip
        assert (await other.post(address, data=theirs)).status_code == 303
    mine |= {"description": "Rides for everybody.", "alert": "Ring first.", "why": "They rang."}

    clash = await browser.post(address, data=mine)

    assert clash.status_code == 409
    for words in ("Bashir Qasim", "Rides, and a cup of tea.", "Rides for everybody.", "We drive you there"):
        assert words in clash.text, words
    form = form_in(clash.text, action=address)
    assert (form["description"], form["alert"]) == ("Rides for everybody.", "Ring first.")
    assert form["hold_description"] == "mine"
    kept_theirs = await browser.post(address, data=form | {"hold_description": "theirs"})
    assert kept_theirs.status_code == 303, kept_theirs.text
    shown = await opened(browser, service_id, "edit")
    assert (shown["description"], shown["alert"], shown["fees"]) == (
        "Rides, and a cup of tea.", "Ring first.", "£2 a ride",
    )  # fmt: skip

    once_more = await browser.post(address, data=form | {"once": str(new_id()), "hold_description": "mine"})
    assert once_more.status_code == 303, once_more.text
    assert (await opened(browser, service_id, "edit"))["description"] == "Rides for everybody."


async def test_what_a_colleague_wrote_is_still_kept_when_something_else_has_to_be_looked_at(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    form = await opened(browser, service_id, "edit")
    form |= {"description": "Mine.", "hold_description": "theirs", "minimum_age": "many", "why": "They rang."}

    again = await browser.post(f"/directory/{service_id}/edit", data=form)

    assert again.status_code == 422
    assert form_in(again.text, action=f"/directory/{service_id}/edit")["hold_description"] == "theirs"


async def test_while_navigation_is_away_nothing_typed_is_lost_and_the_same_form_goes_through_later(
    library: Library, editor: Person, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    form = await opened(browser, service_id, "edit") | {"fees": "£2 a ride", "why": "They rang."}
    report = await opened(browser, service_id, "report") | {"words": RIGHT_TO_LEFT}

    async with library.alone.browser(editor) as cut_off:
        away = await cut_off.post(f"/directory/{service_id}/edit", data=form)
        also_away = await cut_off.post(f"/directory/{service_id}/report", data=report)
        unopened = await cut_off.get(f"/directory/{service_id}/edit")

    assert (away.status_code, also_away.status_code, unopened.status_code) == (503, 503, 503)
    assert RIGHT_TO_LEFT in also_away.text
    kept = form_in(away.text, action=f"/directory/{service_id}/edit")
    assert kept["fees"] == "£2 a ride"
    assert (await browser.post(f"/directory/{service_id}/edit", data=kept)).status_code == 303


async def test_one_click_says_that_it_was_checked_and_whether_there_is_room(
    library: Library, editor: Person, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    form = await opened(browser, service_id, "check")
    missing = await browser.post(f"/directory/{service_id}/check", data=form)
    done = await browser.post(
        f"/directory/{service_id}/check", data=form | {"how": "phone", "room": "has", "places": "3"}
    )

    assert missing.status_code == 422
    assert done.headers["location"] == f"/directory/{service_id}?said=service_checked", done.text
    now = await told(library, editor, service_id)
    assert (now["assured_date"], now["capacity"], now["places"]) == (library.clock.now().date(), "has", 3)
    assert (await changes(library, service_id))[1:] == ["capacity", "checked"]


async def test_it_is_closed_until_a_day_with_a_reason_and_opened_again(
    library: Library, editor: Person, browser: httpx.AsyncClient
) -> None:
    service_id = await library.added()
    address = f"/directory/{service_id}/close"
    form = await opened(browser, service_id, "close")
    gone = await browser.post(address, data=form | {"until": "2020-01-01", "why": "They are moving house."})
    closed = await browser.post(address, data=form | {"until": "2027-01-11", "why": "They are moving house."})

    assert gone.status_code == 422
    assert "They are moving house." in gone.text
    assert closed.headers["location"] == f"/directory/{service_id}?said=service_closed", closed.text
    page = (await browser.get(address)).text
    assert "until 11 January 2027" in page
    assert "They are moving house." in page
    assert "Ines Fontaine" in page
    assert (await told(library, editor, service_id))["closed_until"] == date(2027, 1, 11)
    again = await browser.post(address, data={"once": str(new_id()), "do": "open"})
    assert again.headers["location"] == f"/directory/{service_id}?said=service_opened", again.text
    assert (await told(library, editor, service_id))["status"] == "active"


async def test_where_its_directory_contradicts_us_both_are_shown_and_an_editor_decides(
    library: Library, browser: httpx.AsyncClient
) -> None:
    service_id = new_id()
    organization = {"id": str(new_id()), "name": "Aire Valley Wheels"}

    async def comes(**more: object) -> None:
        document = published(service_id, organization=organization, **more)
        await library.brought([document], source="contradicting")

    await comes(fees_description="Free")
    form = await opened(browser, service_id, "edit") | {"fees": "£2 a ride", "why": "They rang."}
    assert (await browser.post(f"/directory/{service_id}/edit", data=form)).status_code == 303
    await comes(fees_description="£5 a ride")

    page = (await browser.get(f"/directory/{service_id}/edit")).text
    assert "Its directory says something else now" in page
    assert "£5 a ride" in page
    decided = await browser.post(
        f"/directory/{service_id}/settle", data={"field": "fees", "keep": "theirs", "once": str(new_id())}
    )
    assert decided.status_code == 303, decided.text
    assert (await opened(browser, service_id, "edit"))["fees"] == "£5 a ride"


async def test_the_longest_entry_there_can_be_still_makes_a_small_page(
    library: Library, browser: httpx.AsyncClient
) -> None:
    long = (RIGHT_TO_LEFT + " ") * 200
    fields = ("description", "eligibility_description", "application_process", "fees_description", "alert")
    service_id = await library.added(name="ع" * 200, **dict.fromkeys(fields, long))

    pages = [
        await browser.get(f"/directory/{service_id}/{page}") for page in ("edit", "check", "close", "report")
    ]

    assert {one.status_code for one in pages} == {200}
    assert max(len(one.content) for one in pages) < 100_000
