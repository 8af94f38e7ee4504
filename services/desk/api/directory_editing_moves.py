"""A service is checked, said to be wrong, closed for a time, and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import ours
from services.desk.api.directory_editing_form import (
    CHECKERS,
    SAYERS,
    ServiceForm,
    ask,
    carry_out,
    names_of,
    told,
)
from services.desk.api.forms import Deed, Faults, Typed, TypedIn, needed
from services.desk.channels.gateway import Owner
from services.desk.model.services_told import Service
from services.desk.policy import service_form as policy
from services.desk.store import service_reports
from shared.http import Routes

routes = Routes(tags=["directory"], include_in_schema=False)

CHECK = "/directory/{service_id}/check"
REPORT = "/directory/{service_id}/report"
CLOSE = "/directory/{service_id}/close"

LONGEST_NOTE = 700
LONGEST_WHY = 1_000
LONGEST_WORDS = 2_000
MOST_PLACES = 1_000_000
MOST_SHOWN = 5
WAYS: Mapping[str, tuple[str, str]] = {
    "phone": ("By telephone", "Asked by telephone."),
    "visit": ("I was there", "Visited."),
    "website": ("On their website", "Looked at their website."),
    "email": ("They wrote to us", "They wrote to us."),
}
"""How somebody knows: as it is asked, and as it is written down."""
ROOM: Mapping[str, str] = {
    "": "They did not say",
    "has": "There is room",
    "waitlist": "There is a waiting list",
    "none": "There is no room",
}


@routes.get(CHECK, allow=CHECKERS, response_class=HTMLResponse)
async def ask_check(service_id: UUID, desk: Signed) -> Response:
    """Show what a service says, for somebody who has just asked there."""
    return await ask(desk, _check(service_id), await told(desk, service_id), {"room": [""]})


@routes.post(CHECK, allow=CHECKERS, response_class=HTMLResponse)
async def keep_check(service_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down that it was checked today and is right, and whether there is room."""
    faults: Faults = {} if typed["how"] in WAYS else {"how": "Say how you know."}
    faults |= _too_long(typed, note=LONGEST_NOTE)
    places = typed["places"].strip()
    if places and not (places.isdecimal() and int(places) <= MOST_PLACES):
        faults["places"] = "Write a whole number, or leave it empty."
    if typed["room"] not in ROOM:
        faults["room"] = "Choose one of these."
    if faults:
        return await carry_out(desk, _check(service_id), typed, faults)
    note = " ".join(part for part in (WAYS[typed["how"]][1], typed["note"].strip()) if part)
    checked = Deed(
        owner=Owner.NAVIGATION,
        path=f"/services/{service_id}/checks",
        body={"note": note},
        said="service_checked",
    )
    room = Deed(
        owner=Owner.NAVIGATION,
        method="PUT",
        path=f"/services/{service_id}/capacity",
        body={"capacity": typed["room"], "places": int(places) if places else None},
        said="service_checked",
    )
    # The room first: what came of the second is what the form says, and each is done once.
    return await carry_out(desk, _check(service_id), typed, [room, checked] if typed["room"] else [checked])


def _check(service_id: UUID) -> ServiceForm:
    return ServiceForm(
        service_id=service_id,
        template="directory/check.html",
        page="check",
        content={
            "ways": [(name, words) for name, (words, _) in WAYS.items()],
            "rooms": tuple(ROOM.items()),
            "fields": policy.FIELDS,
            "longest": LONGEST_NOTE,
        },
    )


@routes.get(REPORT, allow=SAYERS, response_class=HTMLResponse)
async def ask_what_is_wrong(service_id: UUID, desk: Signed) -> Response:
    """Ask what is wrong, beside what others have said already."""
    return await ask(desk, await _report(desk, service_id), await told(desk, service_id), {})


@routes.post(REPORT, allow=SAYERS, response_class=HTMLResponse)
async def keep_report(service_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down what is wrong, for editors and for whoever publishes the directory."""
    faults = needed(typed, words="Write down what is wrong.") | _too_long(typed, words=LONGEST_WORDS)
    deed = Deed(
        owner=Owner.NAVIGATION,
        path=f"/services/{service_id}/reports",
        body={
            "words": typed["words"].strip(),
            "fields": [name for name in typed.all("fields") if name in policy.FIELDS],
        },
        said="service_reported",
    )
    return await carry_out(desk, await _report(desk, service_id), typed, faults or [deed])


async def _report(desk: Desk, service_id: UUID) -> ServiceForm:
    async with desk.database.reading() as conn:
        waiting = await service_reports.waiting_of(conn, service_id, limit=MOST_SHOWN)
    wall = ours(desk)
    return ServiceForm(
        service_id=service_id,
        template="directory/report.html",
        page="report",
        content={
            "waiting": [(one.words, wall.begun(wall.moment(one.reported_at))) for one in waiting],
            "choices": [(name, words) for name, (words, _) in policy.FIELDS.items()],
            "longest": LONGEST_WORDS,
        },
    )


@routes.get(CLOSE, allow=CHECKERS, response_class=HTMLResponse)
async def ask_until_when(service_id: UUID, desk: Signed) -> Response:
    """Ask until when it is closed and why; or, where it is, show that and offer to open it again."""
    service = await told(desk, service_id)
    form = _close(service_id, closing=await _closing(desk, service))
    return await ask(desk, form, service, {})


@routes.post(CLOSE, allow=CHECKERS, response_class=HTMLResponse)
async def close_or_open(service_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Close it until a day, so that nobody is sent there; or open it again."""
    faults = _too_long(typed, why=LONGEST_WHY)
    if typed["do"] == "open":
        reopened = Deed(
            owner=Owner.NAVIGATION,
            path=f"/services/{service_id}/reopening",
            body={"why": why} if (why := typed.said("why")) else {},
            said="service_opened",
        )
        return await carry_out(desk, _close(service_id), typed, faults or [reopened])
    faults |= needed(typed, why="Say why, in words that people can read.")
    until = _day(typed["until"])
    if typed.said("until") and (until is None or until <= desk.foundation.clock.now().date()):
        faults["until"] = "Choose a day after today, or leave it empty while nobody knows."
    closed = Deed(
        owner=Owner.NAVIGATION,
        path=f"/services/{service_id}/closure",
        body={"until": until.isoformat() if until else None, "why": typed["why"].strip()},
        said="service_closed",
    )
    return await carry_out(desk, _close(service_id), typed, faults or [closed])


def _close(service_id: UUID, **content: object) -> ServiceForm:
    return ServiceForm(
        service_id=service_id,
        template="directory/close.html",
        page="close",
        content={"closing": None, "longest": LONGEST_WHY, **content},
    )


async def _closing(desk: Desk, service: Service) -> Mapping[str, str] | None:
    """Who closed it, when and why; None where its directory did, which says no more."""
    found = next((one for one in service.corrections if one.field == "status"), None)
    if found is None or not service.closed:
        return None
    names = await names_of(desk, [found.corrected_by])
    wall = ours(desk)
    return {
        "why": found.why,
        "who": names.get(found.corrected_by, "A colleague"),
        "when": wall.moment(found.corrected_at),
    }


def _too_long(typed: Typed, **most: int) -> Faults:
    return {
        name: f"Say it in {many:,} characters or fewer."
        for name, many in most.items()
        if len(typed[name].strip()) > many
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
