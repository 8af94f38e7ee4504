"""The playbook as a case manager reads it, from the desk's own picture."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from fastapi.responses import HTMLResponse

from contracts.terms import BarrierCategory
from services.desk.api.base import CLIENTS, Desk, Signed
from services.desk.catalogue import Shelf
from services.desk.model.playbook import PlaybookPicture
from services.desk.model.staff import Role
from services.desk.policy import playbook_wording as wording
from services.desk.policy.tasks import PRIORITY_WORDS
from services.desk.policy.wording import Wall, terms
from shared.errors import NotFound
from shared.http import Given, Routes

routes = Routes(tags=["playbook"], include_in_schema=False)

SUPERVISORS = (Role.SUPERVISOR,)
"""Who changes the playbook."""
Book = Annotated[Shelf, Given(Shelf)]
NOT_YET = "The playbook is on its way from where it is kept. Please look again in a moment."


@routes.get("/playbook", allow=CLIENTS, response_class=HTMLResponse)
async def read_playbook(desk: Signed, shelf: Book) -> Response:
    """Every kind of barrier, in a line each."""
    book = await shelf.in_force()
    return desk.page("playbook/index.html", here="playbook", book=book, changes=may_change(desk))


@routes.get("/playbook/every-kind", allow=CLIENTS, response_class=HTMLResponse)
async def read_general(desk: Signed, shelf: Book) -> Response:
    """What holds for every kind: tasks and their windows by pace, how much at a time, what to say when."""
    book = await in_force(shelf)
    return desk.page(
        "playbook/general.html",
        here="playbook",
        book=book,
        content=book.content,
        changes=may_change(desk),
        words=wording,
        priorities=PRIORITY_WORDS,
    )


@routes.get("/playbook/{category}", allow=CLIENTS, response_class=HTMLResponse)
async def read_kind(category: BarrierCategory, desk: Signed, shelf: Book) -> Response:
    """One kind whole: what to listen for, ask and say, what fits, and what is sent by itself or never."""
    book = await in_force(shelf)
    kind = book.kind(category)
    if kind is None:
        raise NotFound("The playbook in force says nothing about this.")
    return desk.page(
        "playbook/kind.html",
        here="playbook",
        book=book,
        content=book.content,
        kind=kind,
        changes=may_change(desk),
        words=wording,
        priorities=PRIORITY_WORDS,
        say=terms,
    )


async def in_force(shelf: Shelf) -> PlaybookPicture:
    """The version in force; raises what the page says while none has arrived."""
    book = await shelf.in_force()
    if book is None:
        raise NotFound(NOT_YET)
    return book


def may_change(desk: Desk) -> bool:
    """Whether this person may change the playbook."""
    return Role.SUPERVISOR in desk.viewer.roles


def wall_of(desk: Desk) -> Wall:
    """The clock on our own wall."""
    return Wall(desk.foundation.settings.zone, desk.foundation.clock.now())
