"""Every referral, told within any consent, is valid FHIR R4; and nothing is in it that was not agreed to."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import ClientConfirmed, CoordinationPurpose, InformationScope, ReferralStatus
from services.navigation.model.fhir import Bundle, Consent, Entry, Link, Search, ServiceRequest, Task
from services.navigation.model.referrals import Referral, Told
from services.navigation.policy.disclosure import NOTICE
from services.navigation.policy.fhir import resources
from services.navigation.policy.fhir.capability import statement
from shared.ids import new_id
from tests.support.builders import MONDAY_MORNING, channel, consent, weekly
from tests.support.builders_navigation import appointment, referral
from tests.support.fhir import at, codes_of, valid
from tests.support.fhir_referrals import EVERYTHING, sent_referrals, tellings

NAMES = ("Amina", "+4477009", "amina@example.org", "1 Harbour Street")


@given(sent_referrals(), tellings())
def test_every_referral_is_a_valid_task_that_reads_back_the_same(one: Referral, told: Told) -> None:
    task = resources.task(one, told)

    valid(task.to_json())
    assert Task.model_validate_json(task.to_json()) == task


@given(sent_referrals(), tellings())
def test_every_referral_is_a_valid_request_that_reads_back_the_same(one: Referral, told: Told) -> None:
    request = resources.service_request(one, told)

    valid(request.to_json())
    assert ServiceRequest.model_validate_json(request.to_json()) == request


@given(one=sent_referrals(), told=tellings(), stands=st.booleans())
def test_every_consent_is_valid_and_names_nobody_else(one: Referral, told: Told, *, stands: bool) -> None:
    another = new_id()
    record = consent(
        id=told.consent_id if stands and told.consent_id else one.consent_id,
        organizations=frozenset({one.organization_id, another}),
        purposes=frozenset(CoordinationPurpose),
        scopes=told.scopes or frozenset(InformationScope),
    )
    written = resources.consent(record, one, told)

    valid(written.to_json())
    assert Consent.model_validate_json(written.to_json()) == written
    assert str(another) not in written.to_json()


@given(sent_referrals(), tellings())
def test_names_and_ways_to_make_contact_are_told_within_their_scope_alone(one: Referral, told: Told) -> None:
    text = resources.task(one, told).to_json() + resources.service_request(one, told).to_json()

    if InformationScope.NAME_AND_CONTACT not in told.scopes:
        assert [name for name in NAMES if name in text] == []
    elif not told.contact_prohibited:
        assert all(way.address in text for way in told.channels)


@given(sent_referrals())
def test_nothing_but_ids_and_statuses_is_left_once_no_consent_stands(one: Referral) -> None:
    task, request = resources.task(one, Told()), resources.service_request(one, Told())

    assert [person.model_dump(exclude_none=True) for person in task.contained or ()] == [
        {"resourceType": "Patient", "id": "client"}
    ]
    assert task.output is None
    assert request.reason_code is None
    assert request.supporting_info is None
    assert request.order_detail is None
    assert [note.text for note in request.note or ()] == [NOTICE]
    assert one.service_name not in {request.code.text, request.performer[-1].display}


def test_own_words_are_the_reason_only_where_the_person_agreed_to_it() -> None:
    sent = referral(ReferralStatus.REQUESTED)
    without = replace(EVERYTHING, words=None)

    said = valid(resources.service_request(sent, EVERYTHING).to_json())
    assert at(said, "reasonCode", 0, "text") == EVERYTHING.words
    assert "reasonCode" not in valid(resources.service_request(sent, without).to_json())


def test_an_address_never_goes_without_the_hours_at_which_it_is_safe() -> None:
    way = channel(windows=(weekly(2, "18:00", "20:30"),))
    told = replace(EVERYTHING, channels=(way,), time_zone="Europe/London")
    task = valid(resources.task(referral(ReferralStatus.REQUESTED), told).to_json())

    comment = at(task, "contained", 0, "telecom", 0, "extension", 0, "valueString")
    assert comment == "Safe only at these times (Europe/London): Tuesday 18:00 to 20:30."


def test_that_nobody_may_make_contact_is_flagged_as_gravity_does() -> None:
    told = replace(EVERYTHING, contact_prohibited=True)
    request = valid(resources.service_request(referral(ReferralStatus.REQUESTED), told).to_json())

    assert codes_of(at(request, "orderDetail", 0)) == ["contacting-subject-prohibited"]
    assert "telecom" not in str(request)


def test_a_name_that_may_not_be_told_is_said_to_be_masked() -> None:
    told = replace(EVERYTHING, scopes=frozenset({InformationScope.NEED}), full_name=None, preferred_name=None)
    task = valid(resources.task(referral(ReferralStatus.REQUESTED), told).to_json())

    assert at(task, "contained", 0, "name", 0, "extension", 0, "valueCode") == "masked"


@pytest.mark.parametrize(
    ("status", "confirmed", "said"),
    [
        (ReferralStatus.REQUESTED, ClientConfirmed.UNKNOWN, "active"),
        (ReferralStatus.ON_HOLD, ClientConfirmed.UNKNOWN, "active"),
        (ReferralStatus.COMPLETED, ClientConfirmed.UNKNOWN, "active"),
        (ReferralStatus.COMPLETED, ClientConfirmed.YES, "completed"),
        (ReferralStatus.COMPLETED, ClientConfirmed.NO, "completed"),
        (ReferralStatus.REJECTED, ClientConfirmed.UNKNOWN, "revoked"),
        (ReferralStatus.CANCELLED, ClientConfirmed.UNKNOWN, "revoked"),
        (ReferralStatus.ENTERED_IN_ERROR, ClientConfirmed.UNKNOWN, "entered-in-error"),
    ],
)
def test_a_request_is_completed_by_us_and_never_by_its_partner(
    status: ReferralStatus, confirmed: ClientConfirmed, said: str
) -> None:
    one = referral(status, client_confirmed=confirmed, outcome="A ride each week.")

    assert valid(resources.service_request(one, EVERYTHING).to_json())["status"] == said


def test_a_meeting_and_what_came_of_it_are_what_the_task_produced() -> None:
    met = appointment(remote=True)
    one = referral(ReferralStatus.COMPLETED, appointment=met, outcome="A ride each week.")
    task = resources.task(one, EVERYTHING)

    valid(task.to_json())
    start, remote, result = task.output or ()
    assert (start.value_date_time, remote.value_boolean) == (met.starts_at, True)
    assert result.value_codeable_concept is not None
    assert result.value_codeable_concept.text == "A ride each week."


def test_the_copy_of_the_consent_goes_with_the_notice() -> None:
    one = referral(ReferralStatus.ACCEPTED)
    record = consent(id=EVERYTHING.consent_id, expires_at=MONDAY_MORNING + timedelta(days=90))
    written = resources.consent(record, one, EVERYTHING)

    assert written.source_attachment is not None
    copy = base64.b64decode(written.source_attachment.data).decode()
    assert "Who may tell: Harbour Street Outreach" in copy
    assert f"Who may be told: {one.organization_name}" in copy
    assert "what help is wanted" in copy
    assert copy.endswith(NOTICE)


def test_a_consent_that_does_not_stand_any_more_says_only_that() -> None:
    one = referral(ReferralStatus.CANCELLED)
    written = valid(resources.consent(consent(id=one.consent_id), one, Told()).to_json())

    assert written["status"] == "inactive"
    assert not {"organization", "provision", "sourceAttachment", "dateTime"} & written.keys()


@given(sent_referrals(), tellings())
def test_every_resource_says_how_it_must_be_handled_and_claims_no_profile(one: Referral, told: Told) -> None:
    for resource in (resources.task(one, told), resources.service_request(one, told)):
        assert resource.meta is not None
        assert [label.code for label in resource.meta.security or ()] == ["R", "42CFRPart2", "NORDSCLCD"]
        assert resource.meta.profile is None
        assert NOTICE in [note.text for note in resource.note or ()]


@given(st.lists(st.tuples(sent_referrals(), tellings()), max_size=3))
def test_a_page_of_them_is_a_valid_bundle(found: list[tuple[Referral, Told]]) -> None:
    entries = tuple(
        Entry(full_url=f"https://foothold.example/{made.id}", resource=made, search=Search(mode="match"))
        for one, told in found
        for made in (resources.task(one, told), resources.service_request(one, told))
    )
    link = Link(relation="self", url="https://foothold.example/Task")

    valid(Bundle(link=(link,), entry=entries or None).to_json())


def test_what_can_be_done_is_a_valid_statement() -> None:
    stated = valid(statement(url="https://foothold.example/fhir/R4", date="2026-11-26").to_json())

    assert stated["fhirVersion"] == "4.0.1"
    kinds = [one["type"] for one in at(stated, "rest", 0, "resource")]  # type: ignore[attr-defined]
    assert kinds == ["Task", "ServiceRequest", "Consent"]
