"""One task: everything that one needs to do it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from contracts.events.desk import EscalationAcknowledged
from contracts.values import Readiness
from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.live import live_url
from services.desk.channels.gateway import Owner
from services.desk.channels.prompting import Moment, Prompter, Prompts
from services.desk.commands.stating import state
from services.desk.model.audit import Deed
from services.desk.model.entries import Kind
from services.desk.model.pictures import TaskPicture
from services.desk.model.staff import Role
from services.desk.model.team import Colleague
from services.desk.model.work import Work
from services.desk.policy import tasks as policy
from services.desk.policy.folding.tasks import fold_task
from services.desk.policy.tasks import Do
from services.desk.policy.today import PRIORITY_TAGS, handed_words, tags_of, upper_first
from services.desk.policy.windows import window_words
from services.desk.store import entries, pulses, staff, team
from services.desk.store import tasks as store
from shared.db import Connection
from shared.errors import Conflict, NotFound, Problem
from shared.http import Given, Routes
from shared.ids import new_id

MANAGERS = (Role.CASE_MANAGER,)
HANDERS_OVER = (Role.CASE_MANAGER, Role.SUPERVISOR)
MOST = 1000
SHORTEST = 3
OK = 200
TOO_LONG = f"Please use no more than {MOST} characters"

routes = Routes(tags=["tasks"], include_in_schema=False)

SAID: Mapping[str, str] = {
    Do.CLAIM: "You have taken it on.",
    Do.BEGIN: "Begun.",
    Do.DONE: "Done. Thank you for doing this with them.",
    Do.COULD_NOT: "Written down. It is information, and there is a smaller step to look at.",
    Do.HAND_OVER: "Handed over, with your note.",
    Do.CANCEL: "Taken off the list.",
    Do.SEEN: "Noted that you have seen it.",
}

Book = Annotated[Prompter, Given(Prompter)]
Text = Annotated[str, Field(max_length=10_000)]


class Said(BaseModel):
    """What a form about a task says. `version` is the one that somebody has looked at."""

    once: UUID
    version: Annotated[int, Field(ge=1, lt=2**31)]
    note: Text = ""
    answer: Annotated[str, Field(max_length=20)] = ""
    reason: Text = ""
    because: Text = ""
    to: Annotated[str, Field(max_length=36)] = ""
    handover: Text = ""

    @property
    def typed(self) -> dict[str, str]:
        """What stays in the form whatever comes of it."""
        return self.model_dump(exclude={"once", "version"})


Sent = Annotated[Said, Form()]


@routes.get("/tasks/{task_id}", allow=CLIENTS, response_class=HTMLResponse)
async def read_task(desk: Signed, task_id: UUID, book: Book) -> Response:
    """One task, why it is there, and what one needs to do it."""
    await _let_in(desk, task_id)
    return await _page(desk, task_id, book)


@routes.post("/tasks/{task_id}/claim", allow=MANAGERS, response_class=HTMLResponse)
async def claim(desk: Signed, task_id: UUID, book: Book, form: Sent) -> Response:
    """Take it on."""
    return await _move(desk, task_id, book, form, do=Do.CLAIM, body={})


@routes.post("/tasks/{task_id}/begin", allow=MANAGERS, response_class=HTMLResponse)
async def begin(desk: Signed, task_id: UUID, book: Book, form: Sent) -> Response:
    """Begin with it."""
    return await _move(desk, task_id, book, form, do=Do.BEGIN, body={})


@routes.post("/tasks/{task_id}/done", allow=MANAGERS, response_class=HTMLResponse)
async def finish(desk: Signed, task_id: UUID, book: Book, form: Sent) -> Response:
    """It is done; where it was to ask first, with the answer."""
    said = {"note": form.note.strip(), "answer": form.answer}
    body = {name: value for name, value in said.items() if value}
    return await _move(desk, task_id, book, form, do=Do.DONE, body=body)


@routes.post("/tasks/{task_id}/could-not", allow=MANAGERS, response_class=HTMLResponse)
async def could_not(desk: Signed, task_id: UUID, book: Book, form: Sent) -> Response:
    """It could not be done this time, and what got in the way."""
    body = {"reason": form.reason.strip()}
    return await _move(desk, task_id, book, form, do=Do.COULD_NOT, body=body)


@routes.post("/tasks/{task_id}/cancel", allow=MANAGERS, response_class=HTMLResponse)
async def cancel(desk: Signed, task_id: UUID, book: Book, form: Sent) -> Response:
    """It no longer has to be done, and why."""
    body = {"reason": form.because.strip()}
    return await _move(desk, task_id, book, form, do=Do.CANCEL, body=body)


@routes.post("/tasks/{task_id}/hand-over", allow=HANDERS_OVER, response_class=HTMLResponse)
async def hand_over(desk: Signed, task_id: UUID, book: Book, form: Sent) -> Response:
    """Hand it to a colleague, with a note: one's own, or one that nobody has; supervisors anybody's."""
    body = {"to": form.to, "reason": form.handover.strip()}
    return await _move(desk, task_id, book, form, do=Do.HAND_OVER, body=body)


@routes.post("/tasks/{task_id}/seen", allow=CLIENTS, response_class=HTMLResponse)
async def acknowledge(
    desk: Signed, task_id: UUID, seen: Annotated[str, Form(max_length=10_000)] = ""
) -> Response:
    """Say that one has seen that it waited too long, and what happens now."""
    client_id = await _let_in(desk, task_id, Deed.CHANGED)
    origin = desk.request.state.origin
    async with desk.database.transaction(origin) as tx:
        event = EscalationAcknowledged(
            client_id=client_id,
            task_id=task_id,
            note=seen.strip()[:MOST] or None,
            by=desk.viewer.id,
            acknowledged_at=tx.now,
        )
        await state(tx, [event], origin=origin)
    return _to(task_id, Do.SEEN)


async def _let_in(desk: Desk, task_id: UUID, deed: Deed = Deed.SEEN) -> UUID:
    async with desk.database.reading() as conn:
        client_id = await store.client_of(conn, task_id)
    if client_id is None:
        raise NotFound("there is no such task, or it has not come here yet; please try again in a moment")
    await desk.client(client_id, deed)
    return client_id


async def _move(
    desk: Desk, task_id: UUID, book: Prompter, form: Said, *, do: Do, body: Mapping[str, object]
) -> Response:
    client_id = await _let_in(desk, task_id)
    faults = await _faults(desk, task_id, do, form.typed)
    if faults:
        return await _page(desk, task_id, book, status=422, faults=faults, form=form)
    try:
        await desk.act(
            Owner.BARRIERS,
            "POST",
            f"/tasks/{task_id}/{policy.MOVES[do]}",
            {**body, "version": form.version},
            once=str(form.once),
            client_id=client_id,
        )
    except Problem as problem:
        return await _page(desk, task_id, book, status=problem.status, form=form, problem=problem)
    return _to(task_id, do)


async def _faults(desk: Desk, task_id: UUID, do: Do, typed: Mapping[str, str]) -> dict[str, str]:
    few = {field: asked for field, asked in _ASKED[do] if len(typed[field].strip()) < SHORTEST}
    long = {field: TOO_LONG for field, text in typed.items() if len(text.strip()) > MOST}
    faults = few | long
    if do is Do.HAND_OVER:
        async with desk.database.reading() as conn:
            work = await store.work(conn, task_id)
            people = await _who_could(desk, conn, work) if work else ()
        if typed["to"] not in {str(one.id) for one in people}:
            faults["to"] = "Please choose who takes it on"
    return faults


async def _who_could(desk: Desk, conn: Connection, work: Work) -> tuple[Colleague, ...]:
    """To whom a task can go: who may see the client, and does not have it already."""
    teams = work.team_ids or desk.viewer.team_ids
    has_it = {desk.viewer.id, work.task.assignee}
    return tuple(one for one in await team.colleagues(conn, teams) if one.id not in has_it)


_ASKED: Mapping[Do, tuple[tuple[str, str], ...]] = {
    Do.CLAIM: (),
    Do.BEGIN: (),
    Do.DONE: (),
    Do.COULD_NOT: (("reason", "Please say in a few words what got in the way"),),
    Do.CANCEL: (("because", "Please say in a few words why it need not be done any more"),),
    Do.HAND_OVER: (("handover", "Please write a few words for your colleague"),),
}


def _to(task_id: UUID, do: Do) -> Response:
    return RedirectResponse(f"/tasks/{task_id}?said={do}", 303)


async def _page(  # noqa: PLR0913 - what the page is made of
    desk: Desk,
    task_id: UUID,
    book: Prompter,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    form: Said | None = None,
    problem: Problem | None = None,
) -> Response:
    async with desk.database.reading() as conn:
        work = await store.work(conn, task_id)
        if work is None:
            raise NotFound("there is no such task")
        known = (await pulses.positions(conn, [work.task.client_id])).get(work.task.client_id, 0)
        colleagues = await _who_could(desk, conn, work)
    now = desk.foundation.clock.now()
    zone = _zone(desk, work)
    changed = []
    if form is not None and isinstance(problem, Conflict):
        changed = await _changed(desk, work.task, form.version)
    possible = policy.possible(work.task, desk.viewer)
    return desk.page(
        "task/index.html",
        here="today",
        status=status,
        faults=faults,
        said=SAID.get(desk.request.query_params.get("said", "")),
        live_url=live_url([work.task.client_id], known) if status == OK else None,
        work=work,
        task=work.task,
        stands=policy.STATUS_WORDS[work.task.status],
        alive=work.task.status in policy.ALIVE,
        handed=handed_words(work.task, _handed_by(work), viewer=desk.viewer.id),
        open_at=desk.request.query_params.get("do", ""),
        window=upper_first(window_words(work.task.due_from, work.task.due_by, now=now, zone=zone)),
        late=work.task.due_by is not None and work.task.due_by < now,
        priority=PRIORITY_TAGS[work.task.priority],
        tags=tags_of(work.task),
        client_zone=zone,
        may={do.name: do in possible for do in Do},
        asks_first=policy.asks_first(work.task),
        answers=policy.ANSWERS,
        suggestions=await _suggestions(work, book),
        colleagues=[(str(one.id), one.name) for one in colleagues],
        changed=changed,
        problem=problem,
        once=new_id(),
        typed=(form or Said(once=task_id, version=1)).typed,
    )


def _handed_by(work: Work) -> str | None:
    over = work.task.handed_over
    return work.names.get(over.by) if over and over.by else None


def _zone(desk: Desk, work: Work) -> ZoneInfo:
    context = work.client.context if work.client else None
    return ZoneInfo(context.time_zone) if context else desk.foundation.settings.zone


async def _changed(desk: Desk, task: TaskPicture, version: int) -> list[tuple[str, str, str]]:
    """What a colleague has changed of a task since it was shown in this version."""
    subject = (Kind.TASK, task.id)
    async with desk.database.reading() as conn:
        told = (await entries.about(conn, {subject}))[subject]
        before = fold_task([one for one in told if one.place.version <= version] or told)
        holders = {one.assignee for one in (before, task) if one and one.assignee}
        names = await staff.names(conn, holders)
    if before is None or before.version != version:
        return []
    zone = desk.foundation.settings.zone
    return policy.changes(before, task, names=names, now=desk.foundation.clock.now(), zone=zone)


async def _suggestions(work: Work, book: Prompter) -> list[tuple[str, tuple[str, ...]]]:
    category = next((one.category for one in work.barriers if one.category), None)
    if category is None:
        return []
    rulers = work.client.rulers if work.client else Readiness()
    moment = Moment(category, importance=rulers.importance, confidence=rulers.confidence, task=work.task.kind)
    prompts = await book.about(moment) or Prompts()
    kinds = (
        ("You might ask", prompts.open_questions[:4]),
        ("You might notice", prompts.affirmations[:3]),
        ("You might say back", (*prompts.reflections[:2], *prompts.deeper_reflections[:2])),
    )
    return [(what, sentences) for what, sentences in kinds if sentences]
