"""Registering a client: one conversation, page by page, saved as it is typed, seen only by who writes it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from services.desk.api.base import Signed
from services.desk.api.intake_forms import (
    AT,
    GONE,
    KEEPS,
    LANGUAGES,
    WRITERS,
    Filled,
    Listening,
    Sent,
    Talk,
    after,
    draft_of,
    house_of,
    is_settled,
    kept_answer,
    name_of,
    next_barrier,
    sent,
    steps_for,
    uuid_in,
    wall,
)
from services.desk.api.intake_looking import beside, not_yet_looked_at
from services.desk.model.drafts import Draft, Part, Typed
from services.desk.policy.drafts import Already, Differs, Keep, save
from services.desk.policy.intake_form import faults_of, kind_of
from services.desk.policy.intake_plan import part_of
from services.desk.store import drafts as store
from shared.clock import real_now
from shared.errors import NotFound
from shared.http import Routes
from shared.ids import new_id
from shared.unit_of_work import Transaction

routes = Routes(tags=["intake"], include_in_schema=False)

PartName = Annotated[str, Path(pattern=r"^(who|matters|rulers|consent|barrier-\d{1,2})$")]


@routes.get("/intake", allow=WRITERS, response_class=HTMLResponse)
async def list_drafts(desk: Signed) -> Response:
    """Show the conversations that one has begun and not finished."""
    async with desk.database.reading() as conn:
        found = await store.open_ones(conn, desk.viewer.id)
    zone = desk.foundation.settings.zone
    return desk.page(
        "intake/index.html",
        here="clients",
        drafts=[
            {
                "href": f"/intake/{draft.id}" + ("/check" if draft.finishing_at else ""),
                "name": name_of(typed) or "No name yet",
                "saved": draft.saved_at.astimezone(zone).strftime("%A %-d %B, %H:%M"),
                "under_way": draft.finishing_at is not None,
            }
            for draft, typed in found
        ],
    )


@routes.post("/intake", allow=WRITERS, response_class=Response)
async def begin(desk: Signed) -> Response:
    """Begin a conversation; pressed twice it begins once."""
    async with desk.database.transaction() as tx:
        await store.lock_writer(tx.conn, desk.viewer.id)
        draft_id = await store.empty_one(tx.conn, desk.viewer.id)
        if draft_id is None:
            draft_id = new_id()
            await store.insert(tx.conn, draft_id, desk.viewer.id, now=real_now())
    return RedirectResponse(f"/intake/{draft_id}/who", 303)


@routes.get("/intake/{draft_id}", allow=WRITERS, response_class=Response)
async def go_on(desk: Signed, draft_id: UUID) -> Response:
    """Go on with a conversation."""
    draft = await draft_of(desk, draft_id)
    return RedirectResponse(f"/intake/{draft_id}/{'check' if draft.parts else 'who'}", 303)


@routes.post("/intake/{draft_id}/discard", allow=WRITERS, response_class=Response)
async def discard(desk: Signed, draft_id: UUID) -> Response:
    """Throw a conversation away of which nothing is on record yet."""
    async with desk.database.transaction() as tx:
        if not await store.delete(tx.conn, draft_id, desk.viewer.id):
            raise NotFound(GONE)
    return RedirectResponse("/intake?said=thrown-away", 303)


@routes.get("/intake/{draft_id}/{part}", allow=WRITERS, response_class=HTMLResponse)
async def ask(desk: Signed, draft_id: UUID, part: PartName, listener: Listening) -> Response:
    """Show one page of the conversation, with what was typed so far."""
    talk = Talk(desk, await draft_of(desk, draft_id), listener)
    if talk.draft.finished_at is not None:
        return RedirectResponse(f"/clients/{talk.draft.client_id}/sheet", 303)
    return await _shown(talk, part, talk.draft.typed(part))


@routes.post("/intake/{draft_id}/{part}", allow=WRITERS, response_class=Response)
async def keep(desk: Signed, draft_id: UUID, part: PartName, listener: Listening) -> Response:
    """Keep what was typed on a page, and go on; or, while it is still being typed, only keep it."""
    said = await sent(desk)
    async with desk.database.transaction() as tx:
        outcome = await _keep(tx, await _to_write_in(tx, draft_id, desk.viewer.id), part, said)
    talk = Talk(desk, await draft_of(desk, draft_id), listener)
    if KEEPS in desk.request.headers:
        if isinstance(outcome, Differs):
            return JSONResponse({"differs": True}, 409)
        return kept_answer(desk, talk.draft.parts.get(part))
    if isinstance(outcome, Differs):
        return await _shown(talk, part, said.typed(part), other=outcome.kept)
    return await _on(talk, part, said)


async def _to_write_in(tx: Transaction, draft_id: UUID, staff_id: UUID) -> Draft:
    draft = await store.read_locked(tx.conn, draft_id, staff_id)
    if draft is None:
        raise NotFound(GONE)
    return draft


async def _keep(tx: Transaction, draft: Draft, part: str, said: Sent) -> Keep | Already | Differs:
    """Keep a page unless something of it is on record already, or another window wrote something else."""
    kept = draft.parts.get(part)
    if draft.finished_at is not None or is_settled(draft, part):
        return Already(kept.version if kept else 0)
    typed = said.typed(part)
    outcome = save(kept, typed, said.writing)
    if isinstance(outcome, Keep):
        await store.save_part(
            tx.conn, draft.id, part, typed, version=outcome.version, writing=said.writing, now=real_now()
        )
        await store.forget_faults(
            tx.conn, draft.id, [step.name for step in draft.steps if part_of(step.name) == part]
        )
    if part == "who" and (decided := said.value("decide")):
        await _decide(tx, draft, decided)
    return outcome


async def _decide(tx: Transaction, draft: Draft, decided: str) -> None:
    """Keep that somebody on record is the same person, or somebody else."""
    verdict, _, named = decided.partition(":")
    client_id = uuid_in(named)
    before = draft.typed("alike")
    others = {*before.get("someone_else", ())}
    same: tuple[str, ...] = ()
    if client_id is not None and verdict == "else":
        others.add(str(client_id))
    elif client_id is not None and verdict == "same":
        same = (str(client_id),)
        others.discard(same[0])
    typed = {
        name: words for name, words in (("someone_else", tuple(sorted(others))), ("same", same)) if words
    }
    version = draft.parts["alike"].version + 1 if "alike" in draft.parts else 1
    await store.save_part(
        tx.conn,
        draft.id,
        "alike",
        typed,
        version=version,
        writing=Sent([]).writing,
        now=real_now(),
    )


async def _on(talk: Talk, part: str, said: Sent) -> Response:
    """Go on to the next page, unless something on this one wants a look first."""
    here = f"/intake/{talk.draft.id}/{part}"
    then = said.value("then")
    if said.value("decide") or then == "stay":
        return RedirectResponse(here, 303)
    typed = talk.draft.typed(part)
    if faults := faults_of(part, typed):
        return await _shown(talk, part, typed, faults=faults)
    if await not_yet_looked_at(talk, part, said):
        return RedirectResponse(f"{here}#{'heard' if kind_of(part) == 'barrier' else 'beside'}", 303)
    return RedirectResponse(after(talk.draft, part, then), 303)


async def _shown(
    talk: Talk, part: str, typed: Typed, *, other: Part | None = None, faults: dict[str, str] | None = None
) -> Response:
    desk, draft = talk.desk, talk.draft
    kind = kind_of(part)
    if kind is None:
        raise NotFound("There is no such page.")
    kept = draft.parts.get(part)
    shown = dict(faults or _turned_back(draft, part))
    return desk.page(
        f"intake/{kind}.html",
        here="clients",
        status=409 if other else 422 if faults else 200,
        faults=shown,
        draft=draft,
        part=part,
        name=name_of(draft.typed("who")),
        typed=Filled(typed),
        other=Filled(other.fields) if other else None,
        version=other.version if other else kept.version if kept else 0,
        page_id=new_id(),
        kept=kept,
        saved=wall(desk, kept.saved_at) if kept else "",
        settled=is_settled(draft, part),
        steps=steps_for(draft),
        at=AT[kind],
        house=house_of(desk),
        languages=LANGUAGES,
        looked=kind == "who" and "" in shown,
        matters=Filled(draft.typed("matters")),
        told=[
            (name, Filled(draft.typed(name)).one("words"), f"/intake/{draft.id}/{name}")
            for name in draft.barriers
        ],
        another=next_barrier(draft),
        nearby=await beside(talk, part, typed),
    )


def _turned_back(draft: Draft, part: str) -> dict[str, str]:
    """Why intake turned something of this page back, in words."""
    return {
        field: words
        for step in draft.steps
        if part_of(step.name) == part
        for field, words in step.faults.items()
    }
