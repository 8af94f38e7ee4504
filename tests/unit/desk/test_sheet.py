"""The sheet says what the client said, what happens, who sees it, how to stop, and nothing that is not so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.terms import BarrierStatus, GoalKind, Wish
from services.desk.model.pictures import BarrierPicture, ClientPicture, Goal, PlanPicture, TaskPicture
from services.desk.model.sheet import Known, Sheet
from services.desk.policy.sheet import Here, compose
from tests.support.builders import channel, client_context, consent

NOW = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
ID, OTHER = UUID(int=1), UUID(int=2)
HERE = Here(
    now=NOW,
    zone=ZoneInfo("Europe/London"),
    team="Harbour team",
    organization="Harbour Street",
    people={OTHER: "Rosa"},
)


def client(**fields: object) -> ClientPicture:
    return ClientPicture.model_validate({"id": ID, "preferred_name": "Amina"} | fields)


def barrier(**fields: object) -> BarrierPicture:
    given = {"id": ID, "client_id": ID, "words": "The last bus is gone.", "wish": Wish.ASK_ME_FIRST}
    return BarrierPicture.model_validate(given | fields)


def sheet(known: Known) -> Sheet:
    return compose(known, HERE)


def test_their_words_are_theirs_and_their_wish_is_told_back() -> None:
    goal = Goal(id=ID, kind=GoalKind.GOAL, words="  To sleep,\nat last. ", stated_at=NOW)
    made = sheet(Known(client=client(goals=(goal,)), barriers=(barrier(own_idea="A neighbour drives."),)))
    assert made.matters == ["  To sleep,\nat last. "]
    assert made.barriers[0].words == "The last bus is gone."
    assert made.barriers[0].own_idea == "A neighbour drives."
    assert "Nothing goes out before you say so" in made.barriers[0].wish


@pytest.mark.parametrize("status", [BarrierStatus.EASED, BarrierStatus.WITHDRAWN])
def test_what_is_no_longer_in_the_way_is_not_on_it(status: BarrierStatus) -> None:
    assert not sheet(Known(client=client(), barriers=(barrier(status=status),))).barriers


def test_a_plan_that_nobody_agreed_yet_is_an_idea() -> None:
    plan = PlanPicture(
        id=ID, client_id=ID, barrier_id=ID, if_words="there is no ride,", then_words="I ring you."
    )
    happens = sheet(Known(client=client(), barriers=(barrier(),), plans=(plan,))).barriers[0].happens
    assert happens == ["An idea to talk about: if there is no ride, then I ring you."]


def test_without_a_consent_in_force_nobody_is_told() -> None:
    over = [
        consent(expires_at=NOW),
        consent(revoked_at=NOW - timedelta(days=1)),
        consent(granted_at=NOW + timedelta(days=1)),
    ]
    made = sheet(Known(client=client(consents=tuple(over))))
    assert made.told == ["Nobody outside is told anything about you. You can change that at any time."]
    assert not any("told others" in words for words in made.stopping)


def test_a_consent_in_force_says_what_and_until_when_in_the_clients_zone() -> None:
    given = consent(granted_at=NOW - timedelta(days=1), expires_at=datetime(2027, 6, 1, 23, 30, tzinfo=UTC))
    [told] = sheet(Known(client=client(consents=(given,)))).told
    assert "your name and how to reach you, what kind of help you need and when you have time" in told
    assert "until Wednesday 2 June 2027" in told


def test_messages_are_only_spoken_of_where_there_may_be_any() -> None:
    stop = "Messages stop when you answer STOP."
    wanted = client(channels=(channel(),), messages_wanted=True)
    assert stop in sheet(Known(client=wanted)).stopping
    assert stop not in sheet(Known(client=client(channels=(channel(safe=False, preferred=False),)))).stopping


def test_who_does_what_is_named_or_it_is_the_team() -> None:
    mine = TaskPicture(id=ID, client_id=ID, title="Look for a ride", assignee=OTHER, due_by=NOW)
    open_to_all = TaskPicture(id=OTHER, client_id=ID, title="Call back")
    assert sheet(Known(client=client(), tasks=(mine, open_to_all))).next_steps == [
        ("Look for a ride", "Rosa, by Monday 23 November 2026"),
        ("Call back", "Harbour team"),
    ]


@pytest.mark.parametrize(
    ("language", "direction"),
    [("ar", "rtl"), ("fa-AF", "rtl"), ("prs", "rtl"), ("en", "ltr"), ("pt-BR", "ltr")],
)
def test_it_runs_in_the_direction_of_the_clients_language(language: str, direction: str) -> None:
    made = sheet(Known(client=client(context=client_context(language=language))))
    assert made.direction == direction
