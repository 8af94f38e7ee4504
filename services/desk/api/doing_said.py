"""Write down what a client said: what matters, the rulers, what gets in the way, a change of mind."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from contracts.terms import BarrierCategory, GoalKind, Strength, Wish
from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import WRITERS, look, look_at_barrier
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out, needed, show_again
from services.desk.api.intake_forms import Listening
from services.desk.channels.gateway import Owner
from services.desk.commands.listening import Listener
from services.desk.model.clients import Looked
from services.desk.model.entries import Kind
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)
HEARD = (
    "The playbook heard some kinds in their words. Choose one of them below, together with them, or leave it"
    " with their own words, and send it again."
)

RULERS = ("importance", "confidence", "readiness")
SAY_WHAT = "Please write down what they said."


@routes.get("/clients/{client_id}/goals/new", allow=WRITERS, response_class=HTMLResponse)
async def ask_goal(client_id: UUID, desk: Signed) -> Response:
    """Ask what matters to them."""
    return await ask(desk, _goal(await look(desk, client_id)))


@routes.post("/clients/{client_id}/goals/new", allow=WRITERS, response_class=HTMLResponse)
async def keep_goal(client_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down what matters to them."""
    deed: Deed | Faults = needed(typed, words=SAY_WHAT) or Deed(
        owner=Owner.INTAKE,
        path=f"/clients/{client_id}/goals",
        body={"words": typed["words"], "kind": typed["kind"] or GoalKind.GOAL.value},
        said="goal",
    )
    return await carry_out(desk, _goal(await look(desk, client_id)), typed, deed)


def _goal(looked: Looked) -> Form:
    here = f"/clients/{looked.id}"
    return Form(
        looked=looked,
        template="client/goal.html",
        address=f"{here}/goals/new",
        back=f"{here}/about",
        part="about",
    )


@routes.get("/clients/{client_id}/rulers/new", allow=WRITERS, response_class=HTMLResponse)
async def ask_rulers(client_id: UUID, desk: Signed) -> Response:
    """Ask where they are on the rulers."""
    return await ask(desk, _rulers(await look(desk, client_id)))


@routes.post("/clients/{client_id}/rulers/new", allow=WRITERS, response_class=HTMLResponse)
async def keep_rulers(client_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down where they are on the rulers, and why."""
    return await carry_out(desk, _rulers(await look(desk, client_id)), typed, rulers_asked(client_id, typed))


def rulers_asked(client_id: UUID, typed: Typed) -> Deed | Faults:
    """The numbers that were chosen, with what was said to the follow-ups."""
    numbers = {name: int(typed[name]) for name in RULERS if typed[name].isdecimal()}
    if not numbers:
        return {RULERS[0]: "Please choose a number on at least one of them, or go back."}
    asked = ((name, typed.said(f"{name}-why"), typed.said(f"{name}-up")) for name in numbers)
    follow_ups = [
        {"ruler": name, "why_not_lower": why, "what_would_help": up} for name, why, up in asked if why or up
    ]
    body: dict[str, object] = {**numbers}
    if follow_ups:
        body["follow_ups"] = follow_ups
    if words := typed.said("words"):
        body["words"] = words
    return Deed(owner=Owner.INTAKE, path=f"/clients/{client_id}/readiness", body=body, said="rulers")


def _rulers(looked: Looked) -> Form:
    here = f"/clients/{looked.id}"
    return Form(
        looked=looked,
        template="client/rulers.html",
        address=f"{here}/rulers/new",
        back=f"{here}/about",
        part="about",
    )


@routes.get("/clients/{client_id}/barriers/new", allow=WRITERS, response_class=HTMLResponse)
async def ask_barrier(client_id: UUID, desk: Signed, listener: Listening) -> Response:
    """Ask what else gets in the way."""
    return await ask(desk, await _barrier(desk, client_id, listener))


@routes.post("/clients/{client_id}/barriers/new", allow=WRITERS, response_class=HTMLResponse)
async def keep_barrier(client_id: UUID, desk: Signed, listener: Listening, *, typed: TypedIn) -> Response:
    """Write down what gets in the way, from which everything else follows."""
    form = await _barrier(desk, client_id, listener, words=typed["words"])
    deed = barrier_said(client_id, typed)
    if form.content["suggestions"] and not (isinstance(deed, dict) or typed["heard"] or typed["category"]):
        # Nothing came as they typed: what was heard in their words is seen before it is written down.
        return await show_again(desk, form, typed, HEARD)
    return await carry_out(desk, form, typed, deed)


@routes.post("/playbook/heard", allow=WRITERS, response_class=HTMLResponse)
async def listen(desk: Signed, listener: Listening, typed: TypedIn) -> HTMLResponse:
    """Show what the words that are being typed may be about. Keeps nothing, and is of no client."""
    heard = await _heard(desk, listener, typed["words"])
    return desk.page(
        "client/heard.html",
        typed=typed,
        suggestions=heard["suggestions"],
        categories=heard["categories"],
    )


def barrier_said(client_id: UUID, typed: Typed) -> Deed | Faults:
    """A barrier as it was told."""
    faults = needed(
        typed,
        words=SAY_WHAT,
        strength="Please ask how much it is in the way.",
        wish="Please ask what they want done about it.",
    )
    if faults:
        return faults
    if typed["strength"] not in {str(one.value) for one in Strength}:
        return {"strength": "Please choose one of these."}
    body: dict[str, object] = {
        "words": typed["words"],
        "strength": int(typed["strength"]),
        "wish": typed["wish"],
        "category": typed["category"] or BarrierCategory.OTHER.value,
    }
    body |= {name: found for name in ("own_idea", "goal_id") if (found := typed.said(name)) is not None}
    return Deed(owner=Owner.INTAKE, path=f"/clients/{client_id}/barriers", body=body, said="barrier")


async def _heard(desk: Desk, listener: Listener, words: str) -> dict[str, object]:
    return {
        "suggestions": await listener.about(words, desk.caller),
        "categories": await listener.categories(),
    }


async def _barrier(desk: Desk, client_id: UUID, listener: Listener, *, words: str = "") -> Form:
    here = f"/clients/{client_id}"
    return Form(
        looked=await look(desk, client_id),
        template="client/barrier.html",
        address=f"{here}/barriers/new",
        back=f"{here}/way",
        part="way",
        content=await _heard(desk, listener, words),
    )


@routes.get("/clients/{client_id}/barriers/{barrier_id}/wish", allow=WRITERS, response_class=HTMLResponse)
async def ask_wish(client_id: UUID, barrier_id: UUID, desk: Signed) -> Response:
    """Ask what they want done about it now."""
    return await ask(desk, await _wish(desk, client_id, barrier_id))


@routes.post("/clients/{client_id}/barriers/{barrier_id}/wish", allow=WRITERS, response_class=HTMLResponse)
async def keep_wish(client_id: UUID, barrier_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down that they changed their mind; it is obeyed at once."""
    form = await _wish(desk, client_id, barrier_id)
    if typed["wish"] not in {one.value for one in Wish}:
        return await carry_out(desk, form, typed, {"wish": "Please choose what they want now."})
    version = {"version": int(typed["version"])} if typed["version"].isdecimal() else {}
    deed = Deed(
        owner=Owner.INTAKE,
        path=f"/clients/{form.record or client_id}/barriers/{barrier_id}/wish",
        body={"wish": typed["wish"], **version},
        said="wish",
    )
    return await carry_out(desk, form, typed, deed)


async def _wish(desk: Signed, client_id: UUID, barrier_id: UUID) -> Form:
    looked, barrier = await look_at_barrier(desk, client_id, barrier_id)
    here = f"/clients/{client_id}"
    return Form(
        looked=looked,
        template="client/wish.html",
        address=f"{here}/barriers/{barrier_id}/wish",
        back=f"{here}/way",
        part="way",
        about=(Kind.BARRIER, barrier_id),
        record=barrier.client_id,
        values={"wish": barrier.wish.value if barrier.wish else "", "version": str(barrier.wish_version)},
        content={"barrier": barrier, "version": barrier.wish_version},
    )
