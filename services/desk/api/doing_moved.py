"""What becomes of what gets in the way: easier, still there, taken back, taken up again; and of plans."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from contracts.terms import BarrierCategory, ChangedBy
from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import HELPERS, look, look_at_barrier
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out, needed
from services.desk.channels.gateway import Owner
from services.desk.model.entries import Kind
from services.desk.policy.ways import BARRIER_WAYS, NO_REASON, PLAN_WAYS, WORDED
from services.desk.store import clients as store
from shared.errors import NotFound
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

BARRIER = "/clients/{client_id}/barriers/{barrier_id}"
PLAN = "/clients/{client_id}/plans/{plan_id}"


@routes.get(BARRIER + "/move/{way}", allow=HELPERS, response_class=HTMLResponse)
async def ask_move(client_id: UUID, barrier_id: UUID, way: str, desk: Signed) -> Response:
    """Ask how it is with what gets in the way."""
    return await ask(desk, await _move(desk, client_id, barrier_id, way))


@routes.post(BARRIER + "/move/{way}", allow=HELPERS, response_class=HTMLResponse)
async def keep_move(client_id: UUID, barrier_id: UUID, way: str, *, desk: Signed, typed: TypedIn) -> Response:
    """Write down how it is with what gets in the way."""
    form = await _move(desk, client_id, barrier_id, way)
    deed = Deed(
        owner=Owner.BARRIERS,
        path=f"/barriers/{barrier_id}/{way}",
        body={
            "version": _number(typed["version"]),
            "reason": typed.said("reason") or NO_REASON[way],
            "by": ChangedBy.CLIENT.value,
        },
        said="moved",
    )
    return await carry_out(desk, form, typed, deed)


async def _move(desk: Desk, client_id: UUID, barrier_id: UUID, way: str) -> Form:
    if way not in BARRIER_WAYS:
        raise NotFound("There is no such page.")
    return await _about_barrier(desk, client_id, barrier_id, f"move/{way}", way=BARRIER_WAYS[way])


@routes.get(BARRIER + "/setback", allow=HELPERS, response_class=HTMLResponse)
async def ask_setback(client_id: UUID, barrier_id: UUID, desk: Signed) -> Response:
    """Ask what did not work out."""
    return await ask(desk, await _about_barrier(desk, client_id, barrier_id, "setback"))


@routes.post(BARRIER + "/setback", allow=HELPERS, response_class=HTMLResponse)
async def keep_setback(client_id: UUID, barrier_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down what did not work out: information, never a verdict."""
    form = await _about_barrier(desk, client_id, barrier_id, "setback")
    deed: Deed | Faults = needed(typed, what_happened="Please write down what happened.") or Deed(
        owner=Owner.BARRIERS,
        path=f"/barriers/{barrier_id}/setbacks",
        body={"what_happened": typed["what_happened"]},
        said="setback",
    )
    return await carry_out(desk, form, typed, deed)


@routes.get(BARRIER + "/category", allow=HELPERS, response_class=HTMLResponse)
async def ask_category(client_id: UUID, barrier_id: UUID, desk: Signed) -> Response:
    """Ask how else it may be understood."""
    return await ask(desk, await _about_barrier(desk, client_id, barrier_id, "category"))


@routes.post(BARRIER + "/category", allow=HELPERS, response_class=HTMLResponse)
async def keep_category(client_id: UUID, barrier_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Understand it in another way; the words stay as they are, and the playbook looks at it anew."""
    form = await _about_barrier(desk, client_id, barrier_id, "category")
    faults = needed(typed, reason="Please say why, in a sentence.")
    if typed["category"] not in {one.value for one in BarrierCategory}:
        faults["category"] = "Please choose one."
    deed = Deed(
        owner=Owner.BARRIERS,
        path=f"/barriers/{barrier_id}/category",
        body={
            "version": _number(typed["version"]),
            "category": typed["category"],
            "reason": typed["reason"],
            "stop_help": typed["stop_help"] == "yes",
        },
        said="category",
    )
    return await carry_out(desk, form, typed, faults or deed)


async def _about_barrier(desk: Desk, client_id: UUID, barrier_id: UUID, page: str, **content: object) -> Form:
    looked, barrier = await look_at_barrier(desk, client_id, barrier_id)
    here = f"/clients/{client_id}"
    return Form(
        looked=looked,
        template=f"client/{page.split('/', maxsplit=1)[0]}.html",
        address=f"{here}/barriers/{barrier_id}/{page}",
        back=f"{here}/way",
        part="way",
        about=(Kind.BARRIER, barrier_id),
        record=barrier.client_id,
        values={"category": barrier.category.value if barrier.category else ""},
        content={"barrier": barrier, "version": barrier.version, **content},
    )


@routes.get(PLAN + "/{way}", allow=HELPERS, response_class=HTMLResponse)
async def ask_plan(client_id: UUID, plan_id: UUID, way: str, desk: Signed) -> Response:
    """Ask how it is with a plan."""
    return await ask(desk, await _plan(desk, client_id, plan_id, way))


@routes.post(PLAN + "/{way}", allow=HELPERS, response_class=HTMLResponse)
async def keep_plan(client_id: UUID, plan_id: UUID, way: str, *, desk: Signed, typed: TypedIn) -> Response:
    """Write down how it is with a plan."""
    form = await _plan(desk, client_id, plan_id, way)
    return await carry_out(desk, form, typed, plan_moved(plan_id, way, typed))


def plan_moved(plan_id: UUID, way: str, typed: Typed) -> Deed | Faults:
    """How a plan goes on, in their words where the words may change."""
    body: dict[str, object] = {"version": _number(typed["version"])}
    if way in WORDED:
        faults = needed(typed, then_words="Please write down what they will do.", if_words="Please say when.")
        hours = typed.said("cue_hours_before")
        if hours and not (hours.isdecimal() and 1 <= int(hours) <= 168):
            faults["cue_hours_before"] = "Please give a whole number of hours, from 1 to 168, or none."
        if faults:
            return faults
        body |= {name: typed[name].strip().rstrip(".") for name in ("if_words", "then_words")}
        body["from_own_idea"] = typed["from_own_idea"] == "yes"
        if hours:
            body["cue_hours_before"] = int(hours)
    return Deed(owner=Owner.BARRIERS, path=f"/plans/{plan_id}/{way}", body=body, said="plan")


async def _plan(desk: Desk, client_id: UUID, plan_id: UUID, way: str) -> Form:
    if way not in PLAN_WAYS:
        raise NotFound("There is no such page.")
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        plan = await store.plan(conn, looked.records, plan_id)
        barrier = await store.barrier(conn, looked.records, plan.barrier_id) if plan else None
    if plan is None:
        raise NotFound("There is no such plan of theirs.")
    here = f"/clients/{client_id}"
    cue = plan.cue_hours_before
    return Form(
        looked=looked,
        template="client/plan.html",
        address=f"{here}/plans/{plan_id}/{way}",
        back=f"{here}/way",
        part="way",
        about=(Kind.PLAN, plan_id),
        record=plan.client_id,
        values={
            "if_words": plan.if_words,
            "then_words": plan.then_words,
            "cue_hours_before": str(cue) if cue else "",
            "from_own_idea": "yes" if plan.from_own_idea else "",
        },
        content={
            "plan": plan,
            "barrier": barrier,
            "version": plan.version,
            "way": PLAN_WAYS[way],
            "worded": way in WORDED,
        },
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 1
