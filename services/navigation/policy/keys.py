"""Whether a key opens anything, and why not; what takes its place. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.navigation.model.keys import Key

ASK = "please ask us for a new one"
NOTED_EVERY = timedelta(minutes=1)


def why_closed(key: Key, *, partner_revoked: bool, at: datetime) -> str | None:
    """Why this key opens nothing at that moment, in words for whoever sent it; None when it works."""
    if partner_revoked:
        return "your organisation is not connected any more; please talk to us"
    if key.revoked_at is not None:
        return f"this key was closed; {ASK}"
    if key.expires_at is None or at < key.expires_at:
        return None
    if key.replaced_by is not None:
        return "this key was replaced, and the time to change over has passed; please use the new one"
    return f"this key has run out; {ASK}"


def replaceable(key: Key, *, at: datetime) -> str | None:
    """Why this key cannot be replaced by a new one; None when it can."""
    if key.replaced_by is not None:
        return "this key was replaced already; replace the one that took its place"
    return why_closed(key, partner_revoked=False, at=at)


def runs_out(key: Key, *, replaced_at: datetime, overlap: timedelta) -> datetime:
    """Until when a key that is being replaced still works: the overlap, but never longer than it was to."""
    until = replaced_at + overlap
    return until if key.expires_at is None else min(until, key.expires_at)


def successor_expires(key: Key, *, at: datetime) -> datetime | None:
    """When the key that takes this one's place runs out: it is given as much time as this one was."""
    return None if key.expires_at is None else at + (key.expires_at - key.created_at)


def use_is_worth_noting(key: Key, *, at: datetime) -> bool:
    """Whether the last use that was written down is a minute old, or there is none."""
    return key.last_used_at is None or at - key.last_used_at >= NOTED_EVERY
