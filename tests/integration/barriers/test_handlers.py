"""Events in, on a real database: once however often, the same in any order and however they are batched."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from contracts.events.barriers import (
    BarrierAnswered,
    BarrierMoved,
    HelpNeeded,
    HelpWithdrawn,
    PlanDrafted,
    SetbackRecorded,
    TaskMoved,
    TaskOpened,
)
from contracts.events.base import ClientEvent
from contracts.events.navigation import (
    ReferralAccepted,
    ReferralDrafted,
    ReferralMissed,
    ReferralRequested,
    ReferralUnanswered,
)
from contracts.terms import BarrierCategory, BarrierStatus, Pace, TaskKind, TaskStatus, Wish
from shared.errors import Transient
from tests.integration.barriers.conftest import Core, core_on
from tests.support.builders import (
    MONDAY_MORNING,
    barrier_stated,
    client_changed,
    client_context,
    client_registered,
    readiness,
    readiness_measured,
    wish_changed,
)
from tests.support.builders_barriers import delivery, help_unmatched, referral, reply_received
from tests.support.clock import ManualClock
from tests.support.database import Database, cloned

CASE = (
    "barrier",
    "id, client_id, category, status, version, words, wish, wish_version, rule, help_asked, plan_id",
)
TASKS = ("task", "id, client_id, kind, status, version, title, needs, priority, due_from, due_by")
CLIENTS = ("client", "client_id, version, context, importance, importance_at, confidence, consents_at")


async def opened(core: Core) -> list[TaskKind]:
    return [event.kind for event in await core.told(TaskOpened)]


async def test_a_stated_barrier_is_answered_with_plan_task_and_help(core: Core) -> None:
    stated = barrier_stated()

    await core.handle(delivery(stated))

    [answer] = await core.told(BarrierAnswered)
    [plan] = await core.told(PlanDrafted)
    [task] = await core.told(TaskOpened)
    [need] = await core.told(HelpNeeded)
    assert answer.barrier_id == plan.barrier_id == need.barrier_id == stated.barrier_id
    assert task.barrier_ids == (stated.barrier_id,)
    assert task.due_from == MONDAY_MORNING
    assert await core.rows("task", "kind, status, about") == [("agree_plan", "open", [stated.barrier_id])]


async def test_everything_an_event_causes_says_so(core: Core) -> None:
    sent = delivery(barrier_stated())

    await core.handle(sent)

    assert await core.rows("event", "distinct correlation_id, causation_id, about") == [
        (sent.envelope.correlation_id, sent.envelope.id, sent.event.client_id)
    ]


@pytest.mark.parametrize("again", ["the same event", "stated again under another id"])
async def test_a_barrier_is_answered_once_however_often_it_is_delivered(core: Core, again: str) -> None:
    sent = delivery(barrier_stated())
    await core.handle(sent)
    before = await core.types()

    await core.handle(sent if again == "the same event" else delivery(sent.event))

    assert await core.types() == before


async def test_what_was_written_is_what_is_read_back(core: Core) -> None:
    """A second message of a client finds the case exactly as the first left it."""
    first = barrier_stated(category=BarrierCategory.PRIVACY_RECORDS)
    await core.handle(delivery(first))
    second = barrier_stated(client=first.client, category=BarrierCategory.PRIVACY_RECORDS)

    await core.handle(delivery(second))

    moved = await core.told(TaskMoved)
    assert {event.version for event in moved} == {2}
    assert all(event.barrier_ids == (first.barrier_id, second.barrier_id) for event in moved)
    assert len(moved) == 2


async def batches(migrated: Database, splits: list[list[list[ClientEvent]]]) -> list[list[object]]:
    """What is kept and stated after the same deliveries in different splits, each on its own database."""
    envelopes = {id(event): delivery(event) for split in splits for batch in split for event in batch}
    found: list[list[object]] = []
    for split in splits:
        async with cloned(migrated) as clone, core_on(clone, ManualClock()) as core:
            for batch in split:
                await core.handle(*[envelopes[id(event)] for event in batch])
            stated = Counter(await core.rows("event", "type, about, data::text"))
            found.append([await core.rows(*CASE), await core.rows(*TASKS), await core.rows(*CLIENTS), stated])
    return found


async def test_a_batch_and_the_same_messages_one_by_one_come_to_the_same(migrated: Database) -> None:
    client, other = client_context(), client_context(pace=Pace.SLOW)
    wanted: list[ClientEvent] = [
        barrier_stated(client=client, readiness=readiness(importance=8)),
        barrier_stated(client=other, wish=Wish.ASK_ME_FIRST),
        barrier_stated(
            client=client.model_copy(update={"version": 2, "pace": Pace.BRISK}),
            category=BarrierCategory.CHILDCARE,
            readiness=readiness(importance=2, measured_at=MONDAY_MORNING + timedelta(minutes=1)),
        ),
        barrier_stated(client=client),
        *(
            barrier_stated(client=other, category=category)
            for category in (
                BarrierCategory.COST_CARE,
                BarrierCategory.SAFETY,
                BarrierCategory.STIGMA_SELF,
                BarrierCategory.PRIVACY_RECORDS,
                BarrierCategory.OTHER,
            )
        ),
    ]

    together, alone, in_threes = await batches(
        migrated,
        [[wanted], [[event] for event in wanted], [wanted[n : n + 3] for n in range(0, len(wanted), 3)]],
    )

    assert together == alone
    assert together == in_threes


async def test_a_change_of_mind_that_overtakes_its_barrier_is_kept_and_obeyed(core: Core) -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    change = wish_changed(client_id=stated.client_id, barrier_id=stated.barrier_id, wish=Wish.JUST_LISTEN)

    await core.handle(delivery(change))
    await core.handle(delivery(stated))

    assert await core.told(HelpNeeded) == []
    assert await opened(core) == [TaskKind.HAVE_CONVERSATION]


async def test_just_listen_is_obeyed_at_once(core: Core) -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    await core.handle(delivery(stated))

    await core.handle(delivery(wish_changed(client_id=stated.client_id, barrier_id=stated.barrier_id)))

    assert len(await core.told(HelpWithdrawn)) == 1
    assert await opened(core) == [TaskKind.AGREE_PLAN, TaskKind.HAVE_CONVERSATION]
    assert await core.rows("task", "kind, status") == [
        ("agree_plan", "superseded"),
        ("have_conversation", "open"),
    ]


async def test_help_after_a_change_of_mind_carries_context_and_consents(core: Core) -> None:
    stated = barrier_stated(wish=Wish.ASK_ME_FIRST)
    await core.handle(delivery(stated))
    moved_house = stated.client.model_copy(update={"version": 2, "postcode": "YO1 7HH"})
    await core.handle(delivery(client_changed(client=moved_house)))

    await core.handle(
        delivery(wish_changed(client_id=stated.client_id, barrier_id=stated.barrier_id, wish=Wish.GO_AHEAD))
    )

    [need] = await core.told(HelpNeeded)
    assert need.client == moved_house
    assert need.consents == stated.consents


@pytest.mark.parametrize("newest_first", [True, False])
async def test_the_highest_version_of_a_client_counts_whatever_came_last(
    core: Core, *, newest_first: bool
) -> None:
    client = client_context(pace=Pace.SLOW)
    newer = client.model_copy(update={"version": 5, "pace": Pace.BRISK})
    sent = [client_registered(client=client), client_changed(client=newer)]
    for event in reversed(sent) if newest_first else sent:
        await core.handle(delivery(event))

    await core.handle(delivery(barrier_stated(client=client)))

    [answer] = await core.told(BarrierAnswered)
    assert answer.pace is Pace.BRISK


async def test_a_ruler_that_rises_brings_the_offer_of_a_plan(core: Core) -> None:
    stated = barrier_stated(readiness=readiness(importance=2))
    await core.handle(delivery(stated))
    later = readiness(importance=6, measured_at=MONDAY_MORNING + timedelta(days=7))

    await core.handle(delivery(readiness_measured(client_id=stated.client_id, readiness=later)))

    assert len(await core.told(PlanDrafted)) == 1
    assert TaskKind.AGREE_PLAN in await opened(core)
    assert await core.rows("client", "importance") == [(6,)]


async def test_an_older_measurement_that_arrives_late_changes_nothing(core: Core) -> None:
    stated = barrier_stated(readiness=readiness(importance=2))
    await core.handle(delivery(stated))
    earlier = readiness(importance=9, measured_at=MONDAY_MORNING - timedelta(days=7))

    await core.handle(delivery(readiness_measured(client_id=stated.client_id, readiness=earlier)))

    assert await core.told(PlanDrafted) == []
    assert await core.rows("client", "importance") == [(2,)]


async def test_a_draft_brings_options_to_offer_and_sending_it_takes_them_off_the_list(core: Core) -> None:
    stated = barrier_stated(category=BarrierCategory.TRANSPORT)
    await core.handle(delivery(stated))

    await core.handle(delivery(referral(ReferralDrafted, stated)))
    await core.handle(delivery(referral(ReferralRequested, stated, version=2)))

    assert await opened(core) == [TaskKind.AGREE_PLAN, TaskKind.ASK_PERMISSION]
    assert ("ask_permission", "superseded") in await core.rows("task", "kind, status")
    assert await core.rows("barrier", "status") == [("planned",)]


async def test_silence_heard_about_after_the_answer_is_no_task(core: Core) -> None:
    stated = barrier_stated()
    await core.handle(delivery(stated))

    await core.handle(delivery(referral(ReferralAccepted, stated, version=4)))
    await core.handle(delivery(referral(ReferralUnanswered, stated, version=3)))

    assert await opened(core) == [TaskKind.AGREE_PLAN]
    assert await core.rows("referral", "version, status") == [(4, "accepted")]


async def test_a_missed_appointment_is_information(core: Core) -> None:
    stated = barrier_stated()
    await core.handle(delivery(stated))
    await core.handle(delivery(referral(ReferralRequested, stated)))

    await core.handle(
        delivery(referral(ReferralMissed, stated, version=5)),
        delivery(referral(ReferralMissed, stated, version=5)),
    )

    [setback] = await core.told(SetbackRecorded)
    assert setback.question == "What happened with the ride?"
    assert TaskKind.REVIEW_SETBACK in await opened(core)
    moves = [(event.was, event.status) for event in await core.told(BarrierMoved)]
    assert moves == [
        (BarrierStatus.ACKNOWLEDGED, BarrierStatus.PLANNED),
        (BarrierStatus.PLANNED, BarrierStatus.ACKNOWLEDGED),
    ]


async def test_where_nothing_fits_somebody_looks(core: Core) -> None:
    stated = barrier_stated()
    await core.handle(delivery(stated))

    await core.handle(delivery(help_unmatched(stated)))

    assert await opened(core) == [TaskKind.AGREE_PLAN, TaskKind.FIND_HELP]


async def test_a_reply_is_heard(core: Core) -> None:
    stated = barrier_stated()
    await core.handle(delivery(stated))

    await core.handle(delivery(reply_received(client_id=stated.client_id, words="I am not sure any more")))

    [_, task] = await core.told(TaskOpened)
    assert task.kind is TaskKind.HEAR_REPLY
    assert "I am not sure any more" in task.why


async def test_what_is_about_somebody_not_known_yet_is_tried_again(core: Core) -> None:
    with pytest.raises(Transient, match="not known here yet"):
        await core.handle(delivery(reply_received()))

    assert await core.rows("inbox") == []


async def test_copies_that_answer_one_client_at_once_keep_to_the_cap(
    database: Database, clock: ManualClock, core: Core
) -> None:
    client, other = client_context(), client_context()
    events = [
        barrier_stated(client=who, category=category, wish=Wish.ASK_ME_FIRST)
        for category in list(BarrierCategory)[:12]
        for who in (client, other)
    ]
    async with core_on(database, clock) as second, core_on(database, clock) as third:
        copies = (core, second, third)
        await asyncio.gather(
            *(
                copies[number % 3].handle(*[delivery(event) for event in events[number::8]])
                for number in range(8)
            )
        )

    assert len(await core.told(BarrierAnswered)) == len(events)
    for who in (client, other):
        tasks = [event for event in await core.told(TaskOpened) if event.client_id == who.client_id]
        assert len(tasks) <= 5
        about = {barrier for event in tasks for barrier in event.barrier_ids}
        about |= {barrier for event in await core.told(TaskMoved) for barrier in event.barrier_ids}
        wanted = {event.barrier_id for event in events if event.client_id == who.client_id}
        assert wanted <= about


class OneConnection:
    """A pool of one connection, so that a test can watch what goes over it."""

    def __init__(self, conn: object) -> None:
        self._conn = conn

    def acquire(self) -> "OneConnection":
        return self

    async def __aenter__(self) -> object:
        return self._conn

    async def __aexit__(self, *_: object) -> None:
        return None


async def test_a_batch_of_a_hundred_takes_a_handful_of_statements(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ([delivery(barrier_stated()) for _ in range(100)] for _ in range(2))
    seen: list[str] = []
    async with core.database.pool.acquire() as conn:
        monkeypatch.setattr(core.database, "pool", OneConnection(conn))
        await core.handle(*first)  # the driver looks up types the first time

        with conn.query_logger(lambda record: seen.append(record.query.strip())):
            await core.handle(*second)
        monkeypatch.undo()

    theirs = ("insert into inbox", "with written as", "BEGIN", "COMMIT")
    ours = [query for query in seen if not query.startswith(theirs)]
    assert len(await core.told(BarrierAnswered)) == 200
    assert 0 < len(ours) <= 8, ours


async def test_superseded_and_done_tasks_are_not_taken_for_live_ones(core: Core) -> None:
    stated = barrier_stated(wish=Wish.GO_AHEAD)
    await core.handle(delivery(stated))
    for version, wish in enumerate((Wish.JUST_LISTEN, Wish.GO_AHEAD, Wish.JUST_LISTEN), start=2):
        change = wish_changed(
            client_id=stated.client_id, barrier_id=stated.barrier_id, wish=wish, version=version
        )
        await core.handle(delivery(change))

    live = [row for row in await core.rows("task", "kind, status") if row[1] == TaskStatus.OPEN.value]
    assert live == [("have_conversation", "open")]
    assert [event.help_id for event in await core.told(HelpNeeded)] != []
    assert len({event.help_id for event in await core.told(HelpNeeded)}) == 2
