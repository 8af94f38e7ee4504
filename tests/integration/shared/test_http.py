"""What every HTTP API of ours promises: who may call, once only, plain problems, pages, traces."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated
from uuid import UUID

import asyncpg
import httpx
import nats as nats_client
import pytest
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from nats.aio.client import Client
from pydantic import BaseModel
from starlette.applications import Starlette

from deploy.local.servers import MessageServer
from shared.app import create_app
from shared.auth import Caller
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Transient, Unauthenticated
from shared.http import Command, Given, Query, Routes, Visiting
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.run import Kit, Parts, Service, running
from shared.settings import ServiceSettings
from shared.unit_of_work import Transaction
from tests.integration.shared.parcels import NOWHERE, ParcelPacked
from tests.support.database import Database, cloned
from tests.support.eventually import eventually
from tests.support.running import STAFF_ID, bearer, settings_for
from tests.support.servers import NATS_PASSWORD, NATS_USER
from tests.support.streams import remove_streams

PARTNER = Caller(subject=UUID(int=7), kind="partner", organization=UUID(int=8))
FIRST = datetime(2026, 11, 23, 9, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"

routes = Routes()
letters = Routes(
    prefix="/letters", problem_shape=lambda _, problem: PlainTextResponse(problem.detail, problem.status)
)

PROBLEMS: dict[str, Exception] = {
    "unauthenticated": Unauthenticated("who is there?"),
    "forbidden": Forbidden("not yours"),
    "missing": NotFound("there is no such parcel"),
    "conflict": Conflict("it has left already", possible=["track", "return"]),
    "invalid": Invalid("parcels have a weight"),
    "transient": Transient("the scales are busy"),
    "outage": ConnectionRefusedError("10.0.0.1 said no"),
    "mistake": RuntimeError("Amina said that the lift is broken"),
}


class Address(BaseModel):
    street: str
    number: int


class NewParcel(BaseModel):
    weight: int
    to: Address | None = None


class Packed(BaseModel):
    parcel_id: UUID


class Row(BaseModel):
    at: datetime
    id: UUID


class Scales(BaseModel):
    unit: str


@routes.get("/opening-hours", allow=("anyone",))
async def opening_hours(visit: Visiting) -> Scales:
    async def look(tx: Transaction) -> Scales:
        await tx.conn.fetchval("select 1")
        return Scales(unit=visit.address)

    return await visit.act(look)


@letters.get("/{kind}", allow=("packer",))
async def letter(kind: int) -> Packed:
    raise PROBLEMS[str(kind)]


ROWS = [Row(at=FIRST + timedelta(minutes=n // 3), id=UUID(int=n)) for n in range(10)]


@routes.post("/parcels", allow=("packer", "service"), status_code=201)
async def pack(body: NewParcel, command: Command) -> Packed:
    return await command.once(partial(_pack, body))


async def _pack(body: NewParcel, tx: Transaction) -> Packed:
    parcel_id = new_id()
    tx.publish(ParcelPacked(parcel_id=parcel_id, weight=body.weight))
    return Packed(parcel_id=parcel_id)


@routes.put("/parcels/{parcel_id}", allow=("packer",))
async def weigh(parcel_id: UUID, body: NewParcel, command: Command) -> Packed:
    return await command.once(partial(_pack, body))


@routes.get("/problems/{kind}", allow=("packer",))
async def problem(kind: str) -> Packed:
    raise PROBLEMS[kind]


@routes.get("/rows", allow=("packer",))
async def rows(after: After = None, limit: Limit = 4) -> Page[Row]:
    start = read_cursor(after, datetime, UUID)
    left = [row for row in ROWS if start is None or (row.at, row.id) > start][: limit + 1]
    return page_of(left, limit, cursor_of(left[limit - 1].at, left[limit - 1].id) if left[limit:] else None)


@routes.get("/scales", allow=("packer", "partner"))
async def scales(scales: Annotated[Scales, Given(Scales)], query: Query) -> dict[str, str]:
    return {"unit": scales.unit, "caller": str(query.caller.subject)}


async def _authenticate(key: str) -> Caller:
    if key != "fhk_right":
        raise Unauthenticated("this key is not known here")
    return PARTNER


async def _build(_kit: Kit[ServiceSettings]) -> Parts:
    return Parts(given=(Scales(unit="grams"),), key_authenticator=_authenticate)


COUNTER = Service(
    name="intake",
    title="Counter",
    description="Takes parcels in",
    settings=ServiceSettings,
    folder=NOWHERE,
    routes=(routes, letters),
    build=_build,
)


@pytest.fixture(scope="module")
async def counter(migrated: Database, nats: MessageServer) -> AsyncIterator[tuple[str, str]]:
    """One running service for all tests of this file: its address, and that of its database."""
    async with cloned(migrated) as database:
        bus = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
        await remove_streams(bus)
        settings = settings_for(ServiceSettings, "intake", database=database, nats=nats)
        async with running(COUNTER, settings) as service:
            yield service.url, database.superuser_url
        await remove_streams(bus)
        await bus.close()


@pytest.fixture
async def client(counter: tuple[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=counter[0], headers=bearer("packer"), timeout=10) as client:
        yield client


@pytest.fixture
async def admin(counter: tuple[str, str]) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(counter[1])
    yield connection
    await connection.close()


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(new_id())}


@pytest.mark.parametrize("kind", PROBLEMS)
async def test_every_problem_is_told_in_the_same_form(client: httpx.AsyncClient, kind: str) -> None:
    raised = PROBLEMS[kind]
    expected = raised.status if isinstance(raised, Problem) else {"outage": 503, "mistake": 500}[kind]

    answer = await client.get(f"/problems/{kind}")
    told = answer.json()

    assert answer.status_code == told["status"] == expected
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["title"]
    assert told["detail"]
    assert UUID(answer.headers["X-Correlation-Id"]).version == 7
    if isinstance(raised, Problem):
        assert told["detail"] == raised.detail
    else:
        assert str(raised) not in answer.text


async def test_a_conflict_says_what_is_possible(client: httpx.AsyncClient) -> None:
    assert (await client.get("/problems/conflict")).json()["possible"] == ["track", "return"]


async def test_who_should_come_back_is_told_so(client: httpx.AsyncClient) -> None:
    assert (await client.get("/problems/transient")).headers["Retry-After"]
    assert (await client.get("/problems/unauthenticated")).headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "method, path, status",
    [("GET", "/nowhere", 404), ("DELETE", "/rows", 405), ("GET", "/rows?limit=0", 422)],
)
async def test_what_the_framework_refuses_has_the_same_form(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_far_too_large_is_refused_in_the_same_form(client: httpx.AsyncClient) -> None:
    answer = await client.post("/parcels", content=b"{" + b" " * 2_000_000, headers=key())

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_of_unknown_length_is_not_read(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"weight": 1}'

    answer = await client.post("/parcels", content=chunks(), headers=key())

    assert answer.status_code == 411
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"weight": "Amina is heavy", "to": {"street": 5, "number": "Amina"}}',
        b'{"weight": 1, "to": "Amina"}',
        b'["Amina"]',
    ],
)
async def test_a_body_that_does_not_fit_is_told_where_and_never_repeated(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/parcels", content=body, headers=key() | {"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert "Amina" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"weight": Amina}',
        b"Amina",
        b'{"weight": NaN}',
        b'{"weight": -Infinity}',
        b'{"weight": 1, "Amina": "\xff"}',
        b'{"weight": 1, "Amina": "\\ud800"}',
        b'{"weight": 1, "Amina": "\\u0000"}',
        b'{"weight": 1, "Amina": "\\\\\\u0000"}',
        b'{"weight": 1',
        b"[" * 10_000,
    ],
)
async def test_what_is_not_json_is_refused_in_plain_words_without_a_place_in_it(
    client: httpx.AsyncClient, body: bytes
) -> None:
    answer = await client.post("/parcels", content=body, headers=key() | {"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "errors" not in answer.json()
    assert "Amina" not in answer.text
    assert not any(letter.isdigit() for letter in answer.json()["detail"].replace("U+0000", ""))


async def test_a_backslash_before_u0000_is_text_like_any_other(client: httpx.AsyncClient) -> None:
    body = b'{"weight": 1, "note": "a path: C:\\\\u0000"}'

    answer = await client.post("/parcels", content=body, headers=key() | {"Content-Type": "application/json"})

    assert answer.status_code == 201


@pytest.mark.parametrize("form", ["text/plain", "application/xml", "application/x-www-form-urlencoded", None])
async def test_what_does_not_say_that_it_is_json_is_not_read(
    client: httpx.AsyncClient, form: str | None
) -> None:
    headers = key() | ({"Content-Type": form} if form else {})

    answer = await client.post("/parcels", content=b'{"weight": 1}', headers=headers)

    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


async def test_an_address_cannot_hold_what_no_text_can(client: httpx.AsyncClient) -> None:
    assert (await client.get("/problems/%00")).status_code == 400
    assert (await client.get("/rows?after=%00")).status_code == 400


async def test_a_repeat_gets_the_first_answer_and_one_effect(
    client: httpx.AsyncClient, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    mine = key()
    first = await client.post("/parcels", json={"weight": 1}, headers=mine)
    again = await client.post("/parcels", json={"weight": 1}, headers=mine)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await effects(admin, first) == 1


async def test_the_same_command_sent_many_times_at_once_has_one_effect_and_one_answer(
    client: httpx.AsyncClient, admin: asyncpg.Connection[asyncpg.Record]
) -> None:
    mine = key()
    before = await admin.fetchval("select count(*) from intake.event")

    answers = await asyncio.gather(
        *(client.post("/parcels", json={"weight": 2}, headers=mine) for _ in range(8))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await admin.fetchval("select count(*) from intake.event") == before + 1


async def test_one_key_is_for_one_thing(client: httpx.AsyncClient) -> None:
    mine = key()
    assert (await client.post("/parcels", json={"weight": 1}, headers=mine)).status_code == 201

    other_body = await client.post("/parcels", json={"weight": 2}, headers=mine)
    other_route = await client.put(f"/parcels/{UUID(int=1)}", json={"weight": 1}, headers=mine)

    assert (other_body.status_code, other_route.status_code) == (422, 422)
    assert "Idempotency-Key" in other_body.json()["detail"]


async def test_the_same_key_for_another_parcel_is_another_thing(client: httpx.AsyncClient) -> None:
    mine = key()
    assert (await client.put(f"/parcels/{UUID(int=1)}", json={"weight": 1}, headers=mine)).status_code == 200

    other = await client.put(f"/parcels/{UUID(int=2)}", json={"weight": 1}, headers=mine)

    assert other.status_code == 422


async def test_a_key_belongs_to_its_caller(client: httpx.AsyncClient) -> None:
    mine = key()
    other = bearer("packer", subject=UUID(int=99))

    first = await client.post("/parcels", json={"weight": 1}, headers=mine)
    second = await client.post("/parcels", json={"weight": 1}, headers=mine | other)

    assert second.status_code == 201
    assert first.json() != second.json()


@pytest.mark.parametrize("method, path", [("POST", "/parcels"), ("PUT", f"/parcels/{UUID(int=1)}")])
async def test_a_command_without_a_key_is_told_to_send_one(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path, json={"weight": 1})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic cGFja2VyOng="}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "Bearer fhk_wrong"}, 401),
        ({"Authorization": "Bearer fhk_right"}, 403),
        (bearer("stranger"), 403),
        (bearer(), 403),
        (bearer("packer", kind="partner"), 403),
        (bearer(kind="service"), 201),
    ],
)
async def test_only_those_named_get_in(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/parcels", json={"weight": 1}, headers=key() | headers)

    assert answer.status_code == status


@pytest.mark.parametrize("body", [b'{"weight": "x"}', b"not even JSON", b'{"weight": "\\u0000"}', b""])
@pytest.mark.parametrize("form", ["application/json", "text/plain"])
async def test_nobody_learns_what_a_body_should_look_like_who_may_not_send_it(
    client: httpx.AsyncClient, body: bytes, form: str
) -> None:
    headers = {"Content-Type": form}

    unknown = await client.post("/parcels", content=body, headers=headers | {"Authorization": ""})
    stranger = await client.post("/parcels", content=body, headers=headers | bearer("stranger"))

    assert (unknown.status_code, stranger.status_code) == (401, 403)


async def test_a_partner_comes_in_with_a_key_where_that_is_allowed(client: httpx.AsyncClient) -> None:
    partner = await client.get("/scales", headers={"Authorization": "Bearer fhk_right"})
    staff = await client.get("/scales")

    assert partner.json() == {"unit": "grams", "caller": str(PARTNER.subject)}
    assert staff.json() == {"unit": "grams", "caller": str(STAFF_ID)}


async def _open() -> dict[str, str]:
    return {}


def _beside() -> APIRouter:
    router = APIRouter()
    router.get("/secrets")(_open)
    return router


def _inside() -> APIRouter:
    router = Routes()
    router.include_router(_beside())
    return router


def _not_even_an_endpoint() -> APIRouter:
    router = Routes()
    router.mount("/secrets", Starlette())
    return router


def _through_the_back_door() -> APIRouter:
    router = Routes()
    router.get("/open", allow=("packer",))(_open)
    router.add_api_route("/secrets", _open)
    return router


@pytest.mark.parametrize("router", [_beside, _inside, _not_even_an_endpoint, _through_the_back_door])
def test_an_app_with_a_route_that_names_no_callers_does_not_start(
    router: Callable[[], APIRouter],
) -> None:
    with pytest.raises(TypeError, match="/secrets does not say who may call it"):
        create_app(title="Shop", description="", version="1", routes=[routes, router()])  # type: ignore[list-item]


def test_a_route_can_only_be_declared_with_its_callers() -> None:
    with pytest.raises(TypeError, match="allow"):
        Routes().get("/secrets")  # type: ignore[call-arg]


def test_what_is_open_to_anyone_names_nobody_else() -> None:
    with pytest.raises(TypeError, match="name nobody else"):
        Routes().get("/opening-hours", allow=("anyone", "packer"))


async def test_anyone_may_call_what_says_so_and_a_credential_is_not_looked_at(
    client: httpx.AsyncClient,
) -> None:
    without = await client.get("/opening-hours")
    with_nonsense = await client.get("/opening-hours", headers={"Authorization": "Bearer nonsense"})

    assert (without.status_code, with_nonsense.status_code) == (200, 200)
    assert without.json() == {"unit": "127.0.0.1"}


async def test_what_is_open_to_anyone_is_documented_as_such(client: httpx.AsyncClient) -> None:
    operation = (await client.get("/openapi.json")).json()["paths"]["/opening-hours"]["get"]

    assert operation["x-allowed"] == ["anyone"]
    assert "security" not in operation
    assert not {"401", "403"} & operation["responses"].keys()


async def test_pages_follow_each_other_without_gap_or_repeat(client: httpx.AsyncClient) -> None:
    seen, after, pages = [], None, 0
    while True:
        page = (await client.get("/rows", params={"limit": 3} | ({"after": after} if after else {}))).json()
        seen += [UUID(row["id"]) for row in page["items"]]
        pages, after = pages + 1, page["next"]
        if after is None:
            break

    assert seen == [row.id for row in ROWS]
    assert pages == 4


@pytest.mark.parametrize(
    "after", ["nonsense", "%00", "W10", "WzEsMl0", cursor_of("x", 1), cursor_of(FIRST), "é"]
)
async def test_a_cursor_of_someone_elses_making_is_refused(client: httpx.AsyncClient, after: str) -> None:
    answer = await client.get("/rows", params={"after": after})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_conversation_and_the_trace_go_on_into_history_and_onto_the_wire(
    client: httpx.AsyncClient, admin: asyncpg.Connection[asyncpg.Record], nats: MessageServer
) -> None:
    conversation = new_id()
    traceparent = f"00-{TRACE}-b7ad6b7169203331-01"

    answer = await client.post(
        "/parcels",
        json={"weight": 1},
        headers=key() | {"X-Correlation-Id": str(conversation), "traceparent": traceparent},
    )

    assert answer.headers["X-Correlation-Id"] == str(conversation)
    event = await admin.fetchrow(
        "select id, traceparent from intake.event where correlation_id = $1", conversation
    )
    assert event is not None
    assert TRACE in event["traceparent"]
    await eventually(lambda: sequence_of(admin, event["id"]), lambda found: found is not None)
    bus: Client = await nats_client.connect(nats.url, user=NATS_USER, password=NATS_PASSWORD)
    message = await bus.jetstream().get_msg("INTAKE", await sequence_of(admin, event["id"]), direct=True)
    await bus.close()
    headers = message.headers or {}
    assert headers["ce-correlationid"] == str(conversation)
    assert TRACE in headers["traceparent"]


async def test_a_correlation_id_that_is_none_of_ours_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.get("/scales", headers={"X-Correlation-Id": "Amina"})

    assert UUID(answer.headers["X-Correlation-Id"]).version == 7


async def test_the_documents_say_who_may_call(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    assert document["paths"]["/parcels"]["post"]["x-allowed"] == ["packer", "service"]
    assert "Idempotency-Key" in json.dumps(document["paths"]["/parcels"]["post"]["parameters"])


async def test_the_document_tells_generated_clients_and_readers_what_they_need(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/openapi.json")).json()
    operation = document["paths"]["/parcels"]["post"]
    key = next(found for found in operation["parameters"] if found["name"] == "Idempotency-Key")

    assert operation["operationId"] == "pack"
    assert key["required"]
    assert {"400", "401", "403", "411", "413", "415", "422"} <= set(operation["responses"])
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert document["servers"]
    assert all(tag["description"] for tag in document["tags"])


async def effects(admin: asyncpg.Connection[asyncpg.Record], answer: httpx.Response) -> int:
    about = UUID(answer.json()["parcel_id"])
    return int(await admin.fetchval("select count(*) from intake.event where about = $1", about))


async def sequence_of(admin: asyncpg.Connection[asyncpg.Record], event_id: UUID) -> int | None:
    sequence: int | None = await admin.fetchval(
        "select stream_sequence from intake.publication where event_id = $1", event_id
    )
    return sequence


async def test_a_router_may_tell_its_problems_in_a_form_of_its_own_also_of_paths_that_there_are_not(
    client: httpx.AsyncClient,
) -> None:
    packer = bearer("packer")
    answers = [
        await client.get("/letters/1", headers={"Authorization": "none"}),
        await client.get("/letters/none/at/all", headers=packer),
        await client.get("/letters/word", headers=packer),
        await client.put("/letters/1", headers=packer),
        await client.get("/letters/7", headers=packer),
    ]

    assert [answer.status_code for answer in answers] == [401, 404, 422, 405, 500]
    assert {answer.headers["content-type"] for answer in answers} == {"text/plain; charset=utf-8"}
    assert answers[0].headers["www-authenticate"] == "Bearer"
    elsewhere = await client.get("/lettersaside", headers=packer)
    assert elsewhere.headers["content-type"] == "application/problem+json"
