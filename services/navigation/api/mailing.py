"""Partners that are written to: their e-mail addresses, how mails to them fare, and the links in these."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query as Parameter
from pydantic import AwareDatetime, EmailStr, Field

from services.navigation.api.base import WORKERS, Body
from services.navigation.api.link_door import Linking
from services.navigation.commands import linking, moving
from services.navigation.model.links import Link, LinkEnd
from services.navigation.model.referrals import LIVE
from services.navigation.store import links as store
from services.navigation.store import mailbox, mails
from shared.db import Connection
from shared.errors import Conflict, NotFound
from shared.http import Command, Given, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["partners that are written to"])

ADMINS = ("admin",)


class Development(Body):
    """Whether the development mailbox is there to be read."""

    mailbox: bool


class NewAddress(Body):
    """Where to write to. It is only checked for its form: a mail that does not arrive is shown."""

    address: Annotated[EmailStr, Field(max_length=254)]


class AddressView(Body):
    """A partner's address for mails about referrals, and how mails to it fare."""

    organization_id: UUID
    name: str
    address: str
    since: AwareDatetime
    last_sent_at: AwareDatetime | None
    last_problem: str | None
    """What last kept a mail from being taken by the mail server."""
    last_problem_at: AwareDatetime | None
    waiting: int
    """How many mails are still to go out."""
    given_up: int
    """How many could not be delivered, after every try; `POST /referrals/{id}/links` sends one again."""


class Ending(Body):
    """Nothing needs saying."""


class Ended(Body):
    """No mails are written any more, and no link of the organisation works."""

    organization_id: UUID


class LinkView(Body):
    """A link that was mailed about a referral. Its token is nowhere to be read."""

    id: UUID
    organization_id: UUID
    made_at: AwareDatetime
    expires_at: AwareDatetime
    closed_at: AwareDatetime | None
    closed_why: LinkEnd | None


class LinksView(Body):
    """Every link of a referral, oldest first."""

    links: tuple[LinkView, ...]


@routes.post("/partners/{organization_id}/email", allow=ADMINS)
async def write_to(organization_id: UUID, body: NewAddress, command: Command, links: Linking) -> AddressView:
    """Write to an organisation about its referrals, with links to answer by; it becomes a partner if need be.

    What is under way with it is mailed at once. Links that went to another address stop working.
    """
    if links.rules is None:
        raise Conflict("no links can be made here: there is no public address, or no key to sign with")

    async def act(tx: Transaction) -> AddressView:
        await linking.begin_mailing(tx, organization_id, str(body.address))
        return await _address(tx.conn, organization_id)

    return await command.once(act)


@routes.get("/partners/{organization_id}/email", allow=ADMINS)
async def read_address(organization_id: UUID, query: Query) -> AddressView:
    """Read an organisation's address and how mails to it fare."""
    async with query.reading() as conn:
        return await _address(conn, organization_id)


@routes.post("/partners/{organization_id}/email/end", allow=ADMINS)
async def write_no_more(organization_id: UUID, body: Ending, command: Command) -> Ended:
    """Write to an organisation no more: its address is forgotten, and no link of it works."""
    del body

    async def act(tx: Transaction) -> Ended:
        if not await linking.end_mailing(tx, organization_id):
            raise NotFound("there is no address of such an organisation")
        return Ended(organization_id=organization_id)

    return await command.once(act)


async def _address(conn: Connection, organization_id: UUID) -> AddressView:
    found = await mails.mailing(conn, organization_id)
    if found is None:
        raise NotFound("there is no address of such an organisation")
    return AddressView(
        organization_id=found.organization_id,
        name=found.name,
        address=found.address,
        since=found.since,
        last_sent_at=found.last_sent_at,
        last_problem=found.last_problem,
        last_problem_at=found.last_problem_at,
        waiting=found.waiting,
        given_up=found.given_up,
    )


@routes.get("/referrals/{referral_id}/links", allow=(*WORKERS, "admin"))
async def list_links(referral_id: UUID, query: Query) -> LinksView:
    """List the links that were mailed about a referral."""
    async with query.reading() as conn:
        return LinksView(links=tuple(_view(link) for link in await store.of_referral(conn, referral_id)))


@routes.post("/referrals/{referral_id}/links", allow=(*WORKERS, "admin"))
async def mail_again(referral_id: UUID, body: Ending, command: Command) -> LinksView:
    """Mail a new link about a referral that is under way; the one before stops working."""
    del body

    async def act(tx: Transaction) -> LinksView:
        referral = await moving.held(tx, referral_id)
        if referral.status not in LIVE:
            raise Conflict("this referral is not with its partner, so that there is nothing to be answered")
        if await mails.mailing(tx.conn, referral.organization_id) is None:
            raise Conflict(
                "this organisation is not written to by e-mail", possible=["give it an e-mail address"]
            )
        await linking.send_anew(tx.conn, organization_id=referral.organization_id, referral_id=referral_id)
        return LinksView(links=tuple(_view(link) for link in await store.of_referral(tx.conn, referral_id)))

    return await command.once(act)


@routes.post("/referrals/{referral_id}/links/revocation", allow=(*WORKERS, "admin"))
async def revoke_link(referral_id: UUID, body: Ending, command: Command) -> LinksView:
    """Close the link about a referral at once; whoever opens it reads that there is nothing to see."""
    del body

    async def act(tx: Transaction) -> LinksView:
        await moving.held(tx, referral_id)
        await store.close(tx.conn, referral_id, LinkEnd.WITHDRAWN)
        return LinksView(links=tuple(_view(link) for link in await store.of_referral(tx.conn, referral_id)))

    return await command.once(act)


def _view(link: Link) -> LinkView:
    return LinkView(
        id=link.id,
        organization_id=link.organization_id,
        made_at=link.made_at,
        expires_at=link.expires_at,
        closed_at=link.closed_at,
        closed_why=link.closed_why,
    )


class MailView(Body):
    """A mail in the development mailbox, with the link that it carries."""

    number: int
    id: UUID
    address: str
    subject: str
    body: str
    received_at: AwareDatetime


@routes.get("/mailbox", allow=ADMINS, summary="The development mailbox")
async def read_mailbox(
    query: Query,
    development: Annotated[Development, Given(Development)],
    *,
    address: Annotated[
        str | None, Parameter(description="Only mails to this address", max_length=254)
    ] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[MailView]:
    """Read what the mail server would have got, in order. There is none outside development."""
    if not development.mailbox:
        raise NotFound("there is no development mailbox here: mails go to a real server")
    position = read_cursor(after, int)
    async with query.reading() as conn:
        found = await mailbox.received(
            conn, address=address, after=position[0] if position else 0, limit=limit + 1
        )
    views = [
        MailView(
            number=mail.number,
            id=mail.id,
            address=mail.address,
            subject=mail.subject,
            body=mail.body,
            received_at=mail.received_at,
        )
        for mail in found
    ]
    return page_of(views, limit, cursor_of(found[limit - 1].number) if len(found) > limit else None)
