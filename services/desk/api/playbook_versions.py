"""The playbook's versions: who changed what, when and why; and going back to an earlier one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.api.forms import Trouble, Typed, TypedIn, trouble_of
from services.desk.api.playbook import SUPERVISORS, Book, in_force, may_change, wall_of
from services.desk.catalogue import Shelf
from services.desk.channels.gateway import Owner
from services.desk.model.playbook import PlaybookPicture, VersionLine
from services.desk.policy.playbook_changes import Changed, changes
from services.desk.store import playbook as store
from services.desk.store import staff
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Unauthenticated
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["playbook"], include_in_schema=False)

AT_ONCE = 30
LAST_NUMBER = 2**31 - 1
SHORTEST_WHY, LONGEST_WHY = 3, 1000
NEWS_WITHIN_SECONDS = 1.5
LOOK_EVERY_SECONDS = 0.05

Number = Annotated[int, Path(ge=1, le=LAST_NUMBER)]
SAID = {
    "published": "It is in force. Every answer from now on goes by it.",
    "restored": "It is in force again, as a version of its own.",
    "published-already": "Your copy was published already. It is the version on top, or just below it.",
}


@dataclass(frozen=True, slots=True)
class Whole:
    """One version, who published it, and what it changed."""

    book: PlaybookPicture
    who: str
    when: str
    before: int | None
    """The version before it; None for the first, and while that has not arrived."""
    changed: list[Changed]
    files_only: list[str]
    """Files that differ in comments or layout alone."""


@routes.get("/playbook/versions", allow=CLIENTS, response_class=HTMLResponse)
async def list_versions(
    desk: Signed, shelf: Book, before: Annotated[int, Query(ge=1, le=LAST_NUMBER)] = LAST_NUMBER
) -> Response:
    """The versions, the latest first."""
    async with desk.database.reading() as conn:
        found = await store.versions(conn, before=before, limit=AT_ONCE + 1)
    book = await shelf.in_force()
    shown = found[:AT_ONCE]
    wall = wall_of(desk)
    return desk.page(
        "playbook/versions.html",
        here="playbook",
        said=said(desk),
        in_force=book.number if book else 0,
        lines=[(one, author(one), wall.moment(one.published_at)) for one in shown],
        earlier=f"/playbook/versions?before={shown[-1].number}" if len(found) > AT_ONCE else "",
        latest="/playbook/versions" if before != LAST_NUMBER else "",
    )


@routes.get("/playbook/versions/{number}", allow=CLIENTS, response_class=HTMLResponse)
async def read_version(number: Number, desk: Signed, shelf: Book) -> Response:
    """One version: who published it, when and why, and what is different since the one before."""
    whole = await version_of(desk, number)
    now = await in_force(shelf)
    return desk.page(
        "playbook/version.html",
        here="playbook",
        said=said(desk),
        whole=whole,
        in_force=now.number,
        changes=may_change(desk),
    )


@routes.get("/playbook/versions/{number}/restore", allow=SUPERVISORS, response_class=HTMLResponse)
async def ask_to_go_back(number: Number, desk: Signed, shelf: Book) -> Response:
    """Ask why to go back, beside what that would change."""
    return await _going_back(desk, shelf, number, Typed({}))


@routes.post("/playbook/versions/{number}/restore", allow=SUPERVISORS, response_class=HTMLResponse)
async def go_back(number: Number, desk: Signed, shelf: Book, typed: TypedIn) -> Response:
    """Put an earlier version in force again, with a reason."""
    if fault := fault_in_why(typed):
        trouble = Trouble(status=Invalid.status, faults={"why": fault})
        return await _going_back(desk, shelf, number, typed, trouble=trouble)
    seen = number_in(typed["based_on"])
    try:
        done = await desk.act(
            Owner.BARRIERS,
            "POST",
            f"/playbook/versions/{number}/restore",
            {"why": typed["why"].strip(), "based_on": seen or 1},
            once=typed["once"] or str(new_id()),
            client_id=None,
        )
    except (Forbidden, Unauthenticated, NotFound):
        raise
    except Problem as problem:
        if isinstance(problem, Conflict) and seen:
            await newer_than(shelf, seen)
        return await _going_back(desk, shelf, number, typed, trouble=trouble_of(problem, {}))
    await newer_than(shelf, int(done["number"]) - 1)
    return RedirectResponse(f"/playbook/versions/{done['number']}?said=restored", 303)


async def _going_back(
    desk: Desk, shelf: Shelf, number: int, typed: Typed, *, trouble: Trouble | None = None
) -> Response:
    whole, now = await version_of(desk, number), await in_force(shelf)
    seen = number_in(typed["based_on"])
    return desk.page(
        "playbook/restore.html",
        here="playbook",
        status=trouble.status if trouble else 200,
        faults=trouble.faults if trouble else {},
        whole=whole,
        newest=await version_of(desk, now.number),
        changed=changes(now.content, whole.book.content),
        overtaken=seen is not None and seen != now.number,
        trouble=trouble,
        typed=typed,
        once=typed["once"] if typed["once"] and seen == now.number else str(new_id()),
    )


async def version_of(desk: Desk, number: int) -> Whole:
    """A version with what it changed; raises where there is none, or not yet."""
    async with desk.database.reading() as conn:
        book = await store.version(conn, number)
        if book is None:
            raise NotFound("There is no such version of the playbook here, or not yet.")
        earlier = await store.number_before(conn, number)
        previous = await store.version(conn, earlier) if earlier else None
        by = book.published_by
        names = await staff.names(conn, [by]) if by else {}
    changed = changes(previous.content, book.content) if previous else []
    return Whole(
        book=book,
        who=names.get(by, "A colleague") if by else "",
        when=wall_of(desk).moment(book.published_at),
        before=earlier,
        changed=changed,
        files_only=only_layout(previous, book) if previous and not changed else [],
    )


def only_layout(before: PlaybookPicture, after: PlaybookPicture) -> list[str]:
    """The files whose texts differ, where nothing that is read from them does."""
    return sorted(
        name for name in {*before.files, *after.files} if before.files.get(name) != after.files.get(name)
    )


async def newer_than(shelf: Shelf, number: int) -> bool:
    """Wait a moment until a later version has arrived, so that a page can say what is in force."""
    loop = asyncio.get_running_loop()
    until = loop.time() + NEWS_WITHIN_SECONDS
    while True:
        book = await shelf.in_force()
        if book is not None and book.number > number:
            return True
        if loop.time() > until:
            return False
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def fault_in_why(typed: Typed) -> str:
    """What to say where the reason is missing or too long; nothing where it is there."""
    why = typed["why"].strip()
    if len(why) < SHORTEST_WHY:
        return "Please say in a few words why, for those who read the history"
    if len(why) > LONGEST_WHY:
        return f"Please use no more than {LONGEST_WHY} characters"
    return ""


def number_in(text: str) -> int | None:
    """A number that a form carries; None where it carries none."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) <= LAST_NUMBER else None


def author(line: VersionLine) -> str:
    """Who published a version, in words."""
    if line.published_by is None:
        return "Comes with Foothold"
    return line.published_by_name or "A colleague"


def said(desk: Desk) -> str | None:
    """What a page says after something was done."""
    return SAID.get(desk.request.query_params.get("said", ""))
