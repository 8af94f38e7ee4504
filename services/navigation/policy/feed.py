"""What the ledger says of a notice that a partner fetched. Pure."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json

from contracts.published.events import ConsentNotice
from services.navigation.model.referrals import Disclosure, Referral
from services.navigation.model.telling import Channel, PartnerEvent
from services.navigation.policy import disclosure, publishing

_CONSENT = TypeAdapter(ConsentNotice)
NOTHING_MORE = "that there is a referral, and nothing about the client"


def line(event: PartnerEvent, referral: Referral, *, entry_id: UUID, now: datetime) -> Disclosure:
    """The line for a notice that is handed out at this moment: the same one as long as it says the same.

    A notice that is fetched again without what was withdrawn meanwhile says less, and has a line of its own.
    """
    told = event.client if publishing.stands(event, now=now) else None
    consent = _CONSENT.validate_python(event.data["consent"])
    scopes = frozenset(consent.scopes) if told is not None else frozenset()
    return disclosure.entry(
        referral,
        entry_id=entry_id,
        scopes=scopes,
        what=disclosure.worded(scopes) if scopes else publishing.WORDED.get(event.verb, NOTHING_MORE),
        channel=Channel.FEED,
        event_id=event.id,
        digest=hashlib.sha256(event.id.bytes + to_json(told)).digest(),
        now=now,
    )
