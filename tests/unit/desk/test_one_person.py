"""Which records are one person's, from merges that came in any order, and what they are together."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.one_person import survivor_of
from contracts.terms import GoalKind
from services.desk.model.pictures import ClientPicture, Goal, Measurement
from services.desk.policy.one_person import people, together
from tests.support.builders import MONDAY_MORNING, client_context, consent, readiness

RECORDS = [UUID(int=number) for number in range(1, 7)]
TEAMS = [UUID(int=number) for number in range(100, 103)]
merges = st.dictionaries(st.sampled_from(RECORDS), st.one_of(st.none(), st.sampled_from(RECORDS)))
teams = st.dictionaries(st.sampled_from(RECORDS), st.sampled_from(TEAMS))


@given(merges, teams, st.randoms())
def test_whoever_shares_a_person_has_one_that_stands_for_them_and_the_teams_of_all(
    into: dict[UUID, UUID | None], of: dict[UUID, UUID], random: object
) -> None:
    found = {one.client_id: one for one in people(into, of)}
    for one in found.values():
        theirs = {other.client_id for other in found.values() if other.survivor_id == one.survivor_id}
        assert len(theirs) > 1
        assert one.survivor_id in theirs
        assert one.survivor_id == survivor_of(one.client_id, into)
        assert one.team_ids == {of[record] for record in theirs if record in of}
    turned = dict(sorted(into.items(), key=lambda pair: pair[0], reverse=True))
    assert {one.client_id: one for one in people(turned, of)} == found


def test_who_was_split_off_stands_alone_with_their_own_team() -> None:
    one, other, third = RECORDS[:3]
    joined = people({one: None, other: one, third: other}, {one: TEAMS[0], third: TEAMS[1]})
    assert {record.survivor_id for record in joined} == {one}
    assert {record.team_ids for record in joined} == {frozenset(TEAMS[:2])}
    left = people({one: None, other: None, third: other}, {})
    assert {record.client_id for record in left} == {other, third}


def picture(record: UUID, hours: int, **fields: object) -> ClientPicture:
    at = MONDAY_MORNING + timedelta(hours=hours)
    return ClientPicture.model_validate(
        {
            "id": record,
            "full_name": f"Record {record.int}",
            "goals": (Goal(id=UUID(int=hours), kind=GoalKind.GOAL, words=f"Goal {hours}", stated_at=at),),
            "consents": (consent(client_id=record, granted_at=at),),
            "measurements": (
                Measurement(id=UUID(int=hours), readiness=readiness(measured_at=at, importance=hours)),
            ),
            **fields,
        }
    )


@given(st.permutations([1, 2, 3]))
def test_together_they_say_all_that_was_said_of_any_and_the_stricter_word_holds(hours: list[int]) -> None:
    kept = picture(RECORDS[0], 2, context=client_context(client_id=RECORDS[0]))
    others = {
        1: picture(RECORDS[1], 1, contact_prohibited=True),
        2: kept,
        3: picture(RECORDS[2], 3, messages_wanted=False),
    }
    whole = together(kept, [others[number] for number in hours])
    assert (whole.id, whole.full_name, whole.context) == (kept.id, kept.full_name, kept.context)
    assert [goal.words for goal in whole.goals] == ["Goal 1", "Goal 2", "Goal 3"]
    assert [one.client_id for one in whole.consents] == [RECORDS[2], RECORDS[0], RECORDS[1]]
    assert whole.rulers.importance == 3
    assert whole.contact_prohibited
    assert not whole.messages_wanted


def test_one_record_alone_is_as_it_was() -> None:
    alone = picture(RECORDS[0], 1)
    assert together(alone, [alone]) == alone
