"""Forms about a client: shown, sent once, and never lost.

What somebody typed survives whatever becomes of it: a flaw, a colleague's change, a service that does not
answer. Then the same form comes back with their words in it, and says what happened and what is possible now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from services.desk.api.base import Desk
from services.desk.api.client_base import Line, lines, ours, show, theirs
from services.desk.channels.gateway import Owner
from services.desk.model.clients import Looked
from services.desk.model.entries import Entry, Kind
from services.desk.policy.changes import Change, differences, latest, news_since
from services.desk.policy.ways import possible_words
from services.desk.store import entries
from shared.errors import Conflict, Forbidden, Invalid, Problem, Unauthenticated
from shared.ids import new_id

USED_BEFORE = "Idempotency-Key"
"""A word in the answer of a service to a form that was sent again with something else in it."""
NEWS_WITHIN_SECONDS = 1.0
LOOK_EVERY_SECONDS = 0.05
ALREADY = (
    "What you sent first was written down after all, though no answer came back. If what you see below still"
    " has to be added, send it again."
)


class Typed:
    """What somebody typed into a form, exactly as it came."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    @property
    def fields(self) -> Mapping[str, Sequence[str]]:
        """All of it, by field."""
        return self._fields

    def __getitem__(self, name: str) -> str:
        """What was typed into a field; empty where nothing was."""
        found = self._fields.get(name, ())
        return found[0] if found else ""

    def one(self, name: str) -> str:
        """The same, for what pages share with the first conversation."""
        return self[name]

    def all(self, name: str) -> list[str]:
        """Everything that was chosen or typed under one name."""
        return list(self._fields.get(name, ()))

    def said(self, name: str) -> str | None:
        """What was typed, without the space around it; None where there is nothing."""
        return self[name].strip() or None


async def _typed(request: Request) -> Typed:
    sent = await request.form()
    found: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, str):
            # Browsers send lines as two characters, and no text of ours can hold U+0000.
            found.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\0", ""))
    return Typed(found)


TypedIn = Annotated[Typed, Depends(_typed)]
"""The parameter type of what a form sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form about a client: its page, where it is sent to, and where it leads."""

    looked: Looked
    template: str
    address: str
    back: str
    """Where it leads when it is done, and where one goes without doing it."""
    part: str = ""
    about: tuple[Kind, UUID] | None = None
    """The thing that it changes, by which a colleague's change is seen."""
    record: UUID | None = None
    """The record that it changes, where that is another one of the same person than the one that is shown."""
    look_first: bool = False
    """Whether a colleague's change is looked for before anything is sent, because its owner does not."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What stands in the fields before anybody types."""
    content: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a form asks a service to do."""

    owner: Owner
    path: str
    said: str
    body: Mapping[str, object] = field(default_factory=dict)
    method: str = "POST"
    fields: Mapping[str, str] = field(default_factory=dict)
    """Which field of the form a field of the request came from, where they are not called the same."""


Faults = dict[str, str]
"""What has to be looked at again, by field."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What a colleague changed while somebody was writing."""

    who: str
    when: str
    changes: list[Change]
    happened: list[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a form comes back, in words, and what can be done about it."""

    status: int
    faults: Faults = field(default_factory=dict)
    words: str = ""
    possible: tuple[str, ...] = ()
    clash: Clash | None = None
    again: bool = False
    """Whether sending it once more is another thing than sending it before was."""


async def ask(desk: Desk, form: Form) -> Response:
    """Show a form for the first time."""
    return await _shown(desk, form, Typed({name: (value,) for name, value in form.values.items()}), None)


async def carry_out(desk: Desk, form: Form, typed: Typed, deed: Deed | Faults) -> Response:
    """Do what a form asks for and lead on; or show it again with everything in it, and why."""
    if isinstance(deed, dict):
        return await _shown(desk, form, typed, Trouble(status=Invalid.status, faults=deed))
    if form.look_first and (clash := await _clash(desk, form, typed, others_only=True)):
        return await _shown(desk, form, typed, Trouble(status=Conflict.status, clash=clash))
    try:
        await desk.act(
            deed.owner,
            deed.method,
            deed.path,
            deed.body,
            once=typed["once"] or str(new_id()),
            client_id=form.record or form.looked.id,
        )
    except (Forbidden, Unauthenticated):
        raise
    except Conflict as problem:
        clash = await _awaited_clash(desk, form, typed)
        return await _shown(desk, form, typed, trouble_of(problem, deed.fields, clash=clash))
    except Problem as problem:
        return await _shown(desk, form, typed, trouble_of(problem, deed.fields))
    return RedirectResponse(f"{form.back}?said={deed.said}", 303)


async def show_again(desk: Desk, form: Form, typed: Typed, words: str) -> Response:
    """Show a form once more before anything is sent, with everything in it, and say what to look at."""
    return await _shown(desk, form, typed, Trouble(status=Conflict.status, words=words))


def trouble_of(problem: Problem, fields: Mapping[str, str], *, clash: Clash | None = None) -> Trouble:
    """What a service answered, as the form tells it."""
    if isinstance(problem, Invalid):
        if USED_BEFORE in problem.detail:
            return Trouble(status=Conflict.status, words=ALREADY, again=True)
        return Trouble(status=problem.status, faults=faults_of(problem, fields))
    possible = problem.extra.get("possible", ())
    words = possible_words(str(one) for one in possible) if isinstance(possible, (list, tuple)) else []
    return Trouble(status=problem.status, words=problem.detail, possible=tuple(words), clash=clash)


def faults_of(problem: Invalid, fields: Mapping[str, str]) -> Faults:
    """A service's flaws by the fields of our form; what is about none of them stands above them all."""
    found: Faults = {}
    errors = problem.extra.get("errors", ())
    for error in errors if isinstance(errors, (list, tuple)) else ():
        name = str(error.get("field", "")).removeprefix("body.").split(".")[0]
        found.setdefault(fields.get(name, name), str(error.get("problem", problem.detail)))
    return found or {"": problem.detail}


async def _shown(desk: Desk, form: Form, typed: Typed, trouble: Trouble | None) -> Response:
    known = latest(await _about(desk, form))
    again = not typed["once"] or (trouble is not None and trouble.again)
    return await show(
        desk,
        form.looked,
        form.template,
        part=form.part,
        status=trouble.status if trouble else 200,
        faults=trouble.faults if trouble else {},
        form=form,
        typed=typed,
        once=str(new_id()) if again else typed["once"],
        known=str(known) if known else "",
        trouble=trouble,
        more=form.content,
    )


async def _about(desk: Desk, form: Form) -> list[Entry]:
    if form.about is None:
        return []
    async with desk.database.reading() as conn:
        return (await entries.about(conn, [form.about]))[form.about]


async def _clash(desk: Desk, form: Form, typed: Typed, *, others_only: bool) -> Clash | None:
    about = await _about(desk, form)
    known = _id(typed["known"])
    news = news_since(about, known, viewer=desk.viewer.id if others_only else None)
    if not news:
        return None
    async with desk.database.reading() as conn:
        happened = await lines(desk, conn, form.looked, news)
    last = happened[-1]
    return Clash(
        who=last.who or "Foothold",
        when=ours(desk).begun(last.when),
        changes=differences(about, known, theirs(desk, form.looked)),
        happened=happened,
    )


async def _awaited_clash(desk: Desk, form: Form, typed: Typed) -> Clash | None:
    """What was changed, as soon as the desk has heard of it."""
    if form.about is None:
        return None
    loop = asyncio.get_running_loop()
    until = loop.time() + NEWS_WITHIN_SECONDS
    while True:
        clash = await _clash(desk, form, typed, others_only=False)
        if clash is not None or loop.time() > until:
            return clash
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def needed(typed: Typed, **words: str) -> Faults:
    """What has to be said and was not, with the words to ask for it."""
    return {name: ask_for for name, ask_for in words.items() if typed.said(name) is None}
