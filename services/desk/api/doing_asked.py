"""Referrals, with the client: choose, ask, write down what a service said, and the client's own last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse

from contracts.terms import Capacity
from services.desk.api.base import Desk, Signed
from services.desk.api.client import beside
from services.desk.api.client_base import ASKERS, WRITERS, look, ours, theirs
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out, needed
from services.desk.channels.gateway import Owner
from services.desk.model.entries import Kind
from services.desk.policy.asking import ANSWERS, CANCELS, REASONS, consent_for, possible_answers
from services.desk.store import clients as store
from shared.errors import NotFound
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

REFERRAL = "/clients/{client_id}/referrals/{referral_id}"


@routes.get(REFERRAL + "/choice", allow=ASKERS, response_class=HTMLResponse)
async def ask_choice(client_id: UUID, referral_id: UUID, desk: Signed) -> Response:
    """Look at who could help, together."""
    return await ask(desk, await _form(desk, client_id, referral_id, "choice"))


@routes.post(REFERRAL + "/choice", allow=ASKERS, response_class=HTMLResponse)
async def keep_choice(client_id: UUID, referral_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down whom they would like; nobody is asked yet."""
    form = await _form(desk, client_id, referral_id, "choice")
    deed: Deed | Faults = needed(typed, service_id="Please choose one of them, or go back.") or Deed(
        owner=Owner.NAVIGATION,
        path=f"/referrals/{referral_id}/choice",
        body={"service_id": typed["service_id"]},
        said="chosen",
    )
    return await carry_out(desk, form, typed, deed)


@routes.get(REFERRAL + "/send", allow=ASKERS, response_class=HTMLResponse)
async def ask_send(client_id: UUID, referral_id: UUID, desk: Signed) -> Response:
    """Say what would be told to whom, before anybody is asked."""
    return await ask(desk, await _form(desk, client_id, referral_id, "send"))


@routes.post(REFERRAL + "/send", allow=ASKERS, response_class=HTMLResponse)
async def keep_send(client_id: UUID, referral_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Ask the service, on the client's word."""
    form = await _form(desk, client_id, referral_id, "send")
    deed = Deed(
        owner=Owner.NAVIGATION,
        path=f"/referrals/{referral_id}/send",
        body={"replace": typed["replace"] == "yes"},
        said="sent",
    )
    return await carry_out(desk, form, typed, deed)


@routes.get(REFERRAL + "/answer", allow=ASKERS, response_class=HTMLResponse)
async def ask_answer(client_id: UUID, referral_id: UUID, desk: Signed) -> Response:
    """Ask what the service said, by telephone or letter."""
    return await ask(desk, await _form(desk, client_id, referral_id, "answer"))


@routes.post(REFERRAL + "/answer", allow=ASKERS, response_class=HTMLResponse)
async def keep_answer(client_id: UUID, referral_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down what the service said."""
    form = await _form(desk, client_id, referral_id, "answer")
    deed = answer_heard(referral_id, typed, theirs(desk, form.looked).zone)
    return await carry_out(desk, form, typed, deed)


def answer_heard(referral_id: UUID, typed: Typed, zone: ZoneInfo) -> Deed | Faults:
    """What a service said, as navigation takes it; times are on the client's wall clock."""
    name = typed["answer"]
    if name not in ANSWERS:
        return {"answer": "Please choose what they said."}
    wanted = ANSWERS[name]
    said: dict[str, object] = {"answer": name}
    faults: Faults = {}
    for field in (*wanted.needs, *wanted.may):
        found = _PARTS[field](typed, zone)
        if found is not None:
            said["outcome" if (name, field) == ("complete", "text") else field] = found
        elif field in wanted.needs:
            faults[field] = _ASK_FOR[field]
    return faults or Deed(
        owner=Owner.NAVIGATION, path=f"/referrals/{referral_id}/answers", body={"said": said}, said="heard"
    )


def _starts_at(typed: Typed, zone: ZoneInfo) -> str | None:
    try:
        local = datetime.fromisoformat(f"{typed['day']}T{typed['time']}")
    except ValueError:
        return None
    return local.replace(tzinfo=zone).isoformat() if local.tzinfo is None else None


def _one_of(name: str, values: frozenset[str]) -> Callable[[Typed, ZoneInfo], object]:
    return lambda typed, _zone: typed[name] if typed[name] in values else None


_PARTS: Mapping[str, Callable[[Typed, ZoneInfo], object]] = {
    "text": lambda typed, _zone: typed.said("text"),
    "reason": _one_of("reason", frozenset(REASONS)),
    "capacity": _one_of("capacity", frozenset(Capacity)),
    "remote": lambda typed, _zone: typed["remote"] == "yes",
    "starts_at": _starts_at,
}
_ASK_FOR = {
    "text": "Please write down what they said.",
    "reason": "Please choose why.",
    "starts_at": "Please give the day and the time of the meeting.",
}


@routes.get(REFERRAL + "/decline", allow=(*WRITERS, "supervisor"), response_class=HTMLResponse)
async def ask_decline(client_id: UUID, referral_id: UUID, desk: Signed) -> Response:
    """The client would rather not."""
    return await ask(desk, await _form(desk, client_id, referral_id, "decline"))


@routes.post(REFERRAL + "/decline", allow=(*WRITERS, "supervisor"), response_class=HTMLResponse)
async def keep_decline(client_id: UUID, referral_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Stop it at once, because the client says no. No reason is owed."""
    form = await _form(desk, client_id, referral_id, "decline")
    text = typed.said("text")
    deed = Deed(
        owner=Owner.NAVIGATION,
        path=f"/referrals/{referral_id}/client-declines",
        body={"text": text} if text else {},
        said="declined",
    )
    return await carry_out(desk, form, typed, deed)


@routes.get(REFERRAL + "/cancel", allow=ASKERS, response_class=HTMLResponse)
async def ask_cancel(client_id: UUID, referral_id: UUID, desk: Signed) -> Response:
    """We call it off."""
    return await ask(desk, await _form(desk, client_id, referral_id, "cancel"))


@routes.post(REFERRAL + "/cancel", allow=ASKERS, response_class=HTMLResponse)
async def keep_cancel(client_id: UUID, referral_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Call it off, and say why."""
    form = await _form(desk, client_id, referral_id, "cancel")
    faults = needed(typed, text="Please say why, in a sentence.")
    if typed["reason"] not in {one.value for one in CANCELS}:
        faults["reason"] = "Please choose why."
    deed = Deed(
        owner=Owner.NAVIGATION,
        path=f"/referrals/{referral_id}/cancellation",
        body={"reason": typed["reason"], "text": typed["text"]},
        said="declined",
    )
    return await carry_out(desk, form, typed, faults or deed)


@routes.get(REFERRAL + "/confirm", allow=(*WRITERS, "supervisor"), response_class=HTMLResponse)
async def ask_confirm(client_id: UUID, referral_id: UUID, desk: Signed) -> Response:
    """Ask the client whether they got what they needed."""
    return await ask(desk, await _form(desk, client_id, referral_id, "confirm"))


@routes.post(REFERRAL + "/confirm", allow=(*WRITERS, "supervisor"), response_class=HTMLResponse)
async def keep_confirm(client_id: UUID, referral_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down the client's own last word."""
    form = await _form(desk, client_id, referral_id, "confirm")
    if typed["got_help"] not in {"yes", "no"}:
        return await carry_out(desk, form, typed, {"got_help": "Please choose what they said."})
    deed = Deed(
        owner=Owner.NAVIGATION,
        path=f"/referrals/{referral_id}/confirmation",
        body={"got_help": typed["got_help"]},
        said="confirmed",
    )
    return await carry_out(desk, form, typed, deed)


async def _form(desk: Desk, client_id: UUID, referral_id: UUID, page: str) -> Form:
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        referral = await store.referral(conn, looked.records, referral_id)
        if referral is None:
            raise NotFound("There is no such referral of theirs.")
        barrier = await store.barrier(conn, looked.records, referral.barrier_id)
        under_way = beside(referral, await store.referrals(conn, looked.records))
    here = f"/clients/{client_id}/referrals/{referral_id}"
    return Form(
        looked=looked,
        template=f"client/{page}.html",
        address=f"{here}/{page}",
        back=here,
        part="referrals",
        about=(Kind.REFERRAL, referral_id),
        record=referral.client_id,
        look_first=True,
        values={"service_id": str(referral.service_id)},
        content={
            "referral": referral,
            "barrier": barrier,
            "under_way": under_way,
            "consent": consent_for(looked.client, referral, ours(desk).now),
            "answers": [(name, ANSWERS[name].words) for name in possible_answers(referral)],
        },
    )
