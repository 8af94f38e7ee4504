"""Time in: the acknowledgement and the progress clock, and keeping what is in memory fresh."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from contracts.terms import ChangedBy
from services.navigation.commands import editing, moving, stating, telling
from services.navigation.commands.finding import Finder
from services.navigation.commands.keys import Keys
from services.navigation.commands.mailing import SendMails
from services.navigation.commands.uploading import Imports
from services.navigation.model.referrals import Moved, Referral, Stalled, Unanswered
from services.navigation.policy import referrals as policy
from services.navigation.store import clocks, links, partner_events
from shared.db import Connection
from shared.jobs import Job
from shared.unit_of_work import Database, Transaction

AT_ONCE = 50
PRUNED_AT_ONCE = 1_000
FORMS_KEPT = timedelta(days=30)
"""How long what was sent through a link is remembered after the link has expired."""


def jobs(database: Database, finder: Finder, keys: Keys) -> Sequence[Job]:
    """Every job of navigation."""

    async def silence() -> int:
        return await notice_silence(database, finder)

    async def standstill() -> int:
        return await notice_standstill(database, finder)

    async def introduction() -> int:
        return await introduce_partners(database)

    async def tidying() -> int:
        async with database.transaction() as tx:
            return await links.prune_forms(tx.conn, kept=FORMS_KEPT, limit=PRUNED_AT_ONCE)

    async def ending() -> int:
        return await editing.end_corrections(database)

    async def statement() -> int:
        return await stating.state_what_changed(database)

    return (
        Job(name="notice-silence", every=timedelta(minutes=1), run=silence),
        Job(name="notice-standstill", every=timedelta(minutes=1), run=standstill),
        Job(name="refresh-directory", every=timedelta(seconds=1), run=_reading(database, finder.refresh)),
        Job(name="observe-answers", every=timedelta(minutes=1), run=_reading(database, finder.observe)),
        Job(name="introduce", every=timedelta(minutes=1), run=introduction, real_time=True),
        Job(name="state-directory", every=timedelta(milliseconds=250), run=statement, real_time=True),
        Job(name="end-corrections", every=timedelta(minutes=1), run=ending),
        Job(name="tidy-links", every=timedelta(hours=1), run=tidying, real_time=True),
        Job(name="note-keys", every=timedelta(seconds=1), run=keys.write_uses, real_time=True),
    )


def import_jobs(imports: Imports) -> Sequence[Job]:
    """The jobs of imports over HTTP."""
    return (
        Job(name="work-on-imports", every=timedelta(seconds=1), run=imports.run, real_time=True),
        Job(name="tidy-imports", every=timedelta(hours=1), run=imports.tidy),
    )


def mail_jobs(mails: SendMails | None) -> Sequence[Job]:
    """The jobs of partners that are written to; none where nobody is."""
    if mails is None:
        return ()
    return (Job(name="send-mails", every=timedelta(seconds=1), run=mails.run, real_time=True),)


async def notice_silence(database: Database, finder: Finder) -> int:
    """Say once of each referral whose clock has run out that nobody answered, and prepare the runner-up.

    Returns how many there were. Copies share the work: a client that another one holds is left to it.
    """
    async with database.transaction() as tx:
        client_ids = await clocks.clients_waiting(tx.conn, tx.now, limit=AT_ONCE)
        late = await clocks.unanswered(tx.conn, client_ids, tx.now) if client_ids else []
        return await _notice(tx, finder, late, Unanswered())


async def notice_standstill(database: Database, finder: Finder) -> int:
    """Say once of each referral that its partner has stopped moving; once more only after it moved again.

    Returns how many there were. Copies share the work: a client that another one holds is left to it.
    """
    async with database.transaction() as tx:
        client_ids = await clocks.clients_stalled(tx.conn, tx.now, limit=AT_ONCE)
        late = await clocks.stalled(tx.conn, client_ids, tx.now) if client_ids else []
        return await _notice(tx, finder, late, Stalled())


async def _notice(
    tx: Transaction, finder: Finder, late: Sequence[Referral], made: Unanswered | Stalled
) -> int:
    decisions = [policy.decide(referral, made, by=ChangedBy.FOOTHOLD, now=tx.now) for referral in late]
    moves = [decision for decision in decisions if isinstance(decision, Moved)]
    if moves:
        await moving.carry_out(tx, finder, moves)
    return len(moves)


async def introduce_partners(database: Database) -> int:
    """Tell partners of live referrals that were on their way out just as they were becoming partners.

    Neither transaction sees the other then. Returns how many partners there were.
    """
    async with database.transaction() as tx:
        organization_ids = await partner_events.waiting_to_hear(tx.conn, limit=AT_ONCE)
        for organization_id in organization_ids:
            await telling.introduce(tx, organization_id)
    return len(organization_ids)


def _reading(
    database: Database, look: Callable[[Connection], Awaitable[int]]
) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        async with database.reading() as conn:
            return await look(conn)

    return run
