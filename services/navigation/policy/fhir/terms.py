"""The codes that our terms are called by in FHIR, and back."""

from __future__ import annotations

from contracts.terms import (
    BarrierCategory,
    BusinessStatus,
    CoordinationPurpose,
    InformationScope,
    ReasonCode,
)
from services.navigation.model.fhir import CodeableConcept, Coding

TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
BSER = "http://hl7.org/fhir/us/bser/CodeSystem/TaskBusinessStatusCS"
GRAVITY = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
LANGUAGES = "urn:ietf:bcp:47"
IDENTIFIERS = "urn:ietf:rfc:3986"
OPEN_ELIGIBILITY = "http://openeligibility.org"
"""The taxonomy has no URI for FHIR; the address of its own site stands in."""

REASONS = "urn:x-foothold:referral-reason"
CATEGORIES = "urn:x-foothold:barrier-category"
SCOPES = "urn:x-foothold:information-scope"
ANSWERS = "urn:x-foothold:referral-answer"
PARAMETERS = "urn:x-foothold:task-parameter"
"""Systems of our own, for what the field has no codes for."""

APPOINTMENT_START = "appointment-start"
APPOINTMENT_REMOTE = "appointment-remote"
ACKNOWLEDGE_BY = "acknowledge-by"
RESULTING_ACTIVITY = "resulting-activity"

DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
CONTACT_COMMENT = "http://hl7.org/fhir/StructureDefinition/contactpoint-comment"

PART_2 = Coding(system=ACT_CODE, code="42CFRPart2", display="42 CFR Part2")
RESTRICTED = Coding(system=CONFIDENTIALITY, code="R", display="restricted")
NO_REDISCLOSURE = Coding(
    system=ACT_CODE, code="NORDSCLCD", display="no redisclosure without consent directive"
)
LABELS = (RESTRICTED, PART_2, NO_REDISCLOSURE)
"""How everything here must be handled, in the words of the HL7 security labels."""

BUSINESS_STATUSES = {
    BusinessStatus.CREATED: "Service Request Created",
    BusinessStatus.ACCEPTED: "Service Request Accepted",
    BusinessStatus.DECLINED: "Service Request Declined",
    BusinessStatus.SCHEDULED: "Service Request Event Scheduled",
    BusinessStatus.UNATTENDED: "Scheduled Service Request Event Unattended",
    BusinessStatus.EVENT_CANCELLED: "Scheduled Service Request Event Cancelled",
    BusinessStatus.EVENT_COMPLETED: "Service Request Event Completed",
    BusinessStatus.CANCELLATION_REQUESTED: "Service Request Cancellation Requested",
    BusinessStatus.FULFILMENT_CANCELLED: "Service Request Fulfillment Cancelled",
    BusinessStatus.COMPLETED: "Service Request Fulfillment Completed",
}

REASON_WORDS = {
    ReasonCode.NO_CAPACITY: "No capacity at the moment",
    ReasonCode.NOT_ELIGIBLE: "Not eligible for this service",
    ReasonCode.WRONG_SERVICE: "Not the right service for this",
    ReasonCode.CANNOT_REACH: "Could not be reached",
    ReasonCode.CLIENT_DECLINED: "The person would rather not",
    ReasonCode.CONSENT_REVOKED: "The consent was taken back",
    ReasonCode.BARRIER_WITHDRAWN: "No longer needed",
    ReasonCode.REFERRED_ELSEWHERE: "Referred elsewhere",
    ReasonCode.SUPERSEDED: "Another referral took its place",
    ReasonCode.UNANSWERED: "There was no answer",
    ReasonCode.OTHER: "Another reason",
}

_TRANSPORT = ("transportation-insecurity", "Transportation Insecurity")
_UNSPECIFIED = ("sdoh-category-unspecified", "SDOH Category Unspecified")
_GRAVITY_CATEGORIES = {
    BarrierCategory.TRANSPORT: _TRANSPORT,
    BarrierCategory.COST_CARE: ("medical-cost-burden", "Medical Cost Burden"),
    BarrierCategory.COST_GENERAL: ("financial-insecurity", "Financial Insecurity"),
    BarrierCategory.LANGUAGE_CULTURE: ("language-access", "Language Status"),
    BarrierCategory.HEALTH_LITERACY_DIGITAL: ("personal-health-literacy", "Personal Health Literacy"),
    BarrierCategory.STIGMA_SOCIAL: ("social-connection", "Social Connection"),
}
"""Where Gravity has a category that says no more than ours; everything else is unspecified there."""

PURPOSES = {
    CoordinationPurpose.CARE_COORDINATION: Coding(
        system=ACT_REASON, code="COC", display="coordination of care"
    ),
    CoordinationPurpose.TREATMENT: Coding(system=ACT_REASON, code="TREAT", display="treatment"),
    CoordinationPurpose.PAYMENT: Coding(system=ACT_REASON, code="HPAYMT", display="healthcare payment"),
}


def concept(
    system: str, code: str, display: str | None = None, *, text: str | None = None
) -> CodeableConcept:
    """One code, with words beside it where there are some."""
    return CodeableConcept(coding=(Coding(system=system, code=code, display=display),), text=text)


def gravity_category(category: str | None) -> CodeableConcept:
    """The category of a need as Gravity calls it, ours beside it; without one it is not specified."""
    if category is None:
        return concept(GRAVITY, *_UNSPECIFIED)
    try:
        code, display = _GRAVITY_CATEGORIES.get(BarrierCategory(category), _UNSPECIFIED)
    except ValueError:
        code, display = _UNSPECIFIED
    codings = (
        Coding(system=GRAVITY, code=code, display=display),
        Coding(system=CATEGORIES, code=category),
    )
    return CodeableConcept(coding=codings)


def information(scope: InformationScope) -> CodeableConcept:
    """A scope of a consent."""
    return concept(SCOPES, scope.value)


def codes_in(concept: CodeableConcept | None, system: str) -> list[str]:
    """The codes of one system that a concept has."""
    codings = concept.coding or () if concept else ()
    return [coding.code for coding in codings if coding.system == system and coding.code]
