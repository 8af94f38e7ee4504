"""Write to partners that something is there to be read, at least once each.

Three steps, and no network call inside a transaction:

 1. claim what is due, decide each, make the links; a mail that is to go out has a lease committed
 2. hand each to the mail server
 3. record what the server said

Whatever dies in between, nothing is lost: a mail whose lease runs out is written again, with the same link
and the same Message-ID, so that a mailbox that got it twice can show it once. What cannot be delivered is
tried again for about two days, and then given up where staff see it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.navigation.channels.mail import Mail, Post
from services.navigation.commands.linking import links_for
from services.navigation.model.links import (
    Due,
    GiveUp,
    LeaveIt,
    Link,
    LinkRules,
    MailKind,
    TryLater,
    Write,
)
from services.navigation.policy import links as link_policy
from services.navigation.policy import mails as policy
from services.navigation.store import mails
from shared.clock import real_now
from shared.ids import derived_id
from shared.outcomes import HandedOver, Never, NotNow, Outcome
from shared.retry import describe
from shared.unit_of_work import Database, Transaction

MOST = 20
"""How many mails are in hand at once; all of them are with the server at the same time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InHand:
    """A mail that is to go out."""

    due: Due
    mail: Mail


class SendMails:
    """One run looks at up to twenty mails. Any number of copies may run at once."""

    def __init__(
        self, database: Database, post: Post, *, rules: LinkRules, seconds: float, attempts: int
    ) -> None:
        self._database = database
        self._post = post
        self._rules = rules
        self._seconds = seconds
        self._attempts = attempts
        self._lease = timedelta(seconds=3 * seconds)

    async def run(self) -> int:
        """Look at what is due and see it through; return how many mails were looked at."""
        async with self._database.transaction() as tx:
            due = await mails.claim(tx.conn, most=MOST, lease=self._lease)
            in_hand = await self._decide(tx, due) if due else []
        if in_hand:
            outcomes = await asyncio.gather(*(self._hand_over(each.mail) for each in in_hand))
            async with self._database.transaction() as tx:
                await self._conclude(tx, in_hand, outcomes)
        return len(due)

    async def _decide(self, tx: Transaction, due: Sequence[Due]) -> list[InHand]:
        decisions = policy.decide(due)
        to_write = [
            (each, decision.kind) for each in due if isinstance(decision := decisions[each.event_id], Write)
        ]
        await mails.delivered(tx.conn, [i for i, what in decisions.items() if isinstance(what, LeaveIt)])
        await self._give_up(
            tx, [(each, what) for each in due if isinstance(what := decisions[each.event_id], GiveUp)]
        )
        links = await links_for(tx.conn, to_write, self._rules)
        return [InHand(each, self._mail(each, kind, links[each.event_id])) for each, kind in to_write]

    def _mail(self, due: Due, kind: MailKind, link: Link) -> Mail:
        token = link_policy.token_of(link, self._rules.keys)
        assert due.address is not None, "whoever has no address is not written to"
        words = policy.wording(
            kind,
            url=f"{self._rules.public_url}/r/{token}",
            until=link.expires_at,
            time_zone=self._rules.time_zone,
        )
        return Mail(
            id=derived_id(due.event_id, "mail", str(link.id)),
            address=due.address,
            subject=words.subject,
            body=words.body,
            at=real_now(),
        )

    async def _hand_over(self, mail: Mail) -> Outcome:
        """Ask the server, once. Whatever it does, the answer is a value."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post.send(mail)
        except TimeoutError:
            return NotNow("the mail server took too long")
        except Exception as error:  # noqa: BLE001 - an adapter's mistake must not keep other mails waiting
            log.warning("mail_adapter_raised", mail_id=str(mail.id), error=describe(error))
            return NotNow(f"our own adapter stumbled ({type(error).__name__})")

    async def _conclude(
        self, tx: Transaction, in_hand: Sequence[InHand], outcomes: Sequence[Outcome]
    ) -> None:
        judged = [
            (each.due, self._judge(each.due, what)) for each, what in zip(in_hand, outcomes, strict=True)
        ]
        sent = [due for due, what in judged if what is None]
        later = [(due, what) for due, what in judged if isinstance(what, TryLater)]
        await mails.delivered(tx.conn, [due.event_id for due in sent])
        await mails.note_sent(tx.conn, [due.organization_id for due in sent])
        await mails.later(tx.conn, {due.event_id: what.pause for due, what in later})
        await mails.note_problems(tx.conn, [(due.organization_id, what.why) for due, what in later])
        await self._give_up(tx, [(due, what) for due, what in judged if isinstance(what, GiveUp)])

    def _judge(self, due: Due, outcome: Outcome) -> TryLater | GiveUp | None:
        match outcome:
            case HandedOver():
                return None
            case Never(why):
                return GiveUp(why)
            case NotNow(why):
                log.info("mail_not_taken", event_id=str(due.event_id), why=why, attempts=due.attempts)
                return policy.after_refusal(why, attempts=due.attempts, most=self._attempts)

    async def _give_up(self, tx: Transaction, given_up: Sequence[tuple[Due, GiveUp]]) -> None:
        await mails.give_up(tx.conn, [due.event_id for due, _ in given_up])
        await mails.note_problems(tx.conn, [(due.organization_id, what.why) for due, what in given_up])
        for due, what in given_up:
            log.warning("mail_given_up", event_id=str(due.event_id), why=what.why)
