"""Signing in with a local account, and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api import pages
from services.desk.api.base import EVERYBODY, NAV, Foundation, Signed, check_origin, told
from services.desk.api.cookies import forget_session, session_in, set_session
from services.desk.api.kept import BACK, lead_back
from services.desk.commands import signing_in
from services.desk.model.audit import Deed, Trace
from services.desk.model.signing_in import Means
from services.desk.model.staff import Role, Staff
from services.desk.store import audit
from shared.errors import NotFound
from shared.http import ANYONE, Given, Routes

# Whatever goes wrong at any address of the desk is told as a page.
routes = Routes(tags=["signing in"], include_in_schema=False, problem_shape=told)
Standing = Annotated[Foundation, Given(Foundation)]
WRONG = "That e-mail address and password do not go together. Please try again."
WAIT = (
    "That was tried many times now. To keep accounts safe nobody can try again before {at}."
    " If you do not remember your password, somebody who looks after accounts can give you a new one."
)


@routes.get("/", allow=EVERYBODY, response_class=Response)
async def begin(desk: Signed) -> Response:
    """Go to where somebody of this role begins their day."""
    return RedirectResponse(_home(desk.viewer.roles), 303)


@routes.get(BACK, allow=EVERYBODY, response_class=Response)
async def go_on(desk: Signed) -> Response:
    """Go on with what one typed before the session ended."""
    return await lead_back(desk.database, desk.viewer)


@routes.get("/sign-in", allow=(ANYONE,), response_class=HTMLResponse)
async def ask_who(standing: Standing, after: str = "/", out: str = "") -> Response:
    """Ask somebody to sign in; `out` where they have just signed out."""
    return asked(standing, after=after, out=bool(out))


@routes.post("/sign-in", allow=(ANYONE,), response_class=HTMLResponse)
async def sign_in(
    request: Request,
    standing: Standing,
    *,
    email: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    after: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Sign in with a local account."""
    check_origin(request)
    if not standing.settings.desk_local_accounts:
        raise NotFound("people sign in another way here")
    address = request.client.host if request.client else ""
    wait_until = await signing_in.must_wait(standing.database, email, address)
    if wait_until is not None:
        words = WAIT.format(at=_time(standing, wait_until))
        return asked(standing, after=after, email=email, wrong=words, status=429)
    async with standing.database.reading() as conn:
        staff = await signing_in.recognised(conn, email, password)
    if staff is None:
        return asked(standing, after=after, email=email, wrong=WRONG, status=422)
    return await let_in(request, standing, staff, means=Means.PASSWORD, after=after, tried=(email, address))


@routes.post("/sign-out", allow=EVERYBODY, response_class=Response)
async def sign_out(desk: Signed) -> Response:
    """Sign out here."""
    settings = desk.foundation.settings
    async with desk.database.transaction() as tx:
        await signing_in.end_session(tx, session_in(desk.request, settings))
        await audit.insert(tx.conn, [desk.trace(Deed.SIGNED_OUT)])
    answer = RedirectResponse("/sign-in?out=yes", 303)
    forget_session(answer, settings)
    return answer


async def let_in(
    request: Request,
    standing: Foundation,
    staff: Staff,
    *,
    means: Means,
    after: str,
    tried: tuple[str, str] | None = None,
) -> Response:
    """Begin a session for somebody who proved who they are, in place of the one this browser had."""
    async with standing.database.transaction() as tx:
        if tried is not None:
            await signing_in.forget_tries(tx, *tried)
        await signing_in.end_session(tx, session_in(request, standing.settings))
        token = await signing_in.begin_session(
            tx, staff, means=means, user_agent=request.headers.get("user-agent", "")
        )
        trace = Trace(
            deed=Deed.SIGNED_IN,
            route=f"{request.method} {request.scope['route'].path}",
            correlation_id=request.state.origin.correlation_id,
            staff_id=staff.id,
        )
        await audit.insert(tx.conn, [trace])
    answer = RedirectResponse(_inside(after), 303)
    set_session(answer, token, standing.settings)
    return answer


def asked(
    standing: Foundation,
    *,
    after: str,
    email: str = "",
    wrong: str | None = None,
    status: int = 200,
    out: bool = False,
) -> Response:
    """The page that asks somebody to sign in."""
    return pages.html(
        "sign_in.html",
        status=status,
        viewer=None,
        nav=[],
        here="",
        faults={("password" if standing.settings.desk_local_accounts else ""): wrong} if wrong else {},
        said="You are signed out." if out else None,
        live_url=None,
        now=standing.clock.now(),
        after=after,
        kept_for_you=after == BACK,
        email=email,
        out=out,
        local=standing.settings.desk_local_accounts,
        provider=standing.settings.desk_oidc_name if standing.settings.desk_oidc_issuer else "",
    )


def _time(standing: Foundation, at: datetime) -> str:
    return f"{at.astimezone(standing.settings.zone):%H:%M}"


def _inside(path: str) -> str:
    """Only ever an address of our own."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _home(roles: frozenset[Role]) -> str:
    return next((item.href for item in NAV if item.roles & roles), "/account")
