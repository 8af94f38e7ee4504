"""Signing in, accounts, colleagues, reasons and the audit: for everybody, at every width, however full."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.desk.api.audit import WORDS, Asked
from services.desk.model.audit import Deed, Line, Trace
from services.desk.model.glass import Glass, GlassSeen
from services.desk.model.signing_in import Session
from services.desk.model.staff import Role, Staff, Team
from services.desk.policy.people import said
from shared.problems import ProblemDetails
from tests.browser.desk.conftest import SIGNED_OUT, Desk

NOW = datetime(2026, 11, 3, 14, 3, tzinfo=UTC)
RIGHT_TO_LEFT = "نور حداد"
LONG = "Wilhelmina-Charlotte Featherstonehaugh-Donaudampfschifffahrtsgesellschaft"


def _id(n: int) -> UUID:
    return UUID(f"01960000-0000-7000-8000-{n:012x}")


PEOPLE = [
    Staff(id=_id(1), name=LONG, email=f"{'w' * 60}@example.org", roles=frozenset(Role), password_hash="x"),
    Staff(
        id=_id(2),
        name=RIGHT_TO_LEFT,
        email="n@example.org",
        roles=frozenset({Role.ADMIN}),
        oidc_subject="n",
        ended_at=NOW,
    ),
]
TEAMS = [Team(id=_id(11), name="Harbour team"), Team(id=_id(12), name=LONG)]
SESSIONS = [
    Session(
        id=_id(20 + n),
        browser="Firefox on Windows",
        means="password",
        signed_in_at=NOW - timedelta(hours=n),
        seen_at=NOW,
    )
    for n in range(3)
]


def _glass(n: int, *, read: bool) -> GlassSeen:
    glass = Glass(
        id=_id(30 + n),
        client_id=_id(40 + n),
        team_id=_id(11),
        staff_id=_id(1),
        reason="She is here and her own team is away. " * 5,
        broken_at=NOW,
        ends_at=NOW + timedelta(hours=4),
        acknowledged_at=NOW if read else None,
        acknowledged_by=_id(2) if read else None,
    )
    return GlassSeen(
        glass=glass,
        staff_name=LONG,
        client_name=RIGHT_TO_LEFT,
        team_name="Harbour team",
        acknowledged_name=RIGHT_TO_LEFT if read else "",
    )


def _lines() -> list[Line]:
    return [
        Line(
            sequence=100 - n,
            at=NOW,
            trace=Trace(
                deed=deed, route="GET /clients/{client_id}", correlation_id=_id(60), client_id=_id(40 + n)
            ),
            staff_name=LONG if n % 2 else RIGHT_TO_LEFT,
            client_name="" if n == 3 else LONG,
            reason="She is here and her own team is away." if deed is Deed.GLASS_BROKEN else "",
        )
        for n, deed in enumerate(Deed)
    ]


LOG: dict[str, object] = {
    "words": WORDS,
    "colleagues": [(str(one.id), one.name) for one in PEOPLE],
    "deeds": [(deed.value, WORDS[deed]) for deed in Deed],
    "later": "/access?before=50",
    "latest": "",
    "file": "/access.csv",
    "asked": Asked(),
}
SIGN_IN: dict[str, object] = SIGNED_OUT | {
    "after": "/",
    "email": "",
    "out": False,
    "local": True,
    "provider": "",
    "kept_for_you": False,
}
PERSON: dict[str, object] = {
    "staff": PEOPLE[0],
    "form": said(LONG, "w@example.org", ["admin"], [_id(11)]),
    "roles": list(Role),
    "teams": TEAMS,
    "local": True,
}
REASON: dict[str, object] = {"client_id": _id(40), "reason": "", "most": 1000, "hours": 4}
MISSING = {"name": "Please say what they are called", "roles": "Please choose at least one"}
SCREENS: dict[str, tuple[str, dict[str, object]]] = {
    "sign-in": ("sign_in.html", SIGN_IN),
    "sign-in-again": (
        "sign_in.html",
        SIGN_IN | {"email": "sam@example.org", "faults": {"password": "They do not go together."}},
    ),
    "sign-in-kept": ("sign_in.html", SIGN_IN | {"kept_for_you": True}),
    "sign-in-elsewhere": (
        "sign_in.html",
        SIGN_IN | {"local": False, "provider": "Harbour Council", "out": True, "faults": {"": "Try again."}},
    ),
    "account": (
        "account/account.html",
        {
            "staff": PEOPLE[0],
            "teams": TEAMS,
            "sessions": SESSIONS,
            "session_id": SESSIONS[0].id,
            "local": True,
        },
    ),
    "account-password": (
        "account/password.html",
        {"shortest": 12, "first": True, "faults": {"new": "Please use at least 12 characters"}},
    ),
    "people": (
        "people/people.html",
        {
            "people": PEOPLE,
            "teams": TEAMS,
            "teams_of": {_id(1): ["Harbour team", LONG]},
            "sizes": {_id(11): 1, _id(12): 1},
        },
    ),
    "people-empty": ("people/people.html", {"people": [], "teams": [], "teams_of": {}, "sizes": {}}),
    "person": ("people/person.html", PERSON),
    "person-again": (
        "people/person.html",
        PERSON | {"staff": None, "form": said("", "", (), ()), "faults": MISSING},
    ),
    "person-ended": ("people/person.html", PERSON | {"staff": PEOPLE[1]}),
    "person-password": (
        "people/password.html",
        {"name": RIGHT_TO_LEFT, "email": "n@example.org", "password": "abcd-efgh-jkmn-pqrs"},
    ),
    "reason": ("access/reason.html", REASON),
    "reason-again": ("access/reason.html", REASON | {"faults": {"reason": "Please say why, in a few words"}}),
    "reasons": ("access/reasons.html", {"reasons": [_glass(1, read=False), _glass(2, read=True)]}),
    "reasons-empty": ("access/reasons.html", {"reasons": []}),
    "log": ("access/log.html", LOG | {"lines": _lines()}),
    "log-empty": ("access/log.html", LOG | {"lines": [], "asked": Asked(client=_id(40)), "later": ""}),
    "not-theirs": (
        "problem.html",
        {
            "problem": ProblemDetails.model_validate(
                {"title": "Not allowed", "status": 403, "detail": "Another team.", "client_id": str(_id(40))}
            )
        },
    ),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_is_for_everybody_at_every_width(desk: Desk, name: str) -> None:
    template, values = SCREENS[name]
    await desk.show(template, {"zone": ZoneInfo("Europe/London"), **values})
    await desk.watched.holds(f"door-{name}")
    for width in (320, 768, 1440):
        await desk.page.set_viewport_size({"width": width, "height": 900})
        await desk.watched.fits(f"{name} at {width} px")
