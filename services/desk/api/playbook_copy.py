"""A supervisor's open copy of the playbook: changed kind by kind, kept as it is typed, checked by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Path, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.forms import Typed, TypedIn
from services.desk.api.playbook import SUPERVISORS, Book, in_force, wall_of
from services.desk.api.playbook_versions import Whole, version_of
from services.desk.catalogue import Shelf
from services.desk.commands import playbook_copying as copying
from services.desk.model.playbook import Flaw, OpenCopy, PlaybookPicture, file_of
from services.desk.policy import playbook_copies as policy
from services.desk.policy.playbook_changes import Changed, changes
from services.desk.store import playbook as versions
from services.desk.store import playbook_copies as store
from shared.errors import Conflict, Invalid, NotFound, Problem, Transient
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["playbook"], include_in_schema=False)

LONGEST_TEXT = 100_000
DEFAULT_WEEKS = "8"
SAID: Mapping[str, str] = {
    "kept": "It is kept in your copy, and can be read.",
    "same": "That is as in the version in force, so there is nothing of it in your copy.",
    "taken-back": "That is as in the version in force again.",
    "discarded": "Your copy is thrown away. Nothing of it was ever in force.",
    "brought-up": "Your copy is based on the version in force now.",
}
ELSEWHERE = "Another window of yours has changed this text since it was shown here."
KEPT = "Your text is kept."

Name = Annotated[str, Path(max_length=60)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a page of a copy comes back: what has to be looked at again, or what did not work."""

    status: int = 200
    faults: Mapping[str, str] = field(default_factory=dict)
    flaws: Sequence[Flaw] = ()
    words: str = ""


@routes.get("/playbook/copy", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_copy(desk: Signed, shelf: Book) -> Response:
    """What is different in one's copy; or, where there is none, what could be changed."""
    return await overview(desk, shelf, Typed({}))


@routes.get("/playbook/copy/{name}", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_text(name: Name, desk: Signed, shelf: Book) -> Response:
    """One text, to be changed."""
    file, book = _file_at(name), await in_force(shelf)
    async with desk.database.reading() as conn:
        copy = await store.read(conn, desk.viewer.id)
    return await _text(desk, book, file, copy, await _text_in(desk, copy, book, file), page=new_id())


@routes.post("/playbook/copy/{name}", allow=SUPERVISORS, response_class=HTMLResponse)
async def keep_text(name: Name, desk: Signed, shelf: Book, typed: TypedIn) -> Response:
    """Keep a text and have it read; what is wrong in it is said by line, and the text stays as it is."""
    file, book = _file_at(name), await in_force(shelf)
    writing = _writing(file, typed)
    if len(writing.text) > LONGEST_TEXT:
        faults = {"text": f"Please use no more than {LONGEST_TEXT:,} characters"}
        return await _text(
            desk, book, file, None, typed["text"], page=writing.page, outcome=Outcome(Invalid.status, faults)
        )
    async with desk.database.transaction() as tx:
        copy = await copying.write(tx, desk.viewer.id, writing, in_force=book)
    if copy is None:
        async with desk.database.reading() as conn:
            other = await store.read(conn, desk.viewer.id)
        outcome = Outcome(Conflict.status, words=ELSEWHERE)
        return await _text(desk, book, file, other, writing.text, page=new_id(), outcome=outcome)
    if not copy.files:
        return RedirectResponse("/playbook/copy?said=same", 303)
    if flawed := await read_by_barriers(desk, copy, file=file, text=writing.text):
        return await _text(desk, book, file, copy, writing.text, page=writing.page, outcome=flawed)
    return RedirectResponse("/playbook/copy?said=kept", 303)


@routes.post("/playbook/copy/{name}/keep", allow=SUPERVISORS, response_class=Response)
async def keep_while_typing(name: Name, desk: Signed, shelf: Book, typed: TypedIn) -> Response:
    """Keep a text while it is still being typed, whatever it says."""
    file, book = _file_at(name), await in_force(shelf)
    writing = _writing(file, typed)
    if len(writing.text) > LONGEST_TEXT:
        raise Invalid(f"a text has no more than {LONGEST_TEXT:,} characters")
    async with desk.database.transaction() as tx:
        copy = await copying.write(tx, desk.viewer.id, writing, in_force=book)
    if copy is None:
        raise Conflict(ELSEWHERE)
    return Response(status_code=204)


@routes.post("/playbook/copy/{name}/take-back", allow=SUPERVISORS, response_class=HTMLResponse)
async def take_back(name: Name, desk: Signed, shelf: Book) -> Response:
    """Have one text be as in the version in force again."""
    file = _file_at(name)
    async with desk.database.transaction() as tx:
        copy = await copying.take_back(tx, desk.viewer.id, file)
    if copy is not None and copy.files:
        outcome = await read_by_barriers(desk, copy)
        if outcome is not None:
            return await overview(desk, shelf, Typed({}), outcome)
    return RedirectResponse("/playbook/copy?said=taken-back", 303)


async def read_by_barriers(desk: Desk, copy: OpenCopy, *, file: str = "", text: str = "") -> Outcome | None:
    """Have a copy read; None where that went well, otherwise why the page comes back."""
    gateway = desk.foundation.gateway
    try:
        flaws = await copying.read_copy(desk.database, gateway, desk.caller, copy)
    except Transient as away:
        return Outcome(
            away.status, words=f"{KEPT} It could not be read just now. Please try again in a moment."
        )
    except Problem as problem:
        return Outcome(problem.status, words=f"{KEPT} {problem.detail}")
    if not flaws:
        return None
    return Outcome(Invalid.status, policy.faults_of(file, text, flaws), flaws)


async def overview(desk: Desk, shelf: Shelf, typed: Typed, outcome: Outcome | None = None) -> HTMLResponse:
    """The page of a copy: what it changes, trying it, publishing it, and what could be changed as well."""
    book, outcome = await in_force(shelf), outcome or Outcome()
    async with desk.database.reading() as conn:
        copy = await store.read(conn, desk.viewer.id)
        over = await _version(desk, copy.read_over if copy else None, book)
        base = await _version(desk, copy.based_on if copy else None, book)
    name = policy.name_in(copy.texts.get("playbook.yaml", "") if copy else "")
    now = desk.foundation.clock.now()
    return desk.page(
        "playbook/copy.html",
        here="playbook",
        status=outcome.status,
        faults=outcome.faults,
        said=SAID.get(desk.request.query_params.get("said", "")),
        book=book,
        copy=copy,
        outcome=outcome,
        links=policy.address_of,
        titles={file: policy.title_of(file, book) for file in book.files},
        others=[file for file in _in_order(book) if copy is None or file not in copy.files],
        changed=_changed(copy, over),
        overtaken=await _overtaken(desk, copy, base, book),
        clashing=[
            policy.title_of(file, book) for file in (policy.clashing(copy, base, book) if copy else ())
        ],
        typed=typed,
        # A key stays with what may have been done already; everything else is another thing to do.
        once=(typed["once"] if outcome.status == Transient.status else "") or str(new_id()),
        weeks=typed["weeks"] or DEFAULT_WEEKS,
        name=next((one for one in (typed["name"], name) if one not in {"", book.version}), "")
        or policy.next_name(book.version, now),
        tried=wall_of(desk).moment(copy.trial.tried_at) if copy and copy.trial else "",
        saved=wall_of(desk).moment(copy.saved_at) if copy else "",
    )


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A version that came in force since a copy was begun, and all that is different since."""

    newest: Whole
    changed: list[Changed]


async def _overtaken(
    desk: Desk, copy: OpenCopy | None, base: PlaybookPicture, book: PlaybookPicture
) -> Overtaken | None:
    if copy is None or copy.based_on == book.number:
        return None
    return Overtaken(await version_of(desk, book.number), changes(base.content, book.content))


async def _version(desk: Desk, number: int | None, book: PlaybookPicture) -> PlaybookPicture:
    if number is None or number == book.number:
        return book
    async with desk.database.reading() as conn:
        return await versions.version(conn, number) or book


def _changed(copy: OpenCopy | None, over: PlaybookPicture) -> list[Changed]:
    return changes(over.content, copy.content) if copy is not None and copy.content is not None else []


def _in_order(book: PlaybookPicture) -> list[str]:
    kinds = [file_of(one.category) for one in book.content.categories]
    return ["playbook.yaml", *(file for file in kinds if file in book.files)]


async def _text(  # noqa: PLR0913, PLR0917 - what the page is made of
    desk: Desk,
    book: PlaybookPicture,
    file: str,
    copy: OpenCopy | None,
    text: str,
    *,
    page: UUID,
    outcome: Outcome | None = None,
) -> HTMLResponse:
    outcome = outcome or Outcome()
    kept = await _text_in(desk, copy, book, file)
    return desk.page(
        "playbook/text.html",
        here="playbook",
        status=outcome.status,
        faults=outcome.faults,
        name=policy.address_of(file),
        title=policy.title_of(file, book),
        file=file,
        text=text,
        other_window=kept if outcome.status == Conflict.status else "",
        page=page,
        shown=policy.digest(kept),
        outcome=outcome,
        excerpts=policy.excerpts(text, [one for one in outcome.flaws if one.file == file]),
        elsewhere=_elsewhere(file, outcome.flaws, book),
        longest=LONGEST_TEXT,
    )


def _elsewhere(file: str, flaws: Sequence[Flaw], book: PlaybookPicture) -> list[tuple[str, str, str]]:
    """What is wrong in other texts of the copy: the address of each, its title, and what it is."""
    return [
        (
            policy.address_of(one.file) if one.file in book.files else "",
            policy.title_of(one.file, book),
            one.words,
        )
        for one in flaws
        if one.file != file
    ]


async def _text_in(desk: Desk, copy: OpenCopy | None, book: PlaybookPicture, file: str) -> str:
    """A text as it stands in a copy, or in the version that the copy is based on."""
    if copy is not None and file in copy.files:
        return copy.files[file].text
    base = await _version(desk, copy.based_on if copy else None, book)
    return base.files.get(file, "")


def _file_at(name: str) -> str:
    file = policy.file_at(name)
    if file is None:
        raise NotFound("There is no such part of the playbook.")
    return file


def _writing(file: str, typed: Typed) -> copying.Writing:
    try:
        page = UUID(typed["page"])
    except ValueError:
        page = new_id()
    return copying.Writing(name=file, text=policy.with_end(typed["text"]), page=page, shown=typed["shown"])
