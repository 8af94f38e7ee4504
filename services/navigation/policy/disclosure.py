"""What may be told to whom, on which consent, and how the ledger words it.

Grounding: 42 CFR Part 2, 2.31 (what a consent says), 2.32 (the notice that goes with every disclosure) and
2.24 (the list of recipients that a client may ask for).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.terms import ChangedBy, CoordinationPurpose, InformationScope, ReferralStatus, Wish
from contracts.values import Consent
from services.navigation.model.referrals import Client, Disclosure, Help, Referral, Told
from services.navigation.model.telling import Channel

NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""The short form of the notice of 42 CFR 2.32, which goes with everything that a partner reads."""

PURPOSE = CoordinationPurpose.CARE_COORDINATION

_WORDED = {
    InformationScope.NAME_AND_CONTACT: "name and safe ways to make contact",
    InformationScope.NEED: "what help is wanted",
    InformationScope.OWN_WORDS: "the client's own words about it",
    InformationScope.AVAILABILITY: "times that suit",
    InformationScope.ACCESS_NEEDS: "language and access needs",
}


def standing_consent(consents: Iterable[Consent], organization_id: UUID, *, at: datetime) -> Consent | None:
    """The consent to act on: of those that stand and cover the recipient, the one that covers most."""
    covering = [
        consent
        for consent in consents
        if consent.covers(organization_id, PURPOSE, at) and InformationScope.NEED in consent.scopes
    ]
    return min(covering, key=lambda c: (-len(c.scopes), -c.granted_at.timestamp(), c.id), default=None)


def rests_on(
    consents: Collection[Consent], revoked: Collection[UUID], organization_id: UUID, *, at: datetime
) -> bool:
    """Whether only the consents just taken back let the organisation be told, so that now nothing does."""
    before = [c.model_copy(update={"revoked_at": None}) if c.id in revoked else c for c in consents]
    stood = standing_consent(before, organization_id, at=at) is not None
    return stood and standing_consent(consents, organization_id, at=at) is None


def why_not_sent(*, wish: Wish, send_allowed: bool, consent: Consent | None, organization: str) -> str | None:
    """Why a referral waits for a person, in words the client may read; None when nothing is against it."""
    if wish is not Wish.GO_AHEAD:
        return "You asked to be asked first, so nothing has been sent."
    if not send_allowed:
        return "This is something to talk over with a person first, so nothing has been sent."
    if consent is None:
        return f"You have not yet said that {organization} may be told, so nothing has been sent."
    return None


def entry(  # noqa: PLR0913 - one argument per column that differs
    referral: Referral,
    *,
    entry_id: UUID,
    scopes: frozenset[InformationScope],
    what: str,
    channel: Channel,
    now: datetime,
    event_id: UUID | None = None,
    digest: bytes | None = None,
) -> Disclosure:
    """Write down that the referral's partner was told, what, by which way, and on which consent."""
    assert referral.consent_id is not None, "nothing is told without a consent"
    return Disclosure(
        id=entry_id,
        referral_id=referral.id,
        client_id=referral.client_id,
        organization_id=referral.organization_id,
        organization_name=referral.organization_name,
        consent_id=referral.consent_id,
        scopes=scopes,
        what=what,
        purpose=PURPOSE.value,
        channel=channel.value,
        notice=NOTICE,
        told_at=now,
        event_id=event_id,
        digest=digest,
    )


def worded(scopes: frozenset[InformationScope]) -> str:
    """Name what was told, briefly (42 CFR 2.24)."""
    return "; ".join(_WORDED[scope] for scope in InformationScope if scope in scopes)


def content(referral: Referral, asked: Help, client: Client, *, now: datetime) -> Told:
    """What the referral's partner may read at this moment, cut to the scopes of the consent it rests on.

    A consent that has been revoked or has expired since leaves nothing to read, and neither does a referral
    that should never have been written. Channels that the client did
    not call safe are never told, and none at all while nobody may contact them.
    """
    consent = next((c for c in client.consents if c.id == referral.consent_id), None)
    if consent is None or not consent.covers(referral.organization_id, PURPOSE, now):
        return Told()
    if referral.status is ReferralStatus.ENTERED_IN_ERROR:
        return Told()
    told = Told(scopes=consent.scopes, consent_id=consent.id, contact_prohibited=client.contact_prohibited)
    if InformationScope.NEED in consent.scopes:
        told = replace(told, category=asked.category, resource_codes=asked.resource_codes)
    if InformationScope.OWN_WORDS in consent.scopes:
        told = replace(told, words=asked.words)
    if InformationScope.NAME_AND_CONTACT in consent.scopes:
        safe = () if client.contact_prohibited else tuple(c for c in client.channels if c.safe)
        told = replace(told, full_name=client.full_name, preferred_name=client.preferred_name, channels=safe)
    return _with_context(told, client)


def words_told(referral: Referral, told: Told) -> str | None:
    """The words about where a referral stands that its partner may read: its own, while it may know anything.

    Why we or the client called it off is for neither to explain to anybody, and may name another service.
    """
    ended_elsewhere = referral.status is ReferralStatus.ENTERED_IN_ERROR or (
        referral.status is ReferralStatus.CANCELLED and referral.ended_by is not ChangedBy.PARTNER
    )
    return None if ended_elsewhere or not told.scopes else referral.reason_text


def _with_context(told: Told, client: Client) -> Told:
    context = client.context
    if context is None:
        return told
    if InformationScope.AVAILABILITY in told.scopes:
        told = replace(
            told, available=context.available, setting=context.setting, time_zone=context.time_zone
        )
    if InformationScope.ACCESS_NEEDS in told.scopes:
        told = replace(told, language=context.language, access_needs=context.access_needs)
    return told
