"""The page behind a link: see one referral and answer it, with no account. Looking never changes anything.

Whoever holds the link speaks for the organisation that it was sent to, about this referral and nothing else.
Programs that open the links of an e-mail to check them only look; an answer takes a form that the page gave
out. A link that was never made, was tampered with or belongs to nobody is answered alike, at the same cost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from contracts.terms import BusinessStatus, ReasonCode, ReferralStatus
from services.navigation.api import link_pages as pages
from services.navigation.api.base import Finding
from services.navigation.api.link_door import Forwarded, Linking, PageRoute, TooOften, Visitor, at_the_door
from services.navigation.api.link_forms import Choice, Fault, Faulty, LinkForm, understood
from services.navigation.api.link_words import state_words
from services.navigation.commands import linking, moving, reading
from services.navigation.commands.answering import answer
from services.navigation.commands.finding import Finder
from services.navigation.model.links import Link, Standing
from services.navigation.model.referrals import LIVE, Referral
from services.navigation.model.telling import Channel
from services.navigation.policy import links as policy
from services.navigation.store import links as store
from services.navigation.store import referrals
from shared.errors import Conflict, NotFound
from shared.http import ANYONE, Routes, Visiting
from shared.unit_of_work import Transaction

FOREVER = "public, max-age=31536000, immutable"
NOT_OURS = (
    "This page was open for a long time, so your answer was not taken yet. Please send it once more; what you"
    " typed is still there."
)


def _html(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


LOOKED = {
    200: _html("The referral, or that it has ended"),
    400: _html("The request cannot be read"),
    404: _html("This link does not work"),
    410: _html("The link has run out, was replaced or was taken back"),
    422: _html("Something is to be looked at again; all that was typed is still there"),
    429: _html("Opened too often; Retry-After says when to come again"),
    500: _html("Our mistake"),
    503: _html("Not available at the moment"),
}
TAKEN = LOOKED | {
    303: {"description": "Taken; the page says what happens next"},
    409: _html("Not possible any more; the page says what is"),
}

routes = Routes(tags=["the page behind a link"], route_class=PageRoute)


@routes.get("/r/assets/{name}", allow=(ANYONE,), response_class=Response, responses={404: LOOKED[404]})
async def read_asset(name: str) -> Response:
    """Read what pages look like. The address changes with the content."""
    asset = pages.assets().get(name)
    if asset is None:
        return pages.unknown_page()
    headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@routes.get("/r/{token}", allow=(ANYONE,), response_class=HTMLResponse, responses=LOOKED)
async def open_link(
    token: str, visit: Visiting, links: Linking, *, said: str = "", forwarded: Forwarded = ""
) -> Response:
    """See what a link leads to. Changes nothing, whoever or whatever opens it."""
    visitor = await at_the_door(visit, links, token, forwarded)
    if not isinstance(visitor, Visitor):
        return _turned_away(visitor)

    async def look(tx: Transaction) -> Response:
        referral = (await referrals.by_id(tx.conn, [visitor.link.referral_id]))[visitor.link.referral_id]
        closed = _closed(visitor, referral)
        return closed or await _shown(tx, visitor, referral, said=_true(said, referral))

    return await visit.act(look)


@routes.post("/r/{token}", allow=(ANYONE,), response_class=HTMLResponse, responses=TAKEN)
async def answer_by_link(
    token: str,
    form: Annotated[LinkForm, Form()],
    *,
    visit: Visiting,
    links: Linking,
    finder: Finding,
    forwarded: Forwarded = "",
) -> Response:
    """Answer a referral. The same form sent twice is taken once; nothing that was typed is lost."""
    visitor = await at_the_door(visit, links, token, forwarded)
    if not isinstance(visitor, Visitor):
        return _turned_away(visitor, form)
    try:
        return await visit.act(partial(_take, finder=finder, visitor=visitor, form=form))
    except Conflict:
        return await visit.act(partial(_refused, visitor=visitor, form=form))


async def _take(tx: Transaction, *, finder: Finder, visitor: Visitor, form: LinkForm) -> Response:
    referral = await _held(tx, visitor.link)
    digest = _digest(form, visitor)
    if digest is not None and await store.form_is_known(tx.conn, visitor.link.id, digest=digest):
        return _back(visitor, form.answer)
    closed = _closed(visitor, referral, form)
    if closed is not None:
        return closed
    told = (await reading.knowledge(tx, [referral])).told[referral.id]
    if not told.scopes:
        return pages.gone_page(written=form.written)
    if digest is None:
        return await _shown(tx, visitor, referral, filled=form, refused=NOT_OURS)
    read = understood(form, referral, zone=told.time_zone or visitor.rules.time_zone, now=tx.now)
    if isinstance(read, Faulty):
        return await _shown(tx, visitor, referral, filled=form, faults=read.faults)
    for each in read.answers:
        referral = await answer(tx, finder, referral, each, recorded_by=visitor.link.id)
    await store.keep_form(tx.conn, visitor.link.id, digest=digest)
    return _back(visitor, read.choice)


@routes.post("/r/{token}/again", allow=(ANYONE,), response_class=HTMLResponse, responses=TAKEN)
async def ask_for_new_link(
    token: str,
    form: Annotated[LinkForm, Form()],
    visit: Visiting,
    links: Linking,
    *,
    forwarded: Forwarded = "",
) -> Response:
    """Have a new link sent in place of one that has run out, to the organisation's own address only."""
    visitor = await at_the_door(visit, links, token, forwarded)
    if not isinstance(visitor, Visitor):
        return _turned_away(visitor)

    async def renew(tx: Transaction) -> Response:
        referral = await _held(tx, visitor.link)
        ours = policy.nonce_of(form.form, visitor.link, visitor.rules.keys) is not None
        if visitor.standing is Standing.EXPIRED and ours and referral.status in LIVE:
            await linking.send_anew(
                tx.conn, organization_id=visitor.link.organization_id, referral_id=referral.id
            )
        return RedirectResponse(f"../{visitor.token}", 303, dict(pages.HEADERS))

    return await visit.act(renew)


def _turned_away(visitor: TooOften | None, form: LinkForm | None = None) -> Response:
    if visitor is None:
        return pages.unknown_page()
    return pages.too_many_page(visitor.seconds, written=form.written if form else ())


async def _held(tx: Transaction, link: Link) -> Referral:
    try:
        return await moving.held(tx, link.referral_id, organization_id=link.organization_id)
    except NotFound:
        raise AssertionError("a link is made for a referral that was sent to its organisation") from None


def _closed(visitor: Visitor, referral: Referral, form: LinkForm | None = None) -> Response | None:
    """The page of a link or a referral that is not open any more; None while both are."""
    written = form.written if form else ()
    if visitor.standing is Standing.GONE or referral.reason is ReasonCode.CONSENT_REVOKED:
        return pages.gone_page(written=written)
    if visitor.standing is Standing.REPLACED:
        return pages.replaced_page(written=written)
    if visitor.standing is Standing.EXPIRED:
        live = referral.status in LIVE
        renewal = pages.Renewal(visitor.token, visitor.form_token()) if live else None
        return pages.expired_page(renewal, written=written)
    if referral.status not in LIVE:
        return pages.ended_page(referral.status, refused=form is not None, written=written)
    return None


async def _shown(  # noqa: PLR0913 - how a page may come to be shown
    tx: Transaction,
    visitor: Visitor,
    referral: Referral,
    *,
    said: Choice | None = None,
    filled: LinkForm | None = None,
    faults: tuple[Fault, ...] = (),
    refused: str | None = None,
) -> Response:
    """The referral, cut to what the client agreed to at this moment; with nothing agreed, nothing."""
    told = (await reading.read(tx, [referral], channel=Channel.LINK)).told[referral.id]
    if not told.scopes:
        return pages.gone_page(written=filled.written if filled else ())
    return pages.referral_page(
        referral=referral,
        told=told,
        link=visitor.link,
        organization=visitor.organization,
        zone=told.time_zone or visitor.rules.time_zone,
        now=tx.now,
        form_token=visitor.form_token(),
        token=visitor.token,
        said=said,
        filled=filled,
        faults=faults,
        refused=refused,
    )


async def _zone(tx: Transaction, visitor: Visitor, referral: Referral) -> str:
    """The clocks that the page speaks of: the client's, where that may be told."""
    told = (await reading.knowledge(tx, [referral])).told[referral.id]
    return told.time_zone or visitor.rules.time_zone


async def _refused(tx: Transaction, *, visitor: Visitor, form: LinkForm) -> Response:
    """Say what is possible now, in answer to something that is not."""
    referral = await _held(tx, visitor.link)
    closed = _closed(visitor, referral, form)
    if closed is not None:
        return closed
    zone = await _zone(tx, visitor, referral)
    why = f"Since this page was opened, things have moved on: {state_words(referral, zone)}."
    return await _shown(tx, visitor, referral, filled=form, refused=why)


def _digest(form: LinkForm, visitor: Visitor) -> bytes | None:
    """What a form is known by; None when this link's page did not give it out."""
    nonce = policy.nonce_of(form.form, visitor.link, visitor.rules.keys)
    if nonce is None:
        return None
    content = form.model_copy(update={"form": ""}).model_dump_json()
    return hashlib.sha256(nonce + content.encode()).digest()


def _back(visitor: Visitor, said: str) -> Response:
    """Send the browser back to look at the page, so that a reload does not send the form again."""
    known = said if said in set(Choice) else ""
    return RedirectResponse(f"{visitor.token}?said={known}", 303, dict(pages.HEADERS))


_TRUE: dict[Choice, Callable[[Referral], bool]] = {
    Choice.ACCEPT: lambda r: r.status is ReferralStatus.ACCEPTED,
    Choice.SCHEDULE: lambda r: r.business_status is BusinessStatus.SCHEDULED,
    Choice.HOLD: lambda r: r.status is ReferralStatus.ON_HOLD,
    Choice.KEPT: lambda r: r.business_status is BusinessStatus.EVENT_COMPLETED,
    Choice.MISSED: lambda r: r.business_status is BusinessStatus.UNATTENDED,
    Choice.PROGRESS: lambda r: r.status is ReferralStatus.IN_PROGRESS,
}


def _true(said: str, referral: Referral) -> Choice | None:
    """What was said just now, if that is how things stand; an address can claim anything."""
    return next((choice for choice, so in _TRUE.items() if choice == said and so(referral)), None)
