"""Signing in and out, and who is behind a cookie. All times are real."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.desk.channels import passwords
from services.desk.model.signing_in import Counted, Means
from services.desk.model.staff import Staff, Viewer
from services.desk.policy import signing_in as policy
from services.desk.store import kept, sessions, sign_in_tries
from services.desk.store import staff as store
from shared.clock import real_now
from shared.db import Connection
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction

TOUCH_AFTER = timedelta(minutes=1)
"""A session's last use is written down this coarsely, so that reading pages writes little."""
SESSIONS_KEPT = timedelta(days=30)


async def must_wait(database: Database, email: str, address: str) -> datetime | None:
    """Count a try to sign in; until when nobody may try again, or None when this one may go on."""
    async with database.reading() as conn:
        tried = await sign_in_tries.count(
            conn, _counted(email, address), now=real_now(), window=policy.WINDOW
        )
    return policy.wait_until(tried)


async def recognised(conn: Connection, email: str, password: str) -> Staff | None:
    """Who signs in with these, or None. Takes as long whether there is such an account or not."""
    found = await store.by_email(conn, email.strip())
    matches = await passwords.matches(password, found.password_hash if found else None)
    return found if matches and found is not None and found.ended_at is None else None


async def forget_tries(tx: Transaction, email: str, address: str) -> None:
    """Count anew for an account that was let in. The address goes on being counted, for all its accounts."""
    counted = _counted(email, address)
    del counted[Counted.ADDRESS]
    await sign_in_tries.forget(tx.conn, counted)


async def begin_session(
    tx: Transaction, staff: Staff, *, means: Means = Means.PASSWORD, user_agent: str = ""
) -> str:
    """Sign somebody in; gives what their cookie holds, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    await sessions.insert(
        tx.conn,
        new_id(),
        digest_of(token),
        staff.id,
        now=real_now(),
        means=means,
        browser=policy.browser_of(user_agent),
    )
    return token


async def end_session(tx: Transaction, token: str) -> None:
    """Sign out here."""
    await sessions.end(tx.conn, digest_of(token), now=real_now())


async def viewer_of(database: Database, token: str, *, idle: timedelta, longest: timedelta) -> Viewer | None:
    """Who is signed in with this cookie; None when nobody is any more."""
    now = real_now()
    async with database.reading() as conn:
        found = await sessions.viewer(conn, digest_of(token), now=now, idle=idle, longest=longest)
        if found is None:
            return None
        viewer, seen_at = found
        if now - seen_at > TOUCH_AFTER:
            await sessions.touch(conn, digest_of(token), now=now)
    return viewer


async def prune(database: Database) -> int:
    """Forget old sessions, tries that no longer count, and forms that nobody came back for."""
    now = real_now()
    async with database.reading() as conn:
        await sessions.prune(conn, now=now, kept=SESSIONS_KEPT)
        await sign_in_tries.prune(conn, now=now, window=policy.WINDOW)
        await kept.prune(conn, now=now)
    return 0


def digest_of(token: str) -> bytes:
    """What is kept of a cookie."""
    return hashlib.sha256(token.encode()).digest()


def _counted(email: str, address: str) -> dict[Counted, str]:
    account = email.strip().casefold()
    counted: Mapping[Counted, str] = {
        Counted.ACCOUNT_FROM_ADDRESS: f"{account}\n{address}",
        Counted.ACCOUNT: account,
        Counted.ADDRESS: address,
    }
    return dict(counted)
