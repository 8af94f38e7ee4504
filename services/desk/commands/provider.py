"""Signing in through a provider: going there, coming back, and being known here. All times are real."""

from __future__ import annotations

import secrets
from datetime import timedelta

from services.desk.channels.oidc import Provider
from services.desk.model.signing_in import Begun
from services.desk.model.staff import Staff
from services.desk.policy.provider import SOON, NotLetIn, Vouched, is_late, known
from services.desk.store import sessions, sign_in_begun
from services.desk.store import staff as store
from shared.clock import real_now
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction


async def go(database: Database, provider: Provider, after: str) -> tuple[str, str]:
    """Send somebody to the provider: the address, and what their browser keeps until it is back."""
    question, browser = await provider.question(), secrets.token_urlsafe(32)
    begun = Begun(question.nonce, question.verifier, after, real_now())
    async with database.reading() as conn:
        await sign_in_begun.prune(conn, now=real_now(), kept=timedelta(seconds=SOON))
        await sign_in_begun.insert(conn, begun, state=question.state, browser=browser)
    return question.address, browser


async def come_back(database: Database, *, state: str, browser: str) -> Begun | None:
    """What was begun by who comes back; None when it was not this browser, not now, or a second time."""
    async with database.reading() as conn:
        begun = await sign_in_begun.take(conn, state=state, browser=browser)
    return None if begun is None or is_late(begun.begun_at, real_now()) else begun


async def welcome(tx: Transaction, who: Vouched) -> Staff | NotLetIn:
    """Somebody as they stand here, with the roles that the provider gives; or why they are not let in."""
    by_subject = await store.by_subject(tx.conn, who.subject)
    by_email = await store.by_email(tx.conn, who.email) if by_subject is None and who.email else None
    found = known(who, by_subject, by_email)
    if isinstance(found, NotLetIn):
        if by_subject is not None:
            # What the provider took away is gone wherever they are signed in.
            await sessions.end_all(tx.conn, by_subject.id, now=real_now())
        return found
    if found is not None:
        await store.save(tx.conn, found)
        return found
    new = Staff(
        id=new_id(), name=who.name or who.email, email=who.email, roles=who.roles, oidc_subject=who.subject
    )
    return new if await store.insert(tx.conn, new) else NotLetIn.ADDRESS_TAKEN
