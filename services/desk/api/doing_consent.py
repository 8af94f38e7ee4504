"""Write down what a client allows: what may be told, until when, and that they were told what it means."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import WRITERS, look, theirs
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out
from services.desk.channels.gateway import Owner
from services.desk.policy.allowing import consent_body, lacking
from services.desk.policy.wording import Wall
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

NEW = "/clients/{client_id}/consents/new"


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
    """A signed consent, or what it still lacks."""
    if faults := dict(lacking(typed.fields)):
        return faults
    return Deed(
        owner=Owner.INTAKE,
        path=f"/clients/{client_id}/consents",
        body=consent_body(typed.fields, organization=organization, zone=wall.zone, now=wall.now),
        said="allowed",
        fields={"expires_at": "until-day"},
    )


async def _form(desk: Desk, client_id: UUID) -> Form:
    here = f"/clients/{client_id}/consents"
    return Form(
        looked=await look(desk, client_id),
        template="client/consent.html",
        address=f"{here}/new",
        back=here,
        part="consents",
    )
