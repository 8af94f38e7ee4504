"""The playbook over HTTP: it suggests, is tried on the past, and a new version is taken up everywhere."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from nats.aio.client import Client

from contracts.events.barriers import BarrierAnswered
from contracts.events.intake import BarrierStated
from contracts.terms import BarrierCategory, Wish
from deploy.local.servers import MessageServer
from services.barriers.playbook import read_texts
from shared.ids import new_id
from tests.integration.barriers.conftest import Barriers, started
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually

Json = dict[str, object]
TEXTS = read_texts()
MOVED = TEXTS["playbook.yaml"].replace('version: "2026.', 'version: "2027.')
LISTENING = {"playbook.yaml": MOVED.replace("listen_up_to_importance: 3", "listen_up_to_importance: 9")}


async def all_stated(barriers: Barriers, *said: Json) -> list[BarrierStated]:
    events = [barrier_stated(**one) for one in said]
    for event in events:
        await barriers.hears(event)

    async def answered() -> int:
        known = {answer.barrier_id for answer in await barriers.told(BarrierAnswered)}
        return len(known & {event.barrier_id for event in events})

    await eventually(answered, len(events), within=10)
    return events


async def tried(barriers: Barriers, files: dict[str, str], **how: object) -> Json:
    answer = await barriers.as_("supervisor").post("/playbook/trial", {"files": files} | how)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def listed(trial: Json) -> list[dict[str, Any]]:
    """The barriers that would have been answered differently."""
    found = trial["barriers"]
    assert isinstance(found, list)
    return found


async def published(
    barriers: Barriers, files: dict[str, str], *, based_on: int = 1, key: str | None = None
) -> httpx.Response:
    body = {"files": files, "why": "We learned something", "based_on": based_on}
    return await barriers.post("/playbook/versions", body, key)


async def test_what_was_heard_is_shown_with_what_to_ask_next_and_kept_nowhere(barriers: Barriers) -> None:
    answer = await barriers.as_("intake").post(
        "/playbook/suggestions", {"words": "I'm so embarassed, and the buses stopped", "language": "en"}
    )

    assert answer.status_code == 200, answer.text
    found = {one["category"]: one for one in answer.json()["suggestions"]}
    assert set(found) == {"stigma.self", "transport"}
    assert found["transport"]["heard"] == [
        {"phrase": "buses", "said": "buses", "starts": 27, "ends": 32, "likeness": "same_words"}
    ]
    assert found["transport"]["prompts"]["open_questions"]
    async with barriers.service.database.reading() as conn:
        assert await conn.fetchval("select count(*) from idempotency") == 0


async def test_what_to_say_fits_the_task_and_the_rulers(barriers: Barriers) -> None:
    answer = await barriers.get(
        "/playbook/transport/conversation", task="review_setback", importance=8, confidence=2
    )

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["stage"] == "not_confident_yet"
    assert said["after_importance"][0] == "What makes it 8 and not 5?"
    assert "What was going on that day?" in said["prompts"]["open_questions"]
    assert said["prompts"]["deeper_reflections"]


async def test_a_trial_says_what_would_have_been_answered_differently_and_writes_nothing(
    barriers: Barriers,
) -> None:
    ride, child = await all_stated(
        barriers,
        {"category": BarrierCategory.TRANSPORT, "wish": Wish.GO_AHEAD, "own_idea": None},
        {"category": BarrierCategory.CHILDCARE, "wish": Wish.ASK_ME_FIRST, "own_idea": None},
    )
    changed = TEXTS["transport.yaml"].replace(
        "then: I switch to a visit by phone or video", "then: I ring and move the visit"
    )
    async with barriers.service.database.reading() as conn:
        before = await conn.fetchval("select count(*) from event")

    same = await tried(barriers, {})
    found = await tried(barriers, {"transport.yaml": changed})
    listening = await tried(barriers, LISTENING)

    assert (same["tried"], same["different"], same["barriers"]) == (2, 0, [])
    assert (found["tried"], found["different"]) == (2, 1)
    [one] = listed(found)
    assert one["barrier_id"] == str(ride.barrier_id)
    assert one["differs"] == ["plan"]
    assert one["was"]["then_words"] == "I switch to a visit by phone or video"
    assert one["would_be"]["then_words"] == "I ring and move the visit"
    assert found["by_category"][0] == {  # type: ignore[index]
        "category": "transport",
        "name": "getting there",
        "answered": 1,
        "different": 1,
    }
    rules = {one["barrier_id"]: one for one in listed(listening)}
    assert rules[str(ride.barrier_id)]["differs"] == ["rule", "help", "plan", "tasks"]
    assert rules[str(child.barrier_id)]["would_be"]["rule"] == "childcare/listen-for-importance"
    assert rules[str(child.barrier_id)]["would_be"]["tasks"] == ["have_conversation"]
    async with barriers.service.database.reading() as conn:
        assert await conn.fetchval("select count(*) from event") == before


async def test_a_trial_looks_at_the_weeks_that_were_asked_for_and_tells_how_far_it_is(
    barriers: Barriers, clock: ManualClock
) -> None:
    await all_stated(barriers, {}, {})
    clock.advance(timedelta(weeks=3))
    await all_stated(barriers, {})

    recent = await tried(barriers, {}, weeks=1)
    all_of_them = await tried(barriers, {}, weeks=8)
    answer = await barriers.http.post(
        "/playbook/trial",
        json={"files": {}, "weeks": 8},
        headers=barriers.as_("supervisor")._bearer() | {"Accept": "application/x-ndjson"},
    )

    assert (recent["tried"], all_of_them["tried"]) == (1, 3)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[0] == {"done": 3, "of": 3}
    assert lines[-1]["trial"]["tried"] == 3


async def test_a_trial_on_the_latest_says_how_many_were_left_out(barriers: Barriers) -> None:
    await all_stated(barriers, {}, {}, {})

    found = await tried(barriers, {}, latest=2)
    everything = await tried(barriers, {}, latest=3)

    assert (found["tried"], found["left_out"]) == (2, 1)
    assert (everything["tried"], everything["left_out"]) == (3, 0)


async def test_what_was_answered_before_inputs_were_kept_is_left_out_and_counted(
    barriers: Barriers, admin: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    old, _ = await all_stated(barriers, {}, {})
    await admin.execute("delete from barriers.answer where barrier_id = $1", old.barrier_id)

    found = await tried(barriers, {})

    assert (found["tried"], found["not_kept"]) == (1, 1)


async def test_a_copy_that_cannot_be_used_is_explained_by_file_line_and_field(barriers: Barriers) -> None:
    broken = TEXTS["transport.yaml"].replace("  then:", "  thn:")

    answer = await barriers.as_("supervisor").post("/playbook/trial", {"files": {"transport.yaml": broken}})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    errors = {error["field"]: error for error in answer.json()["errors"]}
    line = broken.splitlines().index("  thn: I switch to a visit by phone or video") + 1
    assert errors["plan.thn"]["line"] == str(line)
    assert errors["plan.then"]["file"] == "transport.yaml"


@pytest.mark.parametrize("name", ["../secret.yaml", "playbook.yml", "Transport.yaml", "x/y.yaml", ".yaml"])
async def test_only_the_names_of_playbook_files_are_taken(barriers: Barriers, name: str) -> None:
    answer = await barriers.as_("supervisor").post("/playbook/trial", {"files": {name: "category: x"}})

    assert answer.status_code == 422


async def test_a_published_version_is_in_force_at_once_and_in_every_copy_soon(
    barriers: Barriers, database: Database, nats: MessageServer, clock: ManualClock, bus: Client
) -> None:
    supervisor = barriers.as_("supervisor")
    async with started(database, nats, clock, bus) as other:
        answer = await published(supervisor, LISTENING)

        assert answer.status_code == 201, answer.text
        assert (answer.json()["number"], answer.json()["published_by"]) == (2, str(supervisor.subject))
        here = (await barriers.get("/playbook")).json()
        assert here["edition"] == answer.json()["edition"]

        async def there() -> str:
            return str((await other.get("/playbook")).json()["edition"])

        await eventually(there, here["edition"], within=5)

    [event] = await all_stated(barriers, {"wish": Wish.GO_AHEAD})
    [told] = [one for one in await barriers.told(BarrierAnswered) if one.barrier_id == event.barrier_id]
    assert told.playbook_version == here["edition"]
    assert told.rule == "transport/listen-for-importance"


async def test_a_copy_that_starts_later_begins_with_the_version_in_force(
    barriers: Barriers, database: Database, nats: MessageServer, clock: ManualClock, bus: Client
) -> None:
    answer = await published(barriers.as_("supervisor"), LISTENING)

    async with started(database, nats, clock, bus) as later:
        assert (await later.get("/playbook")).json()["edition"] == answer.json()["edition"]


async def test_going_back_is_one_request_and_the_history_stays(barriers: Barriers) -> None:
    supervisor = barriers.as_("supervisor")
    before = (await barriers.get("/playbook")).json()["edition"]
    await published(supervisor, LISTENING)

    answer = await supervisor.post("/playbook/versions/1/restore", {"why": "It was better", "based_on": 2})

    assert answer.status_code == 201, answer.text
    assert (await barriers.get("/playbook")).json()["edition"] == before
    history = (await barriers.get("/playbook/versions")).json()["items"]
    assert [(one["number"], one["restores"], one["in_force"]) for one in history] == [
        (3, 1, True),
        (2, None, False),
        (1, None, False),
    ]
    first, *_ = (await barriers.get("/playbook/versions", limit=1)).json()["items"]
    assert first["number"] == 3
    texts = (await barriers.get("/playbook/versions/2")).json()["files"]
    assert texts["playbook.yaml"] == LISTENING["playbook.yaml"]
    assert texts["transport.yaml"] == TEXTS["transport.yaml"]
    assert (await barriers.get("/playbook/versions/1")).json()["files"] == TEXTS
    assert (await barriers.get("/playbook/versions/9")).status_code == 404


async def test_the_same_request_publishes_once_and_a_copy_of_an_older_version_is_refused(
    barriers: Barriers,
) -> None:
    supervisor = barriers.as_("supervisor")
    key = str(new_id())

    first = await published(supervisor, LISTENING, key=key)
    again = await published(supervisor, LISTENING, key=key)
    stale = await published(supervisor, {"playbook.yaml": MOVED}, based_on=1)

    assert again.json() == first.json()
    assert stale.status_code == 409
    assert stale.json()["in_force"] == 2


async def test_the_version_is_moved_with_every_change(barriers: Barriers) -> None:
    changed = {"transport.yaml": TEXTS["transport.yaml"].replace("getting there", "the way there")}

    answer = await published(barriers.as_("supervisor"), changed)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "version"


async def test_two_who_publish_at_once_do_not_overwrite_each_other(barriers: Barriers) -> None:
    supervisor = barriers.as_("supervisor")

    answers = await asyncio.gather(*(published(supervisor, LISTENING) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_only_supervisors_try_and_publish(barriers: Barriers) -> None:
    for role in ("case_manager", "intake", "admin", "directory_editor"):
        somebody = barriers.as_(role)
        assert (await somebody.post("/playbook/trial", {"files": {}})).status_code == 403
        assert (await published(somebody, LISTENING)).status_code == 403


async def test_what_answers_were_decided_from_is_kept_as_it_was(barriers: Barriers) -> None:
    """A change of mind or another kind later does not change what the answer was decided from."""
    client = client_context()
    first, second = await all_stated(
        barriers, {"client": client, "own_idea": None}, {"client": client, "own_idea": None}
    )
    await barriers.post(
        f"/barriers/{first.barrier_id}/category",
        {"version": 1, "category": "childcare", "reason": "It is the children, after all"},
    )

    found = await tried(barriers, LISTENING)

    known = {one["barrier_id"]: one for one in listed(found)}
    assert known[str(first.barrier_id)]["category"] == "transport"
    assert known[str(second.barrier_id)]["was"]["help"] is None
    assert known[str(first.barrier_id)]["was"]["help"]["resources"] == ["105-02-01", "105-01-01"]
    assert MONDAY_MORNING.isoformat()[:10] in str(known[str(first.barrier_id)]["answered_at"])
