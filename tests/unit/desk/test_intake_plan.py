"""What was typed becomes exactly what intake is asked to write down, under names that never change."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.desk.model.drafts import Draft, Part, Step, Typed
from services.desk.policy.intake_plan import House, field_of, filled, steps_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUSE = House(organization="Harbour Street Outreach", time_zone="Europe/London", now=NOW)
ID = UUID(int=1)


def draft(**parts: Typed) -> Draft:
    kept = {
        name.replace("_", "-"): Part(
            name=name, version=1, fields=typed, written_from=ID, written_turn=1, saved_at=NOW
        )
        for name, typed in parts.items()
    }
    return Draft(id=ID, staff_id=ID, begun_at=NOW, saved_at=NOW, parts=kept)


def test_only_a_name_asks_for_one_thing_with_nothing_made_up() -> None:
    [step] = steps_of(draft(who={"preferred_name": ("Sam",)}), HOUSE)
    assert (step.name, step.path) == ("client", "/clients")
    assert step.body["full_name"] == "Sam"
    assert (step.body["born_on"], step.body["channels"], step.body["messages_wanted"]) == (None, [], False)


def test_a_number_for_calls_and_texts_is_two_ways_with_the_same_hours() -> None:
    who: Typed = {
        "preferred_name": ("Sam",),
        "mobile": ("+44 (0)7700-900 123".replace("(0)", ""),),
        "mobile-use": ("sms", "phone"),
        "mobile-safe": ("yes",),
        "mobile-days": ("1", "5"),
        "mobile-from": ("09:00",),
        "first": ("phone",),
    }
    [step] = steps_of(draft(who=who), HOUSE)
    channels = step.body["channels"]
    assert isinstance(channels, list)
    assert [(one["kind"], one["address"], one["preferred"]) for one in channels] == [
        ("sms", "+447700900123", False),
        ("phone", "+447700900123", True),
    ]
    assert channels[0]["windows"] == [
        {"weekday": 1, "opens": "09:00", "closes": "23:59"},
        {"weekday": 5, "opens": "09:00", "closes": "23:59"},
    ]


def test_a_way_that_nobody_called_safe_is_not_safe() -> None:
    [step] = steps_of(draft(who={"preferred_name": ("Sam",), "email": ("sam@example.org",)}), HOUSE)
    assert [one["safe"] for one in step.body["channels"]] == [False]  # type: ignore[attr-defined]


def test_everything_goes_out_in_the_order_in_which_it_rests_on_each_other() -> None:
    steps = steps_of(
        draft(
            who={"preferred_name": ("Sam",)},
            matters={"goal": ("To sleep", "To work"), "value": ("Family",)},
            rulers={"importance": ("6",), "importance-why": ("For her.",), "confidence": ("0",)},
            barrier_2={"words": ("Forms",), "strength": ("1",), "wish": ("just_listen",)},
            barrier_1={
                "words": ("The bus",),
                "strength": ("2",),
                "wish": ("go_ahead",),
                "goal": ("To work",),
            },
            consent={"answer": ("no",)},
        ),
        HOUSE,
    )
    assert [step.name for step in steps] == [
        "client",
        "goal-1",
        "goal-2",
        "value-1",
        "readiness",
        "barrier-1",
        "barrier-2",
    ]
    assert steps[4].body == {
        "importance": 6,
        "confidence": 0,
        "follow_ups": [{"ruler": "importance", "why_not_lower": "For her.", "what_would_help": None}],
    }
    path, body = filled(steps[5], {"client": UUID(int=7), "goal-2": UUID(int=8)})
    assert path == f"/clients/{UUID(int=7)}/barriers"
    assert body["goal_id"] == str(UUID(int=8))
    assert "goal_id" not in steps[6].body


def test_what_rests_on_an_answer_that_is_not_there_does_not_go_out() -> None:
    with pytest.raises(KeyError):
        filled(Step(name="goal-1", position=1, path="/clients/{client}/goals", body={}), {})


def test_words_that_look_like_a_place_are_words() -> None:
    step = Step(name="goal-1", position=1, path="/clients/{client}/goals", body={"words": "{client}"})
    assert filled(step, {"client": ID})[1] == {"words": "{client}"}


def test_a_consent_says_what_the_law_asks_for_and_ends_in_the_houses_zone() -> None:
    consent: Typed = {
        "answer": ("yes",),
        "scopes": ("need", "name_and_contact"),
        "until": ("day",),
        "until-day": ("2027-06-01",),
        "given_how": ("signed_on_paper",),
        "explained": ("how_to_revoke", "may_be_passed_on", "what_if_not_signed"),
    }
    body = steps_of(draft(who={"preferred_name": ("Sam",)}, consent=consent), HOUSE)[-1].body
    assert body["expires_at"] == "2027-06-01T00:00:00+01:00"
    assert body["information"] == "My name and how to reach me and what kind of help I am looking for"
    assert body["discloser"] == "Harbour Street Outreach"


def test_on_the_record_of_somebody_nobody_is_registered() -> None:
    steps = steps_of(draft(alike={"same": (str(ID),)}, matters={"goal": ("To sleep",)}), HOUSE)
    assert [step.name for step in steps] == ["goal-1"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ("channels[1]", "email"),
        ("body.channels.0.address", "mobile"),
        ("full_name", "preferred_name"),
        ("born_on", "born"),
        ("expires_at", "until"),
        ("time_zone", "time_zone"),
        ("channels[1].windows[0]", "email"),
    ],
)
def test_what_intake_points_out_is_shown_on_the_field_that_it_comes_from(told: str, field: str) -> None:
    assert field_of(told, {"mobile": ("+447700900123",), "email": ("a@b.org",)}) == field
