"""Signing in through a provider of OpenID Connect: a real one, from PyPI, in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from nats.aio.client import Client

from deploy.local.ports import free_port
from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE
from services.desk.api.cookies import COOKIE
from services.desk.model.staff import Role
from services.desk.settings import DeskSettings
from shared.run import running
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk import A_BROWSER, SETTINGS, House
from tests.support.desk_lists import a_client
from tests.support.eventually import eventually
from tests.support.running import settings_for

ROLES = {"desk-managers": "case_manager", "desk-supervisors": "supervisor"}
AMINA: dict[str, object] = {
    "name": "Amina Diallo",
    "email": "amina@example.org",
    "email_verified": True,
    "groups": ["everybody", "desk-managers"],
}


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{url}/.well-known/openid-configuration")).is_success
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def _provider(port: int) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "-n", "true"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await eventually(lambda: _answers(url), within=20)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def provider() -> AsyncIterator[str]:
    async with _provider(free_port()) as url:
        yield url


@asynccontextmanager
async def _house(
    database: Database, nats: MessageServer, bus: Client, issuer: str, **more: object
) -> AsyncIterator[House]:
    port, clock = free_port(), ManualClock()
    settings = settings_for(
        DeskSettings,
        "desk",
        database=database,
        nats=nats,
        http_port=port,
        desk_public_url=f"http://127.0.0.1:{port}",
        desk_oidc_issuer=issuer,
        desk_oidc_client_id="foothold",
        desk_oidc_client_secret="a secret of both",
        desk_oidc_roles=ROLES,
        **(SETTINGS | more),
    )
    assert isinstance(settings, DeskSettings)
    async with running(SERVICE, settings, clock) as service:
        yield House(service, bus, clock)


@pytest.fixture
async def house(database: Database, nats: MessageServer, bus: Client, provider: str) -> AsyncIterator[House]:
    async with _house(database, nats, bus, provider) as house:
        yield house


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER, timeout=20) as browser:
        yield browser


async def _knows(provider: str, sub: str, claims: dict[str, object]) -> None:
    async with httpx.AsyncClient() as client:
        (await client.put(f"{provider}/users/{sub}", json=claims)).raise_for_status()


async def _go(browser: httpx.AsyncClient, sub: str = "amina", after: str = "/clients") -> str:
    """Go to the provider, sign in there, and give the address with which it sends the browser back."""
    gone = await browser.get("/sign-in/elsewhere", params={"after": after})
    assert gone.status_code == 303
    async with httpx.AsyncClient() as at_the_provider:
        back = await at_the_provider.post(gone.headers["location"], data={"sub": sub})
    assert back.status_code == 302, back.text
    return str(back.headers["location"])


async def test_who_the_provider_vouches_for_comes_in_with_the_roles_that_it_names(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    await _knows(provider, "amina", AMINA)
    assert "Sign in with your organisation" in (await browser.get("/sign-in")).text
    gone = await browser.get("/sign-in/elsewhere")
    asked = parse_qs(urlsplit(gone.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert asked["nonce"][0] != asked["state"][0]

    answer = await browser.get(await _go(browser))
    assert (answer.status_code, answer.headers["location"]) == (303, "/clients")
    page = (await browser.get("/account")).text
    assert "Amina Diallo" in page
    assert "Case manager" in page
    assert "Password" not in page

    # The provider takes a role away and gives another; that is so from the next time on.
    await _knows(provider, "amina", AMINA | {"groups": ["desk-supervisors"], "name": "Amina D."})
    await browser.get(await _go(browser))
    page = (await browser.get("/account")).text
    assert "Supervisor" in page
    assert "Case manager" not in page
    assert await house.count("select count(*) from staff") == 1

    out = await browser.post("/sign-out")
    page = (await browser.get(out.headers["location"])).text
    assert "Sign out of your organisation as well" in page
    farewell = await browser.get("/sign-out/elsewhere")
    assert farewell.headers["location"].startswith(f"{provider}/oauth2/end_session?client_id=foothold")
    assert (await browser.get("/account")).status_code == 303


@pytest.mark.parametrize(
    "groups", [[], ["everybody"], "somebody", None, {"desk-managers": True}, [1, ["desk-managers"]]]
)
async def test_who_has_no_role_here_is_not_let_in(
    house: House, provider: str, browser: httpx.AsyncClient, groups: object
) -> None:
    await _knows(provider, "amina", AMINA | {"groups": groups})
    answer = await browser.get(await _go(browser))
    assert answer.status_code == 403
    assert "has not said yet what you do here" in answer.text
    assert COOKIE not in browser.cookies
    assert await house.count("select count(*) from staff") == 0


async def test_whose_roles_are_taken_away_is_signed_out_everywhere(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    await _knows(provider, "amina", AMINA)
    await browser.get(await _go(browser))
    await _knows(provider, "amina", AMINA | {"groups": []})
    assert (await browser.get(await _go(browser))).status_code == 403
    assert (await browser.get("/account")).status_code == 303


async def test_whose_account_has_ended_is_not_let_in(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    await _knows(provider, "amina", AMINA)
    await browser.get(await _go(browser))
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update staff set ended_at = clock_timestamp()")
    answer = await browser.get(await _go(browser))
    assert answer.status_code == 403
    assert "has ended" in answer.text


async def test_an_address_that_somebody_has_is_theirs_only_where_the_provider_checked_it(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    person = await house.hire(Role.ADMIN, name="Amina Diallo")
    async with house.service.database.transaction() as tx:
        await tx.conn.execute(
            "update staff set email = 'amina@example.org', oidc_subject = null, password_hash = 'x'"
        )
    await _knows(provider, "amina", AMINA | {"email_verified": False})
    answer = await browser.get(await _go(browser))
    assert answer.status_code == 403
    assert "an account with your e-mail address" in answer.text
    await _knows(provider, "amina", AMINA)
    assert (await browser.get(await _go(browser))).status_code == 303
    assert await house.count("select count(*) from staff where id = $1", person.id) == 1
    # Somebody else of the provider with the same address does not become them.
    await _knows(provider, "another", AMINA)
    assert (await browser.get(await _go(browser, "another"))).status_code == 403


async def test_what_comes_back_works_once_with_the_browser_and_the_question_it_belongs_to(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    await _knows(provider, "amina", AMINA)
    back = await _go(browser)
    async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as another:
        # Somebody else's browser, which did not begin this.
        assert (await another.get(back)).status_code == 403
        # Its own question, and the code of another one: the nonce in the token is not its own.
        gone = await another.get("/sign-in/elsewhere")
        state = parse_qs(urlsplit(gone.headers["location"]).query)["state"][0]
        code = parse_qs(urlsplit(back).query)["code"][0]
        swapped = await another.get("/sign-in/return", params={"state": state, "code": code})
        assert swapped.status_code == 403
        assert COOKIE not in another.cookies
    again = await _go(browser)
    assert (await browser.get(again)).status_code == 303
    # The same once more, and a state that nobody gave out.
    assert (await browser.get(again)).status_code == 403
    assert (await browser.get("/sign-in/return?state=made-up&code=x")).status_code == 403
    assert (await browser.get("/sign-in/return?error=access_denied")).status_code == 403


async def test_a_code_that_was_used_or_made_up_is_not_taken(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    await _knows(provider, "amina", AMINA)
    used = parse_qs(urlsplit(await _go(browser)).query)["code"][0]
    gone = await browser.get("/sign-in/elsewhere")
    state = parse_qs(urlsplit(gone.headers["location"]).query)["state"][0]
    answer = await browser.get("/sign-in/return", params={"state": state, "code": f"{used}x"})
    assert answer.status_code == 403
    assert "not finished" in answer.text


async def test_a_provider_that_is_away_is_told_kindly(
    database: Database, nats: MessageServer, bus: Client
) -> None:
    port = free_port()
    async with _house(database, nats, bus, f"http://127.0.0.1:{port}", desk_local_accounts=False) as house:
        async with httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as browser:
            answer = await browser.get("/sign-in/elsewhere")
            assert answer.status_code == 503
            assert "could not reach the place where you sign in" in answer.text
            # And nobody comes in with a password where those are switched off.
            assert 'name="password"' not in (await browser.get("/sign-in")).text
            form = {"email": "amina@example.org", "password": "a long sentence"}
            assert (await browser.post("/sign-in", data=form)).status_code == 404
        async with (
            _provider(port),
            httpx.AsyncClient(base_url=house.service.url, headers=A_BROWSER) as browser,
        ):
            assert (await browser.get("/sign-in/elsewhere")).status_code == 303


async def test_what_was_typed_is_there_again_after_signing_in_at_the_provider(
    house: House, provider: str, browser: httpx.AsyncClient
) -> None:
    await _knows(provider, "amina", AMINA)
    await _knows(provider, "ben", AMINA | {"email": "ben@example.org", "name": "Ben Okoro"})
    await browser.get(await _go(browser))
    client_id = await a_client(house)
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update session set ended_at = now()")
    form = f"/clients/{client_id}/goals/new"
    answer = await browser.post(form, data={"kind": "goal", "words": "To sleep at night."})
    page = (await browser.get(answer.headers["location"])).text
    assert 'href="/sign-in/elsewhere?after=/kept"' in page
    await browser.get(await _go(browser, "ben", after="/kept"))
    assert (await browser.get("/kept")).headers["location"] == "/"
    assert (await browser.get(await _go(browser, after="/kept"))).headers["location"] == "/kept"
    back = (await browser.get("/kept")).headers["location"]
    assert "To sleep at night.</textarea>" in (await browser.get(back)).text
