"""One's own account: who one is here, where one is signed in, and one's password."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import CHANGE_PASSWORD, EVERYBODY, Desk, Signed
from services.desk.channels import passwords
from services.desk.commands import accounts, signing_in
from services.desk.model.audit import Deed
from services.desk.model.staff import Staff
from services.desk.policy.signing_in import SHORTEST_PASSWORD
from services.desk.store import audit, sessions
from services.desk.store import staff as people
from shared.clock import real_now
from shared.errors import NotFound
from shared.http import Routes

routes = Routes(tags=["account"], include_in_schema=False)
NOT_THEIRS = "That is not your password now. Please try again."
WAIT = "That was tried many times now. Please wait a quarter of an hour and try again."


@routes.get("/account", allow=EVERYBODY, response_class=HTMLResponse)
async def read_account(desk: Signed) -> Response:
    """Read who one is here and where one is signed in."""
    settings = desk.foundation.settings
    async with desk.database.reading() as conn:
        staff = await people.by_id(conn, desk.viewer.id)
        teams = await people.teams_of(conn, desk.viewer.id)
        mine = await sessions.alive(
            conn, desk.viewer.id, now=real_now(), idle=settings.idle, longest=settings.longest_session
        )
    assert staff is not None
    return desk.page(
        "account/account.html",
        staff=staff,
        teams=teams,
        sessions=mine,
        session_id=desk.viewer.session_id,
        local=settings.desk_local_accounts and staff.password_hash is not None,
    )


@routes.post("/account/sessions/{session_id}/end", allow=EVERYBODY, response_class=Response)
async def end_session(desk: Signed, session_id: UUID) -> Response:
    """Sign out in another place."""
    async with desk.database.transaction() as tx:
        await accounts.sign_out_there(tx, desk.viewer, session_id)
        await audit.insert(tx.conn, [desk.trace(Deed.SIGNED_OUT)])
    return RedirectResponse("/account?said=signed_out_there", 303)


@routes.post("/account/sessions/end", allow=EVERYBODY, response_class=Response)
async def end_others(desk: Signed) -> Response:
    """Sign out everywhere else."""
    async with desk.database.transaction() as tx:
        await accounts.sign_out_elsewhere(tx, desk.viewer)
        await audit.insert(tx.conn, [desk.trace(Deed.SIGNED_OUT)])
    return RedirectResponse("/account?said=signed_out_elsewhere", 303)


@routes.get(CHANGE_PASSWORD, allow=EVERYBODY, response_class=HTMLResponse)
async def ask_password(desk: Signed) -> Response:
    """Ask for a new password."""
    await _local(desk)
    return _asked(desk, {})


@routes.post(CHANGE_PASSWORD, allow=EVERYBODY, response_class=HTMLResponse)
async def change_password(
    desk: Signed,
    *,
    current: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Take a new password, and sign out everywhere else."""
    staff = await _local(desk)
    address = desk.request.client.host if desk.request.client else ""
    if await signing_in.must_wait(desk.database, staff.email, address) is not None:
        return _asked(desk, {"current": WAIT})
    if not await accounts.is_theirs(staff, current):
        return _asked(desk, {"current": NOT_THEIRS})
    if wrong := accounts.fault(staff, new, again):
        return _asked(desk, dict([wrong]))
    password_hash = await passwords.hashed(new)
    async with desk.database.transaction() as tx:
        await signing_in.forget_tries(tx, staff.email, address)
        await accounts.change_password(tx, desk.viewer, password_hash)
        await audit.insert(tx.conn, [desk.trace(Deed.STAFF_CHANGED, about_id=staff.id)])
    return RedirectResponse("/account?said=password_changed", 303)


async def _local(desk: Desk) -> Staff:
    async with desk.database.reading() as conn:
        staff = await people.by_id(conn, desk.viewer.id)
    if staff is None or staff.password_hash is None or not desk.foundation.settings.desk_local_accounts:
        raise NotFound("your password is not kept here; your organisation looks after it")
    return staff


def _asked(desk: Desk, faults: dict[str, str]) -> Response:
    return desk.page(
        "account/password.html",
        status=422 if faults else 200,
        faults=faults,
        shortest=SHORTEST_PASSWORD,
        first=desk.viewer.password_is_first,
    )
