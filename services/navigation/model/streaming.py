"""How a partner's own system takes part over NATS: names, subjects and rights, all derived from who it is.

Partners are in an account of their own. What is not in `EXPORTED` does not exist there, so that no reply
subject that a partner may name can reach anything of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from contracts.streams import REFERRALS

HOME = "FOOTHOLD"
"""The account of our own services and their streams."""
ACCOUNT = "PARTNERS"
"""The account that every partner's connection is in."""
DOMAIN = "foothold"
"""What partners name as the JetStream domain: in their account `$JS.API` itself is the server's own."""
ANSWERS = "answers.*"
"""Requests with a partner's answers; the last word is the organisation."""
LONGEST_PULL = timedelta(seconds=90)
"""How long one request for messages may stay open; the server forgets whose it is after two minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One thing that partners reach in our account, under its own name or another."""

    subject: str
    called: str | None = None
    many_answers: bool = False
    """One request may be answered by several messages."""
    who_asks: bool = False
    """We are told who asks, which nobody can forge."""


EXPORTED = (
    Exported(
        subject=f"$JS.API.CONSUMER.MSG.NEXT.{REFERRALS.name}.*",
        called=f"$JS.{DOMAIN}.API.CONSUMER.MSG.NEXT.{REFERRALS.name}.*",
        many_answers=True,
    ),
    Exported(
        subject=f"$JS.API.CONSUMER.INFO.{REFERRALS.name}.*",
        called=f"$JS.{DOMAIN}.API.CONSUMER.INFO.{REFERRALS.name}.*",
    ),
    Exported(subject=f"$JS.ACK.{REFERRALS.name}.>"),
    Exported(subject=ANSWERS, who_asks=True),
)


def durable_of(organization_id: UUID) -> str:
    """The one consumer of a partner."""
    return str(organization_id)


def subjects_of(organization_id: UUID) -> str:
    """Everything that is told to a partner."""
    return f"referrals.{organization_id}.*.v1"


def answers_of(organization_id: UUID) -> str:
    """Where a partner's answers go."""
    return f"answers.{organization_id}"


def may_publish(organization_id: UUID, *, answers: bool = True) -> tuple[str, ...]:
    """Pull, look at and acknowledge from one's own consumer; answer, where that is allowed."""
    consumer = f"{REFERRALS.name}.{durable_of(organization_id)}"
    return (
        f"$JS.{DOMAIN}.API.CONSUMER.MSG.NEXT.{consumer}",
        f"$JS.{DOMAIN}.API.CONSUMER.INFO.{consumer}",
        f"$JS.ACK.{consumer}.>",
        *((answers_of(organization_id),) if answers else ()),
    )


def inbox_of(organization_id: UUID, token: str) -> str:
    """The prefix of everything that is sent to a partner.

    Its token keeps it from being guessed: a partner may name any subject of the partners' account as where
    an answer goes, so that one who knew another's prefix could have its own mail put there.
    """
    return f"_INBOX_{organization_id}.{token}"


def may_subscribe(organization_id: UUID, token: str) -> tuple[str, ...]:
    """Listen on one's own inbox, and nowhere else."""
    return (f"{inbox_of(organization_id, token)}.>",)


def name_of(organization_id: UUID, key_id: UUID) -> str:
    """The name of a partner's connection: whose it is, and by which key."""
    return f"{organization_id}.{key_id}"


def organization_in(name: str) -> UUID | None:
    """The organisation in the name of a connection; None when it is no partner's."""
    return _parsed(name)[0]


def key_in(name: str) -> UUID | None:
    """The key in the name of a connection; None when it is no partner's."""
    return _parsed(name)[1]


def _parsed(name: str) -> tuple[UUID, UUID] | tuple[None, None]:
    organization_id, _, key_id = name.partition(".")
    try:
        return UUID(organization_id), UUID(key_id)
    except ValueError:
        return None, None
