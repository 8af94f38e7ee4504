"""An editor brings a directory in over HTTP: preview, run, report; one at a time, and through any death."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import multiprocessing
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import pytest

from contracts.events.navigation import ServiceChanged
from services.navigation.commands.uploading import Imports
from shared.app import LARGEST_BODY
from tests.integration.navigation.conftest import Navigation
from tests.support.announced import status_before_body
from tests.support.big_directory import services
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.navigation import events_of

JSON = "application/json"


@pytest.fixture
def editor(navigation: Navigation) -> Navigation:
    return navigation.as_("directory_editor")


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


async def begin(editor: Navigation, source: str = "newshire") -> str:
    answer = await editor.post("/directory/imports", {"source": source})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def send(editor: Navigation, import_id: str, content: bytes, kind: str = JSON) -> httpx.Response:
    headers = {**editor.authorization, "Content-Type": kind}
    path = f"/directory/imports/{import_id}/content"
    return await editor.http.put(path, content=content, headers=headers)


async def until(editor: Navigation, import_id: str, *states: str) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        found: dict[str, Any] = (await editor.get(f"/directory/imports/{import_id}")).json()
        return found

    return await eventually(look, lambda found: found["state"] in states, within=60)


async def preview(editor: Navigation, content: bytes, kind: str = JSON) -> dict[str, Any]:
    import_id = await begin(editor)
    sent = await send(editor, import_id, content, kind)
    assert sent.status_code == 200, sent.text
    return await until(editor, import_id, "previewed", "broken")


async def run(editor: Navigation, import_id: str) -> dict[str, Any]:
    assert (await editor.post(f"/directory/imports/{import_id}/run", {})).status_code == 200
    return await until(editor, import_id, "done", "broken")


async def rows(editor: Navigation, import_id: str, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await editor.get(f"/directory/imports/{import_id}/rows", limit=200, **filters)
    ).json()["items"]
    return found


async def total(editor: Navigation) -> int:
    return int((await editor.get("/services")).json()["total"])


async def test_the_preview_says_of_every_row_what_it_would_do_and_writes_nothing(
    navigation: Navigation, editor: Navigation
) -> None:
    first = await preview(editor, json.dumps([service(1), service(2), service(3)]).encode())
    await run(editor, first["id"])

    nameless = {"id": "x", "status": "active"}
    second = [service(1), service(2, minimum_age=18), service(4), nameless]
    looked = await preview(editor, json.dumps(second).encode())

    counts = looked["preview"]["services"]
    assert {name: counts[name] for name in ("added", "changed", "unchanged", "closed", "rejected")} == {
        "added": 1, "changed": 1, "unchanged": 1, "closed": 1, "rejected": 1,
    }  # fmt: skip
    assert [(one["outcome"], one["name"]) for one in await rows(editor, looked["id"])] == [
        ("rejected", None),
        ("unchanged", "Service 1"),
        ("changed", "Service 2"),
        ("added", "Service 4"),
        ("retired", "Service 3"),
    ]
    (changed,) = await rows(editor, looked["id"], outcome="changed")
    assert changed["changes"] == {"minimum_age": [None, 18.0], "document": ["minimum_age"]}
    assert await total(editor) == 3
    assert [found.name for found in await events_of(navigation.service.database, ServiceChanged)] != []

    done = await run(editor, looked["id"])
    assert done["report"] == looked["preview"], "the preview said what the import did"
    assert await total(editor) == 3
    assert (await editor.get("/services", retired="true")).json()["total"] == 1


async def test_the_report_is_a_table_for_a_spreadsheet_too_with_every_row(editor: Navigation) -> None:
    looked = await preview(
        editor, lines(service(n, name=f"=Service {n}") for n in range(2_500)), "application/x-ndjson"
    )

    answer = await editor.get(f"/directory/imports/{looked['id']}/rows.csv", outcome="added")

    table = list(csv.reader(io.StringIO(answer.text)))
    assert len(table) == 2_501
    assert table[1][6].startswith("'=Service")


@pytest.mark.parametrize("nested", ["", "newshire-2026/"])
async def test_tables_come_in_a_zip(editor: Navigation, nested: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{nested}organizations.csv", "id,name,description\no1,Fold,Neighbours\n")
        archive.writestr(f"{nested}services.csv", "id,organization_id,name,status\ns1,o1,Rides,active\n")
        archive.writestr("__MACOSX/services.csv", "nonsense")
        archive.writestr("../outside.csv", "id\n1\n")

    looked = await preview(editor, packed.getvalue(), "application/zip")

    assert (looked["state"], looked["preview"]["services"]["added"]) == ("previewed", 1)


@pytest.mark.parametrize(
    ("content", "kind", "named"),
    [
        (b'[{"id": "x", ', JSON, "line 1"),
        (b"no archive", "application/zip", "the archive"),
        (b"[]", JSON, "nothing in it can be used"),
    ],
)
async def test_a_file_that_cannot_be_used_says_where_and_makes_way_for_the_next(
    editor: Navigation, content: bytes, kind: str, named: str
) -> None:
    broken = await preview(editor, content, kind)

    assert broken["state"] == "broken"
    assert named in broken["problem"]
    assert (await preview(editor, json.dumps([service(1)]).encode()))["state"] == "previewed"


async def test_a_second_import_is_told_of_the_first_and_may_come_once_that_was_stopped(
    editor: Navigation,
) -> None:
    first = await begin(editor)

    second = await editor.post("/directory/imports", {"source": "elsewhere"})

    assert second.status_code == 409
    assert second.json()["under_way"]["id"] == first
    assert second.json()["under_way"]["source"] == "newshire"
    stopped = await editor.post(f"/directory/imports/{first}/cancellation", {})
    assert stopped.json()["state"] == "stopped"
    assert (await editor.post("/directory/imports", {"source": "elsewhere"})).status_code == 201


async def test_nothing_is_run_before_its_preview_or_twice(editor: Navigation) -> None:
    import_id = await begin(editor)
    assert (await editor.post(f"/directory/imports/{import_id}/run", {})).status_code == 409
    await send(editor, import_id, json.dumps([service(1)]).encode())
    await until(editor, import_id, "previewed")
    await run(editor, import_id)

    assert (await editor.post(f"/directory/imports/{import_id}/run", {})).status_code == 409
    assert (await send(editor, import_id, b"[]")).status_code == 409
    assert (await editor.post(f"/directory/imports/{import_id}/cancellation", {})).status_code == 409


async def test_only_this_one_route_takes_a_large_body_and_only_of_a_known_form(editor: Navigation) -> None:
    import_id = await begin(editor)
    large = lines(services(1_500))
    assert len(large) > LARGEST_BODY

    taken = await send(editor, import_id, large, "application/x-ndjson")
    elsewhere = await editor.http.post(
        "/directory/imports",
        content=b" " * (LARGEST_BODY + 1),
        headers={**editor.authorization, "Idempotency-Key": "large", "Content-Type": JSON},
    )
    other = await send(editor, import_id, b"services", "text/plain")
    headers = {**editor.authorization, "Content-Type": JSON, "Content-Length": "200000001"}
    announced = editor.http.build_request("PUT", f"/directory/imports/{import_id}/content", headers=headers)
    too_large = await status_before_body(announced)

    assert taken.json()["bytes"] == len(large)
    assert (elsewhere.status_code, other.status_code, too_large) == (413, 415, 413)


@pytest.mark.parametrize("stage", ["previewing", "running"])
async def test_an_import_whose_process_is_killed_is_begun_again_and_happens_once(
    navigation: Navigation, editor: Navigation, stage: str
) -> None:
    import_id = await begin(editor)
    await send(editor, import_id, lines(services(4_000)), "application/x-ndjson")
    if stage == "running":
        await until(editor, import_id, "previewed")
        await editor.post(f"/directory/imports/{import_id}/run", {})
    at_work = await until(editor, import_id, stage)
    imports = multiprocessing.active_children()
    assert imports, at_work
    for process in imports:
        process.kill()

    if stage == "previewing":
        await until(editor, import_id, "previewed")
        await run(editor, import_id)
    done = await until(editor, import_id, "done")

    assert done["report"]["services"]["added"] == 4_000
    assert await total(editor) == 4_000
    async with navigation.service.database.reading() as conn:
        assert await conn.fetchval("select count(*) from directory_import") == 1
        assert await conn.fetchval("select count(*) from directory_upload_part") == 0


async def test_two_copies_never_import_at_once(
    navigation: Navigation, editor: Navigation, database: Database
) -> None:
    other = Imports(
        navigation.service.database, database_url=database.url("navigation"), schema="navigation", folder=None
    )
    import_id = await begin(editor)
    await send(editor, import_id, lines(services(2_000)), "application/x-ndjson")

    await asyncio.gather(*(other.run() for _ in range(2)))
    looked = await until(editor, import_id, "previewed")
    assert looked["preview"]["services"]["added"] == 2_000
