"""The desk's pages in Chromium: rendered here, under the desk's security policy; or all of Foothold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from jinja2 import FileSystemLoader
from playwright.async_api import Page, Route

from deploy.local.servers import Servers
from services.desk.api.pages import HEADERS, assets, environment
from tests.support.at_work import AtWork, at_work
from tests.support.browser import Watched

HERE = Path(__file__).parent
DESK = HERE.parents[2] / "services/desk"
AT = "http://127.0.0.1"
NAV = [
    SimpleNamespace(name=name, href=f"/{name}", words=words)
    for name, words in {
        "today": "Today",
        "clients": "Clients",
        "intake": "New client",
        "services": "Services",
        "figures": "How it goes",
        "playbook": "Playbook",
    }.items()
]
SIGNED_IN = {
    "viewer": SimpleNamespace(name="Rosa Lindqvist", roles=("case_manager", "supervisor")),
    "nav": NAV,
    "here": "today",
    "said": None,
    "faults": {},
    "live_url": None,
    "now": None,
}
SIGNED_OUT = SIGNED_IN | {"viewer": None, "nav": [], "here": None}

ASSETS = {asset.address: asset for asset in assets().values()}
PAGES = environment().overlay(loader=FileSystemLoader([DESK / "pages", HERE / "sketches"]))


@dataclass
class Desk:
    """Shows a template as a page of the desk. What it posts is kept, and answered as `answers` says."""

    watched: Watched
    news: str = ""
    """What comes over /live."""
    answers: int = 204
    posted: list[str] = field(default_factory=list)
    shown: str = ""
    again: str = ""
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def page(self) -> Page:
        return self.watched.page

    async def show(
        self,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        later: Mapping[str, object] | None = None,
        wait: bool = False,
    ) -> None:
        """Open a template with these values, as the desk would serve it.

        `later` are values that it has as well when it is asked for again; with `wait` there are no news
        before `go_on`.
        """
        given = SIGNED_IN | dict(values or {})
        self.waits = asyncio.Event()
        if not wait:
            self.waits.set()
        self.shown = PAGES.get_template(template).render(**given)
        self.again = PAGES.get_template(template).render(**(given | dict(later))) if later else ""
        await self.page.goto(f"{AT}/shown")

    def go_on(self) -> None:
        """Let the news out."""
        self.waits.set()

    async def serve(self, route: Route) -> None:
        """Be the desk."""
        path = urlsplit(route.request.url).path
        if path in ASSETS:
            await route.fulfill(body=ASSETS[path].content, content_type=ASSETS[path].media_type)
        elif path == "/live":
            await self.waits.wait()
            await route.fulfill(body=self.news, content_type="text/event-stream")
        elif route.request.method == "POST":
            self.posted.append(route.request.post_data or "")
            await route.fulfill(status=self.answers)
        else:
            await route.fulfill(body=self.shown, content_type="text/html", headers=dict(HEADERS))
            self.shown = self.again or self.shown


@pytest.fixture
async def desk(watched: Watched) -> Desk:
    """A desk with nothing behind it."""
    desk = Desk(watched)
    await watched.page.route("**/*", desk.serve)
    return desk


@pytest.fixture(scope="session")
async def work(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AtWork]:
    """The whole system, for all journeys; each brings clients of its own."""
    async with at_work(tmp_path_factory.mktemp("desk") / "home", servers) as work:
        yield work
