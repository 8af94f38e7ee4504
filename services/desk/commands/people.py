"""Who works here: adding somebody, saying what they do, and ending their account."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.desk.channels import passwords
from services.desk.commands.accounts import first_password
from services.desk.model.staff import Staff
from services.desk.policy.people import Said, leaves_nobody
from services.desk.store import sessions
from services.desk.store import staff as store
from shared.clock import real_now
from shared.errors import Conflict
from shared.ids import new_id
from shared.unit_of_work import Transaction

TAKEN = "Somebody has this e-mail address already"


async def with_first_password() -> tuple[str, str]:
    """A password that nobody chose, and the form in which it is kept."""
    password = first_password()
    return password, await passwords.hashed(password)


async def add(tx: Transaction, form: Said, *, password_hash: str) -> UUID | None:
    """Add somebody, who has to choose a password of their own first; None when their address is taken."""
    staff = Staff(
        id=new_id(),
        name=form.name,
        email=form.email,
        roles=form.roles,
        password_hash=password_hash,
        password_is_first=True,
    )
    if not await store.insert(tx.conn, staff):
        return None
    await store.set_teams(tx.conn, staff.id, form.team_ids)
    return staff.id


async def change(tx: Transaction, staff: Staff, form: Said) -> str | None:
    """Say anew who somebody is and what they do; why not, where it cannot be so."""
    admins = await store.lock_admins(tx.conn)
    if leaves_nobody(staff, roles=form.roles, here=staff.ended_at is None, admins=admins):
        return "roles"
    other = await store.by_email(tx.conn, form.email)
    if other is not None and other.id != staff.id:
        return "email"
    await store.save(tx.conn, replace(staff, name=form.name, email=form.email, roles=form.roles))
    await store.set_teams(tx.conn, staff.id, form.team_ids)
    return None


async def end(tx: Transaction, staff: Staff) -> bool:
    """End somebody's account and sign them out everywhere; whether others are left to look after accounts."""
    admins = await store.lock_admins(tx.conn)
    if leaves_nobody(staff, roles=staff.roles, here=False, admins=admins):
        return False
    await store.save(tx.conn, replace(staff, ended_at=staff.ended_at or real_now()))
    await sessions.end_all(tx.conn, staff.id, now=real_now())
    return True


async def bring_back(tx: Transaction, staff: Staff) -> None:
    """Let somebody sign in again whose account had ended."""
    await store.save(tx.conn, replace(staff, ended_at=None))


async def replace_password(tx: Transaction, staff: Staff, password_hash: str) -> None:
    """Give somebody a new first password, and sign them out everywhere."""
    if staff.password_hash is None:
        raise Conflict("they sign in through your organisation, which looks after their password")
    await store.set_password(tx.conn, staff.id, password_hash, is_first=True)
    await sessions.end_all(tx.conn, staff.id, now=real_now())
