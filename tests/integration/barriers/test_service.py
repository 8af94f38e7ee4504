"""The whole service, on real servers: over NATS in, over HTTP worked with, events out."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from nats.aio.client import Client

from contracts.events.barriers import (
    BarrierAnswered,
    BarrierMoved,
    HelpNeeded,
    PlanMoved,
    SetbackRecorded,
    TaskEscalated,
    TaskMoved,
    TaskOpened,
)
from contracts.events.base import ClientEvent
from contracts.events.intake import BarrierStated
from contracts.events.navigation import ReferralUnanswered
from contracts.terms import BarrierCategory, TaskStatus, Wish
from deploy.local.servers import MessageServer
from services.barriers.jobs import escalation_job
from shared.ids import new_id
from tests.integration.barriers.conftest import Barriers, started
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context, wish_changed
from tests.support.builders_barriers import envelope, referral, reply_received
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually

Json = dict[str, object]


async def stated(barriers: Barriers, **said: object) -> BarrierStated:
    """A barrier that was stated and answered."""
    event = barrier_stated(**said)
    await barriers.hears(event)

    async def is_answered() -> bool:
        return event.barrier_id in {answer.barrier_id for answer in await barriers.told(BarrierAnswered)}

    await eventually(is_answered, within=10)
    return event


async def tasks(barriers: Barriers, **filters: object) -> list[Json]:
    answer = await barriers.get("/tasks", **filters)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


async def moved(barriers: Barriers, task: Json, *moves: str, **last: object) -> httpx.Response:
    """Move a task several times; what is said goes with the last move."""
    version = int(str(task["version"]))
    *before, final = moves
    for number, name in enumerate(before):
        await barriers.post(f"/tasks/{task['task_id']}/{name}", {"version": version + number})
    body: Json = {"version": version + len(before)}
    return await barriers.post(f"/tasks/{task['task_id']}/{final}", body | last)


async def test_a_barrier_stated_over_nats_is_on_the_list_and_told_to_the_others(barriers: Barriers) -> None:
    event = await stated(barriers)

    [task] = await tasks(barriers, client_id=event.client_id)
    assert task["kind"] == "agree_plan"
    assert event.words in str(task["why"])
    assert task["possible"] == ["claim", "cancel"]
    info = await barriers.bus.jetstream().stream_info("BARRIERS", subjects_filter=">")
    # The playbook itself is the first of them.
    await eventually(lambda: _messages(barriers.bus), 5)
    assert info.config.name == "BARRIERS"


async def _messages(bus: Client) -> int:
    return (await bus.jetstream().stream_info("BARRIERS")).state.messages


async def test_every_event_twice_and_out_of_order_comes_to_the_same(barriers: Barriers) -> None:
    event = barrier_stated(wish=Wish.ASK_ME_FIRST)
    change = wish_changed(client_id=event.client_id, barrier_id=event.barrier_id, wish=Wish.GO_AHEAD)
    silent = referral(ReferralUnanswered, event, version=3)
    sent: list[tuple[ClientEvent, UUID]] = [(one, new_id()) for one in (silent, change, event)]

    for one, event_id in [*sent, *sent]:
        headers = envelope(one, id=event_id).headers()
        del headers["Nats-Msg-Id"]  # else the stream itself would drop the second
        await barriers.bus.jetstream().publish(one.subject, one.model_dump_json().encode(), headers=headers)

    async def left_to_do() -> list[str]:
        return sorted(str(task["kind"]) for task in await tasks(barriers, client_id=event.client_id))

    await eventually(left_to_do, ["agree_plan", "follow_up_referral"], within=20)
    assert len(await barriers.told(BarrierAnswered)) == 1
    assert len(await barriers.told(HelpNeeded)) == 1


async def test_two_copies_share_the_work_and_answer_each_barrier_once(
    barriers: Barriers, database: Database, nats: MessageServer, clock: ManualClock, bus: Client
) -> None:
    client = client_context()
    events = [
        barrier_stated(client=client if number % 3 else client_context(), category=category)
        for number, category in enumerate([*BarrierCategory, *BarrierCategory])
    ]
    async with started(database, nats, clock, bus):
        await asyncio.gather(*(barriers.hears(event) for event in events))

        async def answered() -> int:
            return len(await barriers.told(BarrierAnswered))

        await eventually(answered, len(events), within=20)

    answers = [answer.barrier_id for answer in await barriers.told(BarrierAnswered)]
    assert sorted(answers) == sorted(event.barrier_id for event in events)


async def test_a_task_is_claimed_begun_and_done(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)

    answer = await moved(barriers, task, "claim", "start", "done", note="We agreed on Sam")

    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "done"
    assert answer.json()["assignee"] == str(barriers.subject)
    assert answer.json()["outcome"] == "We agreed on Sam"
    assert await tasks(barriers, client_id=event.client_id) == []
    statuses = [event.status for event in await barriers.told(TaskMoved)]
    assert statuses == [TaskStatus.CLAIMED, TaskStatus.IN_PROGRESS, TaskStatus.DONE]


async def test_what_a_request_leads_to_names_who_made_it_and_what_happened_by_itself_nobody(
    barriers: Barriers,
) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)

    await moved(barriers, task, "claim", "start", "could_not", reason="The line was engaged all day")

    assert {one.by_staff for one in await barriers.told(TaskMoved)} == {barriers.subject}
    assert [one.by_staff for one in await barriers.told(SetbackRecorded)] == [barriers.subject]
    by_itself, asked_for = await barriers.told(TaskOpened)
    assert (by_itself.by_staff, asked_for.by_staff) == (None, barriers.subject)


async def test_a_move_that_is_not_possible_is_explained(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)

    answer = await moved(barriers, task, "done")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["possible"] == ["claim", "cancel"]
    assert "What can be done now: claim, cancel." in answer.json()["detail"]


async def test_of_two_who_claim_at_once_one_is_told_to_look_again(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)
    other = barriers.as_("case_manager")

    answers = await asyncio.gather(moved(barriers, task, "claim"), moved(other, task, "claim"))

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_repeated_request_is_done_once_and_answered_the_same(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)

    first = await barriers.post(f"/tasks/{task['task_id']}/claim", {"version": 1}, key="once")
    again = await barriers.post(f"/tasks/{task['task_id']}/claim", {"version": 1}, key="once")

    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert len(await barriers.told(TaskMoved)) == 1


async def test_could_not_brings_a_setback_and_a_review(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)

    without = await moved(barriers, task, "claim", "start", "could_not")
    answer = await barriers.post(
        f"/tasks/{task['task_id']}/could_not", {"version": 3, "reason": "The line was busy all day"}
    )

    assert without.status_code == 422
    assert answer.status_code == 200, answer.text
    [setback] = await barriers.told(SetbackRecorded)
    assert setback.what_happened == "The line was busy all day"
    [review] = await tasks(barriers, client_id=event.client_id)
    assert review["kind"] == "review_setback"
    detail = (await barriers.get(f"/barriers/{event.barrier_id}")).json()
    assert detail["setbacks"][0]["question"] == setback.question


async def test_yes_go_ahead_asks_navigation_in_the_same_conversation(barriers: Barriers) -> None:
    correlation = new_id()
    event = barrier_stated(wish=Wish.ASK_ME_FIRST)
    await barriers.hears(event, correlation_id=correlation)
    await eventually(lambda: _count(barriers, TaskOpened), 2, within=10)
    [task] = await tasks(barriers, client_id=event.client_id, kind="ask_permission")

    answer = await moved(barriers, task, "claim", "start", "done", answer="yes_go_ahead")

    assert answer.status_code == 200, answer.text
    assert len(await barriers.told(HelpNeeded)) == 1
    detail = (await barriers.get(f"/barriers/{event.barrier_id}")).json()
    assert detail["wish"] == "go_ahead"
    assert detail["why"]["correlation_id"] == str(correlation)
    assert "care.barriers.help.needed.v1" in [link["type"] for link in detail["chain"]]


async def _count(barriers: Barriers, kind: type[ClientEvent]) -> int:
    return len(await barriers.told(kind))


async def test_a_barrier_shows_why_and_everything_that_followed(barriers: Barriers) -> None:
    event = await stated(barriers, category=BarrierCategory.PRIVACY_RECORDS)

    detail = (await barriers.get(f"/barriers/{event.barrier_id}")).json()

    assert detail["words"] == event.words
    assert detail["why"]["rule"] == "privacy.records/go-ahead"
    assert detail["why"]["reason"].startswith("You said to go ahead")
    assert {task["kind"] for task in detail["tasks"]} == {"agree_plan", "practical_step"}
    assert len(detail["plans"]) == 1
    assert detail["chain"][0]["type"] == "care.barriers.barrier.answered.v1"
    assert {link["caused_by"] for link in detail["chain"]} == {detail["why"]["caused_by"]}


async def test_a_plan_goes_its_way_and_no_other(barriers: Barriers) -> None:
    event = await stated(barriers)
    [plan] = (await barriers.get(f"/barriers/{event.barrier_id}")).json()["plans"]
    path = f"/plans/{plan['plan_id']}"

    too_soon = await barriers.post(f"{path}/helped", {"version": 1})
    for version, name in enumerate(("agree", "rehearse", "trigger", "did_not_help"), start=1):
        answer = await barriers.post(f"{path}/{name}", {"version": version})
        assert answer.status_code == 200, answer.text
    revised = await barriers.post(f"{path}/revise", {"version": 5, "then_words": "I ring the clinic"})

    assert too_soon.status_code == 409
    assert too_soon.json()["possible"] == ["agree"]
    assert revised.json()["then_words"] == "I ring the clinic"
    assert (await barriers.get(path)).json()["possible"] == ["agree"]
    assert len(await barriers.told(PlanMoved)) == 5


@pytest.mark.parametrize(
    "name, status", [("ease", "eased"), ("persist", "persisting"), ("withdraw", "withdrawn")]
)
async def test_a_barrier_is_moved_and_comes_back(barriers: Barriers, name: str, status: str) -> None:
    event = await stated(barriers)
    path = f"/barriers/{event.barrier_id}"

    answer = await barriers.post(f"{path}/{name}", {"version": 1, "reason": "They told me so"})
    again = await barriers.post(f"{path}/{name}", {"version": 2, "reason": "They told me so"})
    back = await barriers.post(f"{path}/reopen", {"version": 2, "reason": "It is back"})

    assert answer.json()["status"] == status
    assert again.status_code == 409
    assert back.json()["status"] == "acknowledged"
    assert len(await barriers.told(BarrierMoved)) == 2


async def test_a_task_whose_window_passes_is_escalated_once(barriers: Barriers, clock: ManualClock) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)
    assert task["overdue"] is False

    clock.advance(timedelta(days=8))
    job = escalation_job(barriers.service.database)
    ran = await asyncio.gather(job.run(), job.run())

    assert sum(ran) <= 1
    await eventually(lambda: _count(barriers, TaskEscalated), 1)
    assert await job.run() == 0
    [escalated] = await tasks(barriers, client_id=event.client_id, overdue=True)
    assert escalated["overdue"] is True
    assert escalated["escalated_at"] is not None
    assert escalated["status"] == "open"


async def test_lists_come_by_the_page_in_the_order_in_which_things_are_due(barriers: Barriers) -> None:
    client = client_context()
    for category in (BarrierCategory.TRANSPORT, BarrierCategory.SAFETY, BarrierCategory.COST_CARE):
        await stated(barriers, client=client, category=category)
    everything = await tasks(barriers, client_id=client.client_id)

    seen: list[Json] = []
    after: str | None = None
    while True:
        page = (
            await barriers.get(
                "/tasks", client_id=client.client_id, limit=1, **({"after": after} if after else {})
            )
        ).json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break

    assert seen == everything
    assert [task["due_by"] for task in seen] == sorted(str(task["due_by"]) for task in seen)
    first = (await barriers.get("/barriers", client_id=client.client_id, limit=2)).json()
    rest = (await barriers.get("/barriers", client_id=client.client_id, after=first["next"])).json()
    assert len(first["items"]) == 2
    assert {one["category"] for one in first["items"] + rest["items"]} == {"cost.care", "safety", "transport"}
    assert rest["next"] is None


@pytest.mark.parametrize(
    "filters, found",
    [
        ({"kind": "agree_plan"}, 1),
        ({"kind": "hear_reply"}, 0),
        ({"status": "done"}, 0),
        ({"status": "open"}, 1),
        ({"assignee": "01960000-0000-7000-8000-0000000000ff"}, 0),
        ({"overdue": True}, 0),
    ],
)
async def test_tasks_are_found_by(barriers: Barriers, filters: dict[str, object], found: int) -> None:
    event = await stated(barriers)

    assert len(await tasks(barriers, client_id=event.client_id, **filters)) == found


async def test_supervisors_hand_tasks_over(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)
    somebody = new_id()
    supervisor = barriers.as_("supervisor")

    answer = await supervisor.post(
        f"/tasks/{task['task_id']}/reassign", {"version": 1, "to": str(somebody), "reason": "Ana is away"}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["assignee"] == str(somebody)
    assert (await moved(barriers, task | {"version": 2}, "start")).status_code == 409
    assert (
        await moved(barriers.as_("case_manager", subject=somebody), task | {"version": 2}, "start")
    ).is_success


async def test_case_managers_hand_over_what_is_theirs_or_nobodys_and_nothing_else(barriers: Barriers) -> None:
    event = await stated(barriers)
    [task] = await tasks(barriers, client_id=event.client_id)
    ana, ben, cleo = (barriers.as_("case_manager", subject=new_id()) for _ in range(3))

    async def hand(by: Barriers, version: int, to: Barriers) -> httpx.Response:
        return await by.post(
            f"/tasks/{task['task_id']}/reassign",
            {"version": version, "to": str(to.subject), "reason": "You speak their language"},
        )

    assert (await hand(ana, 1, ben)).is_success
    not_hers = await hand(ana, 2, cleo)
    assert (not_hers.status_code, not_hers.json()["possible"]) == (409, [])
    his = await hand(ben, 2, cleo)
    assert (his.status_code, his.json()["assignee"]) == (200, str(cleo.subject))


@pytest.mark.parametrize(
    "role, read, act, hand_over",
    [
        ("case_manager", 200, 404, 404),
        ("intake", 200, 403, 403),
        ("supervisor", 200, 403, 404),
        ("admin", 200, 404, 404),
        ("directory_editor", 403, 403, 403),
        ("nobody", 403, 403, 403),
    ],
)
async def test_each_role_may_do_its_own(
    barriers: Barriers, role: str, read: int, act: int, hand_over: int
) -> None:
    caller = barriers.as_(role)
    somewhere = f"/tasks/{new_id()}"

    assert (await caller.get("/tasks")).status_code == read
    assert (await caller.post(f"{somewhere}/claim", {"version": 1})).status_code == act
    body = {"version": 1, "to": str(new_id()), "reason": "away"}
    assert (await caller.post(f"{somewhere}/reassign", body)).status_code == hand_over


async def test_nobody_unknown_reads_anything(barriers: Barriers) -> None:
    for path in ("/tasks", "/barriers", f"/barriers/{new_id()}", "/playbook", "/playbook/transport"):
        assert (await barriers.http.get(path)).status_code == 401


async def test_the_playbook_reads_as_it_decides(barriers: Barriers) -> None:
    whole = (await barriers.get("/playbook")).json()
    one = (await barriers.get("/playbook/transport")).json()
    none = await barriers.get("/playbook/weather")

    assert len(whole["categories"]) == 20
    assert whole["caps"]["tasks_per_client_week"] == 5
    assert one["edition"] == whole["edition"]
    assert one["rules"]["name"] == "getting there"
    assert one["rules"]["open_questions"]
    assert none.status_code == 422


async def test_a_clients_reply_is_on_the_list_with_its_words(barriers: Barriers) -> None:
    event = await stated(barriers)

    await barriers.hears(reply_received(client_id=event.client_id, words="Not sure I can make it"))

    async def heard() -> list[object]:
        return [task["why"] for task in await tasks(barriers, client_id=event.client_id, kind="hear_reply")]

    await eventually(heard, ['A message came back: "Not sure I can make it"'], within=10)
    assert (await barriers.told(TaskOpened))[-1].due_from >= MONDAY_MORNING
