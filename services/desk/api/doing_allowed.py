"""What a client allows: who may be told what, who was, taking it back; and whether they want messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from contracts.terms import InformationScope
from contracts.values import Consent
from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.client_base import WRITERS, look, ours, show
from services.desk.api.forms import Deed, Form, TypedIn, ask, carry_out
from services.desk.channels.gateway import Owner
from services.desk.model.clients import Looked
from services.desk.model.entries import Kind
from services.desk.policy.wording.intake import consent_meaning
from services.desk.store import clients as store
from shared.errors import NotFound, Problem
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["clients"], include_in_schema=False)

LINES_AT_ONCE = 100
TAKE_BACK = "/clients/{client_id}/consents/{consent_id}/take-back"


class Disclosure(BaseModel):
    """One line of the list of who was told what, as navigation keeps it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    referral_id: UUID
    organization_name: str
    scopes: tuple[InformationScope, ...]
    channel: str
    told_at: AwareDatetime


class _Page(BaseModel):
    items: list[Disclosure]
    next: str | None = None


_PAGE = TypeAdapter(_Page)


@routes.get("/clients/{client_id}/consents", allow=CLIENTS, response_class=HTMLResponse)
async def read_consents(client_id: UUID, desk: Signed) -> HTMLResponse:
    """What they allow, what each of it means, and who was told what."""
    looked = await look(desk, client_id)
    now = ours(desk).now
    consents = looked.client.consents
    organizations = {one for consent in consents for one in consent.organizations}
    async with desk.database.reading() as conn:
        names = await store.organization_names(conn, looked.records, organizations) if organizations else {}
    told = await _told(desk, looked.records)
    return await show(
        desk,
        looked,
        "client/consents.html",
        part="consents",
        live=True,
        consents=[(one, _stands(one, desk), consent_meaning(one, ours(desk))) for one in consents],
        standing=[one for one in consents if in_force(one, desk)],
        names=names,
        told=told,
        now_there=now,
    )


def in_force(consent: Consent, desk: Desk) -> bool:
    """Whether something may be told on it at this moment."""
    now = ours(desk).now
    lasts = consent.expires_at is None or now < consent.expires_at
    return consent.revoked_at is None and lasts and consent.granted_at <= now


def _stands(consent: Consent, desk: Desk) -> tuple[str, str]:
    wall = ours(desk)
    if consent.revoked_at is not None:
        return f"Taken back {wall.day(consent.revoked_at)}", "stopped"
    if not in_force(consent, desk):
        return "Over", "stopped"
    return "It holds", "done"


async def _told(desk: Desk, records: Collection[UUID]) -> Sequence[Disclosure] | None:
    """Who was told what, asked of navigation, which keeps that list; None where it could not be asked."""
    try:
        answers = [
            await desk.foundation.gateway.read(
                Owner.NAVIGATION,
                f"/clients/{record}/disclosures",
                caller=desk.caller,
                params={"limit": str(LINES_AT_ONCE)},
            )
            for record in records
        ]
        lines = [line for answer in answers for line in _PAGE.validate_json(answer.content).items]
    except (Problem, ValidationError):
        return None
    return sorted(lines, key=lambda line: line.told_at, reverse=True)


@routes.get(TAKE_BACK, allow=WRITERS, response_class=HTMLResponse)
async def ask_back(client_id: UUID, consent_id: UUID, desk: Signed) -> Response:
    """Say what happens at once when a consent is taken back."""
    return await ask(desk, await _consent_form(desk, client_id, consent_id))


@routes.post(TAKE_BACK, allow=WRITERS, response_class=HTMLResponse)
async def take_back(client_id: UUID, consent_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Take a consent back, at once and for good. No reason is asked."""
    form = await _consent_form(desk, client_id, consent_id)
    how = typed["how"] if typed["how"] in {"spoken", "in_writing"} else "spoken"
    deed = Deed(
        owner=Owner.INTAKE,
        path=f"/clients/{form.record or client_id}/consents/{consent_id}/revocation",
        body={"how": how},
        said="taken-back",
    )
    return await carry_out(desk, form, typed, deed)


async def _consent_form(desk: Desk, client_id: UUID, consent_id: UUID) -> Form:
    looked = await look(desk, client_id)
    consent = next((one for one in looked.client.consents if one.id == consent_id), None)
    if consent is None:
        raise NotFound("There is no such consent of theirs.")
    async with desk.database.reading() as conn:
        resting = [one for one in await store.referrals(conn, looked.records) if one.consent_id == consent_id]
    here = f"/clients/{client_id}/consents"
    return Form(
        looked=looked,
        template="client/take_back.html",
        address=f"{here}/{consent_id}/take-back",
        back=here,
        part="consents",
        about=(Kind.CLIENT, consent.client_id),
        record=consent.client_id,
        content={
            "consent": consent,
            "meaning": consent_meaning(consent, ours(desk)),
            "resting": resting,
        },
    )


@routes.get("/clients/{client_id}/messages/{wanted}", allow=CLIENTS, response_class=HTMLResponse)
async def ask_messages(client_id: UUID, wanted: str, desk: Signed) -> Response:
    """Say what happens at once when messages stop, or start."""
    return await ask(desk, _messages_form(await look(desk, client_id), wanted))


@routes.post("/clients/{client_id}/messages/{wanted}", allow=CLIENTS, response_class=HTMLResponse)
async def set_messages(client_id: UUID, wanted: str, desk: Signed, typed: TypedIn) -> Response:
    """Stop or start messages, on the client's word."""
    form = _messages_form(await look(desk, client_id), wanted)
    said = "stopped" if wanted == "stop" else "started"
    once = typed["once"] or str(new_id())
    for record in form.looked.records - {client_id}:
        # Whoever writes messages knows records, not people: what is said holds for all of them.
        await desk.act(
            Owner.REMINDERS, "POST", f"/clients/{record}/{wanted}", once=f"{once}-{record}", client_id=record
        )
    deed = Deed(owner=Owner.REMINDERS, path=f"/clients/{client_id}/{wanted}", said=said)
    return await carry_out(desk, form, typed, deed)


def _messages_form(looked: Looked, wanted: str) -> Form:
    if wanted not in {"stop", "start"}:
        raise NotFound("There is no such page.")
    here = f"/clients/{looked.id}/messages"
    return Form(
        looked=looked,
        template="client/wanted.html",
        address=f"{here}/{wanted}",
        back=here,
        part="messages",
        about=(Kind.CLIENT, looked.id),
        content={"wanted": wanted},
    )
