"""Every page and action of the desk by every kind of caller: it opens to whom it is for, and no other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import nats as nats_client
import pytest
from nats.aio.client import Client

from contracts.events.barriers import PlanDrafted, StepAgreed, TaskOpened
from contracts.events.desk import ClientAssigned
from contracts.events.intake import ConsentGranted
from contracts.events.navigation import ReferralDrafted
from contracts.registry import streams
from deploy.local.servers import MessageServer
from services.desk.__main__ import SERVICE
from services.desk.api.cookies import COOKIE
from services.desk.commands.glass import break_glass
from services.desk.commands.signing_in import begin_session
from services.desk.model.staff import Assigned, Role, Staff, Viewer
from services.desk.settings import DeskSettings
from shared.clock import real_now
from shared.ids import new_id
from shared.run import running
from tests.integration.desk.doors import ANYONE, PAGES, Page
from tests.support.builders import barrier_stated, client_context, client_registered, contact_changed
from tests.support.builders_desk import stated
from tests.support.clock import ManualClock
from tests.support.database import Database, cloned
from tests.support.desk import A_BROWSER, SETTINGS, House, Person
from tests.support.running import settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import provide_streams

NOBODY_LISTENS = "http://127.0.0.1:9"
SAMPLES = Path(__file__).parents[3] / "contracts" / "samples"
THEIR_NAME, ANOTHERS_NAME = "Zephyrine Quillfeather", "Thaddeus Umbrascale"
THEIR_WORDS, ANOTHERS_WORDS = "The quince tram never comes", "The plover stairs are too steep"
ENDS_SESSIONS = ("/sign-out", "/account/")
NOT_YOURS = "Say why you need to see it"

Ids = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """One desk, a client of one team and another of another, and a person of each role in each place."""

    house: House
    theirs: Ids
    anothers: Ids
    right: Mapping[str, Person]
    wrong: Mapping[str, Person]
    with_glass: Mapping[str, Person]
    expired: str
    ended: str
    browser: httpx.AsyncClient
    tokens: dict[UUID, str] = field(default_factory=dict)

    async def token(self, person: Person, *, fresh: bool) -> str:
        """What somebody's cookie holds; a new one where the page ends sessions, this one and others."""
        if not fresh and person.id in self.tokens:
            return self.tokens[person.id]
        async with self.house.service.database.transaction() as tx:
            token = await begin_session(tx, person.staff)
        if fresh:
            self.tokens.pop(person.id, None)
        else:
            self.tokens[person.id] = token
        return token


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; of a stream only that it began."""

    status: int
    location: str
    text: str

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether nobody is known to be asking."""
        return self.status == 303 and self.location.startswith("/sign-in?after")

    @property
    def lets_in(self) -> bool:
        """Whether it got past the door, whatever came of it then."""
        return not self.asks_to_sign_in and self.status not in {401, 403, 405, 500}


@asynccontextmanager
async def _bus(nats: MessageServer) -> AsyncIterator[Client]:
    connection = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
    await provide_streams(connection, streams())
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def world(migrated: Database, nats: MessageServer) -> AsyncIterator[World]:
    others = {f"{name}_url": NOBODY_LISTENS for name in ("intake", "barriers", "navigation", "reminders")}
    async with cloned(migrated) as database, _bus(nats) as bus:
        clock = ManualClock()
        settings = settings_for(DeskSettings, "desk", database=database, nats=nats, **(SETTINGS | others))
        assert isinstance(settings, DeskSettings)
        async with (
            running(SERVICE, settings, clock) as service,
            # One for all: to make one takes longer than to ask.
            httpx.AsyncClient(base_url=service.url, headers=A_BROWSER, timeout=30) as browser,
        ):
            yield await _filled(House(service, bus, clock), browser)


async def _filled(house: House, browser: httpx.AsyncClient) -> World:
    team, elsewhere = new_id(), new_id()
    right = {role.value: await house.hire(role, team_id=team) for role in Role}
    wrong = {role.value: await house.hire(role, team_id=elsewhere) for role in Role}
    with_glass = {role.value: await house.hire(role, team_id=elsewhere) for role in Role}
    somebody, gone = await house.hire(Role.INTAKE), await house.hire(*Role, team_id=team)
    theirs = await _client(house, THEIR_NAME, THEIR_WORDS, team)
    anothers = await _client(
        house, ANOTHERS_NAME, ANOTHERS_WORDS, (await house.hire(Role.SUPERVISOR)).team_id
    )
    for person in with_glass.values():
        await _break_glass(house, person.staff, UUID(theirs["client_id"]), team)
    async with house.service.database.transaction() as tx:
        expired = await begin_session(tx, (await _everything(house, team)).staff)
        await tx.conn.execute("update session set signed_in_at = signed_in_at - interval '13 hours'")
        ended = await begin_session(tx, gone.staff)
        await tx.conn.execute("update staff set ended_at = clock_timestamp() where id = $1", gone.id)
    more = {"staff_id": str(somebody.id), "session_id": str(new_id()), "glass_id": str(new_id())}
    return World(
        house, {**theirs, **more}, {**anothers, **more}, right, wrong, with_glass, expired, ended, browser
    )


async def _everything(house: House, team: UUID) -> Person:
    return await house.hire(*Role, team_id=team)


async def _client(house: House, name: str, words: str, team: UUID) -> Ids:
    client_id = new_id()
    context = client_context(client_id=client_id)
    barrier = barrier_stated(client_id=client_id, client=context, words=words)
    about = {"client_id": client_id, "barrier_id": barrier.barrier_id}
    plan_id, task_id, referral_id, consent_id, step_id = (new_id() for _ in range(5))
    sample = json.loads((SAMPLES / ConsentGranted.subject / "v1-full.json").read_text())["consent"]
    consent = sample | {"id": str(consent_id), "client_id": str(client_id)}
    entries = await house.told(
        contact_changed(client_id=client_id, full_name=name, preferred_name=name),
        client_registered(client_id=client_id, client=context),
        ClientAssigned(client_id=client_id, version=1, team_id=team, assigned_at=real_now()),
        stated(ConsentGranted, client_id=client_id, consent=consent),
        barrier,
        stated(PlanDrafted, **about, plan_id=plan_id),
        stated(TaskOpened, **about, task_id=task_id, words=words),
        stated(StepAgreed, **about, step_id=step_id),
        stated(ReferralDrafted, **about, referral_id=referral_id),
    )
    ids = about | {
        "plan_id": plan_id,
        "task_id": task_id,
        "step_id": step_id,
        "referral_id": referral_id,
        "consent_id": consent_id,
        "entry_id": entries[-1],
    }
    return {name: str(value) for name, value in ids.items()}


async def _break_glass(house: House, staff: Staff, client_id: UUID, team: UUID) -> None:
    viewer = Viewer(
        id=staff.id, name=staff.name, roles=staff.roles, team_ids=frozenset(), signed_in_at=real_now()
    )
    assigned = Assigned(client_id=client_id, version=1, team_id=team, staff_id=None)
    async with house.service.database.transaction() as tx:
        await break_glass(tx, viewer, assigned, "They are here, and their team is away.")


async def _ask(
    world: World, route: str, page: Page, ids: Ids, token: str | None, headers: Mapping[str, str] = {}
) -> Answer:
    method, _, template = route.partition(" ")
    path = template.replace("{name:path}", "{name}").format(
        **{
            "digest": "x",
            "name": "desk.css",
            "draft_id": str(new_id()),
            **ids,
            **page.path,
        }
    )
    query = {name: value.format(**ids) for name, value in page.query.items()}
    form = {name: value.format(**ids) for name, value in page.form.items()}
    world.browser.cookies.clear()
    async with world.browser.stream(
        method,
        path,
        params=query or None,
        data=form if method == "POST" else None,
        headers={**headers, **({"Cookie": f"{COOKIE}={token}"} if token else {})},
    ) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
        text = answer.text if answer.is_stream_consumed else ""
        return Answer(answer.status_code, answer.headers.get("location", ""), text)


def _shows_nothing(answer: Answer, *secrets: str) -> bool:
    return not any(secret in answer.text for secret in secrets)


FOR_STAFF = [route for route, page in PAGES.items() if ANYONE not in page.roles]


@pytest.mark.parametrize("route", PAGES)
async def test_who_is_not_signed_in_is_asked_to_wherever_it_is_not_open_to_all(
    world: World, route: str
) -> None:
    page = PAGES[route]
    for token in (None, world.expired, world.ended, "made up"):
        answer = await _ask(world, route, page, world.theirs, token)
        assert answer.asks_to_sign_in == (ANYONE not in page.roles), answer
        assert _shows_nothing(answer, THEIR_NAME, THEIR_WORDS)


@pytest.mark.parametrize("route", FOR_STAFF)
async def test_it_opens_to_those_whose_work_it_is_and_to_no_other_role(world: World, route: str) -> None:
    page = PAGES[route]
    for role, person in world.right.items():
        answer = await _ask(world, route, page, world.theirs, await world.token(person, fresh=_ends(route)))
        if role in page.roles:
            assert answer.lets_in, (role, answer)
        else:
            assert answer.status == 403, (role, answer)
            assert _shows_nothing(answer, THEIR_NAME, THEIR_WORDS, NOT_YOURS)


@pytest.mark.parametrize("route", FOR_STAFF)
async def test_a_client_is_shown_to_their_team_and_to_who_said_why(world: World, route: str) -> None:
    page = PAGES[route]
    for role in sorted(page.roles):
        wrong = await world.token(world.wrong[role], fresh=_ends(route))
        answer = await _ask(world, route, page, world.theirs, wrong)
        assert _shows_nothing(answer, THEIR_NAME, THEIR_WORDS), role
        if page.about_client:
            assert answer.status == 403, (role, answer)
            assert NOT_YOURS in answer.text
        glass = await world.token(world.with_glass[role], fresh=_ends(route))
        assert (await _ask(world, route, page, world.theirs, glass)).lets_in, role


@pytest.mark.parametrize("route", [route for route in FOR_STAFF if route.startswith("POST")])
@pytest.mark.parametrize(
    "said", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.example"}]
)
async def test_nothing_is_done_that_another_site_asks_for(
    world: World, route: str, said: Mapping[str, str]
) -> None:
    page = PAGES[route]
    for role in sorted(page.roles):
        right = await world.token(world.right[role], fresh=_ends(route))
        assert (await _ask(world, route, page, world.theirs, right, said)).status == 403


def _ends(route: str) -> bool:
    return any(part in route for part in ENDS_SESSIONS)


@pytest.mark.parametrize("route", [route for route, page in PAGES.items() if page.about_client])
async def test_it_is_written_down_who_came_and_who_was_turned_away(world: World, route: str) -> None:
    page = PAGES[route]
    role = min(page.roles)
    before = await _lines(world, route)
    for person in (world.right[role], world.wrong[role], world.with_glass[role]):
        await _ask(world, route, page, world.theirs, await world.token(person, fresh=False))
    after = await _lines(world, route)

    assert after["turned_away"] > before["turned_away"]
    assert after["let in"] >= before["let in"] + 2
    assert after["by glass"] > before["by glass"]


async def _lines(world: World, route: str) -> Mapping[str, int]:
    client_id = UUID(world.theirs["client_id"])
    async with world.house.service.database.reading() as conn:
        row = await conn.fetchrow(
            """
            select count(*) filter (where deed = 'turned_away') as turned_away,
                   count(*) filter (where deed <> 'turned_away') as let_in,
                   count(*) filter (where about_id is not null) as by_glass
            from audit where client_id = $1 and route = $2
            """,
            client_id,
            route,
        )
    assert row is not None
    return {"turned_away": row["turned_away"], "let in": row["let_in"], "by glass": row["by_glass"]}


WITH_OTHER_IDS = [route for route, page in PAGES.items() if page.about_client and route.count("_id}") > 1]


@pytest.mark.parametrize("route", WITH_OTHER_IDS)
async def test_what_is_another_clients_is_not_found_by_the_address_of_ones_own(
    world: World, route: str
) -> None:
    page = PAGES[route]
    person = world.right[min(page.roles)]
    ids = {**world.anothers, "client_id": world.theirs["client_id"]}
    answer = await _ask(world, route, page, ids, await world.token(person, fresh=False))

    assert answer.status == 404, answer
    assert _shows_nothing(answer, ANOTHERS_NAME, ANOTHERS_WORDS)
