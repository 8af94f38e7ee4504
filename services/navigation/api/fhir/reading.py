"""Read one resource: what was sent to the caller's organisation, cut to what the person agreed to."""

from __future__ import annotations

from fastapi import Request

from services.navigation.api.base import PARTNER_READS, organization_of
from services.navigation.api.fhir.base import base_of, identified, routes, sent_to, shown
from services.navigation.api.fhir.outcomes import OPEN_REFUSALS, READ_REFUSALS, FhirJson
from services.navigation.commands import reading
from services.navigation.model.fhir import CapabilityStatement, Consent, ServiceRequest, Task
from services.navigation.model.telling import Channel
from services.navigation.policy.fhir import resources
from services.navigation.policy.fhir.capability import statement
from services.navigation.store import partner_search as search
from shared.errors import NotFound
from shared.http import ANYONE, Query

SINCE = "2026-11-26"
"""When what this interface can do last changed."""


@routes.get(
    "/metadata",
    allow=(ANYONE,),
    response_class=FhirJson,
    response_model=CapabilityStatement,
    responses=OPEN_REFUSALS,
)
async def read_capabilities(request: Request) -> FhirJson:
    """Say what can be done here. It is about nobody, and FHIR clients ask before they have a key."""
    return FhirJson(statement(url=base_of(request), date=SINCE).to_json())


@routes.get(
    "/Task/{referral_id}",
    allow=PARTNER_READS,
    response_class=FhirJson,
    response_model=Task,
    responses=READ_REFUSALS,
)
async def read_task(referral_id: str, query: Query) -> FhirJson:
    """Read a referral as your work. Its ETag is what an update names in If-Match."""
    async with query.recording() as tx:
        referral = await sent_to(tx.conn, identified(referral_id), organization_of(query.caller))
        known = await reading.read(tx, [referral], channel=Channel.FHIR)
    return shown(resources.task(referral, known.told[referral.id]))


@routes.get(
    "/ServiceRequest/{referral_id}",
    allow=PARTNER_READS,
    response_class=FhirJson,
    response_model=ServiceRequest,
    responses=READ_REFUSALS,
)
async def read_service_request(referral_id: str, query: Query) -> FhirJson:
    """Read what a referral asks for. Its status is ours alone."""
    async with query.recording() as tx:
        referral = await sent_to(tx.conn, identified(referral_id), organization_of(query.caller))
        known = await reading.read(tx, [referral], channel=Channel.FHIR)
    return shown(resources.service_request(referral, known.told[referral.id]))


@routes.get(
    "/Consent/{consent_id}",
    allow=PARTNER_READS,
    response_class=FhirJson,
    response_model=Consent,
    responses=READ_REFUSALS,
)
async def read_consent(consent_id: str, query: Query) -> FhirJson:
    """Read the consent that a referral to you rests on, with the copy that goes with the notice."""
    organization_id = organization_of(query.caller)
    async with query.recording() as tx:
        referral_id = await search.resting_on(
            tx.conn, identified(consent_id), organization_id=organization_id
        )
        if referral_id is None:
            raise NotFound("there is no such resource")
        referral = await sent_to(tx.conn, referral_id, organization_id)
        known = await reading.read(tx, [referral], channel=Channel.FHIR)
        record = known.consents.get(referral_id)
        if record is None:
            raise NotFound("there is no such resource")
    return shown(resources.consent(record, referral, known.told[referral_id]))
