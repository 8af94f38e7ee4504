"""Signing in and out, and who is behind a cookie. All times are real."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from services.desk.channels import passwords
from services.desk.model.staff import Staff, Viewer
from services.desk.store import sessions
from services.desk.store import staff as store
from shared.clock import real_now
from shared.db import Connection
from shared.unit_of_work import Database, Transaction

TOUCH_AFTER = timedelta(minutes=1)
"""A session's last use is written down this coarsely, so that reading pages writes little."""


async def recognised(conn: Connection, email: str, password: str) -> Staff | None:
    """Who signs in with these, or None. Takes as long whether there is such an account or not."""
    found = await store.by_email(conn, email.strip())
    matches = await passwords.matches(password, found.password_hash if found else None)
    return found if matches and found is not None and found.ended_at is None else None


async def begin_session(tx: Transaction, staff: Staff) -> str:
    """Sign somebody in; gives what their cookie holds, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    await sessions.insert(tx.conn, digest_of(token), staff.id, now=real_now())
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


def digest_of(token: str) -> bytes:
    """What is kept of a cookie."""
    return hashlib.sha256(token.encode()).digest()
