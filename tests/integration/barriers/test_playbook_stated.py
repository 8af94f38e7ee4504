"""Each version of the playbook is stated as an event: whole, once, in the history, whoever starts when."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
from nats.aio.client import Client

from contracts.events.barriers import PlaybookPublished
from deploy.local.servers import MessageServer
from services.barriers.__main__ import SERVICE
from services.barriers.playbook import PLAYBOOK_FOLDER, load_texts, read_texts
from services.barriers.settings import BarriersSettings
from shared.auth import Caller, issue_token
from shared.history import HISTORY
from shared.ids import new_id
from shared.run import running
from shared.unit_of_work import MOST_BYTES
from tests.integration.barriers.conftest import Barriers, started
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import PRIVATE_KEY, settings_for

HISTORIAN = {
    "Authorization": "Bearer "
    + issue_token(
        PRIVATE_KEY, Caller(new_id(), "service", scopes=frozenset({HISTORY})), lifetime=timedelta(minutes=30)
    )
}
TEXTS = read_texts()
EDITION = load_texts(TEXTS).edition
MOVED = TEXTS["playbook.yaml"].replace('version: "2026.', 'version: "2027.')


async def told(barriers: Barriers) -> list[tuple[int, str]]:
    return [(one.number, one.edition) for one in await barriers.told(PlaybookPublished)]


async def published(barriers: Barriers, files: dict[str, str], *, based_on: int = 1) -> httpx.Response:
    body = {"files": files, "why": "We learned something", "based_on": based_on}
    return await barriers.post("/playbook/versions", body)


async def test_the_one_that_comes_with_foothold_is_stated_once_however_many_copies_start(
    database: Database, nats: MessageServer, clock: ManualClock, bus: Client
) -> None:
    async def once() -> None:
        async with started(database, nats, clock, bus):
            pass

    await asyncio.gather(*(once() for _ in range(3)))

    async with started(database, nats, clock, bus) as again:
        [event] = await again.told(PlaybookPublished)
    assert (event.number, event.edition, event.published_by, event.why) == (1, EDITION, None, None)
    assert {one.name: one.text for one in event.files} == TEXTS
    assert len(event.content.categories) == len(TEXTS) - 1
    assert len(event.model_dump_json().encode()) < MOST_BYTES / 5


async def test_a_version_is_stated_as_it_is_published_and_is_in_the_history(barriers: Barriers) -> None:
    supervisor = barriers.as_("supervisor")
    changed = TEXTS["transport.yaml"].replace("getting there", "the way there")

    answer = await published(supervisor, {"transport.yaml": changed, "playbook.yaml": MOVED})
    back = await supervisor.post("/playbook/versions/1/restore", {"why": "It was better", "based_on": 2})

    first, second, third = await barriers.told(PlaybookPublished)
    assert (second.number, second.edition) == (2, answer.json()["edition"])
    assert (second.published_by, second.why) == (supervisor.subject, "We learned something")
    assert "the way there" in {one.name for one in second.content.categories}
    assert (third.number, third.restores, third.edition) == (3, 1, EDITION)
    assert len({first.version_id, second.version_id, third.version_id}) == 3
    assert back.headers["X-Stated"]
    history = await barriers.http.get("/history", headers=HISTORIAN)
    assert history.text.count(PlaybookPublished.subject) == 3


async def test_one_that_was_published_before_versions_were_stated_is_stated_at_the_next_start(
    barriers: Barriers,
    admin: asyncpg.Connection[asyncpg.Record],
    database: Database,
    nats: MessageServer,
    clock: ManualClock,
    bus: Client,
) -> None:
    answer = await published(barriers.as_("supervisor"), {"playbook.yaml": MOVED})
    await admin.execute("delete from barriers.outbox; delete from barriers.publication;")
    await admin.execute("delete from barriers.playbook_stated")
    before = len(await told(barriers))

    async with started(database, nats, clock, bus) as later:
        after = (await told(later))[before:]

    assert sorted(after) == [(1, EDITION), (2, answer.json()["edition"])]


async def test_other_files_are_stated_anew_under_the_same_number(
    barriers: Barriers, tmp_path: Path, database: Database, nats: MessageServer, clock: ManualClock
) -> None:
    folder = tmp_path / "playbook"
    shutil.copytree(PLAYBOOK_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "playbook.yaml").write_text(MOVED)
    settings = settings_for(
        BarriersSettings, "barriers", database=database, nats=nats, barriers_playbook=folder
    )
    assert isinstance(settings, BarriersSettings)

    async with running(SERVICE, settings, clock):
        pass

    one, other = await barriers.told(PlaybookPublished)
    assert one.number == other.number == 1
    assert one.version_id == other.version_id
    assert other.edition != one.edition


async def test_a_copy_too_long_to_be_told_is_said_to_be_too_long(barriers: Barriers) -> None:
    many = "".join(f"  - You have thought about it, and it was hard, the {n}th time.\n" for n in range(1400))
    longer = {
        name: text.replace("affirmations:\n", f"affirmations:\n{many}", 1)
        for name, text in TEXTS.items()
        if "\naffirmations:\n" in text
    }
    supervisor = barriers.as_("supervisor")

    names = sorted(longer)
    fits = await supervisor.post("/playbook/check", {"files": {name: longer[name] for name in names[:2]}})
    too_long = await supervisor.post("/playbook/check", {"files": {name: longer[name] for name in names[:7]}})

    assert fits.status_code == 200, fits.text
    assert too_long.status_code == 422
    assert "too long by about" in too_long.text


async def test_a_copy_is_checked_and_read_as_everybody_would_and_nothing_is_written(
    barriers: Barriers,
) -> None:
    supervisor = barriers.as_("supervisor")
    changed = TEXTS["transport.yaml"].replace("getting there", "the way there")

    good = await supervisor.post("/playbook/check", {"files": {"transport.yaml": changed}})
    flawed = await supervisor.post("/playbook/check", {"files": {"transport.yaml": "category: ["}})

    assert good.status_code == 200, good.text
    assert "the way there" in {one["name"] for one in good.json()["content"]["categories"]}
    assert flawed.status_code == 422
    assert flawed.json()["errors"][0]["file"] == "transport.yaml"
    assert await told(barriers) == [(1, EDITION)]


async def test_what_is_stated_leaves_for_the_stream(barriers: Barriers) -> None:
    async def in_stream() -> int:
        info = await barriers.bus.jetstream().stream_info(
            "BARRIERS", subjects_filter=PlaybookPublished.subject
        )
        return sum((info.state.subjects or {}).values())

    await eventually(in_stream, 1)
