"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api import pages
from services.desk.api.base import COOKIE, EVERYBODY, NAV, Foundation, Signed, check_origin, told
from services.desk.commands import signing_in
from services.desk.model.staff import Role
from shared.http import ANYONE, Given, Routes

# Whatever goes wrong at any address of the desk is told as a page.
routes = Routes(tags=["signing in"], include_in_schema=False, problem_shape=told)
Standing = Annotated[Foundation, Given(Foundation)]
WRONG = "That e-mail address and password do not go together. Please try again."


@routes.get("/", allow=EVERYBODY, response_class=Response)
async def begin(desk: Signed) -> Response:
    """Go to where somebody of this role begins their day."""
    return RedirectResponse(_home(desk.viewer.roles), 303)


@routes.get("/sign-in", allow=(ANYONE,), response_class=HTMLResponse)
async def ask_who(standing: Standing, after: str = "/") -> Response:
    """Ask somebody to sign in."""
    return _asked(standing, after=after)


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
    async with standing.database.reading() as conn:
        staff = await signing_in.recognised(conn, email, password)
    if staff is None:
        return _asked(standing, after=after, email=email, wrong=WRONG)
    async with standing.database.transaction() as tx:
        token = await signing_in.begin_session(tx, staff)
    answer = RedirectResponse(_inside(after), 303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(standing.settings.longest_session.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=standing.settings.desk_public_url.startswith("https:"),
    )
    return answer


@routes.post("/sign-out", allow=EVERYBODY, response_class=Response)
async def sign_out(desk: Signed) -> Response:
    """Sign out here."""
    async with desk.database.transaction() as tx:
        await signing_in.end_session(tx, desk.request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


def _asked(standing: Foundation, *, after: str, email: str = "", wrong: str | None = None) -> Response:
    return pages.html(
        "sign_in.html",
        status=422 if wrong else 200,
        viewer=None,
        nav=[],
        here="",
        faults={"password": wrong} if wrong else {},
        said=None,
        live_url=None,
        now=standing.clock.now(),
        after=after,
        email=email,
    )


def _inside(path: str) -> str:
    """Only ever an address of our own."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def _home(roles: frozenset[Role]) -> str:
    return next((item.href for item in NAV if item.roles & roles), "/sign-in")
