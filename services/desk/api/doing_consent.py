"""Write down what a client allows: what may be told, until when, and that they were told what it means."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import WRITERS, look, theirs
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out
from services.desk.channels.gateway import Owner
from services.desk.policy.intake_form import EXPLAINED
from services.desk.policy.intake_plan import LASTS, RECIPIENTS
from services.desk.policy.wording import Wall
from services.desk.policy.wording.terms import SCOPES, listed
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

NEW = "/clients/{client_id}/consents/new"
GIVEN_HOW = frozenset({"signed_on_paper", "signed_on_screen"})


@routes.get(NEW, allow=WRITERS, response_class=HTMLResponse)
async def ask_consent(client_id: UUID, desk: Signed) -> Response:
    """Ask whether anybody may be told anything."""
    return await ask(desk, await _form(desk, client_id))


@routes.post(NEW, allow=WRITERS, response_class=HTMLResponse)
async def keep_consent(client_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write a signed consent down."""
    form = await _form(desk, client_id)
    wall = theirs(desk, form.looked)
    organization = desk.foundation.settings.desk_organization
    return await carry_out(desk, form, typed, allowed(client_id, typed, wall, organization=organization))


def allowed(client_id: UUID, typed: Typed, wall: Wall, *, organization: str) -> Deed | Faults:
    """A consent with the content that 42 CFR 2.31(a) asks for, or what it still lacks."""
    scopes = [scope for scope in SCOPES if scope.value in typed.all("scopes")]
    ends = _ends(typed, wall.zone, wall.now)
    if faults := _lacking(typed, told=bool(scopes), ends=ends):
        return faults
    body: dict[str, object] = {
        "discloser": organization,
        "any_matched_service": True,
        "recipient_class": RECIPIENTS,
        "intermediary": organization,
        "information": _sentence(listed([SCOPES[scope] for scope in scopes])),
        "scopes": [scope.value for scope in scopes],
        "purposes": ["care_coordination"],
        "given_how": typed["given_how"],
        "explained": list(EXPLAINED),
    }
    if ends is not None:
        body["expires_at"] = ends.isoformat()
    if typed["signer"] == "representative":
        body |= {"signer": "representative", "representative": typed["representative"].strip()}
    return Deed(
        owner=Owner.INTAKE,
        path=f"/clients/{client_id}/consents",
        body=body,
        said="allowed",
        fields={"expires_at": "until-day"},
    )


def _lacking(typed: Typed, *, told: bool, ends: datetime | None) -> Faults:
    signed_for_them = typed["signer"] == "representative"
    lacking = {
        "scopes": not told,
        "explained": set(typed.all("explained")) < set(EXPLAINED),
        "given_how": typed["given_how"] not in GIVEN_HOW,
        "representative": signed_for_them and typed.said("representative") is None,
        "until-day": typed["until"] == "day" and ends is None,
    }
    return {name: _ASK_FOR[name] for name, lacks in lacking.items() if lacks}


_ASK_FOR = {
    "scopes": "Please choose what may be told, or go back: no consent is needed to go on.",
    "explained": "Please tell them all three before they sign.",
    "given_how": "Please say how it was signed.",
    "representative": "Please write down who signed for them.",
    "until-day": "Please give the day on which it ends.",
}


def _ends(typed: Typed, zone: ZoneInfo, now: datetime) -> datetime | None:
    if typed["until"] != "day":
        return now + LASTS[typed["until"]] if typed["until"] in LASTS else None
    try:
        return datetime.combine(date.fromisoformat(typed["until-day"]), time(0), zone)
    except ValueError:
        return None


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


async def _form(desk: Desk, client_id: UUID) -> Form:
    here = f"/clients/{client_id}/consents"
    return Form(
        looked=await look(desk, client_id),
        template="client/consent.html",
        address=f"{here}/new",
        back=here,
        part="consents",
    )
