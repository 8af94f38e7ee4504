"""Local accounts: passwords of people's own, and where they are signed in. All times are real."""

from __future__ import annotations

import secrets
from uuid import UUID

from services.desk.channels import passwords
from services.desk.model.staff import Staff, Viewer
from services.desk.policy.signing_in import fault_in
from services.desk.store import sessions
from services.desk.store import staff as store
from shared.clock import real_now
from shared.unit_of_work import Transaction

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_PARTS, _PART = 4, 4


def first_password() -> str:
    """A password that nobody chose, easy to read out: some 79 bits in four parts."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_PART)) for _ in range(_PARTS))


async def is_theirs(staff: Staff, password: str) -> bool:
    """Whether this is somebody's password."""
    return await passwords.matches(password, staff.password_hash)


def fault(staff: Staff, password: str, again: str) -> tuple[str, str] | None:
    """What is wrong with a new password, as the field and the words; None when it will do."""
    if wrong := fault_in(password, email=staff.email, name=staff.name):
        return "new", wrong
    return None if password == again else ("again", "The two are not the same; please type it once more")


async def change_password(tx: Transaction, viewer: Viewer, password_hash: str) -> None:
    """Take the new password, and sign out everywhere else."""
    await store.set_password(tx.conn, viewer.id, password_hash, is_first=False)
    await sessions.end_all(tx.conn, viewer.id, now=real_now(), but=viewer.session_id)


async def sign_out_elsewhere(tx: Transaction, viewer: Viewer) -> None:
    """End every session of somebody but the one they are using."""
    await sessions.end_all(tx.conn, viewer.id, now=real_now(), but=viewer.session_id)


async def sign_out_there(tx: Transaction, viewer: Viewer, session_id: UUID) -> None:
    """End one of somebody's own sessions."""
    await sessions.end_own(tx.conn, session_id, viewer.id, now=real_now())
