"""Small steps: the client's, specific and with an end. Whatever is tried, nobody is blamed."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.event import Event
from contracts.events.barriers import SetbackRecorded, StepAgreed, StepMoved, TaskOpened, WinNoticed
from contracts.events.navigation import ReferralConfirmed
from contracts.terms import BarrierStatus, ChangedBy, StepStatus, TaskKind, WinKind
from services.barriers.model import Caseload, Decision, Refusal, SmallStep
from services.barriers.playbook.lint import BLAME
from services.barriers.policy import barriers, plans, referrals, steps
from services.barriers.policy.barriers import BarrierMove
from services.barriers.policy.moves import STEP_MOVES
from services.barriers.policy.plans import PlanMove
from services.barriers.policy.steps import StepMove, StepWords, possible_for
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, barrier_stated
from tests.support.builders_barriers import answered, cause, only, playbook, referral, told

TODAY = MONDAY_MORNING.date()
IN_A_WEEK = TODAY + timedelta(days=7)
WALKS = StepWords(words="I walk to the stop and back", times=3, counted="walks", ends_on=IN_A_WEEK)

STEP = {
    "offered": {"offered", "agreed", "not_this_time"},
    "agreed": {"offered", "paused", "done", "not_this_time"},
    "paused": {"offered", "agreed", "done", "not_this_time"},
    "done": set(),
    "not_this_time": {"offered", "agreed"},
}


def made(decided: Decision | Refusal) -> Decision:
    assert isinstance(decided, Decision), decided
    return decided


def offered(wording: StepWords = WALKS, *, agreed: bool = False) -> Caseload:
    case = answered(barrier_stated()).caseload
    [barrier_id] = case.barriers
    return made(
        steps.offer(
            playbook(), case, barrier_id, wording, step_id=new_id(), agreed=agreed, now=MONDAY_MORNING
        )
    ).caseload


def first(case: Caseload) -> SmallStep:
    return next(step for step in case.steps.values() if step.smaller_of is None)


def look(case: Caseload) -> StepMove:
    step = first(case)
    return StepMove(step_id=step.id, version=step.version, now=MONDAY_MORNING)


def test_the_table_is_the_one_that_was_decided() -> None:
    assert {was.value: {one.value for one in to} for was, to in STEP_MOVES.items()} == STEP
    assert set(STEP) == {status.value for status in StepStatus}


def test_a_step_serves_the_goal_that_the_barrier_was_stated_with() -> None:
    stated = barrier_stated(goal_words="To see my grandson play")
    case = answered(stated).caseload

    decided = made(
        steps.offer(
            playbook(), case, stated.barrier_id, WALKS, step_id=new_id(), agreed=False, now=MONDAY_MORNING
        )
    )

    event = only(decided.events, StepMoved)
    assert (event.status, event.serves, event.begins_on) == (
        StepStatus.OFFERED,
        "To see my grandson play",
        TODAY,
    )


def test_a_step_is_agreed_only_with_its_last_day() -> None:
    case = offered(StepWords(words="I look up the early bus"))

    refused = steps.agree(playbook(), case, look(case))
    agreed = steps.agree(playbook(), case, look(case), wording=StepWords(ends_on=IN_A_WEEK))

    assert isinstance(refused, Refusal)
    assert refused.possible == ("say_until_when",)
    assert only(made(agreed).events, StepAgreed).ends_on == IN_A_WEEK


def test_days_that_are_over_or_far_away_are_no_last_day() -> None:
    for ends_on in (TODAY - timedelta(days=1), TODAY + timedelta(days=400), date(9999, 12, 31)):
        case = answered(barrier_stated()).caseload
        [barrier_id] = case.barriers
        wording = StepWords(words="I look it up", ends_on=ends_on)

        refused = steps.offer(
            playbook(), case, barrier_id, wording, step_id=new_id(), agreed=False, now=MONDAY_MORNING
        )

        assert isinstance(refused, Refusal)


def test_progress_adds_up_in_the_clients_words() -> None:
    case = offered(agreed=True)
    once = made(
        steps.note_progress(playbook(), case, look(case), note="It was cold, and I did it", more_times=1)
    )
    twice = made(steps.note_progress(playbook(), once.caseload, look(once.caseload), note=None, more_times=2))

    assert first(twice.caseload).times_done == 3
    assert first(twice.caseload).status is StepStatus.AGREED
    assert [one.note for one in twice.caseload.progress.values()] == ["It was cold, and I did it", None]
    assert only(twice.events, StepMoved).more_times == 2


def test_a_kept_step_is_a_win_at_once() -> None:
    case = offered(agreed=True)

    decided = made(steps.done(playbook(), case, look(case), note="Three times", more_times=3))

    win = only(decided.events, WinNoticed)
    assert (win.kind, win.step_id) == (WinKind.STEP_KEPT, first(case).id)
    assert "I walk to the stop and back" in win.words
    barrier = decided.caseload.barriers[win.barrier_id]
    assert win.affirmation in playbook().categories[barrier.category].affirmations


def test_a_plan_that_helped_is_a_win() -> None:
    case = answered(barrier_stated()).caseload
    [plan_id] = case.plans
    events: tuple[Event, ...] = ()
    for version, deed in enumerate((plans.agree, plans.rehearse, plans.trigger, plans.helped), start=1):
        decided = made(deed(playbook(), case, PlanMove(plan_id=plan_id, version=version, now=MONDAY_MORNING)))
        case, events = decided.caseload, decided.events

    assert only(events, WinNoticed).plan_id == plan_id


def test_help_that_came_is_a_win_once_however_often_it_is_said() -> None:
    stated = barrier_stated()
    case = answered(stated).caseload
    said = [referral(ReferralConfirmed, stated, version=version) for version in (4, 5)]

    first_time = referrals.follow(playbook(), case, said[0], now=MONDAY_MORNING, cause=cause())
    again = referrals.follow(playbook(), first_time.caseload, said[1], now=MONDAY_MORNING, cause=cause())

    assert only(first_time.events, WinNoticed).words == "You got what you needed from Northgate Rides."
    assert told(again.events, WinNoticed) == []


def test_a_step_that_did_not_come_about_is_looked_at_together() -> None:
    case = offered(agreed=True)

    decided = made(steps.not_this_time(playbook(), case, look(case), told="My knee hurt", smaller=None))

    assert only(decided.events, SetbackRecorded).what_happened == "My knee hurt"
    assert only(decided.events, TaskOpened).kind is TaskKind.REVIEW_SETBACK


def test_with_a_smaller_step_in_hand_there_is_nothing_more_to_do() -> None:
    case = offered(agreed=True)
    smaller = StepWords(words="I walk to the corner", times=1)

    decided = made(steps.not_this_time(playbook(), case, look(case), told=None, smaller=smaller))

    assert told(decided.events, TaskOpened) == []
    [one] = [step for step in decided.caseload.steps.values() if step.smaller_of is not None]
    assert (one.smaller_of, one.words, one.counted) == (first(case).id, "I walk to the corner", "walks")
    assert one.status is StepStatus.OFFERED


def test_an_offer_that_is_not_taken_up_needs_no_reason_and_leads_to_nothing() -> None:
    case = offered()

    decided = made(steps.not_this_time(playbook(), case, look(case), told=None, smaller=None))

    assert [type(event) for event in decided.events] == [StepMoved]


def test_no_step_is_offered_for_what_the_client_took_back() -> None:
    case = answered(barrier_stated()).caseload
    [barrier] = case.barriers.values()
    move = BarrierMove(
        barrier_id=barrier.id,
        version=barrier.version,
        by=ChangedBy.CLIENT,
        reason="They would rather not",
        now=MONDAY_MORNING,
    )
    case = made(barriers.withdraw(playbook(), case, move)).caseload
    assert case.barriers[barrier.id].status is BarrierStatus.WITHDRAWN

    refused = steps.offer(
        playbook(), case, barrier.id, WALKS, step_id=new_id(), agreed=False, now=MONDAY_MORNING
    )

    assert isinstance(refused, Refusal)
    assert refused.possible == ("reopen",)


class Steps(RuleBasedStateMachine):
    """Somebody tries everything with one client's steps, in any order."""

    case: Caseload

    @initialize()
    def begin(self) -> None:
        self.now = MONDAY_MORNING
        self.case = answered(barrier_stated()).caseload
        self.wins = 0

    def decide(self, decided: Decision | Refusal) -> None:
        if isinstance(decided, Refusal):
            assert decided.reason
            assert BLAME.search(decided.reason) is None
            return
        for key, step in decided.caseload.steps.items():
            was = self.case.steps.get(key)
            if was is None:
                assert step.version == 1
            elif step is not was:
                assert step.version == was.version + 1
                assert step.status.value in STEP[was.status.value] | {was.status.value}
                assert step.times_done >= was.times_done
        for event in decided.events:
            if isinstance(event, StepAgreed | StepMoved):
                stands = decided.caseload.steps[event.step_id]
                assert (event.version, event.status) == (stands.version, stands.status)
            if isinstance(event, WinNoticed | SetbackRecorded):
                assert BLAME.search(str(event)) is None
        self.wins += len(told(decided.events, WinNoticed))
        self.case = decided.caseload

    def move(self, number: int) -> StepMove | None:
        ids: list[UUID] = list(self.case.steps)
        if not ids:
            return None
        step = self.case.steps[ids[number % len(ids)]]
        return StepMove(step_id=step.id, version=step.version - number % 2 * (number % 3 == 0), now=self.now)

    @rule(agreed=st.booleans(), days=st.none() | st.integers(-3, 30))
    def offer(self, *, agreed: bool, days: int | None) -> None:
        ends_on = None if days is None else self.now.date() + timedelta(days=days)
        wording = StepWords(words="One call", ends_on=ends_on)
        [barrier_id] = self.case.barriers
        self.decide(
            steps.offer(
                playbook(), self.case, barrier_id, wording, step_id=new_id(), agreed=agreed, now=self.now
            )
        )

    @rule(number=st.integers(0, 99), days=st.none() | st.integers(-3, 30))
    def agree(self, number: int, days: int | None) -> None:
        move = self.move(number)
        if move is not None:
            ends_on = None if days is None else self.now.date() + timedelta(days=days)
            self.decide(steps.agree(playbook(), self.case, move, wording=StepWords(ends_on=ends_on)))

    @rule(number=st.integers(0, 99))
    def change(self, number: int) -> None:
        move = self.move(number)
        if move is not None:
            self.decide(steps.change(playbook(), self.case, move, wording=StepWords(words="Half of it")))

    @rule(number=st.integers(0, 99))
    def pause(self, number: int) -> None:
        move = self.move(number)
        if move is not None:
            self.decide(steps.pause(playbook(), self.case, move, note="A hard week"))

    @rule(number=st.integers(0, 99), more=st.integers(0, 3))
    def forward(self, number: int, more: int) -> None:
        move = self.move(number)
        if move is not None:
            self.decide(steps.note_progress(playbook(), self.case, move, note="So so", more_times=more))

    @rule(number=st.integers(0, 99))
    def done(self, number: int) -> None:
        move = self.move(number)
        if move is not None:
            self.decide(steps.done(playbook(), self.case, move, note=None))

    @rule(number=st.integers(0, 99), smaller=st.booleans())
    def leave(self, number: int, *, smaller: bool) -> None:
        move = self.move(number)
        if move is not None:
            wording = StepWords(words="Less of it") if smaller else None
            self.decide(steps.not_this_time(playbook(), self.case, move, told=None, smaller=wording))

    @rule(number=st.integers(0, 99))
    def smaller(self, number: int) -> None:
        move = self.move(number)
        if move is not None:
            wording = StepWords(words="Less of it")
            self.decide(steps.make_smaller(playbook(), self.case, move, wording=wording, smaller_id=new_id()))

    @rule(days=st.integers(0, 20))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def every_agreed_step_has_a_last_day_and_can_be_paused_or_left(self) -> None:
        for step in self.case.steps.values():
            if step.status is StepStatus.AGREED:
                assert step.ends_on is not None
                assert {"pause", "change", "not_this_time"} <= set(possible_for(step))

    @invariant()
    def there_are_as_many_wins_as_steps_that_were_kept(self) -> None:
        kept = sum(step.status is StepStatus.DONE for step in self.case.steps.values())
        assert len(self.case.wins) == self.wins == kept


Steps.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestSteps = Steps.TestCase
