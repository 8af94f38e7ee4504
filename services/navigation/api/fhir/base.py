"""What the FHIR routes have in common: the router, how an answer is given, whose referral is read."""

from __future__ import annotations

from email.utils import format_datetime
from uuid import UUID

from fastapi import Request

from services.navigation.api.fhir.outcomes import FhirJson, outcome_of
from services.navigation.model.fhir import Consent, ServiceRequest, Task
from services.navigation.model.referrals import Referral
from services.navigation.store import referrals as store
from shared.db import Connection
from shared.errors import NotFound
from shared.http import Routes

PREFIX = "/fhir/R4"
NOT_KEPT = {"Cache-Control": "no-store"}
"""What may be read depends on the consent at this very moment, so that no copy may answer for us."""

routes = Routes(prefix=PREFIX, tags=["partners' FHIR systems"], problem_shape=outcome_of)


def base_of(request: Request) -> str:
    """The address that this interface was called at."""
    return str(request.base_url).rstrip("/") + PREFIX


def identified(text: str) -> UUID:
    """The id of one of our resources. Raises `NotFound` for what can be none: it is just not there."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such resource") from None


async def sent_to(conn: Connection, referral_id: UUID, organization_id: UUID) -> Referral:
    """A referral that was sent to this organisation. Raises `NotFound`, also for everybody else's."""
    referral = (await store.by_id(conn, [referral_id])).get(referral_id)
    if referral is None or referral.organization_id != organization_id or referral.sent_at is None:
        raise NotFound("there is no such resource")
    return referral


def shown(resource: Task | ServiceRequest | Consent) -> FhirJson:
    """A resource, with its version for the If-Match of an update."""
    headers = dict(NOT_KEPT)
    meta = resource.meta
    if meta and meta.version_id and meta.last_updated:
        headers["ETag"] = f'W/"{meta.version_id}"'
        headers["Last-Modified"] = format_datetime(meta.last_updated, usegmt=True)
    return FhirJson(resource.to_json(), headers=headers)
