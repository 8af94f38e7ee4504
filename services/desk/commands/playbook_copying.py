"""Somebody's open copy of the playbook: kept as it is typed, read and tried by barriers, brought up to date.

Nothing of it is in force before it is published, and nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter

from contracts.playbook import PlaybookContent
from services.desk.channels.gateway import Gateway, Owner
from services.desk.model.playbook import (
    CopiedFile,
    Difference,
    Flaw,
    KindCount,
    OpenCopy,
    PlaybookPicture,
    Trial,
)
from services.desk.policy.playbook_copies import overwrites, plainly
from services.desk.store import playbook as versions
from services.desk.store import playbook_copies as store
from shared.auth import Caller
from shared.clock import real_now
from shared.errors import Invalid
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction

MOST_LISTED = 2000
"""How many of the answers that would have been different are kept to be shown; all are counted."""
MOST_TRIED = 10_000
"""On how many barriers a copy is tried, the latest first, so that it takes seconds and not longer."""
TRIAL_SECONDS = 40.0
"""How long a trial may take; on a machine that has nothing else to do it is one or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A text as an opened page sends it, and what that page was shown before."""

    name: str
    text: str
    page: UUID
    shown: str


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    read_over: int
    content: PlaybookContent


class _Tried(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    tried: int
    not_kept: int
    left_out: int
    different: int
    by_category: tuple[KindCount, ...]
    by_part: dict[str, int]
    barriers: tuple[Difference, ...]


_ERRORS: TypeAdapter[list[dict[str, str]]] = TypeAdapter(list[dict[str, str]])


async def write(
    tx: Transaction, staff_id: UUID, writing: Writing, *, in_force: PlaybookPicture
) -> OpenCopy | None:
    """Keep a text; None where another opened page has written it since this one was shown.

    A text that is as in the version that the copy is based on is no part of the copy.
    """
    await store.lock(tx.conn, staff_id)
    copy = await store.read(tx.conn, staff_id)
    base = await _base(tx, copy, in_force)
    kept = copy.files.get(writing.name) if copy else None
    if overwrites(kept, base.files.get(writing.name, ""), shown=writing.shown, page=writing.page):
        return None
    same = kept.text if kept else base.files.get(writing.name)
    if writing.text != same or copy is None:
        await store.touch(tx.conn, staff_id, based_on=base.number, now=real_now())
    if writing.text == base.files.get(writing.name):
        await store.forget_files(tx.conn, staff_id, [writing.name])
    else:
        file = CopiedFile(text=writing.text, written_from=writing.page)
        await store.save_file(tx.conn, staff_id, writing.name, file)
    return await _left(tx, staff_id)


async def take_back(tx: Transaction, staff_id: UUID, name: str) -> OpenCopy | None:
    """Take a text out of a copy; None where nothing is left of it."""
    await store.lock(tx.conn, staff_id)
    copy = await store.read(tx.conn, staff_id)
    if copy is None:
        return None
    await store.touch(tx.conn, staff_id, based_on=copy.based_on, now=real_now())
    await store.forget_files(tx.conn, staff_id, [name])
    return await _left(tx, staff_id)


async def bring_up(tx: Transaction, staff_id: UUID, *, in_force: PlaybookPicture) -> OpenCopy | None:
    """Base a copy on the version in force. Its texts stay as they are, but those that are the same now."""
    await store.lock(tx.conn, staff_id)
    copy = await store.read(tx.conn, staff_id)
    if copy is None:
        return None
    await store.touch(tx.conn, staff_id, based_on=in_force.number, now=real_now())
    same = [name for name, text in copy.texts.items() if text == in_force.files.get(name)]
    await store.forget_files(tx.conn, staff_id, same)
    return await _left(tx, staff_id)


async def _left(tx: Transaction, staff_id: UUID) -> OpenCopy | None:
    """The copy as it stands; one in which nothing is different any more is gone."""
    copy = await store.read(tx.conn, staff_id)
    if copy is not None and not copy.files:
        await store.forget(tx.conn, staff_id)
    return copy


async def _base(tx: Transaction, copy: OpenCopy | None, in_force: PlaybookPicture) -> PlaybookPicture:
    if copy is None or copy.based_on == in_force.number:
        return in_force
    return await versions.version(tx.conn, copy.based_on) or in_force


async def read_copy(database: Database, gateway: Gateway, caller: Caller, copy: OpenCopy) -> list[Flaw]:
    """Have barriers read a copy and keep what it reads; or give what has to be looked at again.

    Raises `Transient` where barriers does not answer.
    """
    if not copy.files:
        return []
    try:
        answer = await _asked(gateway, caller, "/playbook/check", {"files": copy.texts})
    except Invalid as problem:
        return flaws_in(problem)
    found = _Checked.model_validate(answer)
    async with database.transaction() as tx:
        await store.keep_read(
            tx.conn, caller.subject, copy.version, content=found.content, over=found.read_over
        )
    return []


async def try_copy(
    database: Database, gateway: Gateway, caller: Caller, copy: OpenCopy, *, weeks: int, now: datetime
) -> list[Flaw]:
    """Try a copy on what was answered in the last weeks and keep what it came to; or give its flaws.

    Raises `Transient` where barriers does not answer.
    """
    body = {"files": copy.texts, "weeks": weeks, "most": MOST_LISTED, "latest": MOST_TRIED}
    try:
        found = _Tried.model_validate(
            await _asked(gateway, caller, "/playbook/trial", body, seconds=TRIAL_SECONDS)
        )
    except Invalid as problem:
        return flaws_in(problem)
    trial = Trial(
        weeks=weeks,
        tried_at=now,
        tried=found.tried,
        not_kept=found.not_kept,
        left_out=found.left_out,
        different=found.different,
        listed=len(found.barriers),
        by_category=found.by_category,
        by_part=found.by_part,
    )
    async with database.transaction() as tx:
        await store.keep_trial(tx.conn, caller.subject, copy.version, trial=trial, differences=found.barriers)
    return []


def flaws_in(problem: Invalid) -> list[Flaw]:
    """What is wrong with the texts, each with its place, as barriers told it."""
    errors = _ERRORS.validate_python(problem.extra.get("errors", ()) or ())
    return [
        Flaw(
            file=one.get("file", ""),
            line=int(line) if (line := one.get("line", "")).isdecimal() else None,
            field=one.get("field", ""),
            problem=plainly(one.get("problem", problem.detail)),
        )
        for one in errors
    ] or [Flaw(file="", line=None, field="", problem=problem.detail)]


async def _asked(
    gateway: Gateway, caller: Caller, path: str, body: Mapping[str, object], *, seconds: float | None = None
) -> Mapping[str, object]:
    key = new_id()
    done = await gateway.send(
        Owner.BARRIERS,
        "POST",
        path,
        body,
        caller=caller,
        key=str(key),
        correlation_id=key,
        seconds=seconds,
    )
    return done.answer
