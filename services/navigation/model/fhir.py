"""The few FHIR R4 resources that partners read and send, with the few elements of each that we use.

Shaped on Gravity SDOH Clinical Care STU 3. An element that is not here is pointed out when it is sent, never
silently dropped. `to_json` leaves out what is empty: FHIR knows neither null nor an empty list.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Element(BaseModel):
    """A part of a resource. Fields are called here as in Python, and in JSON as FHIR calls them."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    def to_json(self) -> str:
        """This as FHIR writes it."""
        return self.model_dump_json(exclude_none=True)


class Coding(Element):
    """A code of a code system."""

    system: str | None = None
    version: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Element):
    """A concept: by codes, in words, or both."""

    coding: tuple[Coding, ...] | None = None
    text: str | None = None


class Identifier(Element):
    """What something is called in a system of names."""

    system: str | None = None
    value: str | None = None


class Reference(Element):
    """Something else: a resource to be read, or one that is only named."""

    reference: str | None = None
    type: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class Period(Element):
    """From when until when."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


class Extension(Element):
    """An addition that FHIR itself defines."""

    url: str
    value_code: str | None = None
    value_string: str | None = None


class Annotation(Element):
    """A remark for people to read."""

    text: str


class Attachment(Element):
    """A document, `data` in base64."""

    content_type: str
    language: str | None = None
    data: str
    title: str | None = None


class Meta(Element):
    """About the resource itself. `security` says how it must be handled."""

    version_id: str | None = None
    last_updated: AwareDatetime | None = None
    source: str | None = None
    profile: tuple[str, ...] | None = None
    security: tuple[Coding, ...] | None = None
    tag: tuple[Coding, ...] | None = None


class HumanName(Element):
    """A name, or that it may not be told."""

    extension: tuple[Extension, ...] | None = None
    use: str | None = None
    text: str | None = None


class ContactPoint(Element):
    """A way to make contact. A comment says when it is safe."""

    extension: tuple[Extension, ...] | None = None
    system: str | None = None
    value: str | None = None
    rank: int | None = None


class Address(Element):
    """Where letters may be sent."""

    extension: tuple[Extension, ...] | None = None
    text: str


class Communication(Element):
    """A language to speak and write in."""

    language: CodeableConcept
    preferred: bool | None = None


class Patient(Element):
    """The person, always contained and never with an identifier: two referrals cannot be joined by it."""

    resource_type: Literal["Patient"] = "Patient"
    id: str
    name: tuple[HumanName, ...] | None = None
    telecom: tuple[ContactPoint, ...] | None = None
    address: tuple[Address, ...] | None = None
    communication: tuple[Communication, ...] | None = None


class Parameter(Element):
    """Something that goes into a task or came out of it: one value of the type that fits."""

    type: CodeableConcept
    value_boolean: bool | None = None
    value_date_time: AwareDatetime | None = None
    value_string: str | None = None
    value_codeable_concept: CodeableConcept | None = None


class Task(Element):
    """The referral as work for its partner, who alone moves it on. `for` is the contained person."""

    resource_type: Literal["Task"] = "Task"
    id: str
    meta: Meta | None = None
    contained: tuple[Patient, ...] | None = None
    status: str
    status_reason: CodeableConcept | None = None
    business_status: CodeableConcept | None = None
    intent: str
    code: CodeableConcept | None = None
    focus: Reference | None = None
    for_: Reference | None = Field(default=None, alias="for")
    authored_on: AwareDatetime | None = None
    last_modified: AwareDatetime | None = None
    requester: Reference | None = None
    owner: Reference | None = None
    note: tuple[Annotation, ...] | None = None
    input: tuple[Parameter, ...] | None = None
    output: tuple[Parameter, ...] | None = None


class ServiceRequest(Element):
    """What is asked for. Its status is the requester's alone."""

    resource_type: Literal["ServiceRequest"] = "ServiceRequest"
    id: str
    meta: Meta | None = None
    contained: tuple[Patient, ...] | None = None
    status: str
    intent: str
    category: tuple[CodeableConcept, ...] | None = None
    code: CodeableConcept
    order_detail: tuple[CodeableConcept, ...] | None = None
    subject: Reference
    authored_on: AwareDatetime
    requester: Reference
    performer: tuple[Reference, ...]
    reason_code: tuple[CodeableConcept, ...] | None = None
    supporting_info: tuple[Reference, ...] | None = None
    note: tuple[Annotation, ...] | None = None


class Actor(Element):
    """Who a provision is about, and in what part."""

    role: CodeableConcept
    reference: Reference


class Provision(Element):
    """What the consent allows, to whom, for what, from when until when."""

    type: Literal["permit"] = "permit"
    period: Period
    actor: tuple[Actor, ...]
    security_label: tuple[Coding, ...] | None = None
    purpose: tuple[Coding, ...]
    code: tuple[CodeableConcept, ...]


class Consent(Element):
    """The consent that a referral rests on, as far as it concerns the partner who reads it."""

    resource_type: Literal["Consent"] = "Consent"
    id: str
    meta: Meta
    contained: tuple[Patient, ...]
    status: Literal["active", "inactive"]
    scope: CodeableConcept
    category: tuple[CodeableConcept, ...]
    patient: Reference
    date_time: AwareDatetime | None = None
    organization: tuple[Reference, ...] | None = None
    source_attachment: Attachment | None = None
    policy_rule: CodeableConcept
    provision: Provision | None = None


class Issue(Element):
    """One thing that is to be said about a request. `expression` names the elements concerned."""

    severity: Literal["fatal", "error", "warning", "information"]
    code: str
    details: CodeableConcept | None = None
    diagnostics: str | None = None
    expression: tuple[str, ...] | None = None


class OperationOutcome(Element):
    """Why something was refused, and what is possible instead."""

    resource_type: Literal["OperationOutcome"] = "OperationOutcome"
    issue: tuple[Issue, ...]


class Link(Element):
    """Where a page is: this one, or the next."""

    relation: Literal["self", "next"]
    url: str


class Search(Element):
    """Why an entry is in the answer: it matches, or was asked for along with one that does."""

    mode: Literal["match", "include", "outcome"]


class Entry(Element):
    """One resource of an answer."""

    full_url: str
    resource: Task | ServiceRequest | Consent
    search: Search


class Bundle(Element):
    """One page of what a search found, longest unchanged first. A last page has no `next` link."""

    resource_type: Literal["Bundle"] = "Bundle"
    type: Literal["searchset"] = "searchset"
    meta: Meta | None = None
    link: tuple[Link, ...]
    entry: tuple[Entry, ...] | None = None


class Interaction(Element):
    """What can be done with a kind of resource."""

    code: str


class SearchParameter(Element):
    """What can be searched by."""

    name: str
    type: str
    documentation: str


class Described(Element):
    """A kind of resource and all that can be done with it."""

    type: str
    documentation: str
    interaction: tuple[Interaction, ...]
    versioning: str
    read_history: bool = False
    update_create: bool = False
    conditional_read: str = "not-supported"
    search_include: tuple[str, ...] | None = None
    search_rev_include: tuple[str, ...] | None = None
    search_param: tuple[SearchParameter, ...] | None = None


class Security(Element):
    """Who is let in."""

    description: str


class Rest(Element):
    """The interface that is offered."""

    mode: Literal["server"] = "server"
    documentation: str
    security: Security
    resource: tuple[Described, ...]


class Software(Element):
    """What answers."""

    name: str


class Implementation(Element):
    """Which interface this is."""

    description: str
    url: str


class CapabilityStatement(Element):
    """What this interface can do."""

    resource_type: Literal["CapabilityStatement"] = "CapabilityStatement"
    status: Literal["active"] = "active"
    date: str
    kind: Literal["instance"] = "instance"
    software: Software
    implementation: Implementation
    fhir_version: Literal["4.0.1"] = "4.0.1"
    format: tuple[str, ...]
    rest: tuple[Rest, ...]
