"""What a stated barrier leads to: the client's wish and readiness decide, the playbook says how."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.barriers import (
    BarrierAnswered,
    HelpNeeded,
    HelpWithdrawn,
    PlanDrafted,
    TaskMoved,
    TaskOpened,
)
from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    Pace,
    Priority,
    Strength,
    TaskKind,
    Wish,
)
from services.barriers.policy import answering, wishes
from tests.support.builders import (
    MONDAY_MORNING,
    barrier_stated,
    client_context,
    readiness,
    wish_changed,
)
from tests.support.builders_barriers import answered, case_of, cause, only, opened_kinds, playbook, told

PEOPLE_FIRST = [category for category, rules in playbook().categories.items() if rules.never_auto_refer]
REFERRED = [
    category
    for category, rules in playbook().categories.items()
    if rules.help is not None and not rules.never_auto_refer
]


@pytest.mark.parametrize(
    "said, rule, opened, plans, helps",
    [
        pytest.param(
            {}, "transport/go-ahead", [TaskKind.AGREE_PLAN], 1, 1, id="go ahead: plan, and help at once"
        ),
        pytest.param(
            {"wish": Wish.ASK_ME_FIRST},
            "transport/ask-first",
            [TaskKind.ASK_PERMISSION, TaskKind.AGREE_PLAN],
            1,
            0,
            id="ask me first: somebody asks",
        ),
        pytest.param(
            {"wish": Wish.JUST_LISTEN},
            "transport/listen-as-wished",
            [TaskKind.HAVE_CONVERSATION],
            0,
            0,
            id="just listen: a conversation and nothing else",
        ),
        pytest.param(
            {"readiness": readiness(importance=3)},
            "transport/listen-for-importance",
            [TaskKind.HAVE_CONVERSATION],
            0,
            0,
            id="low importance: listen, do not plan",
        ),
        pytest.param(
            {"readiness": readiness(importance=4)},
            "transport/go-ahead",
            [TaskKind.AGREE_PLAN],
            1,
            1,
            id="importance 4 is enough",
        ),
        pytest.param(
            {"readiness": readiness(importance=None)},
            "transport/go-ahead",
            [TaskKind.AGREE_PLAN],
            1,
            1,
            id="a ruler not asked is not a low one",
        ),
        pytest.param(
            {"strength": Strength.NOT_AT_ALL},
            "transport/listen-for-strength",
            [TaskKind.HAVE_CONVERSATION],
            0,
            0,
            id="not in the way at all: listen",
        ),
        pytest.param(
            {"category": BarrierCategory.SELF_RELIANCE},
            "self_reliance/plan-without-referral",
            [TaskKind.AGREE_PLAN],
            1,
            0,
            id="working it out alone: a plan, no referral",
        ),
        pytest.param(
            {"category": BarrierCategory.OTHER},
            "other/listen-to-understand",
            [TaskKind.HAVE_CONVERSATION],
            0,
            0,
            id="something of its own: understand first",
        ),
        pytest.param(
            {"category": BarrierCategory.PRIVACY_RECORDS},
            "privacy.records/go-ahead",
            [TaskKind.AGREE_PLAN, TaskKind.PRACTICAL_STEP],
            1,
            1,
            id="a category with a practical step for staff",
        ),
        pytest.param(
            {"category": BarrierCategory.SAFETY},
            "safety/person-first",
            [TaskKind.ASK_PERMISSION, TaskKind.AGREE_PLAN],
            1,
            0,
            id="safety: a person first, whatever was wished",
        ),
    ],
)
def test_a_statement_leads_to(
    said: dict[str, object], rule: str, opened: list[TaskKind], plans: int, helps: int
) -> None:
    stated = barrier_stated(**said)

    decision = answered(stated)

    answer = only(decision.events, BarrierAnswered)
    assert answer.rule == rule
    assert answer.status is BarrierStatus.ACKNOWLEDGED
    assert answer.playbook_version == playbook().edition
    assert answer.help_asked is bool(helps)
    assert opened_kinds(decision) == opened
    assert len(told(decision.events, PlanDrafted)) == plans
    assert len(told(decision.events, HelpNeeded)) == helps


def test_help_carries_all_that_navigation_has_to_know() -> None:
    stated = barrier_stated()

    need = only(answered(stated).events, HelpNeeded)

    assert need.resource_codes == ("105-02-01", "105-01-01")
    assert need.send_allowed
    assert need.wish is Wish.GO_AHEAD
    assert need.client == stated.client
    assert need.consents == stated.consents
    assert need.words == stated.words
    assert need.rule == "transport/go-ahead"


def test_the_clients_own_idea_comes_first() -> None:
    stated = barrier_stated(own_idea="My sister could drive me")

    decision = answered(stated)

    plan = only(decision.events, PlanDrafted)
    task = only(decision.events, TaskOpened)
    assert plan.then_words == "My sister could drive me"
    assert plan.from_own_idea
    assert plan.serves == stated.goal_words
    assert 'Their own idea comes first: "My sister could drive me".' in task.why
    assert "I switch to a visit by phone or video" in task.why
    assert stated.words in task.why


def test_without_an_idea_the_plan_starts_from_the_playbook() -> None:
    plan = only(answered(barrier_stated(own_idea=None)).events, PlanDrafted)

    assert plan.then_words == "I switch to a visit by phone or video"
    assert not plan.from_own_idea


def test_low_confidence_begins_with_the_smallest_step() -> None:
    sure = only(answered(barrier_stated(readiness=readiness(confidence=4))).events, TaskOpened)
    unsure = only(answered(barrier_stated(readiness=readiness(confidence=3))).events, TaskOpened)

    assert "smallest version" in unsure.why
    assert "smallest version" not in sure.why


@pytest.mark.parametrize("category", PEOPLE_FIRST)
@pytest.mark.parametrize("wish", [Wish.GO_AHEAD, Wish.ASK_ME_FIRST])
def test_where_a_person_asks_first_nothing_goes_out_by_itself(category: BarrierCategory, wish: Wish) -> None:
    decision = answered(barrier_stated(category=category, wish=wish))

    assert told(decision.events, HelpNeeded) == []
    assert TaskKind.ASK_PERMISSION in opened_kinds(decision)


@pytest.mark.parametrize(
    "said, priority, reason",
    [
        ({}, Priority.ROUTINE, "At the pace the client chose."),
        ({"strength": Strength.A_LOT}, Priority.URGENT, "They say it gets in the way a lot."),
        ({"category": BarrierCategory.SAFETY}, Priority.ASAP, "Safety comes first."),
        (
            {"category": BarrierCategory.SAFETY, "strength": Strength.A_LOT},
            Priority.ASAP,
            "Safety comes first.",
        ),
    ],
)
def test_a_priority_says_why(said: dict[str, object], priority: Priority, reason: str) -> None:
    for task in told(answered(barrier_stated(**said)).events, TaskOpened):
        assert (task.priority, task.priority_reason) == (priority, reason)


@pytest.mark.parametrize(
    "pace, days", [(Pace.SLOW, 14), (Pace.STEADY, 7), (Pace.BRISK, 2)], ids=["slow", "steady", "brisk"]
)
def test_the_window_follows_the_clients_pace(pace: Pace, days: int) -> None:
    task = only(answered(barrier_stated(client=client_context(pace=pace))).events, TaskOpened)

    assert task.due_by == MONDAY_MORNING.replace(hour=17) + timedelta(days=days)


def test_a_barrier_is_answered_once() -> None:
    stated = barrier_stated()
    first = answered(stated)

    again = answering.answer(playbook(), first.caseload, stated, now=MONDAY_MORNING, cause=cause())

    assert again.events == ()
    assert again.caseload == first.caseload


def test_a_second_of_the_same_kind_joins_what_is_open() -> None:
    first_said = barrier_stated(own_idea=None)
    second_said = barrier_stated(client=first_said.client, own_idea=None, words="And no petrol either.")
    first = answered(first_said)

    second = answered(second_said, first.caseload)

    assert told(second.events, TaskOpened) == []
    assert told(second.events, PlanDrafted) == []
    assert told(second.events, HelpNeeded) == []
    moved = only(second.events, TaskMoved)
    assert moved.barrier_ids == (first_said.barrier_id, second_said.barrier_id)
    assert moved.reason is not None
    assert "And no petrol either." in moved.reason


def test_an_idea_of_their_own_is_not_lost_in_joining() -> None:
    first = answered(barrier_stated(own_idea=None))
    second_said = barrier_stated(client=first.caseload.client.context, own_idea="Ask Jo for a lift")

    second = answered(second_said, first.caseload)

    assert only(second.events, PlanDrafted).then_words == "Ask Jo for a lift"
    assert told(second.events, TaskOpened) == []


def test_when_the_first_no_longer_wants_help_the_second_of_its_kind_gets_it() -> None:
    first_said = barrier_stated()
    second_said = barrier_stated(client=first_said.client)
    both = answered(second_said, answered(first_said).caseload).caseload

    decision = wishes.change_wish(
        playbook(),
        both,
        wish_changed(client_id=first_said.client_id, barrier_id=first_said.barrier_id),
        now=MONDAY_MORNING,
        cause=cause(),
    )

    assert only(decision.events, HelpWithdrawn).barrier_id == first_said.barrier_id
    assert only(decision.events, HelpNeeded).barrier_id == second_said.barrier_id


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(BarrierCategory)),
            st.sampled_from(list(Wish)),
            st.sampled_from(list(Strength)),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_nobody_drowns_in_tasks_and_no_need_is_dropped(
    said: list[tuple[BarrierCategory, Wish, Strength, int]],
) -> None:
    client = client_context()
    statements = [
        barrier_stated(client=client, category=category, wish=wish, strength=strength)
        for category, wish, strength, _ in said
    ]
    case = case_of(statements[0])
    now = MONDAY_MORNING
    for stated, (_, _, _, days) in zip(statements, said, strict=True):
        now += timedelta(days=days)
        case = answered(stated, case, now=now).caseload

        week = [task for task in case.tasks.values() if task.opened_at > now - timedelta(days=7)]
        held_to_the_cap = [task for task in week if task.priority is not Priority.ASAP]
        assert len(held_to_the_cap) <= playbook().caps.tasks_per_client_week
        about = {need.barrier_id for task in case.tasks.values() if task.is_live for need in task.needs}
        assert stated.barrier_id in about
        assert {one.barrier_id for one in statements if one.barrier_id in case.barriers} <= about


def test_beyond_the_cap_a_need_joins_the_most_fitting_task_and_says_so() -> None:
    client = client_context()
    crowd = [
        BarrierCategory.TRANSPORT,
        BarrierCategory.CHILDCARE,
        BarrierCategory.COST_GENERAL,
        BarrierCategory.AVAILABILITY,
        BarrierCategory.UNSURE_WHERE,
    ]
    first = barrier_stated(client=client, category=crowd[0])
    case = answered(first).caseload
    for category in crowd[1:]:
        case = answered(barrier_stated(client=client, category=category), case).caseload

    decision = answered(barrier_stated(client=client, category=BarrierCategory.WORK_SCHEDULE), case)

    assert told(decision.events, TaskOpened) == []
    moved = only(decision.events, TaskMoved)
    assert decision.caseload.tasks[moved.task_id].kind is TaskKind.AGREE_PLAN
    assert moved.reason is not None
    assert moved.reason.startswith("Joined here so that the week stays light:")
    assert len(told(decision.events, PlanDrafted)) == 1
    assert len(told(decision.events, HelpNeeded)) == 1


def test_safety_has_a_task_of_its_own_however_full_the_week_is() -> None:
    client = client_context()
    case = case_of(barrier_stated(client=client))
    for category in REFERRED[:6]:
        case = answered(barrier_stated(client=client, category=category), case).caseload

    decision = answered(barrier_stated(client=client, category=BarrierCategory.SAFETY), case)

    assert opened_kinds(decision) == [TaskKind.ASK_PERMISSION, TaskKind.AGREE_PLAN]


def test_a_task_that_takes_in_something_more_urgent_rises_with_it() -> None:
    first = answered(barrier_stated(own_idea=None))
    second_said = barrier_stated(client=first.caseload.client.context, strength=Strength.A_LOT)

    moved = only(answered(second_said, first.caseload).events, TaskMoved)

    assert moved.priority is Priority.URGENT
    assert moved.priority_reason == "They say it gets in the way a lot."


def test_a_task_is_due_no_later_than_what_it_takes_in() -> None:
    stated = barrier_stated(client=client_context(pace=Pace.SLOW), own_idea=None)
    first = answered(stated)
    hurried = stated.client.model_copy(update={"pace": Pace.BRISK})
    case = replace(first.caseload, client=replace(first.caseload.client, context=hurried))

    moved = only(answered(barrier_stated(client=hurried), case).events, TaskMoved)

    assert moved.due_by == MONDAY_MORNING.replace(hour=17) + timedelta(days=2)
    assert moved.due_by < only(first.events, TaskOpened).due_by


def test_the_same_input_gives_the_same_decision() -> None:
    stated = barrier_stated(category=BarrierCategory.PRIVACY_RECORDS)
    why = cause()

    one = answering.answer(playbook(), case_of(stated), stated, now=MONDAY_MORNING, cause=why)
    other = answering.answer(playbook(), case_of(stated), stated, now=MONDAY_MORNING, cause=why)

    assert one == other
