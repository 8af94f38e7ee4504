"""What every page has: who is looking, the way to the services, and what they see of clients.

Requests that change something are refused unless the browser says that they come from our own pages
(Fetch Metadata, or the Origin where a browser is older), so that no other site can act in somebody's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api import pages
from services.desk.channels.gateway import Gateway, Owner
from services.desk.commands.signing_in import viewer_of
from services.desk.model.staff import Role, Viewer
from services.desk.policy.access import CLIENT_ROLES
from services.desk.settings import DeskSettings
from services.desk.store import entries
from shared.auth import Caller, SessionAuthenticator
from shared.clock import Clock
from shared.errors import Forbidden, Unauthenticated
from shared.ids import new_id
from shared.problems import ProblemDetails
from shared.unit_of_work import Database

COOKIE = "foothold_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SEEN_WITHIN_SECONDS = 1.5
LOOK_EVERY_SECONDS = 0.02

CLIENTS = tuple(sorted(CLIENT_ROLES))
EVERYBODY = tuple(sorted(Role))


@dataclass(frozen=True, slots=True)
class NavItem:
    """A part of the desk that somebody can go to."""

    name: str
    href: str
    words: str
    roles: frozenset[Role]


NAV: Sequence[NavItem] = (
    NavItem("today", "/today", "Today", frozenset({Role.CASE_MANAGER, Role.SUPERVISOR})),
    NavItem("clients", "/clients", "Clients", CLIENT_ROLES),
    NavItem("team", "/team", "Team", frozenset({Role.SUPERVISOR})),
    NavItem("directory", "/directory", "Directory", frozenset(Role) - {Role.ADMIN}),
    NavItem("playbook", "/playbook", "Playbook", CLIENT_ROLES),
    NavItem("people", "/people", "People", frozenset({Role.ADMIN})),
)


@dataclass(frozen=True, slots=True)
class Foundation:
    """What all pages stand on, made once for the process."""

    settings: DeskSettings
    database: Database
    gateway: Gateway
    clock: Clock


@dataclass(frozen=True, slots=True)
class Desk:
    """One request of somebody who is signed in."""

    request: Request
    viewer: Viewer
    foundation: Foundation

    @property
    def database(self) -> Database:
        """The desk's own picture of everything."""
        return self.foundation.database

    @property
    def caller(self) -> Caller:
        """Who it is, as services are told."""
        return Caller(self.viewer.id, "staff", frozenset(role.value for role in self.viewer.roles))

    def page(
        self,
        template: str,
        *,
        here: str = "",
        status: int = 200,
        faults: Mapping[str, str] | None = None,
        **content: object,
    ) -> HTMLResponse:
        """A page of ours, for who is signed in."""
        return pages.html(
            template,
            status=status,
            viewer=self.viewer,
            nav=[item for item in NAV if item.roles & self.viewer.roles],
            here=here,
            faults=faults or {},
            now=self.foundation.clock.now(),
            zone=self.foundation.settings.zone,
            **{"said": SAID.get(self.request.query_params.get("said", "")), "live_url": None, **content},
        )

    async def act(
        self, owner: Owner, method: str, path: str, body: Mapping[str, object] | None = None, *, once: str
    ) -> Mapping[str, Any]:
        """Have a service do something on this person's behalf, and wait until the desk has heard of it.

        `once` is the key of the form, so that a form sent twice is done once. Raises the service's problem.
        """
        done = await self.foundation.gateway.send(
            owner, method, path, body, caller=self.caller, key=once, correlation_id=new_id()
        )
        await self.seen(done.stated)
        return done.answer

    async def seen(self, stated: Collection[UUID]) -> bool:
        """Wait a moment until these events have been taken in, so that who caused them sees what they did."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SEEN_WITHIN_SECONDS
        while True:
            async with self.database.reading() as conn:
                if await entries.have_arrived(conn, stated):
                    return True
            if loop.time() > until:
                return False
            await asyncio.sleep(LOOK_EVERY_SECONDS)


SAID: Mapping[str, str] = {}
"""What pages say after something was done, by the word in their address."""


def authenticator(foundation: Foundation) -> SessionAuthenticator:
    """Find who is signed in by the cookie."""
    settings = foundation.settings

    async def caller_of(request: Request) -> Caller:
        check_origin(request)
        token = request.cookies.get(COOKIE)
        viewer = (
            await viewer_of(foundation.database, token, idle=settings.idle, longest=settings.longest_session)
            if token
            else None
        )
        if viewer is None:
            raise Unauthenticated("please sign in")
        request.state.viewer = viewer
        return Caller(viewer.id, "staff", frozenset(role.value for role in viewer.roles))

    return caller_of


def check_origin(request: Request) -> None:
    """Refuse what another site has a browser send in somebody's name."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    ours = urlsplit(origin).netloc == request.headers.get("host") if origin else False
    if site in {"same-origin", "none"} or (site is None and ours):
        return
    raise Forbidden("this did not come from one of our own pages, so nothing was done")


async def _desk(request: Request) -> Desk:
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    if viewer is None:
        raise Unauthenticated("please sign in")
    return Desk(request, viewer, request.app.state.given[Foundation])


Signed = Annotated[Desk, Depends(_desk)]
"""The parameter type of pages."""


def told(request: Request, problem: ProblemDetails) -> Response:
    """A problem as a page; who is not signed in is asked to, and comes back to where they wanted to go."""
    if "text/html" not in request.headers.get("accept", ""):
        return Response(problem.model_dump_json(), problem.status, media_type="application/problem+json")
    if problem.status == Unauthenticated.status:
        after = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?after={after}", 303)
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    return pages.html(
        "problem.html",
        status=problem.status,
        viewer=viewer,
        nav=[item for item in NAV if viewer and item.roles & viewer.roles],
        here="",
        faults={},
        said=None,
        live_url=None,
        now=request.app.state.given[Foundation].clock.now(),
        problem=problem,
    )
