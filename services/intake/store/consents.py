"""Consents as they stood on the form, and their revocations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from contracts.values import Consent
from services.intake.model import (
    ConsentForm,
    Explained,
    GivenHow,
    KeptConsent,
    Recipient,
    Revocation,
    RevokedHow,
    Signer,
)
from services.intake.store.clients import LAST_ID
from shared.db import Connection, Record

ADD_CONSENT = """
insert into consent (
    id, client_id, client_name, discloser, information, scopes, purposes, organizations, organization_names,
    any_matched_service, recipient_class, intermediary, given_how, signer, representative, explained,
    granted_at, expires_at, recorded_at, recorded_by
)
select
    $1, c.id, c.full_name, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
from client c
where c.id = $2
returning id
"""


async def add_consent(conn: Connection, form: ConsentForm) -> bool:
    """Write a consent down with the client's name of this moment; say whether there is such a client."""
    consent = form.consent
    added = await conn.fetchval(
        ADD_CONSENT,
        consent.id,
        consent.client_id,
        consent.discloser,
        form.information,
        sorted(consent.scopes),
        sorted(consent.purposes),
        [recipient.organization_id for recipient in form.recipients],
        [recipient.name for recipient in form.recipients],
        consent.any_matched_service,
        form.recipient_class,
        form.intermediary,
        form.given_how,
        form.signer,
        form.representative,
        sorted(form.explained),
        consent.granted_at,
        consent.expires_at,
        form.recorded_at,
        form.recorded_by,
    )
    return added is not None


REVOKE_CONSENT = """
insert into consent_revocation (consent_id, revoked_at, how, recorded_by)
select c.id, $3, $4, $5
from consent c
where c.id = $1 and c.client_id = $2
on conflict (consent_id) do nothing
returning consent_id
"""


async def revoke_consent(conn: Connection, client_id: UUID, *, revocation: Revocation) -> bool:
    """Write down that a consent was taken back; say whether this was the first time it was."""
    first = await conn.fetchval(
        REVOKE_CONSENT,
        revocation.consent_id,
        client_id,
        revocation.revoked_at,
        revocation.how,
        revocation.recorded_by,
    )
    return first is not None


REVOKED_AT = """
select r.revoked_at
from consent c
join consent_revocation r on r.consent_id = c.id
where c.id = $1 and c.client_id = $2
"""


async def revoked_at(conn: Connection, client_id: UUID, *, consent_id: UUID) -> datetime | None:
    """Read when a client's consent was taken back; None when it was not, or is not there."""
    moment: datetime | None = await conn.fetchval(REVOKED_AT, consent_id, client_id)
    return moment


CONSENTS = """
select
    c.id, c.client_id, c.client_name, c.discloser, c.information, c.scopes, c.purposes, c.organizations,
    c.organization_names, c.any_matched_service, c.recipient_class, c.intermediary, c.given_how, c.signer,
    c.representative, c.explained, c.granted_at, c.expires_at, c.recorded_at, c.recorded_by,
    r.revoked_at, r.how as revoked_how, r.recorded_by as revocation_recorded_by
from consent c
left join consent_revocation r on r.consent_id = c.id
where c.client_id = $1 and c.id < $2
order by c.id desc
limit $3
"""


async def consents(conn: Connection, client_id: UUID, *, after: UUID | None, limit: int) -> list[KeptConsent]:
    """Read a client's consents, the newest first, whatever has become of them."""
    return [_kept(row) for row in await conn.fetch(CONSENTS, client_id, after or LAST_ID, limit)]


def _kept(row: Record) -> KeptConsent:
    return KeptConsent(
        form=ConsentForm(
            consent=Consent(
                id=row["id"],
                client_id=row["client_id"],
                discloser=row["discloser"],
                organizations=frozenset(row["organizations"]),
                any_matched_service=row["any_matched_service"],
                purposes=frozenset(row["purposes"]),
                scopes=frozenset(row["scopes"]),
                granted_at=row["granted_at"],
                expires_at=row["expires_at"],
                revoked_at=row["revoked_at"],
            ),
            information=row["information"],
            recipients=tuple(
                Recipient(organization_id=organization_id, name=name)
                for organization_id, name in zip(row["organizations"], row["organization_names"], strict=True)
            ),
            recipient_class=row["recipient_class"],
            intermediary=row["intermediary"],
            given_how=GivenHow(row["given_how"]),
            signer=Signer(row["signer"]),
            representative=row["representative"],
            explained=frozenset(map(Explained, row["explained"])),
            recorded_at=row["recorded_at"],
            recorded_by=row["recorded_by"],
        ),
        client_name=row["client_name"],
        revocation=_revocation(row),
    )


def _revocation(row: Record) -> Revocation | None:
    if row["revoked_at"] is None:
        return None
    return Revocation(
        consent_id=row["id"],
        revoked_at=row["revoked_at"],
        how=RevokedHow(row["revoked_how"]),
        recorded_by=row["revocation_recorded_by"],
    )
