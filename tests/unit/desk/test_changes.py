"""What a colleague changed while somebody was writing, field by field."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.events.barriers import PlanDrafted, PlanMoved
from contracts.terms import PlanStatus
from services.desk.model.entries import Entry
from services.desk.policy.changes import differences, latest, news_since
from services.desk.policy.places import place_of
from services.desk.policy.wording import Wall
from shared.ids import new_id
from tests.support.builders_desk import stated

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WALL = Wall(ZoneInfo("Europe/London"), MONDAY)
ROSA = new_id()


def entry(event: PlanDrafted | PlanMoved, minutes: int) -> Entry:
    """Something that was stated so many minutes after nine."""
    return Entry(
        id=new_id(),
        place=place_of(event),
        client_id=event.client_id,
        occurred_at=MONDAY + timedelta(minutes=minutes),
        correlation_id=new_id(),
        causation_id=None,
        event=event,
    )


def _plan() -> tuple[Entry, Entry]:
    plan = str(new_id())
    drafted = stated(PlanDrafted, plan_id=plan, if_words="it rains", then_words="I wait")
    agreed = stated(
        PlanMoved,
        plan_id=plan,
        client_id=str(drafted.client_id),
        version=2,
        status=PlanStatus.AGREED.value,
        if_words="it rains",
        then_words="I ring",
        by_staff=str(ROSA),
    )
    return entry(drafted, 0), entry(agreed, 5)


def test_what_is_different_is_told_field_by_field_and_nothing_else() -> None:
    before, after = _plan()
    assert differences([after, before], before.id, WALL) == [
        ("Where the plan is", "An offer to look at", "Agreed"),
        ("Then", "I wait", "I ring"),
    ]


def test_ones_own_change_is_no_news_to_oneself_but_to_others() -> None:
    before, after = _plan()
    assert news_since([before, after], before.id, viewer=ROSA) == []
    assert news_since([before, after], before.id, viewer=new_id()) == [after]
    assert news_since([before, after], before.id) == [after]


def test_who_has_seen_the_latest_has_seen_everything() -> None:
    both = _plan()
    assert latest(both) == both[1].id
    assert news_since(both, both[1].id) == []


def test_a_form_that_does_not_say_what_it_knew_is_not_held_up() -> None:
    both = _plan()
    assert news_since(both, None) == []
    assert news_since(both, UUID(int=1)) == []
    assert differences(both, None, WALL) == []
