"""Which answer an update of a Task means: every answer can be given, and nothing that was sent is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.published.answers import (
    Accepts,
    Completes,
    Declines,
    Fails,
    Holds,
    Keeps,
    Misses,
    PartnerAnswer,
    Progresses,
    Schedules,
)
from contracts.terms import BusinessStatus, ChangedBy, ReasonCode, ReferralStatus
from services.navigation.commands.answering import move_of
from services.navigation.model.fhir import (
    CodeableConcept,
    Coding,
    Identifier,
    Parameter,
    Reference,
    Task,
)
from services.navigation.model.referrals import LIVE, Moved, Referral, Told
from services.navigation.policy.fhir import resources, terms
from services.navigation.policy.fhir.saying import Refused
from services.navigation.policy.fhir.updating import HOW, answer_to, is_repeat, touched
from services.navigation.policy.referrals import decide, possible_moves
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_navigation import appointment, referral
from tests.support.fhir_referrals import EVERYTHING, MOMENTS, SOON, WORDS, sent_referrals, tellings

REASONS = [ReasonCode.NO_CAPACITY, ReasonCode.NOT_ELIGIBLE, ReasonCode.OTHER]
WITH_REASON = {"decline": "rejected", "fail": "failed", "hold": "on-hold", "progress": "in-progress"}
MET = {"schedule": "5.1.1", "missed": "5.1.2", "kept": "5.1.4"}


@st.composite
def answers(draw: st.DrawFn) -> PartnerAnswer:
    """Anything that a partner can answer."""
    reason, text = draw(st.sampled_from(REASONS)), draw(WORDS)
    possible: list[PartnerAnswer] = [
        Accepts(answer="accept"),
        Declines.model_validate({"answer": "decline", "reason": reason, "text": text}),
        Holds(answer="hold", text=text),
        Progresses(answer="progress", text=text),
        Progresses(answer="progress"),
        Schedules(answer="schedule", starts_at=draw(MOMENTS), remote=draw(st.booleans())),
        Misses(answer="missed"),
        Keeps(answer="kept"),
        Completes(answer="complete", outcome=text),
        Fails.model_validate({"answer": "fail", "reason": reason, "text": text}),
    ]
    return draw(st.sampled_from(possible))


def reason(text: str | None, code: ReasonCode | None = None) -> CodeableConcept | None:
    if text is None:
        return None
    coding = (Coding(system=terms.REASONS, code=code.value),) if code else None
    return CodeableConcept(coding=coding, text=text)


def as_sent(now: Task, answer: PartnerAnswer) -> Task:
    """The Task as a partner's system would send it back to give this answer."""
    fields: Mapping[str, object]
    match answer:
        case Accepts():
            fields = {"status": "accepted"}
        case Declines(reason=code, text=text) | Fails(reason=code, text=text):
            fields = {"status": WITH_REASON[answer.answer], "status_reason": reason(text, code)}
        case Holds(text=said) | Progresses(text=said):
            fields = {"status": WITH_REASON[answer.answer], "status_reason": reason(said)}
        case Completes(outcome=outcome):
            fields = {"status": "completed", "output": (*(now.output or ()), resources.outcome(outcome))}
        case Schedules(starts_at=starts_at, remote=remote):
            made = resources.appointment(appointment(starts_at=starts_at, remote=remote))
            fields = {"status": "in-progress", "output": made}
        case _:
            fields = {}
    if answer.answer in MET:
        fields = {**fields, "business_status": terms.concept(terms.BSER, MET[answer.answer])}
    return now.model_copy(update=dict(fields))


def after(one: Referral, answer: PartnerAnswer) -> Referral | None:
    """The referral once the answer was taken; None when it cannot be given, or was given already."""
    move = move_of(answer, one, new_appointment=new_id())
    decision = decide(one, move, by=ChangedBy.PARTNER, now=MONDAY_MORNING)
    return decision.referral if isinstance(decision, Moved) else None


@given(sent_referrals(*sorted(LIVE)), answers())
def test_every_answer_that_moves_a_referral_can_be_given_by_an_update(
    one: Referral, answer: PartnerAnswer
) -> None:
    now = resources.task(one, EVERYTHING)

    if after(one, answer) is not None:
        assert answer_to(as_sent(now, answer), now) == answer


@given(sent_referrals(*sorted(LIVE)), answers(), tellings())
def test_an_update_that_was_made_is_known_as_a_repeat(
    one: Referral, answer: PartnerAnswer, told: Told
) -> None:
    now, moved = resources.task(one, told), after(one, answer)

    if moved is not None and told.scopes:
        assert not is_repeat(as_sent(now, answer), now)
        assert is_repeat(as_sent(now, answer), resources.task(moved, told))


@given(sent_referrals(), tellings())
def test_what_is_sent_back_as_it_was_read_changes_nothing(one: Referral, told: Told) -> None:
    now = resources.task(one, told)

    assert answer_to(now, now) is None
    assert is_repeat(now, now)


@given(sent_referrals(*sorted(LIVE)), answers(), answers())
def test_no_update_is_taken_for_the_repeat_of_a_different_answer(
    one: Referral, answer: PartnerAnswer, other: PartnerAnswer
) -> None:
    now, moved = resources.task(one, EVERYTHING), after(one, answer)
    telling = answer.answer in {"decline", "complete", "fail", "hold"}

    if moved is not None and telling and answer != other:
        assert not is_repeat(as_sent(now, other), resources.task(moved, EVERYTHING))


NOW = resources.task(referral(ReferralStatus.ACCEPTED, business_status=BusinessStatus.ACCEPTED), EVERYTHING)
ELSEWHERE = Reference(identifier=Identifier(value="somebody else"))


@pytest.mark.parametrize(
    ("fields", "element"),
    [
        ({"id": str(new_id())}, "Task.id"),
        ({"owner": ELSEWHERE}, "Task.owner"),
        ({"requester": None}, "Task.requester"),
        ({"for_": ELSEWHERE}, "Task.for"),
        ({"focus": ELSEWHERE}, "Task.focus"),
        ({"authored_on": SOON}, "Task.authoredOn"),
        ({"note": None}, "Task.note"),
        ({"intent": "plan"}, "Task.intent"),
        ({"input": None}, "Task.input"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_only_we_may_change_is_named(fields: dict[str, object], element: str) -> None:
    sent = NOW.model_copy(update={"status": "in-progress", **fields})

    assert touched(sent, NOW) == [element]
    assert refused(sent).element == element


def test_what_we_set_ourselves_need_not_be_sent() -> None:
    sent = NOW.model_copy(update={"status": "in-progress", "meta": None, "last_modified": None})

    assert answer_to(sent, NOW) == Progresses(answer="progress")


def test_whoever_read_it_before_the_person_could_be_reached_elsewhere_can_still_answer() -> None:
    before = replace(EVERYTHING, channels=(), preferred_name="Mina")
    earlier = resources.task(
        referral(ReferralStatus.ACCEPTED, business_status=BusinessStatus.ACCEPTED), before
    )
    sent = NOW.model_copy(update={"status": "in-progress", "contained": earlier.contained})

    assert sent.contained != NOW.contained
    assert answer_to(sent, NOW) == Progresses(answer="progress")


def start(**value: object) -> Parameter:
    return Parameter.model_validate({"type": resources.APPOINTMENT_START, **value})


def bser(code: str) -> CodeableConcept:
    return terms.concept(terms.BSER, code)


UNCLEAR: list[tuple[str, dict[str, object], str]] = [
    ("a status of the requester", {"status": "draft"}, "Task.status"),
    ("a status that Gravity leaves out", {"status": "received"}, "Task.status"),
    ("no status at all", {"status": "bogus"}, "Task.status"),
    ("on hold, nobody knows why", {"status": "on-hold"}, "Task.statusReason.text"),
    (
        "a reason without words",
        {"status": "failed", "status_reason": terms.concept(terms.REASONS, "other")},
        "Task.statusReason.text",
    ),
    (
        "a reason that is not the partner's to give",
        {"status": "failed", "status_reason": terms.concept(terms.REASONS, "superseded", text="No.")},
        "Task.statusReason.coding",
    ),
    ("completed, with nothing to show", {"status": "completed"}, "Task.output"),
    ("a business status that nobody knows", {"business_status": bser("9.9")}, "Task.businessStatus"),
    (
        "a business status of another system",
        {"business_status": terms.concept("urn:elsewhere", "5.1.1")},
        "Task.businessStatus",
    ),
    (
        "a business status that does not fit",
        {"status": "in-progress", "business_status": bser("7.0")},
        "Task.businessStatus",
    ),
    ("scheduled, nobody knows when", {"business_status": bser("5.1.1")}, "Task.output"),
    ("a meeting that is not said to be one", {"output": (start(valueDateTime=SOON),)}, "Task.businessStatus"),
    ("a time that is none", {"output": (start(valueString="soon"),)}, "Task.output[0]"),
    (
        "an output that nobody knows",
        {"output": (Parameter(type=CodeableConcept(text="a form"), value_string="filled in"),)},
        "Task.output[0]",
    ),
    (
        "an outcome before the end",
        {"status": "in-progress", "output": (resources.outcome("A ride."),)},
        "Task.output",
    ),
    (
        "a reason for an appointment",
        {
            "business_status": bser("5.1.1"),
            "output": (start(valueDateTime=SOON),),
            "status_reason": reason("Because."),
        },
        "Task.statusReason",
    ),
    (
        "two things at once",
        {
            "status": "on-hold",
            "status_reason": reason("Waiting."),
            "business_status": bser("5.1.1"),
            "output": (start(valueDateTime=SOON),),
        },
        "Task.status",
    ),
]


@pytest.mark.parametrize(("fields", "element"), [c[1:] for c in UNCLEAR], ids=[c[0] for c in UNCLEAR])
def test_what_cannot_be_understood_is_named(fields: dict[str, object], element: str) -> None:
    assert refused(NOW.model_copy(update=fields)).element == element


def refused(sent: Task) -> Refused:
    answer = answer_to(sent, NOW)
    assert isinstance(answer, Refused), answer
    return answer


def test_a_reason_in_words_alone_is_another_reason() -> None:
    requested = resources.task(referral(ReferralStatus.REQUESTED), EVERYTHING)
    sent = requested.model_copy(update={"status": "rejected", "status_reason": reason("We moved away.")})

    assert answer_to(sent, requested) == Declines(
        answer="decline", reason=ReasonCode.OTHER, text="We moved away."
    )


def test_a_business_status_may_be_sent_along_with_the_status_that_leads_to_it() -> None:
    requested = resources.task(referral(ReferralStatus.REQUESTED), EVERYTHING)
    sent = requested.model_copy(update={"status": "accepted", "business_status": bser("3.0")})

    assert answer_to(sent, requested) == Accepts(answer="accept")


def test_a_meeting_is_moved_by_another_time() -> None:
    booked = replace(
        referral(ReferralStatus.IN_PROGRESS, business_status=BusinessStatus.SCHEDULED),
        appointment=appointment(),
    )
    now = resources.task(booked, EVERYTHING)
    sent = now.model_copy(update={"output": (start(valueDateTime=SOON),)})

    assert answer_to(sent, now) == Schedules(answer="schedule", starts_at=SOON)


def test_a_code_for_what_was_done_is_enough_where_it_says_what_it_is() -> None:
    coded = CodeableConcept(coding=(Coding(code="467681000124101", display="Assistance with transport"),))
    result = Parameter(type=resources.RESULT, value_codeable_concept=coded)
    sent = NOW.model_copy(update={"status": "completed", "output": (result,)})

    assert answer_to(sent, NOW) == Completes(answer="complete", outcome="Assistance with transport")


@given(sent_referrals())
def test_how_each_possible_answer_is_given_can_be_said(one: Referral) -> None:
    assert [move for move in possible_moves(one, by=ChangedBy.PARTNER) if move not in HOW] == []
