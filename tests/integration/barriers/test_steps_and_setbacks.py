"""Setbacks told, kinds corrected and small steps tried, over HTTP, on real servers."""

from datetime import timedelta

from contracts.events.barriers import (
    BarrierAnswered,
    BarrierRecoded,
    HelpNeeded,
    SetbackRecorded,
    StepAgreed,
    StepMoved,
    WinNoticed,
)
from contracts.events.intake import BarrierStated
from contracts.events.navigation import ReferralConfirmed
from contracts.terms import BarrierCategory, Wish
from tests.integration.barriers.conftest import Barriers
from tests.support.builders import MONDAY_MORNING, barrier_stated
from tests.support.builders_barriers import referral
from tests.support.eventually import eventually

IN_A_WEEK = str((MONDAY_MORNING + timedelta(days=7)).date())


async def stated(barriers: Barriers, **said: object) -> BarrierStated:
    event = barrier_stated(**said)
    await barriers.hears(event)

    async def is_answered() -> bool:
        return event.barrier_id in {answer.barrier_id for answer in await barriers.told(BarrierAnswered)}

    await eventually(is_answered, within=10)
    return event


async def test_a_setback_is_told_once_and_looked_at_together(barriers: Barriers) -> None:
    event = await stated(barriers)
    told = {"what_happened": "The van came an hour late"}

    first = await barriers.post(f"/barriers/{event.barrier_id}/setbacks", told, "the same key")
    again = await barriers.post(f"/barriers/{event.barrier_id}/setbacks", told, "the same key")

    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    [recorded] = await barriers.told(SetbackRecorded)
    assert (recorded.what_happened, recorded.by_staff) == ("The van came an hour late", barriers.subject)
    shown = (await barriers.get(f"/barriers/{event.barrier_id}")).json()
    assert [one["setback_id"] for one in shown["setbacks"]] == [str(recorded.setback_id)]
    assert "review_setback" in {task["kind"] for task in shown["tasks"]}


async def test_another_kind_is_answered_anew_and_can_be_taken_back(barriers: Barriers) -> None:
    event = await stated(barriers, category=BarrierCategory.OTHER, wish=Wish.GO_AHEAD)
    path = f"/barriers/{event.barrier_id}/category"

    there = await barriers.post(path, {"version": 1, "category": "transport", "reason": "Two buses"})
    back = await barriers.post(path, {"version": 2, "category": "other", "reason": "It is more than that"})

    assert there.status_code == back.status_code == 200, there.text + back.text
    assert (there.json()["category"], there.json()["help_asked"]) == ("transport", True)
    assert (back.json()["category"], back.json()["help_asked"]) == ("other", False)
    assert back.json()["words"] == event.words
    recoded = await barriers.told(BarrierRecoded)
    assert [(one.was.value, one.category.value, one.by_staff) for one in recoded] == [
        ("other", "transport", barriers.subject),
        ("transport", "other", barriers.subject),
    ]
    assert [one.category for one in await barriers.told(HelpNeeded)] == [BarrierCategory.TRANSPORT]
    shown = (await barriers.get(f"/barriers/{event.barrier_id}")).json()
    assert shown["category"] == "other"
    live = {task["kind"] for task in shown["tasks"] if task["status"] == "open"}
    assert live == {"have_conversation"}


async def test_a_step_is_offered_agreed_tried_and_kept(barriers: Barriers) -> None:
    event = await stated(barriers)
    offered = await barriers.post(
        f"/barriers/{event.barrier_id}/steps",
        {"words": "I walk to the stop and back", "times": 2, "counted": "walks"},
    )
    assert offered.status_code == 201, offered.text
    step = f"/steps/{offered.json()['step_id']}"

    without_an_end = await barriers.post(f"{step}/agree", {"version": 1})
    agreed = await barriers.post(f"{step}/agree", {"version": 1, "ends_on": IN_A_WEEK})
    paused = await barriers.post(f"{step}/pause", {"version": 2, "note": "Visitors this week"})
    resumed = await barriers.post(f"{step}/agree", {"version": 3})
    forward = await barriers.post(f"{step}/progress", {"version": 4, "note": "Cold!", "more_times": 1})
    done = await barriers.post(f"{step}/done", {"version": 5, "more_times": 1})

    assert without_an_end.status_code == 409
    assert without_an_end.json()["possible"] == ["say_until_when"]
    for answer in (agreed, paused, resumed, forward, done):
        assert answer.status_code == 200, answer.text
    assert paused.json()["possible"] == ["progress", "done", "agree", "change", "not_this_time"]
    assert [one["note"] for one in forward.json()["progress"]] == ["Visitors this week", "Cold!"]
    assert (done.json()["status"], done.json()["times_done"]) == ("done", 2)
    assert [one.version for one in await barriers.told(StepAgreed)] == [2, 4]
    assert [one.version for one in await barriers.told(StepMoved)] == [1, 3, 5, 6]
    [win] = await barriers.told(WinNoticed)
    assert str(win.step_id) == offered.json()["step_id"]
    listed = (await barriers.get("/wins", client_id=event.client_id)).json()["items"]
    assert [one["words"] for one in listed] == [win.words]
    shown = (await barriers.get(f"/barriers/{event.barrier_id}")).json()
    assert shown["steps"][0]["status"] == "done"
    assert shown["wins"][0]["kind"] == "step_kept"


async def test_a_smaller_step_takes_the_place_of_one_that_was_too_much(barriers: Barriers) -> None:
    event = await stated(barriers)
    offered = await barriers.post(
        f"/barriers/{event.barrier_id}/steps",
        {"words": "I call three places", "ends_on": IN_A_WEEK, "agreed": True},
    )
    step = f"/steps/{offered.json()['step_id']}"
    assert offered.json()["status"] == "agreed"

    left = await barriers.post(
        f"{step}/not_this_time",
        {"version": 1, "note": "Three was too many", "smaller": {"words": "I look up one number"}},
    )
    another = await barriers.post(f"{step}/smaller", {"version": 2, "words": "I keep one number at hand"})

    assert left.status_code == another.status_code == 200, left.text + another.text
    assert left.json()["possible"] == ["smaller", "agree", "change"]
    listed = (await barriers.get("/steps", client_id=event.client_id, status="offered")).json()["items"]
    assert {one["words"] for one in listed} == {"I look up one number", "I keep one number at hand"}
    assert {one["smaller_of"] for one in listed} == {offered.json()["step_id"]}
    assert [one.what_happened for one in await barriers.told(SetbackRecorded)] == ["Three was too many"]
    kinds = [
        task["kind"] for task in (await barriers.get("/tasks", client_id=event.client_id)).json()["items"]
    ]
    assert "review_setback" not in kinds


async def test_a_change_that_somebody_else_made_first_is_explained(barriers: Barriers) -> None:
    event = await stated(barriers)
    offered = await barriers.post(f"/barriers/{event.barrier_id}/steps", {"words": "I ask my sister"})
    step = f"/steps/{offered.json()['step_id']}"
    await barriers.post(f"{step}/change", {"version": 1, "words": "I write to my sister"})

    late = await barriers.post(f"{step}/change", {"version": 1, "words": "I ring my sister"})

    assert late.status_code == 409
    assert late.json()["possible"] == ["look_again"]
    assert (await barriers.get(step)).json()["words"] == "I write to my sister"


async def test_help_that_the_client_confirmed_is_noticed(barriers: Barriers) -> None:
    event = await stated(barriers)
    await barriers.hears(referral(ReferralConfirmed, event, version=6))

    async def noticed() -> list[str]:
        return [one.words for one in await barriers.told(WinNoticed)]

    await eventually(noticed, ["You got what you needed from Northgate Rides."], within=10)
    [win] = await barriers.told(WinNoticed)
    assert win.by_staff is None
