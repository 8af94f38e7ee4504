"""What a link does not do: work for ever, for somebody else, for something else, or as often as one likes."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from services.navigation.model.directory import Listing
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.linked import ADDRESS, WORDS, mails, newest_link, referred, the_referral
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.eventually import eventually
from tests.support.links import LINKED, Browser

AT_MOST = 30


@pytest.fixture
def lifetime() -> timedelta:
    return timedelta(days=14)


@pytest.fixture
def further_settings(lifetime: timedelta) -> dict[str, object]:
    return {
        **LINKED,
        "navigation_link_lifetime": lifetime,
        "navigation_link_visits_per_minute": AT_MOST,
        "navigation_proxies": 1,
    }


@pytest.fixture
def browser(navigation: Navigation) -> Browser:
    return Browser(navigation.http)


@pytest.fixture
def service() -> Listing:
    return listing()


@pytest.fixture
async def client_id(navigation: Navigation, service: Listing) -> UUID:
    return await referred(navigation, service)


@pytest.fixture
async def path(navigation: Navigation, client_id: UUID) -> str:
    return await newest_link(navigation)


async def test_everything_that_is_no_link_of_ours_is_answered_alike(
    navigation: Navigation, client_id: UUID, path: str
) -> None:
    key, content, signature = path.removeprefix("/r/").split(".")
    forged = [
        "x",
        "x" * 5000,
        "%F0%9F%A6%8A",
        f"{key}.{content}.{signature[:-1]}",
        f"{key}.{content}.{signature[::-1]}",
        f"{key}.{content[::-1]}.{signature}",
        f"k2.{content}.{signature}",
        f"{key}.{content}.{signature}=",
    ]
    answers = [await navigation.http.get(f"/r/{one}") for one in forged]
    tried = [await navigation.http.post(f"/r/{one}", data={"answer": "accept"}) for one in forged]

    assert {answer.status_code for answer in (*answers, *tried)} == {404}
    assert len({answer.content for answer in (*answers, *tried)}) == 1
    assert (await the_referral(navigation, client_id))["status"] == "requested"


async def test_a_row_that_somebody_wrote_into_the_database_opens_nothing(
    navigation: Navigation, path: str
) -> None:
    async with navigation.service.database.reading() as conn:
        await conn.execute("update link set expires_at = expires_at + interval '1 year'")

    assert (await navigation.http.get(path)).status_code == 404


async def test_no_token_is_kept_and_none_is_logged(
    navigation: Navigation, browser: Browser, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await browser.send(await browser.open(path), answer="accept")
    token = path.removeprefix("/r/")

    async with navigation.service.database.reading() as conn:
        tables = [
            row["tablename"]
            for row in await conn.fetch("select tablename from pg_tables where schemaname = 'navigation'")
        ]
        holding = [
            table
            for table in tables
            if table != "mailbox"
            and await conn.fetchval(f"select count(*) from {table} t where t::text like $1", f"%{token}%")
        ]
    assert holding == []
    written = capsys.readouterr().out
    assert "/r/{token}" in written
    assert [secret for secret in (token, ADDRESS, WORDS, "Amina") if secret in written] == []


async def test_a_form_of_another_link_or_of_nobody_is_not_taken_and_loses_nothing(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    await referred(navigation, listing())
    other = await browser.open(await newest_link(navigation, 2))
    page = answer = await browser.open(path)

    for form in (other.fields["form"], "", "k1.eA.eA"):
        answer = await browser.send(page, form=form, answer="hold", hold_text="A place on the list")
        assert answer.response.status_code == 409
        assert answer.fields["hold_text"] == "A place on the list"
    assert (await the_referral(navigation, client_id))["status"] == "requested"

    taken = await browser.send(answer, answer="hold")
    assert "it has to wait" in taken.text


@pytest.mark.parametrize("lifetime", [timedelta(seconds=1)])
async def test_a_link_that_has_run_out_offers_a_new_one_to_the_same_address(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    async def expired() -> bool:
        return "has run out" in (await browser.open(path)).text

    await eventually(expired)
    page = await browser.open(path)
    assert page.response.status_code == 410
    assert WORDS not in page.text

    late = await navigation.http.post(path, data={"answer": "hold", "hold_text": "In May."})
    assert (late.status_code, "In May." in late.text) == (410, True)

    async with navigation.service.database.reading() as conn:
        before = await conn.fetchval("select count(*) from delivery")
    forged = await navigation.http.post(f"{path}/again", data={"form": "k1.eA.eA"})
    assert forged.status_code == 303
    assert len(await mails(navigation)) == 1

    sent = await browser.send(page)
    await browser.send(page)
    assert "There is a newer link" in sent.text
    newer = await newest_link(navigation, 2)
    assert newer != path
    async with navigation.service.database.reading() as conn:
        assert await conn.fetchval("select count(*) from delivery") == before
    assert len(await mails(navigation)) == 2
    assert (await the_referral(navigation, client_id))["status"] == "requested"


async def test_staff_can_send_a_new_link_and_the_one_before_says_so(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    referral = await the_referral(navigation, client_id)
    answer = await navigation.post(f"/referrals/{referral['id']}/links", {})
    assert answer.status_code == 200, answer.text

    newer = await newest_link(navigation, 2)

    assert "Can you help" in (await browser.open(newer)).text
    old = await browser.open(path)
    assert (old.response.status_code, "There is a newer link" in old.text) == (410, True)
    listed = (await navigation.get(f"/referrals/{referral['id']}/links")).json()["links"]
    assert [link["closed_why"] for link in listed] == ["replaced", None]
    assert path.removeprefix("/r/") not in str(listed)


async def test_staff_can_take_a_link_back(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    page = await browser.open(path)
    referral = await the_referral(navigation, client_id)
    answer = await navigation.post(f"/referrals/{referral['id']}/links/revocation", {})
    assert answer.status_code == 200, answer.text

    assert "nothing to see here" in (await browser.open(path)).text
    late = await browser.send(page, answer="accept")
    assert late.response.status_code == 410
    assert (await the_referral(navigation, client_id))["status"] == "requested"


async def test_a_partner_that_is_shut_out_and_let_in_again_needs_new_links(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str, service: Listing
) -> None:
    shut = await navigation.as_("admin").post(f"/partners/{service.organization_id}/revocation", {})
    assert shut.status_code == 200, shut.text
    assert "nothing to see here" in (await browser.open(path)).text

    again = await navigation.as_("admin").post(
        f"/partners/{service.organization_id}/email", {"address": "other@partner.example.org"}
    )
    assert again.status_code == 200, again.text

    assert "nothing to see here" in (await browser.open(path)).text
    newer = await newest_link(navigation, address="other@partner.example.org")
    assert "Can you help" in (await browser.open(newer)).text


async def test_another_address_means_other_links(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str, service: Listing
) -> None:
    url = f"/partners/{service.organization_id}/email"
    await navigation.as_("admin").post(url, {"address": ADDRESS})
    assert "Can you help" in (await browser.open(path)).text

    await navigation.as_("admin").post(url, {"address": "new@partner.example.org"})

    assert "There is a newer link" in (await browser.open(path)).text
    newer = await newest_link(navigation, address="new@partner.example.org")
    assert "Can you help" in (await browser.open(newer)).text


async def test_a_link_opened_too_often_takes_a_rest_and_keeps_what_was_typed(
    navigation: Navigation, browser: Browser, path: str
) -> None:
    page = await browser.open(path)
    answers = [await navigation.http.get(path) for _ in range(2 * AT_MOST)]

    assert [answer.status_code for answer in answers[: AT_MOST - 1]] == [200] * (AT_MOST - 1)
    assert 429 in {answer.status_code for answer in answers}
    (resting,) = [answer for answer in answers if answer.status_code == 429][:1]
    assert 1 <= int(resting.headers["Retry-After"]) <= 60
    assert f"in {resting.headers['Retry-After']} second" in resting.text
    # A minute may have begun anew meanwhile: then this is taken.
    late = await browser.send(page, answer="hold", hold_text="A place in May.")
    assert late.response.status_code in {200, 429}
    assert late.response.status_code == 200 or "A place in May." in late.text
    assert (await navigation.http.get("/r/another")).status_code == 404


async def test_an_address_that_tries_many_links_takes_a_rest_and_nobody_else_does(
    navigation: Navigation, path: str
) -> None:
    guesser = {"X-Forwarded-For": "made up by myself, 192.0.2.66"}
    seen = [(await navigation.http.get(f"/r/{n}", headers=guesser)).status_code for n in range(260)]

    assert seen[:120] == [404] * 120
    assert 429 in seen
    neighbour = await navigation.http.get(path, headers={"X-Forwarded-For": "192.0.2.66, 192.0.2.67"})
    assert neighbour.status_code == 200
    async with navigation.service.database.reading() as conn:
        rows = await conn.fetchval("select count(*) from link_visits")
        assert rows <= 263
        assert not await conn.fetchval(
            "select exists (select from link_visits t where t::text like '%192%66%')"
        )


async def test_what_has_ended_says_so_and_shows_nothing(
    navigation: Navigation, browser: Browser, client_id: UUID, path: str
) -> None:
    referral = await the_referral(navigation, client_id)
    ended = await navigation.post(f"/referrals/{referral['id']}/client-declines", {"text": "Rather not."})
    assert ended.status_code == 200, ended.text

    page = await browser.open(path)

    assert page.response.status_code == 200
    assert "This request has been called off" in page.text
    assert [word for word in (WORDS, "Amina", "Rather not", "declined") if word in page.response.text] == []


async def test_a_file_in_place_of_words_is_not_taken_and_said_in_a_page(
    navigation: Navigation, path: str
) -> None:
    answer = await navigation.http.post(path, data={"answer": "hold"}, files={"hold_text": b"x"})
    parts = {"Content-Type": "multipart/form-data"}
    unbounded = await navigation.http.post(path, content=b"--x", headers=parts)

    assert (answer.status_code, unbounded.status_code) == (422, 400)
    for one in (answer, unbounded):
        assert "<h1>" in one.text
        assert one.headers["Cache-Control"] == "no-store"


async def test_help_that_is_needed_of_nobody_who_is_written_to_needs_no_link(
    navigation: Navigation, service: Listing
) -> None:
    await navigation.add(service)
    await navigation.receive(delivery(help_needed()))

    async with navigation.service.database.reading() as conn:
        assert await conn.fetchval("select count(*) from link") == 0
