"""Today: what needs somebody now and why, and taking on or handing over several tasks at once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field

from services.desk.api.base import Desk, Signed
from services.desk.api.listing import (
    PAGE,
    Listing,
    Looked,
    board_of,
    cursor_after,
    listing,
    records_of,
    topics_of,
    words_of,
)
from services.desk.api.live import live_url
from services.desk.channels.gateway import Owner
from services.desk.model.audit import Deed
from services.desk.model.lists import Board, TaskNow, Turn
from services.desk.model.staff import Role
from services.desk.model.team import Colleague
from services.desk.policy import today as policy
from services.desk.policy.today import About, Filters
from services.desk.store import team
from services.desk.store import today as store
from shared.errors import Problem
from shared.http import Routes
from shared.ids import new_id

TODAYS = (Role.CASE_MANAGER, Role.SUPERVISOR)
AT_ONCE = 6
"""How many commands of one request go out side by side."""
MOST_CHOSEN = 100
SHORTEST_NOTE = 3
OK = 200
X_LIVE = "x-live"
"""Sent by an open page that asks for itself again: nobody has opened it anew."""

routes = Routes(tags=["today"], include_in_schema=False)

SAID: Mapping[str, str] = {
    "claimed": "Taken on. They are yours now.",
    "handed-over": "Handed over, with your note.",
}


class Chosen(BaseModel):
    """Tasks that were chosen in a list."""

    once: UUID
    back: Annotated[str, Field(max_length=1000)] = ""
    """The filters of the list."""
    chosen: Annotated[list[UUID], Field(max_length=MOST_CHOSEN)] = []
    version: Annotated[list[str], Field(max_length=MOST_CHOSEN)] = []
    """Of every row that was shown, chosen or not: its id and the version that somebody has looked at."""
    to: Annotated[str, Field(max_length=36)] = ""
    note: Annotated[str, Field(max_length=1000)] = ""

    @property
    def looked_at(self) -> dict[UUID, int]:
        """What was chosen, each in the version that was shown. What is not of a page of ours is left out."""
        pairs = (one.partition(":") for one in self.version)
        shown = {name: int(version) for name, _, version in pairs if version.isdecimal()}
        return {task_id: shown[str(task_id)] for task_id in self.chosen if str(task_id) in shown}

    @property
    def typed(self) -> dict[str, str]:
        """What stays in the form whatever comes of it."""
        return {"to": self.to, "note": self.note}


@routes.get("/today", allow=TODAYS, response_class=HTMLResponse)
async def read_today(desk: Signed, shown: Looked) -> Response:
    """What needs me now and why, in order, across all my clients."""
    if X_LIVE not in desk.request.headers:
        await desk.noted(Deed.LISTED)
    return await _page(desk, shown)


@routes.post("/today/claim", allow=(Role.CASE_MANAGER,), response_class=HTMLResponse)
async def claim_chosen(desk: Signed, form: Annotated[Chosen, Form()]) -> Response:
    """Take on all tasks that are chosen."""
    return await _each(desk, "claim", {}, form, said="claimed")


@routes.post("/today/hand-over", allow=TODAYS, response_class=HTMLResponse)
async def hand_over_chosen(desk: Signed, form: Annotated[Chosen, Form()]) -> Response:
    """Hand all tasks that are chosen to a colleague, with a note."""
    faults = {}
    async with desk.database.reading() as conn:
        people = {str(one.id): one for one in await team.colleagues(conn, desk.viewer.team_ids)}
    if form.to not in people:
        faults["to"] = "Please choose who takes them on"
    if len(form.note.strip()) < SHORTEST_NOTE:
        faults["note"] = "Please write a few words for your colleague"
    if faults:
        shown = _listing_at(desk, form.back)
        return await _page(desk, shown, faults=faults, chosen=form.chosen, typed=form.typed)
    body = {"to": form.to, "reason": form.note.strip()}
    return await _each(desk, "reassign", body, form, said="handed-over", to=people[form.to])


async def _each(
    desk: Desk,
    move: str,
    body: Mapping[str, object],
    form: Chosen,
    *,
    said: str,
    to: Colleague | None = None,
) -> Response:
    """Have each of these moved, and tell of those that could not be."""
    shown = _listing_at(desk, form.back)
    chosen = form.looked_at
    async with desk.database.reading() as conn:
        known = await store.standing(conn, list(chosen), teams=desk.viewer.team_ids)
    if not known:
        faults = {"chosen": "Please choose at least one"}
        return await _page(desk, shown, faults=faults, typed=form.typed)
    gate = asyncio.Semaphore(AT_ONCE)

    async def carry_out(one: TaskNow) -> str | None:
        task = one.task
        if to is not None and one.team_ids.isdisjoint(to.team_ids):
            return f"{to.name} is not in the team that looks after them."
        async with gate:
            try:
                await desk.act(
                    Owner.BARRIERS,
                    "POST",
                    f"/tasks/{task.id}/{move}",
                    {**body, "version": chosen[task.id]},
                    once=f"{form.once}-{task.id}",
                    client_id=task.client_id,
                )
            except Problem as problem:
                return problem.detail
        return None

    answers = await asyncio.gather(*(carry_out(one) for one in known))
    not_done = [(one, answer) for one, answer in zip(known, answers, strict=True) if answer is not None]
    if not not_done:
        return RedirectResponse(f"{shown.address}&said={said}", 303)
    return await _page(
        desk,
        shown,
        status=409,
        not_done=[(one.task.title, one.client_name, answer) for one, answer in not_done],
        done=len(known) - len(not_done),
        chosen=[one.task.id for one, _ in not_done],
        typed=form.typed,
    )


def _listing_at(desk: Desk, back: str) -> Listing:
    """The list that a form was sent from."""
    return listing(desk, dict(parse_qsl(back)))


async def _page(  # noqa: PLR0913 - what the page is made of
    desk: Desk,
    shown: Listing,
    *,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
    chosen: Collection[UUID] = (),
    typed: Mapping[str, str] | None = None,
    not_done: Sequence[tuple[str, str, str]] = (),
    done: int = 0,
) -> Response:
    now = desk.foundation.clock.now()
    async with desk.database.reading() as conn:
        records = await records_of(conn, shown.filters)
        board = await board_of(conn, desk, shown, now=now, records=records)
        colleagues = await team.colleagues(conn, desk.viewer.team_ids)
    rows = board.rows[:PAGE]
    more = len(board.rows) > PAGE
    filters = shown.filters
    return desk.page(
        "today/index.html",
        here="today",
        status=422 if faults else status,
        faults=faults,
        said=SAID.get(desk.request.query_params.get("said", "")),
        live_url=live_url(topics_of(desk, filters, records), board.position)
        if not faults and status == OK
        else None,
        shown=shown,
        rows=[words_of(desk, row, now=now) for row in rows],
        sections=_sections(board, shown, [row.turn for row in rows]),
        total=policy.number_of(board.counts, turn=filters.turn, about=filters.about),
        everything=sum(one.number for one in board.counts),
        turns=_turn_filters(board, filters),
        abouts=_about_filters(board, filters),
        whose=_whose_filters(desk, filters, {str(one.id): one.name for one in colleagues}),
        after=f"/today?{filters.query}&{urlencode({'after': cursor_after(rows[-1])})}" if more else "",
        first=f"/today?{filters.query}" if shown.cursor else "",
        colleagues=[(str(one.id), one.name) for one in colleagues],
        may_claim=Role.CASE_MANAGER in desk.viewer.roles,
        once=new_id(),
        chosen=set(chosen),
        typed={"to": "", "note": "", **(typed or {})},
        not_done=not_done,
        done=done,
    )


def _sections(board: Board, shown: Listing, turns: Sequence[Turn]) -> list[tuple[str, str, int, int]]:
    """The parts of the list that a page has rows of: name, words, how many there are in all, and here."""
    names = {turn: name for name, turn in policy.TURN_NAMES.items()}
    about = shown.filters.about
    return [
        (
            names[turn],
            policy.TURN_WORDS[turn],
            policy.number_of(board.counts, turn=turn, about=about),
            turns.count(turn),
        )
        for turn in Turn
        if turn in turns
    ]


def _turn_filters(board: Board, filters: Filters) -> list[tuple[str, str, str, int, bool]]:
    """Filters by when a task's turn is: id, words, address, how many, whether it is on."""
    names = {turn: name for name, turn in policy.TURN_NAMES.items()}
    return [
        (
            f"window-{names[turn] if turn is not None else 'all'}",
            policy.TURN_WORDS[turn] if turn is not None else "Everything",
            f"/today?{filters.at(turn).query}",
            policy.number_of(board.counts, turn=turn, about=filters.about),
            filters.turn == turn,
        )
        for turn in (None, *Turn)
    ]


def _about_filters(board: Board, filters: Filters) -> list[tuple[str, str, str, int, bool]]:
    """Filters by what a task is about: id, words, address, how many, whether it is on."""
    return [
        (
            f"about-{about or 'all'}",
            policy.ABOUT_WORDS[about] if about else "Of every kind",
            f"/today?{filters.of(about).query}",
            policy.number_of(board.counts, turn=filters.turn, about=about),
            filters.about == about,
        )
        for about in (None, *About)
    ]


def _whose_filters(
    desk: Desk, filters: Filters, names: Mapping[str, str]
) -> list[tuple[str, str, str, int | None]]:
    """Whose tasks one can look at: name, words, address, and no count."""
    mine = [policy.MINE] if Role.CASE_MANAGER in desk.viewer.roles else []
    chosen = [filters.whose] if filters.whose not in policy.WHOSE_WORDS else []
    return [
        (
            whose,
            policy.WHOSE_WORDS.get(whose) or names.get(whose, "A colleague's"),
            f"/today?{filters.by(whose).query}",
            None,
        )
        for whose in (*mine, policy.TEAM, policy.NOBODYS, *chosen)
    ]
