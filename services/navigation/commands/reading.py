"""What partners may know at a moment, and the trace that is left when they read it by themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import to_json

from contracts.values import Consent
from services.navigation.model.referrals import Client, Referral, Told
from services.navigation.model.telling import Channel
from services.navigation.policy import disclosure, publishing
from services.navigation.store import clients, disclosures, helps
from shared.ids import new_id
from shared.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What partners may know at this moment, by referral, and the consent that it rests on."""

    told: Mapping[UUID, Told]
    consents: Mapping[UUID, Consent]


async def read(tx: Transaction, asked: Sequence[Referral], *, channel: Channel) -> Knowledge:
    """What the partners of these referrals may know now, as they read it by themselves.

    Every way of reading goes through here: what is handed out is in the ledger, once for each content, in the
    transaction that hands it out.
    """
    if not asked:
        return Knowledge({}, {})
    known = await knowledge(tx, asked)
    lines = [
        disclosure.entry(
            referral,
            entry_id=new_id(),
            scopes=told.scopes,
            what=disclosure.worded(told.scopes),
            channel=channel,
            digest=digest(told),
            now=tx.now,
        )
        for referral in asked
        if (told := known.told[referral.id]).scopes
    ]
    if lines:
        await disclosures.insert(tx.conn, lines)
    return known


def digest(told: Told) -> bytes:
    """Stands for the content in the ledger: the same content read again by the same way is one line."""
    return hashlib.sha256(to_json(publishing.client_notice(told))).digest()


async def knowledge(tx: Transaction, asked: Sequence[Referral]) -> Knowledge:
    """What the partners of these referrals may know now, loaded once for all."""
    people = await clients.clients(tx.conn, {r.client_id for r in asked})
    wanted = await helps.helps(tx.conn, {r.help_id for r in asked})
    told, consents = {}, {}
    for referral in asked:
        client = people.get(referral.client_id, Client(id=referral.client_id))
        told[referral.id] = disclosure.content(referral, wanted[referral.help_id], client, now=tx.now)
        consent = next((c for c in client.consents if c.id == referral.consent_id), None)
        if consent is not None:
            consents[referral.id] = consent
    return Knowledge(told, consents)
