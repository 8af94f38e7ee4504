"""Search what was sent to the caller's organisation, page by page, longest unchanged first.

What moves comes later. Whoever asks again begins a little before the `_lastUpdated` of the last entry: of two
transactions the one that began first may end last.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request

from contracts.values import Consent as Record
from services.navigation.api.base import PARTNER_READS, organization_of
from services.navigation.api.fhir.base import NOT_KEPT, base_of, routes
from services.navigation.api.fhir.outcomes import READ_REFUSALS, FhirJson
from services.navigation.commands import reading
from services.navigation.model.fhir import Bundle, Consent, Entry, Link, Meta, Search, ServiceRequest, Task
from services.navigation.model.referrals import Referral, Told
from services.navigation.model.telling import Channel
from services.navigation.policy.fhir import resources, terms
from services.navigation.policy.fhir.searching import (
    CONSENT,
    INCLUDES,
    MOST,
    SERVICE_REQUEST,
    STATUSES,
    TASK,
    UNHEARD,
    NotSearchable,
    Wanted,
    wanted,
)
from services.navigation.store import partner_search
from services.navigation.store import referrals as store
from shared.errors import Malformed
from shared.http import Query
from shared.pages import cursor_of, read_cursor
from shared.unit_of_work import Transaction

Found = list[tuple[Referral, Told]]
Mode = Literal["match", "include"]

_STRINGS = {"type": "array", "items": {"type": "string"}}


def _parameter(name: str, description: str, schema: Mapping[str, object], **how: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": dict(schema), **how}


def _parameters(kind: str) -> list[dict[str, Any]]:
    """How a search documents its parameters, which it reads as they came: FHIR repeats and combines them."""
    statuses = {"type": "array", "items": {"type": "string", "enum": sorted(STATUSES[kind])}}
    times = "With eq, ge, gt, le or lt, as exact as you like; without a zone it is UTC. Repeated, it narrows."
    shown = [
        _parameter("status", "One, or several with commas", statuses, style="form", explode=False),
        _parameter("_lastUpdated", times, _STRINGS, example=["ge2026-11-23T09:00:00Z"]),
        _parameter("_id", "One, or several with commas", _STRINGS, style="form", explode=False),
        _parameter("_count", "How many on a page", {"type": "integer", "minimum": 1, "maximum": MOST}),
        *(
            _parameter(name, "What belongs to each match, along with it", {"type": "string", "enum": [value]})
            for name, value in INCLUDES[kind]
        ),
        _parameter("_sort", "As it is sorted in any case", {"type": "string", "enum": ["_lastUpdated"]}),
        _parameter("_format", "As it is answered in any case", {"type": "string", "enum": ["json"]}),
        _parameter("after", "Part of the link to the next page", {"type": "string"}),
    ]
    if kind == TASK:
        shown.append(_parameter("modified", "The same as _lastUpdated", _STRINGS))
    prefer = {
        "name": "Prefer",
        "in": "header",
        "description": "`handling=lenient` passes over parameters that are not known here",
        "schema": {"type": "string", "enum": ["handling=strict", "handling=lenient"]},
    }
    return [*shown, prefer]


@routes.get(
    "/Task",
    allow=PARTNER_READS,
    response_class=FhirJson,
    response_model=Bundle,
    responses=READ_REFUSALS,
    openapi_extra={"parameters": _parameters(TASK)},
)
async def search_tasks(request: Request, query: Query) -> FhirJson:
    """Search the referrals that were sent to you, as your work."""
    return await _search(TASK, request, query)


@routes.get(
    "/ServiceRequest",
    allow=PARTNER_READS,
    response_class=FhirJson,
    response_model=Bundle,
    responses=READ_REFUSALS,
    openapi_extra={"parameters": _parameters(SERVICE_REQUEST)},
)
async def search_service_requests(request: Request, query: Query) -> FhirJson:
    """Search what the referrals that were sent to you ask for."""
    return await _search(SERVICE_REQUEST, request, query)


async def _search(kind: str, request: Request, query: Query) -> FhirJson:
    asked = _asked(kind, request)
    async with query.recording() as tx:
        referrals, after = await _found(tx, organization_of(query.caller), asked)
        known = await reading.read(tx, referrals, channel=Channel.FHIR)
        now = tx.now
    base = base_of(request)
    found = [(one, known.told[one.id]) for one in referrals]
    consents = _consents(found, known.consents) if CONSENT in asked.along else []
    bundle = Bundle(
        meta=Meta(last_updated=now, security=terms.LABELS),
        link=tuple(_links(f"{base}/{kind}", asked, after)),
        entry=tuple(
            Entry(full_url=f"{base}/{made.resource_type}/{made.id}", resource=made, search=Search(mode=mode))
            for mode, made in [
                *((mode, made) for one, told in found for mode, made in _made(kind, one, told, asked.along)),
                *(("include", consent) for consent in consents),
            ]
        )
        or None,
    )
    return FhirJson(bundle.to_json(), headers=dict(NOT_KEPT))


def _asked(kind: str, request: Request) -> Wanted:
    lenient = "handling=lenient" in request.headers.get("prefer", "").replace(" ", "").lower()
    try:
        return wanted(kind, request.query_params.multi_items(), lenient=lenient)
    except NotSearchable as error:
        raise Malformed(f"{error.parameter}: {error.why}", expression=[f"http.{error.parameter}"]) from None


async def _found(
    tx: Transaction, organization_id: UUID, asked: Wanted
) -> tuple[list[Referral], tuple[datetime, UUID] | None]:
    """One page of it, with where the next begins if there is one."""
    cursor = read_cursor(asked.after, datetime, UUID)
    places = await partner_search.search(
        tx.conn,
        organization_id,
        since=asked.since,
        until=asked.until,
        after=(cursor[0], cursor[1]) if cursor else None,
        standings=asked.standings,
        unheard=UNHEARD,
        ids=asked.ids,
        limit=asked.count + 1,
    )
    page = places[: asked.count]
    known = await store.by_id(tx.conn, [referral_id for _, referral_id in page])
    more = page[-1] if len(places) > asked.count else None
    return [known[referral_id] for _, referral_id in page], more


def _links(address: str, asked: Wanted, after: tuple[datetime, UUID] | None) -> list[Link]:
    used = list(asked.used)
    links = [Link(relation="self", url=_url(address, used))]
    if after is not None:
        rest = [(name, value) for name, value in used if name != "after"]
        links.append(Link(relation="next", url=_url(address, [*rest, ("after", cursor_of(*after))])))
    return links


def _url(address: str, parameters: list[tuple[str, str]]) -> str:
    return f"{address}?{urlencode(parameters)}" if parameters else address


def _made(
    kind: str, one: Referral, told: Told, along: frozenset[str]
) -> list[tuple[Mode, Task | ServiceRequest | Consent]]:
    """The match, and what belongs to it where that was asked for."""
    task, request = resources.task(one, told), resources.service_request(one, told)
    match: Task | ServiceRequest = task if kind == TASK else request
    included: Task | ServiceRequest = request if kind == TASK else task
    made: list[tuple[Mode, Task | ServiceRequest | Consent]] = [("match", match), ("include", included)]
    return made if included.resource_type in along else made[:1]


def _consents(found: Found, records: Mapping[UUID, Record]) -> list[Consent]:
    """The consents that stand and that these referrals rest on, each once: several may rest on one."""
    made = {
        record.id: resources.consent(record, one, told)
        for one, told in found
        if (record := records.get(one.id)) is not None and told.consent_id == record.id
    }
    return list(made.values())
