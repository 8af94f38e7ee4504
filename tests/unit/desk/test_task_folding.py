"""Who handed a task to whom, folded from whatever came in whatever order."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from contracts.events.barriers import TaskMoved
from contracts.terms import TaskStatus
from services.desk.model.entries import Entry
from services.desk.model.pictures import HandedOver, TaskPicture
from services.desk.policy.folding.tasks import fold_task
from services.desk.policy.places import place_of
from services.desk.policy.today import handed_words
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING

ANA, BEN, CLEO = new_id(), new_id(), new_id()
CLIENT, TASK = new_id(), new_id()


def moved(
    version: int,
    assignee: UUID | None,
    *,
    by: UUID | None,
    note: str | None = None,
    status: TaskStatus = TaskStatus.CLAIMED,
) -> Entry:
    """A move of the task, as the desk keeps it."""
    event = TaskMoved(
        client_id=CLIENT,
        task_id=TASK,
        version=version,
        status=status,
        reason=note,
        assignee=assignee,
        by_staff=by,
        moved_at=MONDAY_MORNING + timedelta(hours=version),
    )
    return Entry(
        id=new_id(),
        place=place_of(event),
        client_id=CLIENT,
        occurred_at=event.moved_at,
        correlation_id=new_id(),
        causation_id=None,
        event=event,
    )


CLAIMED = moved(2, ANA, by=ANA)
HANDED = moved(3, BEN, by=ANA, note="You know each other.")
BEGUN = moved(4, BEN, by=BEN, status=TaskStatus.IN_PROGRESS)
ON = moved(5, CLEO, by=ANA, note="Ben is away.", status=TaskStatus.IN_PROGRESS)


def folded(*entries: Entry) -> TaskPicture:
    picture = fold_task(entries)
    assert picture is not None
    return picture


@given(st.permutations([CLAIMED, HANDED, BEGUN]))
def test_the_note_stays_for_as_long_as_whoever_got_it_has_it(entries: list[Entry]) -> None:
    picture = folded(*entries)
    assert picture.handed_over == HandedOver(by=ANA, note="You know each other.", at=HANDED.occurred_at)
    assert handed_words(picture, "Ana", viewer=BEN) == "Ana handed it to you"
    assert handed_words(picture, "Ana", viewer=ANA) == "You handed it over"
    assert handed_words(picture, None, viewer=CLEO) == "A colleague handed it over"


@given(st.permutations([CLAIMED, HANDED, BEGUN, ON]))
def test_whoever_gets_it_next_reads_the_note_that_was_for_them(entries: list[Entry]) -> None:
    assert folded(*entries).handed_over == HandedOver(by=ANA, note="Ben is away.", at=ON.occurred_at)


def test_taking_a_task_on_oneself_is_no_hand_over() -> None:
    assert folded(CLAIMED).handed_over is None
    assert handed_words(folded(CLAIMED), None, viewer=ANA) == ""
