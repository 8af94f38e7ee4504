"""Small steps: offered, agreed, tried, let rest, made smaller, kept. Always theirs, never a verdict."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import HELPERS, look, look_at_barrier
from services.desk.api.forms import Deed, Faults, Form, Typed, TypedIn, ask, carry_out, needed
from services.desk.channels.gateway import Owner
from services.desk.model.entries import Kind
from services.desk.policy.ways import STEP_WAYS, STEP_WORDED
from services.desk.store import clients as store
from shared.errors import NotFound
from shared.http import Routes

routes = Routes(tags=["clients"], include_in_schema=False)

NEW = "/clients/{client_id}/barriers/{barrier_id}/steps/new"
STEP = "/clients/{client_id}/steps/{step_id}/{way}"
MOST_TIMES = 1000


@routes.get(NEW, allow=HELPERS, response_class=HTMLResponse)
async def ask_step(client_id: UUID, barrier_id: UUID, desk: Signed) -> Response:
    """Ask for a small step."""
    return await ask(desk, await _new(desk, client_id, barrier_id))


@routes.post(NEW, allow=HELPERS, response_class=HTMLResponse)
async def keep_step(client_id: UUID, barrier_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write a small step down, in their words."""
    worded = step_words(typed, last_day_needed=typed["agreed"] == "yes")
    body = worded if isinstance(worded, Faulty) else {**worded, "agreed": typed["agreed"] == "yes"}
    deed: Deed | Faults = (
        body.faults
        if isinstance(body, Faulty)
        else Deed(owner=Owner.BARRIERS, path=f"/barriers/{barrier_id}/steps", body=body, said="step")
    )
    return await carry_out(desk, await _new(desk, client_id, barrier_id), typed, deed)


async def _new(desk: Desk, client_id: UUID, barrier_id: UUID) -> Form:
    looked, barrier = await look_at_barrier(desk, client_id, barrier_id)
    here = f"/clients/{client_id}"
    return Form(
        looked=looked,
        template="client/step_new.html",
        address=f"{here}/barriers/{barrier_id}/steps/new",
        back=f"{here}/way",
        part="way",
        record=barrier.client_id,
        values={"serves": barrier.goal_words or "", "agreed": "yes", "times": "1"},
        content={"barrier": barrier},
    )


@routes.get(STEP, allow=HELPERS, response_class=HTMLResponse)
async def ask_way(client_id: UUID, step_id: UUID, way: str, desk: Signed) -> Response:
    """Ask how it is with a small step."""
    return await ask(desk, await _step(desk, client_id, step_id, way))


@routes.post(STEP, allow=HELPERS, response_class=HTMLResponse)
async def keep_way(client_id: UUID, step_id: UUID, way: str, *, desk: Signed, typed: TypedIn) -> Response:
    """Write down how it is with a small step."""
    form = await _step(desk, client_id, step_id, way)
    return await carry_out(desk, form, typed, step_moved(step_id, way, typed))


def step_moved(step_id: UUID, way: str, typed: Typed) -> Deed | Faults:
    """How a small step goes on."""
    body: dict[str, object] = {"version": int(typed["version"]) if typed["version"].isdecimal() else 1}
    if way in STEP_WORDED:
        worded = step_words(typed, last_day_needed=way == "agree")
        if isinstance(worded, Faulty):
            return worded.faults
        body |= worded
    else:
        if note := typed.said("note"):
            body["note"] = note
        if way in {"progress", "done"} and (more := typed.said("more_times")):
            if not more.isdecimal() or int(more) > MOST_TIMES:
                return {"more_times": "Please give a whole number."}
            body["more_times"] = int(more)
    return Deed(owner=Owner.BARRIERS, path=f"/steps/{step_id}/{way}", body=body, said="step")


class Faulty:
    """What has to be looked at again before a step can be worded."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults


def step_words(typed: Typed, *, last_day_needed: bool) -> dict[str, object] | Faulty:
    """A step as it was typed: specific, counted, and with a last day where it is agreed."""
    faults = needed(typed, words="Please write down what they will try.")
    times = typed.said("times") or "1"
    if not (times.isdecimal() and 1 <= int(times) <= MOST_TIMES):
        faults["times"] = "Please give a whole number, 1 for something that is done once."
    last = typed.said("ends_on")
    if last is None and last_day_needed:
        faults["ends_on"] = "Please agree a last day together; then you look at it again."
    if last is not None and not _is_day(last):
        faults["ends_on"] = "Please give a day."
    if faults:
        return Faulty(faults)
    said = {name: found for name in ("counted", "serves") if (found := typed.said(name)) is not None}
    return {
        "words": typed["words"].strip(),
        "times": int(times),
        **said,
        **({"ends_on": last} if last else {}),
    }


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


async def _step(desk: Desk, client_id: UUID, step_id: UUID, way: str) -> Form:
    if way not in STEP_WAYS:
        raise NotFound("There is no such page.")
    looked = await look(desk, client_id)
    async with desk.database.reading() as conn:
        step = await store.step(conn, looked.records, step_id)
    if step is None:
        raise NotFound("There is no such step of theirs.")
    here = f"/clients/{client_id}"
    return Form(
        looked=looked,
        template="client/step.html",
        address=f"{here}/steps/{step_id}/{way}",
        back=f"{here}/way",
        part="way",
        about=(Kind.STEP, step_id),
        record=step.client_id,
        values={
            "words": step.words,
            "times": str(step.times),
            "counted": step.counted or "",
            "ends_on": step.ends_on.isoformat() if step.ends_on else "",
            "serves": step.serves or "",
        },
        content={
            "step": step,
            "version": step.version,
            "way": STEP_WAYS[way],
            "way_name": way,
            "worded": way in STEP_WORDED,
        },
    )
