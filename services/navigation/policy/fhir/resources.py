"""A referral, what its partner may know and the consent it rests on, as Task, ServiceRequest and Consent.

Once no consent stands nothing is left but ids, statuses and when they changed. The notice of 42 CFR 2.32 goes
with everything twice: as security labels for machines, and as a note, or the copy of the consent, for people.
"""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from contracts.terms import ClientConfirmed, InformationScope, ReferralStatus
from contracts.values import Consent as Record
from services.navigation.model.fhir import (
    Actor,
    Annotation,
    Attachment,
    CodeableConcept,
    Coding,
    Consent,
    Identifier,
    Meta,
    Parameter,
    Period,
    Provision,
    Reference,
    ServiceRequest,
    Task,
)
from services.navigation.model.referrals import LIVE, Appointment, Referral, Told
from services.navigation.policy.disclosure import NOTICE, worded, words_told
from services.navigation.policy.fhir import terms
from services.navigation.policy.fhir.person import THE_CLIENT, patient, remarks

REQUESTER = Reference(type="Organization", display="Foothold")
FULFIL = terms.concept(terms.TASK_CODE, "fulfill", "Fulfill the focal request")
DISCLOSURE = terms.concept(terms.ACT_CODE, "IDSCL", "information disclosure")
PRIVACY = terms.concept(terms.CONSENT_SCOPE, "patient-privacy", "Privacy Consent")
RECIPIENT = terms.concept(terms.PARTICIPATION, "IRCP", "information recipient")
DO_NOT_CONTACT = terms.concept(
    terms.GRAVITY, "contacting-subject-prohibited", "Contacting Subject Prohibited"
)
RESULT = terms.concept(terms.GRAVITY, terms.RESULTING_ACTIVITY, "Resulting Activity")
APPOINTMENT_START = terms.concept(terms.PARAMETERS, terms.APPOINTMENT_START)
APPOINTMENT_REMOTE = terms.concept(terms.PARAMETERS, terms.APPOINTMENT_REMOTE)
ACKNOWLEDGE_BY = terms.concept(terms.PARAMETERS, terms.ACKNOWLEDGE_BY)


def task(referral: Referral, told: Told) -> Task:
    """The referral as its partner's work."""
    return Task(
        id=str(referral.id),
        meta=meta(referral),
        contained=(patient(told),),
        status=referral.status.value,
        status_reason=_status_reason(referral, told),
        business_status=terms.concept(
            terms.BSER, referral.business_status.value, terms.BUSINESS_STATUSES[referral.business_status]
        ),
        intent="order",
        code=FULFIL,
        focus=Reference(reference=f"ServiceRequest/{referral.id}"),
        for_=THE_CLIENT,
        authored_on=sent(referral),
        last_modified=referral.moved_at,
        requester=REQUESTER,
        owner=_owner(referral),
        note=(Annotation(text=NOTICE),),
        input=_input(referral),
        output=_output(referral, told),
    )


def service_request(referral: Referral, told: Told) -> ServiceRequest:
    """What is asked for. A partner's answer never moves its status."""
    first, *more = told.resource_codes or (None,)
    details = [terms.concept(terms.OPEN_ELIGIBILITY, code) for code in more if code]
    if told.contact_prohibited:
        details.insert(0, DO_NOT_CONTACT)
    notes = (NOTICE, *remarks(told))
    return ServiceRequest(
        id=str(referral.id),
        meta=meta(referral),
        contained=(patient(told),),
        status=request_status(referral),
        intent="order",
        category=(terms.gravity_category(told.category),),
        code=CodeableConcept(
            coding=(Coding(system=terms.OPEN_ELIGIBILITY, code=first),) if first else None,
            text=referral.service_name if told.scopes else "Not told",
        ),
        order_detail=tuple(details) or None,
        subject=THE_CLIENT,
        authored_on=sent(referral),
        requester=REQUESTER,
        performer=(_owner(referral), _service(referral, told)),
        reason_code=(CodeableConcept(text=told.words),) if told.words else None,
        supporting_info=(Reference(reference=f"Consent/{told.consent_id}"),) if told.consent_id else None,
        note=tuple(Annotation(text=note) for note in notes),
    )


def consent(record: Record, referral: Referral, told: Told) -> Consent:
    """The consent as far as it concerns this partner: no other recipient is named.

    Once it does not stand any more only that is said.
    """
    stands = told.consent_id == record.id
    return Consent(
        id=str(record.id),
        meta=Meta(security=terms.LABELS),
        contained=(patient(told),),
        status="active" if stands else "inactive",
        scope=PRIVACY,
        category=(DISCLOSURE,),
        patient=THE_CLIENT,
        date_time=record.granted_at if stands else None,
        organization=(Reference(type="Organization", display=record.discloser),) if stands else None,
        source_attachment=_copy(record, referral) if stands else None,
        policy_rule=CodeableConcept(coding=(terms.PART_2,), text=NOTICE),
        provision=_provision(record, referral) if stands else None,
    )


def meta(referral: Referral) -> Meta:
    """Which version this is, since when, and how it must be handled. No profile: we claim none."""
    return Meta(version_id=str(referral.version), last_updated=referral.moved_at, security=terms.LABELS)


def request_status(referral: Referral) -> str:
    """Where the request itself stands, which is for us as its requester to say.

    A partner's `completed` does not complete it; the client being heard does, whatever they answered.
    """
    match referral.status:
        case ReferralStatus.COMPLETED if referral.client_confirmed is not ClientConfirmed.UNKNOWN:
            return "completed"
        case ReferralStatus.ENTERED_IN_ERROR:
            return "entered-in-error"
        case status if status in LIVE or status is ReferralStatus.COMPLETED:
            return "active"
        case _:
            return "revoked"


def sent(referral: Referral) -> datetime:
    """When it was sent: a partner sees nothing before that."""
    assert referral.sent_at is not None, "a partner sees only what was sent"
    return referral.sent_at


def _named(kind: str, identifier: UUID, display: str | None) -> Reference:
    value = Identifier(system=terms.IDENTIFIERS, value=f"urn:uuid:{identifier}")
    return Reference(type=kind, identifier=value, display=display)


def _owner(referral: Referral) -> Reference:
    return _named("Organization", referral.organization_id, referral.organization_name)


def _service(referral: Referral, told: Told) -> Reference:
    name = referral.service_name if told.scopes else None
    return _named("HealthcareService", referral.service_id, name)


def _status_reason(referral: Referral, told: Told) -> CodeableConcept | None:
    """Why it stands so; always with words, in ours where the partner may not know those that were written."""
    text = words_told(referral, told)
    reason = referral.reason
    if reason is None:
        return CodeableConcept(text=text) if text else None
    words = terms.REASON_WORDS[reason]
    return terms.concept(terms.REASONS, reason.value, words, text=text or words)


def _input(referral: Referral) -> tuple[Parameter, ...] | None:
    # It stays when the answer is there: what a partner sends back must be what they read.
    if referral.acknowledge_by is None:
        return None
    return (Parameter(type=ACKNOWLEDGE_BY, value_date_time=referral.acknowledge_by),)


def _output(referral: Referral, told: Told) -> tuple[Parameter, ...] | None:
    if not told.scopes:
        return None
    made = appointment(referral.appointment) if referral.appointment else ()
    result = (outcome(referral.outcome),) if referral.outcome else ()
    return (*made, *result) or None


def appointment(met: Appointment) -> tuple[Parameter, ...]:
    """A meeting that was made, as what came of the task."""
    start = Parameter(type=APPOINTMENT_START, value_date_time=met.starts_at)
    return (start, Parameter(type=APPOINTMENT_REMOTE, value_boolean=True)) if met.remote else (start,)


def outcome(text: str) -> Parameter:
    """What help was given."""
    return Parameter(type=RESULT, value_codeable_concept=CodeableConcept(text=text))


def _copy(record: Record, referral: Referral) -> Attachment:
    """The copy of the consent that goes with the notice (42 CFR 2.32), as far as it concerns this partner."""
    until = record.expires_at.isoformat() if record.expires_at else "it is taken back"
    purposes = sorted(purpose.value.replace("_", " ") for purpose in record.purposes)
    lines = (
        "Consent to the disclosure of information (42 CFR 2.31)",
        f"Who may tell: {record.discloser}",
        f"Who may be told: {referral.organization_name}",
        f"What: {worded(record.scopes)}",
        f"What for: {', '.join(purposes)}",
        f"Given: {record.granted_at.isoformat()}",
        f"Until: {until}",
        NOTICE,
    )
    data = base64.b64encode("\n".join(lines).encode()).decode()
    return Attachment(content_type="text/plain", language="en", data=data, title="Notice and copy of consent")


def _provision(record: Record, referral: Referral) -> Provision:
    return Provision(
        period=Period(start=record.granted_at, end=record.expires_at),
        actor=(Actor(role=RECIPIENT, reference=_owner(referral)),),
        security_label=terms.LABELS,
        purpose=tuple(terms.PURPOSES[purpose] for purpose in sorted(record.purposes)),
        code=tuple(terms.information(scope) for scope in InformationScope if scope in record.scopes),
    )
