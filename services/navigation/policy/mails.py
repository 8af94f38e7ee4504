"""Mails to partners: whether there is one to write, what it says, and when to try again. Pure.

A mail says that something is there to be read, and nothing else: who reads an organisation's mail on its way
learns neither who is meant, nor what is wanted, nor from which service.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.published.events import Verb
from services.navigation.model.links import Due, GiveUp, LeaveIt, MailKind, TryLater, Wording, Write
from services.navigation.model.referrals import LIVE

KINDS = {
    Verb.REQUESTED: MailKind.REQUEST,
    Verb.CANCELLED: MailKind.CHANGE,
    Verb.DECLINED: MailKind.CHANGE,
    Verb.REVOKED: MailKind.CHANGE,
    Verb.CONTACT_CHANGED: MailKind.CHANGE,
}
"""The events that a mail is written about. Others are answers of the partner itself, or our own clock."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)

REQUEST = """\
Hello,

A request is waiting for an answer from your organisation. This e-mail says nothing about it, to protect
the people concerned. You can read it here, and answer it on the same page:

{url}

You need no account and no password. The link works until {until}.

It was made for your organisation, so please do not pass it on to anybody else. If this e-mail should not
have come to you, you can delete it; nobody will hold that against you.

Thank you,
Foothold
"""

CHANGE = """\
Hello,

Something has changed about a request that we sent to your organisation before. This e-mail says nothing
about it, to protect the people concerned. Please have a look:

{url}

You need no account and no password. The link works until {until}.

It was made for your organisation, so please do not pass it on to anybody else.

Thank you,
Foothold
"""

SUBJECTS = {
    MailKind.REQUEST: "A request is waiting for your answer",
    MailKind.CHANGE: "Something has changed, please have a look",
}
BODIES = {MailKind.REQUEST: REQUEST, MailKind.CHANGE: CHANGE}


def decide(due: Sequence[Due]) -> dict[UUID, Write | LeaveIt | GiveUp]:
    """What to do about each, by event. Of several about one referral, only the last is worth a mail."""
    latest: dict[UUID, int] = {}
    for each in due:
        if each.verb in KINDS:
            latest[each.referral_id] = max(latest.get(each.referral_id, 0), each.position)
    return {each.event_id: _decision(each, latest) for each in due}


def _decision(due: Due, latest: dict[UUID, int]) -> Write | LeaveIt | GiveUp:
    kind = KINDS.get(due.verb)
    if kind is None or due.position < latest[due.referral_id]:
        return LeaveIt()
    if kind is MailKind.REQUEST and due.status not in LIVE:
        return LeaveIt()
    if due.partner_revoked:
        return GiveUp("the organisation is no longer a partner")
    if due.address is None:
        return GiveUp("the organisation has no e-mail address any more")
    return Write(kind)


def after_refusal(why: str, *, attempts: int, most: int) -> TryLater | GiveUp:
    """What to do when a mail was not taken for now: half a minute, then four times as long each time."""
    if attempts >= most:
        return GiveUp(f"tried {attempts} times; at last {why}")
    return TryLater(why, min(FIRST_PAUSE * 4 ** min(attempts - 1, 8), LONGEST_PAUSE))


def wording(kind: MailKind, *, url: str, until: datetime, time_zone: str) -> Wording:
    """The words of a mail."""
    last = until.astimezone(ZoneInfo(time_zone))
    return Wording(SUBJECTS[kind], BODIES[kind].format(url=url, until=f"{last.day} {last:%B %Y}"))
