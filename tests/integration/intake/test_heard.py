"""What was heard, over HTTP: word for word, tagged as staff heard it, and never a score."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from contracts.events.intake import (
    BalanceWeighed,
    ClientChanged,
    ClientRegistered,
    ConsentGranted,
    ContactChanged,
    ConversationRecorded,
    GoalStated,
    ReadinessMeasured,
    WishChanged,
)
from contracts.terms import RulerName, Talk
from shared.ids import new_id
from tests.integration.intake.conftest import Intake
from tests.support.clock import MONDAY_MORNING, ManualClock
from tests.support.running import STAFF_ID

BREAKFAST = "I want to be there when she wakes up."


def said(*talk: str | None) -> dict[str, object]:
    return {"statements": [{"words": BREAKFAST, "talk": each} for each in talk]}


async def goal_of(intake: Intake, client_id: UUID) -> str:
    answer = await intake.post(f"/clients/{client_id}/goals", {"words": BREAKFAST})
    goal_id: str = answer.json()["goal_id"]
    return goal_id


async def test_a_conversation_is_kept_word_for_word_and_stated(intake: Intake) -> None:
    client_id = await intake.registered()
    goal_id = await goal_of(intake, client_id)
    words = "  Last spring I took the early bus —\n for two weeks. "

    answer = await intake.post(
        f"/clients/{client_id}/conversations",
        {
            "statements": [
                {"words": words, "talk": "ability", "past_success": True, "goal_id": goal_id},
                {"words": "It has always sorted itself out.", "talk": "sustain"},
                {"words": "My sister lives in Leeds."},
            ],
            "next_steps": ["I will ring the drivers' office."],
        },
    )

    assert answer.status_code == 201
    (event,) = await intake.stated(ConversationRecorded)
    assert event.statements[0].words == words
    assert [each.talk for each in event.statements] == [Talk.ABILITY, Talk.SUSTAIN, None]
    assert [str(each.id) for each in event.statements] == answer.json()["statement_ids"]
    assert (event.held_at, event.by) == (MONDAY_MORNING, STAFF_ID)
    (kept,) = (await intake.get(f"/clients/{client_id}/conversations")).json()["items"]
    assert kept["statements"][0]["words"] == words
    assert kept["statements"][0]["past_success"] is True
    assert kept["statements"][0]["goal_id"] == goal_id
    assert kept["next_steps"] == ["I will ring the drivers' office."]


async def test_a_conversation_written_down_twice_is_one(intake: Intake) -> None:
    client_id = await intake.registered()

    for _ in range(2):
        await intake.post(f"/clients/{client_id}/conversations", said("desire"), key="desk-1")

    assert len(await intake.stated(ConversationRecorded)) == 1


async def test_what_cannot_be_written_down_is_explained(intake: Intake) -> None:
    client_id, other = await intake.registered(), await intake.registered(full_name="Tom Okafor")
    theirs = await goal_of(intake, other)
    address = f"/clients/{client_id}/conversations"

    assert (await intake.post(address, {})).status_code == 422
    assert (await intake.post(address, said("miti"))).status_code == 422
    later = said("desire") | {"held_at": "2026-11-24T09:00:00Z"}
    assert (await intake.post(address, later)).status_code == 422
    not_theirs = {"statements": [{"words": BREAKFAST, "goal_id": theirs}]}
    assert (await intake.post(address, not_theirs)).status_code == 404
    assert (await intake.post(f"/clients/{new_id()}/conversations", said("desire"))).status_code == 404
    assert await intake.stated(ConversationRecorded) == []


async def test_the_longest_conversation_there_can_be_still_fits_into_its_event(intake: Intake) -> None:
    client_id = await intake.registered()
    longest = {
        "statements": [{"words": "“" * 4000, "talk": "taking_steps"}] * 40,
        "next_steps": ["“" * 1000] * 20,
    }

    answer = await intake.post(f"/clients/{client_id}/conversations", longest)

    assert answer.status_code == 201, answer.text


async def test_the_share_of_change_talk_is_read_over_time(intake: Intake, clock: ManualClock) -> None:
    client_id = await intake.registered()
    for talk in (("sustain", "sustain", "reasons"), (None,), ("desire", "commitment", "sustain", None)):
        await intake.post(f"/clients/{client_id}/conversations", said(*talk))
        clock.advance(timedelta(days=7))

    found = (await intake.get(f"/clients/{client_id}/talk")).json()

    assert [point["percent_change_talk"] for point in found["points"]] == [33, None, 67]
    assert (found["change_talk"], found["sustain_talk"], found["percent_change_talk"]) == (3, 3, 50)


async def test_conversations_come_page_by_page_the_latest_first(intake: Intake, clock: ManualClock) -> None:
    client_id = await intake.registered()
    clock.advance(timedelta(days=7))
    for day in ("2026-11-24", "2026-11-26", "2026-11-25"):
        held = said("desire") | {"held_at": f"{day}T09:00:00Z"}
        await intake.post(f"/clients/{client_id}/conversations", held)

    first = (await intake.get(f"/clients/{client_id}/conversations", limit=2)).json()
    rest = (await intake.get(f"/clients/{client_id}/conversations", after=first["next"])).json()

    assert [each["held_at"][:10] for each in first["items"] + rest["items"]] == [
        "2026-11-26",
        "2026-11-25",
        "2026-11-24",
    ]


# The rulers


async def test_what_was_said_about_a_number_is_kept_with_it(intake: Intake) -> None:
    client_id = await intake.registered()
    answers = {"ruler": "importance", "why_not_lower": "Because of her.", "what_would_help": "A later bus."}

    await intake.post(f"/clients/{client_id}/readiness", {"importance": 6, "follow_ups": [answers]})

    (event,) = await intake.stated(ReadinessMeasured)
    (follow_up,) = event.follow_ups
    assert (follow_up.ruler, follow_up.why_not_lower) == (RulerName.IMPORTANCE, "Because of her.")
    (kept,) = (await intake.get(f"/clients/{client_id}/readiness")).json()["items"]
    assert kept["follow_ups"] == [answers]


async def test_only_numbers_that_are_there_can_be_asked_about(intake: Intake) -> None:
    client_id = await intake.registered()
    why = {"ruler": "importance", "why_not_lower": "Because of her."}

    for follow_ups in ([{**why, "ruler": "confidence"}], [why, why], [{"ruler": "importance"}]):
        answer = await intake.post(
            f"/clients/{client_id}/readiness", {"importance": 6, "follow_ups": follow_ups}
        )
        assert answer.status_code == 422


# The four cells


async def test_a_balance_is_kept_whole_and_its_versions_are_stated(intake: Intake) -> None:
    client_id = await intake.registered()
    address = f"/clients/{client_id}/balance"
    assert (await intake.get(address)).json()["version"] == 0

    first = await intake.put(address, {"good_about_staying": ["I know how my days go."], "version": 0})
    second = await intake.put(address, {"good_about_changing": ["Mornings with her."], "version": 1})

    assert [answer.json()["version"] for answer in (first, second)] == [1, 2]
    assert [event.version for event in await intake.stated(BalanceWeighed)] == [1, 2]
    kept = (await intake.get(address)).json()
    assert (kept["good_about_staying"], kept["good_about_changing"]) == ([], ["Mornings with her."])


async def test_a_balance_written_on_an_older_copy_is_not_applied_and_the_same_again_is_no_new_one(
    intake: Intake,
) -> None:
    client_id = await intake.registered()
    address = f"/clients/{client_id}/balance"
    cells = {"good_about_staying": ["I know how my days go."]}
    await intake.put(address, cells | {"version": 0})

    assert (await intake.put(address, {"version": 0})).status_code == 409
    assert (await intake.put(address, cells | {"version": 0})).json()["version"] == 1
    assert (await intake.put(f"/clients/{new_id()}/balance", cells)).status_code == 404
    assert len(await intake.stated(BalanceWeighed)) == 1


# Who did it


async def test_every_event_says_which_staff_member_wrote_it_down(intake: Intake) -> None:
    client_id = await intake.registered()
    await intake.patch(f"/clients/{client_id}", {"version": 1, "pace": "slow", "preferred_name": "Mina"})
    await goal_of(intake, client_id)
    await intake.post(f"/clients/{client_id}/readiness", {"importance": 6})
    barrier = {"words": "The last bus is gone.", "strength": 2, "wish": "just_listen"}
    barrier_id = (await intake.post(f"/clients/{client_id}/barriers", barrier)).json()["barrier_id"]
    await intake.post(f"/clients/{client_id}/barriers/{barrier_id}/wish", {"wish": "go_ahead"})

    for event in (
        ClientRegistered,
        ClientChanged,
        ContactChanged,
        GoalStated,
        ReadinessMeasured,
        WishChanged,
    ):
        stated = await intake.stated(event)
        assert stated
        assert {each.by for each in stated} == {STAFF_ID}
    assert "by" in ConsentGranted.model_fields
