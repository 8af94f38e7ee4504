"""What every page has: who is looking, the way to the services, and what they see of clients.

Requests that change something are refused unless the browser says that they come from our own pages
(Fetch Metadata, or the Origin where a browser is older), so that no other site can act in somebody's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api import kept as keeping
from services.desk.api import pages
from services.desk.api.cookies import session_in
from services.desk.channels.gateway import Gateway, Owner
from services.desk.commands.recording import Recorder
from services.desk.commands.signing_in import viewer_of
from services.desk.model.audit import Deed, Trace
from services.desk.model.glass import Standing
from services.desk.model.kept import KeptForm
from services.desk.model.staff import Role, Viewer
from services.desk.policy.access import CLIENT_ROLES, may_see
from services.desk.policy.kept import typed_in
from services.desk.settings import DeskSettings
from services.desk.store import entries, glass
from shared.auth import Caller, SessionAuthenticator
from shared.clock import Clock, real_now
from shared.errors import Forbidden, Unauthenticated
from shared.http import NOT_YOUR_ROLE
from shared.ids import new_id
from shared.problems import ProblemDetails
from shared.unit_of_work import Database

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


ACCESS = "access"
NAV: Sequence[NavItem] = (
    NavItem("today", "/today", "Today", frozenset({Role.CASE_MANAGER, Role.SUPERVISOR})),
    NavItem("clients", "/clients", "Clients", CLIENT_ROLES),
    NavItem("team", "/team", "Team", frozenset({Role.SUPERVISOR})),
    NavItem("directory", "/directory", "Directory", frozenset(Role) - {Role.ADMIN}),
    NavItem("playbook", "/playbook", "Playbook", CLIENT_ROLES),
    NavItem(ACCESS, "/access", "Access", frozenset({Role.SUPERVISOR})),
    NavItem("people", "/people", "People", frozenset({Role.ADMIN})),
    # Others reach it from the directory, which is not for who looks after accounts.
    NavItem("imports", "/directory/imports", "Bring in a directory", frozenset({Role.ADMIN})),
)


def nav_of(viewer: Viewer) -> list[NavItem]:
    """Where somebody can go; it is said there when something waits to be read."""
    return [
        replace(item, words=f"{item.words} ({viewer.unread} new)")
        if item.name == ACCESS and viewer.unread
        else item
        for item in NAV
        if item.roles & viewer.roles
    ]


@dataclass(frozen=True, slots=True)
class Foundation:
    """What all pages stand on, made once for the process."""

    settings: DeskSettings
    database: Database
    gateway: Gateway
    clock: Clock
    recorder: Recorder


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
        """A page of ours, for who is signed in, with what they typed before their session ended."""
        found: dict[str, object] = {
            "viewer": self.viewer,
            "nav": nav_of(self.viewer),
            "here": here,
            "faults": faults or {},
            "now": self.foundation.clock.now(),
            "zone": self.foundation.settings.zone,
            "said": SAID.get(self.request.query_params.get("said", "")),
            "live_url": None,
            **content,
        }
        kept: KeptForm | None = getattr(self.request.state, "kept", None)
        if kept is None:
            return pages.html(template, status=status, **found)
        return pages.filled(template, kept, status=status, **found)

    async def client(self, client_id: UUID, deed: Deed = Deed.SEEN) -> Standing:
        """Let this person at a client's record, and write that down; call it before anything is read.

        `deed` is CHANGED where the desk itself changes something; `act` says so by itself. Raises `Forbidden`
        for who has no reason to see the client, and its page offers to say a reason. Whether there is such a
        client is not asked.
        """
        return (await self.clients([client_id], deed))[0]

    async def clients(
        self, client_ids: Collection[UUID], deed: Deed = Deed.SEEN, *, correlation_id: UUID | None = None
    ) -> list[Standing]:
        """Let this person at the records of all of these clients, or of none of them; see `client`."""
        async with self.database.reading() as conn:
            found = await glass.standings(conn, client_ids, staff_id=self.viewer.id, now=real_now())
        closed = [one for one in found if not self._may_see(one)]
        traces = [
            self.trace(
                Deed.TURNED_AWAY if closed else deed,
                client_id=one.client_id,
                team_id=one.assigned.team_id if one.assigned else None,
                about_id=one.glass_id,
                correlation_id=correlation_id,
            )
            for one in (closed or found)
        ]
        await self.foundation.recorder.record(*traces)
        if closed:
            raise Forbidden(NOT_YOURS, client_id=str(closed[0].client_id))
        return found

    def _may_see(self, standing: Standing) -> bool:
        return may_see(self.viewer, standing.team_ids, glass_broken=standing.glass_broken)

    async def noted(self, deed: Deed, *, about_id: UUID | None = None) -> None:
        """Write down what is about no one client: that a list was read, that somebody was looked for."""
        await self.foundation.recorder.record(self.trace(deed, about_id=about_id))

    def trace(
        self,
        deed: Deed,
        *,
        client_id: UUID | None = None,
        team_id: UUID | None = None,
        about_id: UUID | None = None,
        correlation_id: UUID | None = None,
    ) -> Trace:
        """A line of the audit, for who writes it down as the last statement of a transaction of their own."""
        return Trace(
            deed=deed,
            route=f"{self.request.method} {self.request.scope['route'].path}",
            correlation_id=correlation_id or self.request.state.origin.correlation_id,
            staff_id=self.viewer.id,
            session_id=self.viewer.session_id,
            client_id=client_id,
            team_id=team_id,
            about_id=about_id,
        )

    async def act(
        self,
        owner: Owner,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        once: str,
        client_id: UUID | None,
    ) -> Mapping[str, Any]:
        """Have a service do something on this person's behalf, and wait until the desk has heard of it.

        `once` is the key of the form, so that a form sent twice is done once. `client_id` is whose record it
        changes, whom this person must be allowed to see, and it is written down before it is done; None where
        it is no client's. Raises the service's problem.
        """
        correlation_id = new_id()
        if client_id is not None:
            await self.clients([client_id], Deed.CHANGED, correlation_id=correlation_id)
        done = await self.foundation.gateway.send(
            owner, method, path, body, caller=self.caller, key=once, correlation_id=correlation_id
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


NOT_YOURS = (
    "This person is looked after by another team. If you need to see their record now, you can say why."
    " Your reason is written down, and that team's supervisors are told."
)
CHANGE_PASSWORD = "/account/password"  # noqa: S105 - an address
CHOOSE_A_PASSWORD = "Please choose a password of your own first."  # noqa: S105 - words
OPEN_WITH_A_FIRST_PASSWORD = frozenset({CHANGE_PASSWORD, "/sign-out"})
SAID: Mapping[str, str] = {
    "password_changed": "You have a new password. Everywhere else you are signed out now.",
    "signed_out_elsewhere": "You are signed out everywhere else now.",
    "signed_out_there": "You are signed out there now.",
    "person_changed": "That is saved.",
    "person_ended": "Their account has ended, and they are signed out everywhere.",
    "person_back": "They can sign in again.",
    "service_edited": "It is put right. It holds from now on, also when its directory comes anew.",
    "service_same": "It says the same as before, so there was nothing to save.",
    "service_settled": "That is decided.",
    "service_checked": "It is written down that you checked it today.",
    "service_reported": "Thank you. It waits for an editor, and whoever publishes the directory is told.",
    "service_closed": "It is closed from now on: nobody is sent there.",
    "service_opened": "It is open again.",
    "report_answered": "It is written down what became of it.",
}
"""What pages say after something was done, by the word in their address."""


def authenticator(foundation: Foundation) -> SessionAuthenticator:
    """Find who is signed in by the cookie."""
    settings = foundation.settings

    async def caller_of(request: Request) -> Caller:
        check_origin(request)
        token = session_in(request, settings)
        viewer = (
            await viewer_of(foundation.database, token, idle=settings.idle, longest=settings.longest_session)
            if token
            else None
        )
        if viewer is None:
            is_kept = await keeping.keep(foundation.database, request, token)
            raise Unauthenticated("please sign in", **({"kept": True} if is_kept else {}))
        request.state.viewer = viewer
        request.state.kept = await keeping.again(foundation.database, request, viewer)
        if viewer.password_is_first and request.url.path not in OPEN_WITH_A_FIRST_PASSWORD:
            raise Forbidden(CHOOSE_A_PASSWORD, go_to=CHANGE_PASSWORD)
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
        return _sent_to_sign_in(request, kept=bool((problem.model_extra or {}).get("kept")))
    if go_to := (problem.model_extra or {}).get("go_to"):
        return RedirectResponse(str(go_to), 303)
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    return pages.html(
        "problem.html",
        status=problem.status,
        viewer=viewer,
        nav=nav_of(viewer) if viewer else [],
        here="",
        faults={},
        said=None,
        live_url=None,
        now=request.app.state.given[Foundation].clock.now(),
        problem=_plainly(problem),
        typed_left=_typed_in(getattr(request.state, "kept", None)),
    )


def _typed_in(kept: KeptForm | None) -> Sequence[str]:
    """What somebody typed into a form whose page cannot be shown."""
    return () if kept is None else typed_in(kept.fields)


OTHER_ROLE = (
    "This part of the desk is for colleagues with another role. Who looks after accounts can give it to you."
)
NOT_READ = (
    "Something in the address, or in what was sent, is not as it should be. Nothing was done;"
    " please go back and look again."
)


def _plainly(problem: ProblemDetails) -> ProblemDetails:
    """In words for people, where the words were made for programs."""
    if problem.detail.startswith(NOT_YOUR_ROLE):
        return problem.model_copy(update={"detail": OTHER_ROLE})
    if (problem.model_extra or {}).get("errors"):
        return problem.model_copy(update={"detail": NOT_READ})
    return problem


def _sent_to_sign_in(request: Request, *, kept: bool) -> Response:
    """To the page where people sign in, and back afterwards; a part of a page takes the whole page there."""
    if kept:
        return RedirectResponse(f"/sign-in?after={keeping.BACK}", 303)
    whole = urlsplit(request.headers.get("hx-current-url", ""))
    shown = whole if request.headers.get("hx-request") else urlsplit(str(request.url))
    after = shown.path + (f"?{shown.query}" if shown.query else "")
    address = "/sign-in?after=" + quote(after if request.method == "GET" else "/", safe="/")
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)
