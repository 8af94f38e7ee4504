"""Consents: who may be told what, for which purpose, until when. Given in writing, taken back in any way."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field

from contracts.events.intake import ConsentGranted, ConsentRevoked
from contracts.moment import Moment
from contracts.terms import CoordinationPurpose, InformationScope
from contracts.values import Consent
from services.intake import policy, store
from services.intake.api.base import (
    READERS,
    WRITERS,
    Body,
    Name,
    Now,
    Said,
    known_client,
    no_such_client,
    not_accepted,
)
from services.intake.model import (
    ConsentForm,
    ConsentState,
    Explained,
    GivenHow,
    KeptConsent,
    Recipient,
    Revocation,
    RevokedHow,
    Signer,
)
from shared.errors import NotFound
from shared.http import Command, Query, Routes
from shared.ids import new_id
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["consents"])


class NamedRecipient(Body):
    """An organisation that may be told."""

    organization_id: UUID
    """Its id in the directory."""
    name: Name
    """Its name as it stands on the form."""


class NewConsent(Body):
    """A consent as it was signed, with the content that 42 CFR 2.31(a) asks for.

    The client's name is taken from their record. `expires_at` left out means until it is revoked.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "discloser": "Harbour Street Outreach",
                    "any_matched_service": True,
                    "recipient_class": "services that I am matched with for the help I asked for",
                    "intermediary": "Harbour Street Outreach",
                    "information": "My name, how to reach me, what kind of help I need and when I have time",
                    "scopes": ["name_and_contact", "need", "availability"],
                    "purposes": ["care_coordination"],
                    "expires_at": "2027-11-23T00:00:00Z",
                    "given_how": "signed_on_paper",
                    "explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"],
                }
            ]
        }
    )

    discloser: Name
    """Who is allowed to tell."""
    recipients: Annotated[tuple[NamedRecipient, ...], Field(max_length=100)] = ()
    """Who may be told, each by name."""
    any_matched_service: bool = False
    """Whether every service that the client is matched with may be told."""
    recipient_class: Said | None = None
    """With `any_matched_service`: who is meant, in the words on the form."""
    intermediary: Name | None = None
    """With `any_matched_service`: who passes the information on to them."""
    information: Said
    """What may be told, in the words on the form."""
    scopes: Annotated[frozenset[InformationScope], Field(min_length=1)]
    """The same, as far as we act on it; nothing else leaves us."""
    purposes: Annotated[frozenset[CoordinationPurpose], Field(min_length=1)]
    """What it may be used for."""
    granted_at: Moment | None = None
    """When it was signed; now where nothing is said."""
    expires_at: Moment | None = None
    """Until when it is in force."""
    given_how: GivenHow
    """How it was put in writing."""
    signer: Signer = Signer.CLIENT
    """Who signed."""
    representative: Name | None = None
    """Who signed for the client, where somebody did."""
    explained: frozenset[Explained]
    """What the client was told before signing: all three are needed."""


class ConsentKept(Body):
    """The consent was written down."""

    consent_id: UUID


class ConsentTakenBack(Body):
    """How a client took a consent back. The client owes no reason, and none is asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"how": "spoken"}]})

    how: RevokedHow = RevokedHow.SPOKEN


class ConsentEnded(Body):
    """The consent is over."""

    consent_id: UUID
    revoked_at: AwareDatetime
    """When it was taken back; the first time, if it was more than once."""


class ConsentView(Body):
    """A consent as it stood on the form, and where it is now."""

    consent_id: UUID
    state: ConsentState
    """Where it is at this moment."""
    client_name: str
    """The client's name as it stood on the form."""
    discloser: str
    recipients: tuple[NamedRecipient, ...]
    any_matched_service: bool
    recipient_class: str | None
    intermediary: str | None
    information: str
    scopes: frozenset[InformationScope]
    purposes: frozenset[CoordinationPurpose]
    granted_at: AwareDatetime
    expires_at: AwareDatetime | None
    given_how: GivenHow
    signer: Signer
    representative: str | None
    explained: frozenset[Explained]
    recorded_at: AwareDatetime
    recorded_by: UUID
    revoked_at: AwareDatetime | None
    revoked_how: RevokedHow | None


@routes.post("/clients/{client_id}/consents", allow=WRITERS, status_code=201, summary="Write a consent down")
async def grant_consent(client_id: UUID, body: NewConsent, command: Command) -> ConsentKept:
    """Keep a signed consent. States `ConsentGranted`. The record never changes afterwards.

    Whatever the form lacks is named in the answer (422), so that it can be completed with the client.
    """
    return await command.once(partial(_grant, client_id, body, recorded_by=command.caller.subject))


@routes.post(
    "/clients/{client_id}/consents/{consent_id}/revocation",
    allow=WRITERS,
    summary="Take a consent back",
)
async def revoke_consent(
    client_id: UUID, consent_id: UUID, body: ConsentTakenBack, command: Command
) -> ConsentEnded:
    """End a consent at once and for good. States `ConsentRevoked` the first time."""
    return await command.once(
        partial(_revoke, client_id, consent_id, how=body.how, recorded_by=command.caller.subject)
    )


@routes.get("/clients/{client_id}/consents", allow=READERS, summary="List a client's consents")
async def list_consents(
    client_id: UUID, query: Query, now: Now, *, after: After = None, limit: Limit = 20
) -> Page[ConsentView]:
    """Every consent that a client gave, the newest first, with where it is now."""
    cursor = read_cursor(after, UUID)
    async with query.reading() as conn:
        await known_client(conn, client_id)
        kept = await store.consents.consents(
            conn, client_id, after=cursor[0] if cursor else None, limit=limit + 1
        )
    following = cursor_of(kept[limit - 1].form.consent.id) if len(kept) > limit else None
    return page_of([_view(consent, now.moment()) for consent in kept], limit, following)


async def _grant(client_id: UUID, body: NewConsent, tx: Transaction, *, recorded_by: UUID) -> ConsentKept:
    recipients = tuple(Recipient(organization_id=r.organization_id, name=r.name) for r in body.recipients)
    consent = Consent(
        id=new_id(),
        client_id=client_id,
        discloser=body.discloser,
        organizations=frozenset(recipient.organization_id for recipient in recipients),
        any_matched_service=body.any_matched_service,
        purposes=body.purposes,
        scopes=body.scopes,
        granted_at=body.granted_at or tx.now,
        expires_at=body.expires_at,
    )
    form = ConsentForm(
        consent=consent,
        information=body.information,
        recipients=recipients,
        recipient_class=body.recipient_class,
        intermediary=body.intermediary,
        given_how=body.given_how,
        signer=body.signer,
        representative=body.representative,
        explained=body.explained,
        recorded_at=tx.now,
        recorded_by=recorded_by,
    )
    if flaws := policy.consent_flaws(form, tx.now):
        raise not_accepted(flaws)
    if not await store.consents.add_consent(tx.conn, form):
        raise no_such_client()
    tx.publish(ConsentGranted(client_id=client_id, consent=consent, by=recorded_by))
    return ConsentKept(consent_id=consent.id)


async def _revoke(
    client_id: UUID, consent_id: UUID, tx: Transaction, *, how: RevokedHow, recorded_by: UUID
) -> ConsentEnded:
    revocation = Revocation(consent_id=consent_id, revoked_at=tx.now, how=how, recorded_by=recorded_by)
    if await store.consents.revoke_consent(tx.conn, client_id, revocation=revocation):
        tx.publish(
            ConsentRevoked(client_id=client_id, consent_id=consent_id, revoked_at=tx.now, by=recorded_by)
        )
        return ConsentEnded(consent_id=consent_id, revoked_at=tx.now)
    earlier = await store.consents.revoked_at(tx.conn, client_id, consent_id=consent_id)
    if earlier is None:
        raise NotFound("This client has no consent with this id.")
    return ConsentEnded(consent_id=consent_id, revoked_at=earlier)


def _view(kept: KeptConsent, now: AwareDatetime) -> ConsentView:
    form, consent = kept.form, kept.form.consent
    return ConsentView(
        consent_id=consent.id,
        state=policy.consent_state(consent, now),
        client_name=kept.client_name,
        discloser=consent.discloser,
        recipients=tuple(
            NamedRecipient(organization_id=r.organization_id, name=r.name) for r in form.recipients
        ),
        any_matched_service=consent.any_matched_service,
        recipient_class=form.recipient_class,
        intermediary=form.intermediary,
        information=form.information,
        scopes=consent.scopes,
        purposes=consent.purposes,
        granted_at=consent.granted_at,
        expires_at=consent.expires_at,
        given_how=form.given_how,
        signer=form.signer,
        representative=form.representative,
        explained=form.explained,
        recorded_at=form.recorded_at,
        recorded_by=form.recorded_by,
        revoked_at=consent.revoked_at,
        revoked_how=kept.revocation.how if kept.revocation else None,
    )
