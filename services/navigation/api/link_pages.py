"""The pages behind a link, as people read them: plain words, and no more than the client agreed to.

Pages work without JavaScript, load nothing from elsewhere, and are never stored by anybody in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.terms import BusinessStatus, ReferralStatus
from services.navigation.api.link_forms import (
    MOST_WORDS,
    REASON_WORDS,
    Choice,
    Fault,
    LinkForm,
    offered,
)
from services.navigation.api.link_words import (
    day_words,
    meeting_words,
    moment_words,
    person_of,
    state_words,
    zone_words,
)
from services.navigation.model.links import Link
from services.navigation.model.referrals import Referral, Told
from services.navigation.policy.disclosure import NOTICE

TEMPLATES = Path(__file__).parents[1] / "templates" / "link"
ASSETS: Mapping[str, str] = {"link.css": "text/css; charset=utf-8", "mark.svg": "image/svg+xml"}

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages use: its address changes with its content, so that it may be kept for ever."""

    name: str
    content: bytes
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """Everything that pages use, by the name in their addresses."""
    found = {}
    for name, media_type in ASSETS.items():
        content = (TEMPLATES / name).read_bytes()
        stem, _, ending = name.rpartition(".")
        address = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
        found[address] = Asset(name, content, media_type)
    return found


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = {asset.name: f"assets/{address}" for address, asset in assets().items()}
    environment.globals["REASONS"] = {code.value: words for code, words in REASON_WORDS.items()}
    environment.globals["MOST_WORDS"] = MOST_WORDS
    return environment


def page(template: str, *, status: int = 200, **content: object) -> HTMLResponse:
    """A page, with the headers that all of them have."""
    html = _environment().get_template(template).render(content)
    return HTMLResponse(html, status, dict(HEADERS))


def referral_page(  # noqa: PLR0913 - what there is to be seen
    *,
    referral: Referral,
    told: Told,
    link: Link,
    organization: str,
    zone: str,
    now: datetime,
    form_token: str,
    token: str,
    said: Choice | None = None,
    filled: LinkForm | None = None,
    faults: Sequence[Fault] = (),
    refused: str | None = None,
) -> HTMLResponse:
    """The referral with what can be answered now; after a form that was not taken, with all typed."""
    choices = offered(referral)
    shown = filled or _prefilled(referral, zone)
    return page(
        "referral.html",
        status=409 if refused else 422 if faults else 200,
        referral=referral,
        person=person_of(told),
        organization=organization,
        zone=zone_words(zone),
        answer_by=moment_words(referral.acknowledge_by, zone) if referral.acknowledge_by else None,
        late=referral.acknowledge_by is not None and referral.acknowledge_by < now,
        fresh=referral.status is ReferralStatus.REQUESTED,
        state=state_words(referral, zone),
        meeting=meeting_words(referral, zone),
        choices=[choice.value for choice in choices],
        said=said.value if said else None,
        form=shown,
        faults={fault.field: fault.message for fault in faults},
        refused=refused,
        unplaced=[] if not refused or not filled else _unplaced(filled, choices),
        form_token=form_token,
        token=token,
        until=day_words(link.expires_at, zone),
        today=now.astimezone(ZoneInfo(zone)).date().isoformat(),
        notice=NOTICE,
    )


def _unplaced(form: LinkForm, choices: Sequence[Choice]) -> list[str]:
    """What was written for an answer that the page does not offer any more."""
    places = {
        Choice.HOLD: form.hold_text,
        Choice.DECLINE: form.decline_text,
        Choice.PROGRESS: form.progress_text,
        Choice.COMPLETE: form.outcome,
        Choice.FAIL: form.fail_text,
    }
    return [text for choice, text in places.items() if text and choice not in choices]


def _prefilled(referral: Referral, zone: str) -> LinkForm:
    met = referral.appointment
    if met is None or referral.business_status is not BusinessStatus.SCHEDULED:
        return LinkForm()
    local = met.starts_at.astimezone(ZoneInfo(zone))
    return LinkForm(date=local.date().isoformat(), time=f"{local:%H:%M}", remote="yes" if met.remote else "")


ENDINGS = {
    ReferralStatus.REJECTED: (
        "Thank you for telling us",
        "You said that you cannot help this time. We look for somebody else.",
    ),
    ReferralStatus.COMPLETED: (
        "Thank you for your help",
        "You told us that help was given. We ask them whether they got what they needed.",
    ),
    ReferralStatus.FAILED: (
        "Thank you for telling us",
        "You told us that it did not work out. We look for somebody else.",
    ),
    ReferralStatus.CANCELLED: (
        "This request has been called off",
        "If you had agreed on an appointment, it is no longer needed.",
    ),
    ReferralStatus.ENTERED_IN_ERROR: (
        "This request was sent by mistake",
        "We are sorry for the trouble. Please disregard it.",
    ),
}


def ended_page(status: ReferralStatus, *, refused: bool = False, written: Sequence[str] = ()) -> HTMLResponse:
    """That a referral has ended, and nothing else about it."""
    title, what = ENDINGS[status]
    return page(
        "plain.html",
        status=409 if refused else 200,
        title=title,
        lines=[what, "There is nothing more for you to do here."],
        written=written if refused else (),
    )


def unknown_page() -> HTMLResponse:
    """The same for everything that is none of our links."""
    return page(
        "plain.html",
        status=404,
        title="This link does not work",
        lines=[
            "Perhaps a part of it is missing. Please open it from our e-mail again, or copy the whole line.",
            "If that does not help, ask the person at Foothold who works with you for a new one.",
        ],
    )


def gone_page(*, written: Sequence[str] = ()) -> HTMLResponse:
    """That there was something, and is no more; not what, nor why."""
    return page(
        "plain.html",
        status=410,
        title="There is nothing to see here any more",
        lines=["What was here is no longer meant to be read. Nothing more is expected of you. Thank you."],
        written=written,
    )


def replaced_page(*, written: Sequence[str] = ()) -> HTMLResponse:
    """That another link has taken its place."""
    return page(
        "plain.html",
        status=410,
        title="There is a newer link",
        lines=[
            "We send the newest link to the e-mail address that your organisation gave us.",
            "It may take a few minutes to arrive. Please open the one in the latest e-mail.",
        ],
        written=written,
    )


@dataclass(frozen=True, slots=True)
class Renewal:
    """What asks for a new link."""

    token: str
    form_token: str


def expired_page(renewal: Renewal | None, *, written: Sequence[str] = ()) -> HTMLResponse:
    """That a link has run out; while there is still something to answer, a new one can be asked for."""
    return page(
        "plain.html",
        status=410,
        title="This link has run out",
        lines=[
            "Links work for a limited time only, so that nobody comes across them later.",
            "Would you like to go on? We can send you a new one."
            if renewal
            else "There is nothing left to be done about it. Thank you.",
        ],
        renew=renewal,
        written=written,
    )


def too_many_page(seconds: int, *, written: Sequence[str] = ()) -> HTMLResponse:
    """That somebody came very often, and when to come again."""
    answer = page(
        "plain.html",
        status=429,
        title="One moment, please",
        lines=[
            "This page was opened very often within a short time, so it takes a short rest.",
            f"Please try again in {seconds} second{'' if seconds == 1 else 's'}.",
        ],
        written=written,
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer


def trouble_page(status: int, *, title: str, line: str) -> HTMLResponse:
    """That something could not be done, in words rather than codes."""
    return page("plain.html", status=status, title=title, lines=[line])
