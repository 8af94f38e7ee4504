"""Pages: templates that escape everything, the headers that all of them have, and the files that they use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.desk.model.kept import KeptForm
from services.desk.model.staff import Role
from services.desk.policy import kept as policy
from services.desk.policy.allowing import OFFERED
from services.desk.settings import DeskSettings

HERE = Path(__file__).parents[1]
PAGES = HERE / "pages"
STATIC = HERE / "static"
PREFIX = "/assets"
MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


ONLY_HTTPS = "max-age=31536000; includeSubDomains"


def headers_of(settings: DeskSettings) -> Mapping[str, str]:
    """What every answer of the desk says to browsers: pages, files, problems and redirects."""
    return dict(HEADERS) | ({"Strict-Transport-Security": ONLY_HTTPS} if settings.secure else {})


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages use: its address changes with its content, so that it may be kept for ever."""

    name: str
    address: str
    content: bytes
    media_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file that pages use, by its name below static/, such as `desk.css` or `vendor/htmx.min.js`."""
    found = {}
    for file in sorted(STATIC.rglob("*")):
        if file.suffix in MEDIA_TYPES:
            content = file.read_bytes()
            name = file.relative_to(STATIC).as_posix()
            digest = hashlib.sha256(content).hexdigest()[:12]
            address = f"{PREFIX}/{digest}/{name}"
            found[name] = Asset(name, address, content, MEDIA_TYPES[file.suffix])
    return found


def asset(name: str) -> str:
    """The address of a file that pages use."""
    return assets()[name].address


@cache
def environment() -> Environment:
    """The templates. A name that is not given is a mistake, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.globals["may_be_told"] = OFFERED
    made.filters["moment"] = moment
    made.filters["role_words"] = ROLE_WORDS.__getitem__
    return made


ROLE_WORDS: Mapping[Role, str] = {
    Role.INTAKE: "Intake",
    Role.CASE_MANAGER: "Case manager",
    Role.SUPERVISOR: "Supervisor",
    Role.DIRECTORY_EDITOR: "Directory editor",
    Role.ADMIN: "Looks after accounts",
}


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment as people read it, such as `Tue 3 Nov 2026, 14:03`."""
    there = at.astimezone(zone)
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M}"


def html(template: str, *, status: int = 200, **content: object) -> HTMLResponse:
    """A page with the headers that all of them have."""
    return HTMLResponse(environment().get_template(template).render(content), status)


def filled(template: str, kept: KeptForm, *, status: int = 200, **content: object) -> HTMLResponse:
    """A page with what somebody typed into its form before their session ended, and a word about it."""
    made = environment().get_template(template)
    left = policy.filled(made.render(content), kept.path, kept.fields).left
    page = made.render(content, typed_again=True, typed_left=left)
    return HTMLResponse(policy.filled(page, kept.path, kept.fields).html, status)
