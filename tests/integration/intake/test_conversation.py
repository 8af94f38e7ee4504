"""What clients say, over HTTP and on real servers: kept word for word, stated with all that stood then."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.events.intake import BarrierStated, GoalStated, ReadinessMeasured, WishChanged
from contracts.values import Readiness
from services.intake.api import state_barrier
from services.intake.api.conversation import NewBarrier
from shared.errors import NotFound
from shared.ids import new_id
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_consents import granted
from tests.support.clock import MONDAY_MORNING, ManualClock
from tests.support.running import STAFF_ID


async def stated(intake: Intake, client_id: UUID, **barrier: object) -> UUID:
    body = {
        "words": "No bus after six.",
        "strength": 2,
        "wish": "go_ahead",
        "category": "transport",
    } | barrier
    answer = await intake.post(f"/clients/{client_id}/barriers", body | barrier)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["barrier_id"])


# Goals


async def test_goals_and_values_are_kept_in_the_clients_words(intake: Intake) -> None:
    client_id = await intake.registered()

    await intake.post(f"/clients/{client_id}/goals", {"words": "  Breakfast with my girl… "})
    await intake.post(f"/clients/{client_id}/goals", {"words": "Being fair", "kind": "value"})

    events = await intake.stated(GoalStated)
    assert [(e.kind, e.words) for e in events] == [
        ("goal", "  Breakfast with my girl… "),
        ("value", "Being fair"),
    ]
    listed = (await intake.get(f"/clients/{client_id}/goals")).json()["items"]
    assert [UUID(goal["goal_id"]) for goal in listed] == [e.goal_id for e in reversed(events)]
    assert listed[1]["words"] == "  Breakfast with my girl… "
    assert listed[0]["stated_to"] == str(STAFF_ID)


async def test_a_goal_without_words_is_not_kept(intake: Intake) -> None:
    client_id = await intake.registered()

    answer = await intake.post(f"/clients/{client_id}/goals", {"words": "  \n "})

    assert answer.status_code == 422
    assert await intake.stated(GoalStated) == []


# Rulers


async def test_rulers_that_were_not_asked_stay_unknown(intake: Intake) -> None:
    client_id = await intake.registered()

    answer = await intake.post(f"/clients/{client_id}/readiness", {"importance": 0})

    (event,) = await intake.stated(ReadinessMeasured)
    assert event.readiness == Readiness(importance=0, measured_at=MONDAY_MORNING)
    assert str(event.measurement_id) == answer.json()["measurement_id"]
    assert len(answer.json()["ask_next"]) == 1


async def test_the_rulers_are_read_over_time_the_latest_first(intake: Intake) -> None:
    client_id = await intake.registered()
    for body in (
        {"importance": 4, "measured_at": "2026-11-20T09:00:00Z"},
        {"importance": 6, "words": "My sister rang."},
        {"importance": 3, "measured_at": "2026-11-10T09:00:00Z"},
    ):
        assert (await intake.post(f"/clients/{client_id}/readiness", body)).status_code == 201

    first = (await intake.get(f"/clients/{client_id}/readiness", limit=2)).json()
    second = (await intake.get(f"/clients/{client_id}/readiness", limit=2, after=first["next"])).json()

    assert [item["importance"] for item in first["items"]] == [6, 4]
    assert [item["importance"] for item in second["items"]] == [3]
    assert first["items"][0]["words"] == "My sister rang."
    assert second["next"] is None


async def test_an_asking_without_an_answer_is_not_kept(intake: Intake) -> None:
    client_id = await intake.registered()
    table: list[dict[str, object]] = [
        {},
        {"words": "It depends."},
        {"importance": 11},
        {"importance": 5, "measured_at": "2027-01-01T00:00Z"},
    ]

    for body in table:
        answer = await intake.post(f"/clients/{client_id}/readiness", body)
        assert answer.status_code == 422

    assert await intake.stated(ReadinessMeasured) == []


# Barriers


async def test_a_barrier_is_stated_with_everything_that_stood_at_that_moment(
    intake: Intake, clock: ManualClock
) -> None:
    client_id = await intake.registered(pace="slow", free_only=True)
    older = await granted(intake, client_id)
    newer = await granted(intake, client_id, expires_at="2027-01-01T00:00:00Z")
    revoked = await granted(intake, client_id)
    await intake.post(f"/clients/{client_id}/consents/{revoked}/revocation", {})
    await intake.post(f"/clients/{client_id}/readiness", {"importance": 7, "confidence": 5})
    await intake.post(
        f"/clients/{client_id}/readiness", {"importance": 1, "measured_at": "2026-11-01T00:00:00Z"}
    )
    goal = (await intake.post(f"/clients/{client_id}/goals", {"words": "Sunday lunch"})).json()["goal_id"]
    await intake.patch(f"/clients/{client_id}", {"version": 1, "pace": "brisk"})
    clock.advance(timedelta(minutes=5))

    said = {
        "words": " They'd all know. ",
        "category": "stigma.social",
        "own_idea": "Go late",
        "goal_id": goal,
    }
    barrier_id = await stated(intake, client_id, **said)

    (event,) = await intake.stated(BarrierStated)
    assert (event.barrier_id, event.client_id, event.stated_by) == (barrier_id, client_id, STAFF_ID)
    assert (event.words, event.own_idea, event.goal_words) == (
        " They'd all know. ",
        "Go late",
        "Sunday lunch",
    )
    assert (event.category, event.strength, event.wish) == ("stigma.social", 2, "go_ahead")
    assert (event.client.version, event.client.pace, event.client.free_only) == (2, "brisk", True)
    assert (event.readiness.importance, event.readiness.confidence) == (7, 5)
    assert [consent.id for consent in event.consents] == [older, newer]
    assert event.consents[0].any_matched_service
    assert event.stated_at == MONDAY_MORNING + timedelta(minutes=5)


async def test_a_barrier_can_be_stated_when_nothing_else_is_known(intake: Intake) -> None:
    client_id = await intake.registered()

    await stated(intake, client_id, category="other")

    (event,) = await intake.stated(BarrierStated)
    assert (event.readiness, event.consents, event.goal_words) == (Readiness(), (), None)


async def test_nothing_of_another_client_travels_with_a_barrier(intake: Intake) -> None:
    other = await intake.registered(full_name="Bo Lindqvist")
    await granted(intake, other)
    await intake.post(f"/clients/{other}/readiness", {"importance": 9})
    goal = (await intake.post(f"/clients/{other}/goals", {"words": "Sail again"})).json()["goal_id"]
    client_id = await intake.registered()

    refused = await intake.post(
        f"/clients/{client_id}/barriers",
        {"words": "No bus", "strength": 1, "wish": "go_ahead", "goal_id": goal},
    )
    await stated(intake, client_id)

    assert refused.status_code == 404
    (event,) = await intake.stated(BarrierStated)
    assert (event.readiness, event.consents, event.client.client_id) == (Readiness(), (), client_id)


async def test_a_repeated_statement_is_one_barrier(intake: Intake) -> None:
    client_id = await intake.registered()
    body = {"words": "No bus", "strength": 1, "wish": "ask_me_first"}

    answers = await asyncio.gather(
        *(intake.post(f"/clients/{client_id}/barriers", body, key="said-once") for _ in range(5))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await intake.stated(BarrierStated)) == 1


async def test_the_command_works_without_http_and_leaves_nothing_where_it_is_refused(intake: Intake) -> None:
    client_id = await intake.registered()
    body = NewBarrier.model_validate({"words": "No bus", "strength": 1, "wish": "go_ahead"})
    lost = body.model_copy(update={"goal_id": new_id()})

    async with intake.service.database.transaction() as tx:
        kept = await state_barrier(tx, client_id, body, stated_by=STAFF_ID)
    for somebody, something in ((new_id(), body), (client_id, lost)):
        with pytest.raises(NotFound):
            async with intake.service.database.transaction() as tx:
                with suppress(NotFound):
                    await state_barrier(tx, somebody, something, stated_by=STAFF_ID)
                await state_barrier(tx, somebody, something, stated_by=STAFF_ID)

    assert [event.barrier_id for event in await intake.stated(BarrierStated)] == [kept.barrier_id]
    async with intake.service.database.reading() as conn:
        assert await conn.fetchval("select count(*) from barrier") == 1


async def test_barriers_are_listed_as_they_were_stated_newest_first(intake: Intake) -> None:
    client_id = await intake.registered()
    barriers = [await stated(intake, client_id, strength=strength) for strength in (0, 1, 3)]

    first = (await intake.get(f"/clients/{client_id}/barriers", limit=2)).json()
    second = (await intake.get(f"/clients/{client_id}/barriers", limit=2, after=first["next"])).json()

    listed = first["items"] + second["items"]
    assert [UUID(item["barrier_id"]) for item in listed] == barriers[::-1]
    assert [item["strength"] for item in listed] == [3, 1, 0]
    assert listed[0]["wish_version"] == 1


# Wishes


async def test_a_change_of_mind_is_stated_with_the_next_version(intake: Intake, clock: ManualClock) -> None:
    client_id = await intake.registered()
    barrier_id = await stated(intake, client_id)
    clock.advance(timedelta(hours=2))

    answer = await intake.post(
        f"/clients/{client_id}/barriers/{barrier_id}/wish", {"wish": "just_listen", "version": 1}
    )

    assert answer.json() == {"barrier_id": str(barrier_id), "wish": "just_listen", "version": 2}
    (event,) = await intake.stated(WishChanged)
    assert (event.client_id, event.barrier_id, event.wish, event.version) == (
        client_id,
        barrier_id,
        "just_listen",
        2,
    )
    assert event.changed_at == MONDAY_MORNING + timedelta(hours=2)
    (barrier,) = (await intake.get(f"/clients/{client_id}/barriers")).json()["items"]
    assert (barrier["wish"], barrier["wish_version"]) == ("just_listen", 2)


async def test_the_same_wish_again_is_not_a_change(intake: Intake) -> None:
    client_id = await intake.registered()
    barrier_id = await stated(intake, client_id, wish="ask_me_first")

    answer = await intake.post(
        f"/clients/{client_id}/barriers/{barrier_id}/wish", {"wish": "ask_me_first", "version": 7}
    )

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert await intake.stated(WishChanged) == []


async def test_a_clients_word_goes_before_whatever_was_there_unless_it_rests_on_an_older_copy(
    intake: Intake,
) -> None:
    client_id = await intake.registered()
    barrier_id = await stated(intake, client_id)
    path = f"/clients/{client_id}/barriers/{barrier_id}/wish"
    await intake.post(path, {"wish": "just_listen"})

    outdated = await intake.post(path, {"wish": "ask_me_first", "version": 1})
    obeyed = await intake.post(path, {"wish": "ask_me_first"})

    assert outdated.status_code == 409
    assert outdated.json()["version"] == 2
    assert outdated.json()["possible"]
    assert (obeyed.status_code, obeyed.json()["version"]) == (200, 3)


async def test_changes_of_mind_heard_at_once_each_get_a_version_of_their_own(intake: Intake) -> None:
    client_id = await intake.registered()
    barrier_id = await stated(intake, client_id)
    path = f"/clients/{client_id}/barriers/{barrier_id}/wish"

    answers = await asyncio.gather(
        *(intake.post(path, {"wish": wish}) for wish in ("just_listen", "ask_me_first") * 4)
    )

    versions = [event.version for event in await intake.stated(WishChanged)]
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(versions) == list(range(2, len(versions) + 2))


async def test_a_wish_is_changed_only_by_way_of_its_own_client(intake: Intake) -> None:
    client_id = await intake.registered()
    barrier_id = await stated(intake, client_id)
    somebody_else = await intake.registered(full_name="Bo Lindqvist")

    answer = await intake.post(
        f"/clients/{somebody_else}/barriers/{barrier_id}/wish", {"wish": "just_listen"}
    )

    assert answer.status_code == 404
    assert await intake.stated(WishChanged) == []
