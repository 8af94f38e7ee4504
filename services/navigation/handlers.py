"""Events in. Every handler is right for any split of what arrives, in any order and however late.

Each begins by holding the clients concerned (`store.clients.lock`), so that copies of this service never
decide about one client at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from contracts.event import Envelope
from contracts.events.barriers import HelpNeeded, HelpWithdrawn
from contracts.events.intake import ClientChanged, ConsentGranted, ConsentRevoked, ContactChanged
from contracts.events.reminders import ReplyReceived
from contracts.terms import ChangedBy, ClientConfirmed, MessageKind, ReasonCode, ReplyKind
from services.navigation.commands import helping, moving, telling
from services.navigation.commands.finding import Finder
from services.navigation.model.referrals import Cancel, ClientDeclines, Confirm, Moved, Referral
from services.navigation.policy import disclosure
from services.navigation.policy import referrals as policy
from services.navigation.policy.helping import is_withdrawn
from services.navigation.store import clients, partner_events, unmet
from services.navigation.store import helps as help_store
from services.navigation.store import referrals as store
from shared.bus import Delivery, on
from shared.unit_of_work import Transaction

_CONFIRMED = {ReplyKind.YES: ClientConfirmed.YES, ReplyKind.NO: ClientConfirmed.NO}


class Handlers:
    """What navigation does when something has happened elsewhere."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    @on(HelpNeeded, durable="navigation-help-needed")
    async def answer_help(self, tx: Transaction, deliveries: Sequence[Delivery[HelpNeeded]]) -> None:
        """Send a referral, prepare one, or say that nothing in the directory fits."""
        await helping.answer(tx, self._finder, deliveries)

    @on(HelpWithdrawn, durable="navigation-help-withdrawn")
    async def stop_help(self, tx: Transaction, deliveries: Sequence[Delivery[HelpWithdrawn]]) -> None:
        """Stop at once what was asked for before; what is asked for afterwards is not concerned."""
        said = {d.event.barrier_id: d for d in sorted(deliveries, key=lambda d: d.event.withdrawn_at)}
        events = [d.event for d in said.values()]
        await clients.lock(tx.conn, [e.client_id for e in events])
        await clients.withdraw(tx.conn, [(e.barrier_id, e.client_id, e.withdrawn_at) for e in events])
        await unmet.end(tx.conn, said.keys(), "withdrawn", now=tx.now)
        still_open = await store.open_of_barriers(tx.conn, said.keys())
        helps = await help_store.helps(tx.conn, {r.help_id for r in still_open})
        moves = [
            decision
            for referral in still_open
            if is_withdrawn(helps[referral.help_id], said[referral.barrier_id].event.withdrawn_at)
            and isinstance(decision := _withdrawn(tx, referral, said[referral.barrier_id].event), Moved)
        ]
        await self._carry_out(
            tx, moves, causes={d.referral.id: said[d.referral.barrier_id].envelope for d in moves}
        )

    @on(ConsentGranted, ConsentRevoked, durable="navigation-consent")
    async def follow_consent(
        self, tx: Transaction, deliveries: Sequence[Delivery[ConsentGranted | ConsentRevoked]]
    ) -> None:
        """Remember who may be told what; a revoked consent stops at once all that rests on it."""
        await clients.lock(tx.conn, [d.event.client_id for d in deliveries])
        granted = [d.event.consent for d in deliveries if isinstance(d.event, ConsentGranted)]
        if granted:
            await clients.remember_consents(tx.conn, granted)
        revoked = {
            d.event.consent_id: (d.event, d.envelope)
            for d in deliveries
            if isinstance(d.event, ConsentRevoked)
        }
        if revoked:
            await self._stop_what_rests_on(tx, revoked)

    async def _stop_what_rests_on(
        self, tx: Transaction, revoked: Mapping[UUID, tuple[ConsentRevoked, Envelope]]
    ) -> None:
        await clients.remember_revocations(
            tx.conn, [(e.consent_id, e.client_id, e.revoked_at) for e, _ in revoked.values()]
        )
        causes: dict[UUID, Envelope] = {}
        moves = []
        made = Cancel(
            reason=ReasonCode.CONSENT_REVOKED, text="The client took back the consent that this rested on."
        )
        for referral in await store.live_on_consents(tx.conn, revoked.keys()):
            decision = policy.decide(referral, made, by=ChangedBy.CLIENT, now=tx.now)
            if isinstance(decision, Moved) and referral.consent_id is not None:
                moves.append(decision)
                causes[referral.id] = revoked[referral.consent_id][1]
        for draft, envelope in await self._drafts_resting_on(tx, revoked):
            decision = policy.decide(draft, made, by=ChangedBy.CLIENT, now=tx.now)
            if isinstance(decision, Moved):
                moves.append(decision)
                causes[draft.id] = envelope
        await partner_events.withdraw(tx.conn, revoked.keys(), now=tx.now)
        await self._carry_out(tx, moves, causes=causes)

    async def _drafts_resting_on(
        self, tx: Transaction, revoked: Mapping[UUID, tuple[ConsentRevoked, Envelope]]
    ) -> list[tuple[Referral, Envelope]]:
        """What waits for the client's choice and could only have been sent on a consent just taken back."""
        causes = {event.client_id: envelope for event, envelope in revoked.values()}
        still_open = await store.open_of_clients(tx.conn, causes.keys())
        drafts = [referral for referral in still_open if referral.sent_at is None]
        if not drafts:
            return []
        consents = await clients.consents_of(tx.conn, causes.keys(), at_hand={})
        return [
            (draft, causes[draft.client_id])
            for draft in drafts
            if disclosure.rests_on(
                consents.get(draft.client_id, []), revoked.keys(), draft.organization_id, at=tx.now
            )
        ]

    @on(ClientChanged, ContactChanged, durable="navigation-client")
    async def follow_client(
        self, tx: Transaction, deliveries: Sequence[Delivery[ClientChanged | ContactChanged]]
    ) -> None:
        """Remember what the client's life is like now; where they do not want to be sent, nothing goes on."""
        await clients.lock(tx.conn, [d.event.client_id for d in deliveries])
        contacts = [d.event for d in deliveries if isinstance(d.event, ContactChanged)]
        if contacts:
            await clients.remember_contacts(tx.conn, contacts)
        changed = {d.event.client_id: d for d in deliveries if isinstance(d.event, ClientChanged)}
        contexts = [d.event.client for d in deliveries if isinstance(d.event, ClientChanged)]
        if contexts:
            await clients.remember_contexts(tx.conn, contexts)
        if any(context.excluded_organizations for context in contexts):
            await self._stop_where_unwanted(tx, {key: d.envelope for key, d in changed.items()})
        await telling.tell_contacts(tx, {d.event.client_id for d in deliveries})

    async def _stop_where_unwanted(self, tx: Transaction, causes: Mapping[UUID, Envelope]) -> None:
        contexts = await clients.contexts(tx.conn, causes.keys())
        made = ClientDeclines(text="The client does not want to be sent there.")
        moves = [
            decision
            for referral in await store.open_of_clients(tx.conn, causes.keys())
            if referral.organization_id in contexts[referral.client_id].excluded_organizations
            and isinstance(decision := policy.decide(referral, made, by=ChangedBy.CLIENT, now=tx.now), Moved)
        ]
        await self._carry_out(tx, moves, causes={d.referral.id: causes[d.referral.client_id] for d in moves})

    @on(ReplyReceived, durable="navigation-reply")
    async def hear_reply(self, tx: Transaction, deliveries: Sequence[Delivery[ReplyReceived]]) -> None:
        """Take a yes or no to "did you get what you needed?" as the client's own last word."""
        answers = sorted((d for d in deliveries if _is_answer(d.event)), key=lambda d: d.event.received_at)
        if not answers:
            return
        await clients.lock(tx.conn, [d.event.client_id for d in answers])
        # The last word counts, so that one batch says the same as many.
        last = {d.event.referral_id: d for d in answers if d.event.referral_id is not None}
        moves, causes = [], {}
        for referral in (await store.by_id(tx.conn, last.keys())).values():
            delivery = last[referral.id]
            if delivery.event.client_id != referral.client_id:
                continue
            made = Confirm(confirmed=_CONFIRMED[delivery.event.kind])
            decision = policy.decide(referral, made, by=ChangedBy.CLIENT, now=tx.now)
            if isinstance(decision, Moved):
                moves.append(decision)
                causes[referral.id] = delivery.envelope
        await self._carry_out(tx, moves, causes=causes)

    async def _carry_out(
        self, tx: Transaction, moves: Sequence[Moved], *, causes: Mapping[UUID, Envelope]
    ) -> None:
        if moves:
            await moving.carry_out(tx, self._finder, moves, causes=causes)


def _withdrawn(tx: Transaction, referral: Referral, event: HelpWithdrawn) -> object:
    made = Cancel(reason=ReasonCode.BARRIER_WITHDRAWN, text=event.reason)
    return policy.decide(referral, made, by=event.by, now=tx.now)


def _is_answer(event: ReplyReceived) -> bool:
    return (
        event.message_kind is MessageKind.GOT_WHAT_YOU_NEEDED
        and event.kind in _CONFIRMED
        and event.referral_id is not None
    )
