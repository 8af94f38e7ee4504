"""The disclosure ledger, as the client may ask for it: who was told what, when, how, why, on which consent.

Three years are shown unless another time is asked for (42 CFR 2.24). Older lines are kept; nothing here, and
no right that the service has, removes one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends
from fastapi import Query as Parameter
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import AwareDatetime

from contracts.moment import Moment
from contracts.terms import InformationScope
from contracts.values import Consent
from services.navigation.api.base import READERS, Body, Now
from services.navigation.api.pages import page
from services.navigation.model.ledger import LedgerAsked
from services.navigation.model.referrals import Client, Disclosure
from services.navigation.policy import disclosure, ledger
from services.navigation.store import clients
from services.navigation.store import disclosures as store
from shared.errors import Invalid
from shared.http import Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor

routes = Routes(tags=["disclosure ledger"])

AT_ONCE = 500
NO_ZONE = "UTC"


def _asked(  # noqa: PLR0917 - one argument per filter
    client_id: UUID,
    present: Now,
    organization_id: Annotated[
        UUID | None, Parameter(description="Only what this organisation was told")
    ] = None,
    since: Annotated[
        Moment | None,
        Parameter(alias="from", description="From this moment on; three years before the end if not said"),
    ] = None,
    until: Annotated[
        Moment | None, Parameter(description="Before this moment; all there is if not said")
    ] = None,
) -> LedgerAsked:
    begins = ledger.beginning(since=since, until=until, now=present.moment())
    if until is not None and begins >= until:
        raise Invalid("`from` has to lie before `until`")
    return LedgerAsked(client_id=client_id, since=begins, until=until, organization_id=organization_id)


Asked = Annotated[LedgerAsked, Depends(_asked)]


class DisclosureView(Body):
    """One line of the ledger: who was told what, when, why and on which consent (42 CFR 2.24)."""

    id: UUID
    referral_id: UUID
    organization_id: UUID
    organization_name: str
    consent_id: UUID
    scopes: tuple[InformationScope, ...]
    what: str
    purpose: str
    channel: str
    notice: str
    told_at: AwareDatetime


def _view(entry: Disclosure) -> DisclosureView:
    return DisclosureView.model_validate(
        {name: getattr(entry, name) for name in DisclosureView.model_fields}
        | {"scopes": tuple(sorted(entry.scopes))}
    )


@routes.get("/clients/{client_id}/disclosures", allow=READERS)
async def list_disclosures(
    asked: Asked, query: Query, after: After = None, limit: Limit = 50
) -> Page[DisclosureView]:
    """List who was told what about a client, oldest first: the last three years, or the time asked for."""
    cursor = read_cursor(after, datetime, UUID)
    async with query.reading() as conn:
        found = await store.of_client(
            conn, asked, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    last = found[limit - 1] if len(found) > limit else None
    return page_of(
        [_view(entry) for entry in found], limit, cursor_of(last.told_at, last.id) if last else None
    )


@routes.get(
    "/clients/{client_id}/disclosures.csv",
    allow=READERS,
    response_class=StreamingResponse,
    responses={200: {"description": "RFC 4180, UTF-8, with a heading", "content": {"text/csv": {}}}},
)
async def disclosures_as_csv(asked: Asked, query: Query) -> StreamingResponse:
    """The same lines for a spreadsheet; a cell that looks like a formula begins with an apostrophe."""
    pieces = _pieces(query, asked)
    # What is wrong shows before the answer begins.
    first = await anext(pieces)
    return StreamingResponse(
        _lines(first, pieces),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": 'attachment; filename="disclosures.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _lines(first: list[Disclosure], others: AsyncIterator[list[Disclosure]]) -> AsyncIterator[str]:
    yield ledger.heading() + ledger.rows(first)
    async for found in others:
        yield ledger.rows(found)


async def _pieces(query: Query, asked: LedgerAsked) -> AsyncIterator[list[Disclosure]]:
    """Piece by piece, the first one even if it is empty: no connection is held while a slow reader reads."""
    last: tuple[datetime, UUID] | None = None
    while True:
        async with query.reading() as conn:
            found = await store.of_client(conn, asked, after=last, limit=AT_ONCE)
        yield found
        if len(found) < AT_ONCE:
            return
        last = found[-1].told_at, found[-1].id


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the ledger in words."""

    when: str
    who: str
    what: str
    purpose: str
    how: str
    consent: str


@routes.get(
    "/clients/{client_id}/disclosures.html",
    allow=READERS,
    response_class=HTMLResponse,
    responses={200: {"description": "A page to print", "content": {"text/html": {}}}},
)
async def disclosures_as_page(asked: Asked, query: Query, present: Now) -> HTMLResponse:
    """The same lines as a page to print and hand over, in plain words, with what each column means."""
    found = [entry async for some in _pieces(query, asked) for entry in some]
    async with query.reading() as conn:
        client = (await clients.clients(conn, [asked.client_id])).get(asked.client_id)
    client = client or Client(id=asked.client_id)
    zone = client.context.time_zone if client.context else NO_ZONE
    consents = {consent.id: consent for consent in client.consents}
    return page(
        "ledger.html.j2",
        style="ledger.css",
        name=client.full_name,
        client_id=asked.client_id,
        since=_day(asked.since, zone),
        until=_day(asked.until, zone) if asked.until else None,
        organization=asked.organization_id,
        made_at=_moment(present.moment(), zone),
        zone=zone.replace("_", " "),
        lines=[_line(entry, consents, zone) for entry in found],
        notice=disclosure.NOTICE,
    )


def _line(entry: Disclosure, consents: Mapping[UUID, Consent], zone: str) -> Line:
    return Line(
        when=_moment(entry.told_at, zone),
        who=entry.organization_name,
        what=entry.what,
        purpose=ledger.in_words(entry.purpose),
        how=ledger.how(entry.channel),
        consent=_consent(entry.consent_id, consents.get(entry.consent_id), zone),
    )


def _consent(consent_id: UUID, consent: Consent | None, zone: str) -> str:
    if consent is None:
        return f"number {consent_id}"
    given = f"given on {_day(consent.granted_at, zone)}"
    return given if consent.revoked_at is None else f"{given}, taken back on {_day(consent.revoked_at, zone)}"


def _day(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y}"


def _moment(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{_day(moment, zone)}, {local:%H:%M}"
