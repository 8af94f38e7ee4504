"""Where a referral may go, who may move it there, and what is said when it cannot go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.terms import BusinessStatus, ChangedBy, ClientConfirmed, ReasonCode, ReferralStatus
from services.navigation.model.referrals import (
    ENDED,
    LIVE,
    Accept,
    Cancel,
    ClientDeclines,
    Complete,
    Confirm,
    Decline,
    EnterInError,
    Fail,
    Hold,
    Kept,
    Missed,
    Move,
    Moved,
    MoveName,
    NotPossible,
    Progress,
    Referral,
    Repeated,
    Schedule,
    Send,
    Stalled,
    Unanswered,
    Unschedule,
)
from services.navigation.policy.events import stated
from services.navigation.policy.referrals import (
    RULES,
    decide,
    needs_runner_up,
    possible_moves,
    why_drafts_end,
)
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_navigation import appointment, referral

DRAFT = ReferralStatus.DRAFT
REQUESTED = ReferralStatus.REQUESTED
ACCEPTED = ReferralStatus.ACCEPTED
REJECTED = ReferralStatus.REJECTED
IN_PROGRESS = ReferralStatus.IN_PROGRESS
ON_HOLD = ReferralStatus.ON_HOLD
COMPLETED = ReferralStatus.COMPLETED
FAILED = ReferralStatus.FAILED
CANCELLED = ReferralStatus.CANCELLED
IN_ERROR = ReferralStatus.ENTERED_IN_ERROR

STAFF, PARTNER, CLIENT, FOOTHOLD = (
    ChangedBy.STAFF,
    ChangedBy.PARTNER,
    ChangedBy.CLIENT,
    ChangedBy.FOOTHOLD,
)
LATER = MONDAY_MORNING + timedelta(hours=1)

SEND = Send(consent_id=new_id(), acknowledge_by=MONDAY_MORNING + timedelta(days=2))
DECLINE = Decline(reason=ReasonCode.NO_CAPACITY, text="We are full until March.")
FAIL = Fail(reason=ReasonCode.CANNOT_REACH, text="Nobody answered the telephone.")
HOLD = Hold(text="There is a waiting list.")
BOOKED = Schedule(appointment=appointment())
COMPLETE = Complete(outcome="A ride every Tuesday.")
CANCEL = Cancel(reason=ReasonCode.OTHER, text="The clinic has moved.")
CLIENTS_NO = ClientDeclines(text="The client would rather not.")
GOT_HELP = Confirm(confirmed=ClientConfirmed.YES)

EDGES: dict[ReferralStatus, frozenset[ReferralStatus]] = {
    DRAFT: frozenset({REQUESTED, CANCELLED, IN_ERROR}),
    REQUESTED: frozenset({ACCEPTED, REJECTED, CANCELLED, IN_ERROR}),
    ACCEPTED: frozenset({IN_PROGRESS, ON_HOLD, COMPLETED, FAILED, CANCELLED, IN_ERROR}),
    IN_PROGRESS: frozenset({ON_HOLD, COMPLETED, FAILED, CANCELLED, IN_ERROR}),
    ON_HOLD: frozenset({IN_PROGRESS, COMPLETED, FAILED, CANCELLED, IN_ERROR}),
    REJECTED: frozenset({IN_ERROR}),
    CANCELLED: frozenset({IN_ERROR}),
    COMPLETED: frozenset({IN_ERROR}),
    FAILED: frozenset({IN_ERROR}),
    IN_ERROR: frozenset(),
}
"""Gravity's edges, written down apart from the code; a draft may also be dropped, as it never left us."""

FULFILMENT_CANCELLED = BusinessStatus.FULFILMENT_CANCELLED

LEADS = [
    ("a draft is sent", DRAFT, SEND, STAFF, REQUESTED, BusinessStatus.CREATED),
    ("Foothold sends it itself", DRAFT, SEND, FOOTHOLD, REQUESTED, BusinessStatus.CREATED),
    ("the partner says yes", REQUESTED, Accept(), PARTNER, ACCEPTED, BusinessStatus.ACCEPTED),
    ("the partner cannot help", REQUESTED, DECLINE, PARTNER, REJECTED, BusinessStatus.DECLINED),
    ("the partner begins", ACCEPTED, Progress(), PARTNER, IN_PROGRESS, BusinessStatus.ACCEPTED),
    ("the partner has it wait", ACCEPTED, HOLD, PARTNER, ON_HOLD, BusinessStatus.ACCEPTED),
    ("it goes on", ON_HOLD, Progress(), PARTNER, IN_PROGRESS, BusinessStatus.ACCEPTED),
    ("it waits", IN_PROGRESS, HOLD, PARTNER, ON_HOLD, BusinessStatus.ACCEPTED),
    ("a meeting is made", ACCEPTED, BOOKED, PARTNER, IN_PROGRESS, BusinessStatus.SCHEDULED),
    ("after waiting a meeting is made", ON_HOLD, BOOKED, PARTNER, IN_PROGRESS, BusinessStatus.SCHEDULED),
    ("help was given", IN_PROGRESS, COMPLETE, PARTNER, COMPLETED, BusinessStatus.COMPLETED),
    ("help was given at once", ACCEPTED, COMPLETE, PARTNER, COMPLETED, BusinessStatus.COMPLETED),
    ("it did not work out", ON_HOLD, FAIL, PARTNER, FAILED, BusinessStatus.FULFILMENT_CANCELLED),
    (
        "the client says no to a draft",
        DRAFT,
        CLIENTS_NO,
        CLIENT,
        CANCELLED,
        BusinessStatus.FULFILMENT_CANCELLED,
    ),
    (
        "the client says no after sending",
        REQUESTED,
        CLIENTS_NO,
        CLIENT,
        CANCELLED,
        BusinessStatus.FULFILMENT_CANCELLED,
    ),
    (
        "the client says no after a yes",
        ACCEPTED,
        CLIENTS_NO,
        CLIENT,
        CANCELLED,
        BusinessStatus.FULFILMENT_CANCELLED,
    ),
    (
        "the client says no halfway",
        IN_PROGRESS,
        CLIENTS_NO,
        CLIENT,
        CANCELLED,
        BusinessStatus.FULFILMENT_CANCELLED,
    ),
    (
        "the client says no while waiting",
        ON_HOLD,
        CLIENTS_NO,
        CLIENT,
        CANCELLED,
        BusinessStatus.FULFILMENT_CANCELLED,
    ),
    ("staff call it off", REQUESTED, CANCEL, STAFF, CANCELLED, BusinessStatus.FULFILMENT_CANCELLED),
    (
        "the partner calls it off",
        IN_PROGRESS,
        CANCEL,
        PARTNER,
        CANCELLED,
        BusinessStatus.FULFILMENT_CANCELLED,
    ),
    (
        "it was a mistake",
        COMPLETED,
        EnterInError(text="Wrong client."),
        STAFF,
        IN_ERROR,
        BusinessStatus.CREATED,
    ),
    ("a partner that said yes no longer can", ACCEPTED, CANCEL, PARTNER, CANCELLED, FULFILMENT_CANCELLED),
    ("nothing moves there", IN_PROGRESS, Stalled(), FOOTHOLD, IN_PROGRESS, BusinessStatus.ACCEPTED),
    ("nobody answers", REQUESTED, Unanswered(), FOOTHOLD, REQUESTED, BusinessStatus.CREATED),
    ("the client got help", COMPLETED, GOT_HELP, CLIENT, COMPLETED, BusinessStatus.CREATED),
]


@pytest.mark.parametrize(
    ("was", "move", "by", "status", "business_status"), [c[1:] for c in LEADS], ids=[c[0] for c in LEADS]
)
def test_a_move_leads_where_the_field_says(
    was: ReferralStatus,
    move: Move,
    by: ChangedBy,
    status: ReferralStatus,
    business_status: BusinessStatus,
) -> None:
    before = referral(was)

    decision = decide(before, move, by=by, now=LATER)

    assert isinstance(decision, Moved)
    assert decision.referral.status is status
    assert decision.referral.business_status is business_status
    assert decision.referral.version == before.version + 1
    assert decision.referral.moved_at == LATER


REFUSED = [
    ("an answer before it was sent", DRAFT, Accept(), PARTNER, "still a draft"),
    ("a yes after a no", REJECTED, Accept(), PARTNER, "has ended"),
    ("a no after a yes", ACCEPTED, DECLINE, PARTNER, "accepted"),
    ("work before a yes", REQUESTED, Progress(), PARTNER, "requested"),
    ("a meeting before a yes", REQUESTED, BOOKED, PARTNER, "requested"),
    ("completing what nobody took on", REQUESTED, COMPLETE, PARTNER, "requested"),
    ("a late answer after the client's no", CANCELLED, Accept(), PARTNER, "has ended"),
    ("missing a meeting that was never made", ACCEPTED, Missed(), PARTNER, "no appointment"),
    ("calling off a meeting that was never made", IN_PROGRESS, Unschedule(), PARTNER, "no appointment"),
    ("a partner calling off what it never had", DRAFT, CANCEL, PARTNER, "still a draft"),
    ("standing still before a yes", REQUESTED, Stalled(), FOOTHOLD, "requested"),
    ("a partner saying that it stands still", ACCEPTED, Stalled(), PARTNER, "Only Foothold"),
    ("keeping a meeting that was never made", IN_PROGRESS, Kept(), PARTNER, "no appointment"),
    ("sending it twice to somebody who answered", ACCEPTED, SEND, STAFF, "accepted"),
    ("an answer that is the partner's to give", REQUESTED, Accept(), STAFF, "Only the partner"),
    ("a no that is the client's to say", REQUESTED, CLIENTS_NO, PARTNER, "Only the client"),
    ("a partner marking a mistake", REQUESTED, EnterInError(text="Oops."), PARTNER, "Only staff"),
    ("hearing the client before anything happened", REQUESTED, GOT_HELP, CLIENT, "requested"),
    ("a no after it ended", COMPLETED, CLIENTS_NO, CLIENT, "has ended"),
]


@pytest.mark.parametrize(
    ("was", "move", "by", "words"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_does_not_fit_is_refused_with_what_is_possible(
    was: ReferralStatus, move: Move, by: ChangedBy, words: str
) -> None:
    before = referral(was)

    decision = decide(before, move, by=by, now=LATER)

    assert isinstance(decision, NotPossible)
    assert words in decision.why
    assert decision.possible == possible_moves(before, by=by)


@pytest.mark.parametrize(
    ("was", "move", "by"),
    [
        (DRAFT, SEND, STAFF),
        (REQUESTED, Accept(), PARTNER),
        (REQUESTED, DECLINE, PARTNER),
        (ACCEPTED, HOLD, PARTNER),
        (ACCEPTED, Progress(text="We begin on Monday."), PARTNER),
        (ACCEPTED, BOOKED, PARTNER),
        (IN_PROGRESS, COMPLETE, PARTNER),
        (IN_PROGRESS, FAIL, PARTNER),
        (REQUESTED, CLIENTS_NO, CLIENT),
        (REQUESTED, CANCEL, STAFF),
        (REQUESTED, EnterInError(text="Wrong client."), STAFF),
        (REQUESTED, Unanswered(), FOOTHOLD),
        (ON_HOLD, Stalled(), FOOTHOLD),
        (IN_PROGRESS, CANCEL, PARTNER),
        (COMPLETED, GOT_HELP, CLIENT),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else value,
)
def test_the_same_answer_twice_changes_nothing_the_second_time(
    was: ReferralStatus, move: Move, by: ChangedBy
) -> None:
    first = decide(referral(was), move, by=by, now=LATER)
    assert isinstance(first, Moved)

    second = decide(first.referral, move, by=by, now=LATER + timedelta(days=1))

    assert second == Repeated(referral=first.referral)


def test_a_meeting_that_was_missed_can_be_made_anew_and_kept() -> None:
    now = referral(IN_PROGRESS)
    for move, expected in (
        (BOOKED, BusinessStatus.SCHEDULED),
        (Missed(), BusinessStatus.UNATTENDED),
        (Schedule(appointment=appointment()), BusinessStatus.SCHEDULED),
        (Kept(), BusinessStatus.EVENT_COMPLETED),
    ):
        decision = decide(now, move, by=PARTNER, now=LATER)
        assert isinstance(decision, Moved)
        assert decision.referral.business_status is expected
        now = decision.referral


def test_a_meeting_that_was_called_off_leaves_the_referral_where_it_is_and_a_new_one_can_be_made() -> None:
    now = referral(ON_HOLD)
    booked = decide(now, BOOKED, by=PARTNER, now=LATER)
    assert isinstance(booked, Moved)

    off = decide(booked.referral, Unschedule(text="The worker is ill."), by=PARTNER, now=LATER)

    assert isinstance(off, Moved)
    assert off.referral.status is IN_PROGRESS
    assert off.referral.business_status is BusinessStatus.EVENT_CANCELLED
    assert off.referral.appointment is None
    assert stated(off).business_status is BusinessStatus.EVENT_CANCELLED
    assert isinstance(decide(off.referral, Unschedule(), by=PARTNER, now=LATER), Repeated)
    assert MoveName.MISSED not in possible_moves(off.referral, by=PARTNER)
    assert isinstance(decide(off.referral, BOOKED, by=PARTNER, now=LATER), Moved)


def test_standing_still_is_said_once_until_the_partner_moves_it_again() -> None:
    said = decide(referral(IN_PROGRESS, progress_by=LATER), Stalled(), by=FOOTHOLD, now=LATER)
    assert isinstance(said, Moved)
    heard = decide(said.referral, Confirm(confirmed=ClientConfirmed.NO), by=CLIENT, now=LATER)
    assert isinstance(heard, Moved)
    assert isinstance(decide(heard.referral, Stalled(), by=FOOTHOLD, now=LATER), Repeated)

    moved = decide(heard.referral, Progress(text="We begin on Monday."), by=PARTNER, now=LATER)

    assert isinstance(moved, Moved)
    assert moved.referral.stalled_at is None
    assert isinstance(decide(moved.referral, Stalled(), by=FOOTHOLD, now=LATER), Moved)


def test_a_partner_that_was_thought_to_have_stopped_says_that_it_goes_on_and_needs_no_words() -> None:
    goes_on = replace(
        referral(ReferralStatus.IN_PROGRESS), reason_text="Waiting for a driver.", stalled_at=MONDAY_MORNING
    )

    heard = decide(goes_on, Progress(text=None), by=PARTNER, now=LATER)

    assert isinstance(heard, Moved)
    assert heard.referral.stalled_at is None
    assert isinstance(decide(heard.referral, Progress(text=None), by=PARTNER, now=LATER), Repeated)


def test_a_meeting_moved_to_another_time_is_news() -> None:
    booked = decide(referral(ACCEPTED), BOOKED, by=PARTNER, now=LATER)
    assert isinstance(booked, Moved)
    earlier = replace(BOOKED.appointment, starts_at=BOOKED.appointment.starts_at - timedelta(days=1))

    moved = decide(booked.referral, Schedule(appointment=earlier), by=PARTNER, now=LATER)

    assert isinstance(moved, Moved)
    assert moved.referral.appointment == earlier


def test_the_client_may_change_their_mind_about_whether_they_got_help() -> None:
    yes = decide(referral(COMPLETED), GOT_HELP, by=CLIENT, now=LATER)
    assert isinstance(yes, Moved)

    no = decide(yes.referral, Confirm(confirmed=ClientConfirmed.NO), by=CLIENT, now=LATER)

    assert isinstance(no, Moved)
    assert no.referral.client_confirmed is ClientConfirmed.NO


def test_silence_is_said_once_even_after_a_restart() -> None:
    said = referral(REQUESTED, unanswered_at=MONDAY_MORNING)

    assert isinstance(decide(said, Unanswered(), by=FOOTHOLD, now=LATER), Repeated)
    assert MoveName.UNANSWERED not in possible_moves(said, by=FOOTHOLD)


def test_a_late_yes_after_silence_is_still_welcome() -> None:
    decision = decide(referral(REQUESTED, unanswered_at=MONDAY_MORNING), Accept(), by=PARTNER, now=LATER)

    assert isinstance(decision, Moved)
    ending = why_drafts_end(decision)
    assert ending is not None
    assert ending.all_drafts
    assert ending.made.superseded_by == decision.referral.id


@pytest.mark.parametrize(
    ("move", "by", "ends"),
    [
        (CLIENTS_NO, CLIENT, ReasonCode.CLIENT_DECLINED),
        (Cancel(reason=ReasonCode.CONSENT_REVOKED, text="Taken back."), CLIENT, ReasonCode.CONSENT_REVOKED),
        (CANCEL, STAFF, None),
        (DECLINE, PARTNER, None),
        (Unanswered(), FOOTHOLD, None),
    ],
)
def test_what_was_prepared_to_follow_ends_with_the_clients_no_and_only_then(
    move: Move, by: ChangedBy, ends: ReasonCode | None
) -> None:
    decision = decide(referral(REQUESTED), move, by=by, now=LATER)
    assert isinstance(decision, Moved)

    ending = why_drafts_end(decision)

    assert (ending and ending.made.reason) == ends
    assert ending is None or not ending.all_drafts


@pytest.mark.parametrize(
    ("was", "move", "by", "wanted"),
    [
        (REQUESTED, DECLINE, PARTNER, True),
        (IN_PROGRESS, FAIL, PARTNER, True),
        (REQUESTED, Unanswered(), FOOTHOLD, True),
        (IN_PROGRESS, CANCEL, PARTNER, True),
        (IN_PROGRESS, CANCEL, STAFF, False),
        (IN_PROGRESS, Cancel(reason=ReasonCode.CLIENT_DECLINED, text="No longer."), PARTNER, False),
        (IN_PROGRESS, Stalled(), FOOTHOLD, False),
        (REQUESTED, CLIENTS_NO, CLIENT, False),
        (REQUESTED, Cancel(reason=ReasonCode.CONSENT_REVOKED, text="Taken back."), CLIENT, False),
        (REQUESTED, Cancel(reason=ReasonCode.BARRIER_WITHDRAWN, text="Not now."), CLIENT, False),
        (REQUESTED, Accept(), PARTNER, False),
    ],
)
def test_a_runner_up_is_prepared_only_for_someone_left_without_help_against_their_wish(
    was: ReferralStatus, move: Move, by: ChangedBy, *, wanted: bool
) -> None:
    decision = decide(referral(was), move, by=by, now=LATER)

    assert isinstance(decision, Moved)
    assert needs_runner_up(decision) is wanted


reasons = st.sampled_from(ReasonCode)
words = st.sampled_from(["First.", "Second."])
moves: st.SearchStrategy[Move] = st.one_of(
    st.builds(Send, consent_id=st.uuids(), acknowledge_by=st.just(LATER)),
    st.builds(Accept),
    st.builds(Decline, reason=reasons, text=words),
    st.builds(Hold, text=words),
    st.builds(Progress, text=st.none() | words),
    st.builds(Schedule, appointment=st.sampled_from([appointment(), appointment(remote=True)])),
    st.builds(Unschedule, text=st.none() | words),
    st.builds(Missed),
    st.builds(Kept),
    st.builds(Complete, outcome=words),
    st.builds(Fail, reason=reasons, text=words),
    st.builds(Unanswered),
    st.builds(Stalled),
    st.builds(ClientDeclines, text=words),
    st.builds(Cancel, reason=reasons, text=words),
    st.builds(EnterInError, text=words),
    st.builds(Confirm, confirmed=st.sampled_from([ClientConfirmed.YES, ClientConfirmed.NO])),
)


class Life(RuleBasedStateMachine):
    """One referral that everybody tries to move at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.referral = referral(DRAFT)
        self.now: datetime = MONDAY_MORNING

    @rule(move=moves, by=st.sampled_from(ChangedBy))
    def somebody_tries(self, move: Move, by: ChangedBy) -> None:
        self.now += timedelta(minutes=1)
        before = self.referral
        decision = decide(before, move, by=by, now=self.now)
        match decision:
            case Moved(referral=after):
                self._is_legal(before, after, move, by)
                self.referral = after
                assert isinstance(decide(after, move, by=by, now=self.now), Repeated | NotPossible)
            case Repeated(referral=after):
                assert after == before
            case NotPossible(why=why, possible=possible):
                assert why
                assert RULES[type(move)].name not in possible
                assert possible == possible_moves(before, by=by)

    def _is_legal(self, before: Referral, after: Referral, move: Move, by: ChangedBy) -> None:
        assert after.status is before.status or after.status in EDGES[before.status]
        assert by in RULES[type(move)].movers
        assert after.version == before.version + 1
        assert (after.client_id, after.barrier_id, after.service_id) == (
            before.client_id,
            before.barrier_id,
            before.service_id,
        )
        if by is PARTNER:
            assert before.sent_at is not None
            assert after.stalled_at is None
        if after.status in LIVE - {REQUESTED}:
            # What the commands add after each of a partner's moves.
            after = replace(after, progress_by=self.now)
        event = stated(Moved(referral=after, made=move, by=by))
        assert (event.referral_id, event.version, event.status) == (after.id, after.version, after.status)

    @invariant()
    def what_a_partner_has_was_sent_on_a_consent_with_a_clock(self) -> None:
        sent = self.referral.sent_at is not None
        assert sent == (self.referral.consent_id is not None) == (self.referral.acknowledge_by is not None)
        assert sent or self.referral.status not in LIVE | {REJECTED, COMPLETED, FAILED}

    @invariant()
    def what_ended_without_help_says_why_and_by_whom(self) -> None:
        if self.referral.status in {REJECTED, CANCELLED, FAILED}:
            assert self.referral.reason is not None
            assert self.referral.reason_text
            assert self.referral.ended_by is not None
        if self.referral.status is COMPLETED:
            assert self.referral.outcome

    @invariant()
    def what_has_ended_can_only_be_confirmed_or_marked_as_a_mistake(self) -> None:
        if self.referral.status in ENDED:
            left = {name for by in ChangedBy for name in possible_moves(self.referral, by=by)}
            assert left <= {MoveName.CONFIRM, MoveName.ENTER_IN_ERROR}


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
