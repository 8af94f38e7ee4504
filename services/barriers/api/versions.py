"""The playbook's versions: read, published, and gone back to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.barriers.api.base import READERS, Body, Shelf, View
from services.barriers.catalogue import FIRST, Catalogue, Edition
from services.barriers.model import Playbook
from services.barriers.playbook import Finding, PlaybookError, load_texts
from services.barriers.policy.stating import published
from services.barriers.store import versions
from services.barriers.store.versions import Published
from shared.auth import Caller
from shared.errors import Conflict, Invalid, NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import MOST_BYTES, Database, Transaction

routes = Routes(tags=["playbook"])

PUBLISHERS = ("supervisor",)
LAST_NUMBER = 2**31 - 1
LARGEST = MOST_BYTES - 10_000
"""How long the event of a version may be, with room for its reason."""
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)

FileName = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*\.yaml$", max_length=80)]
FileText = Annotated[str, Field(max_length=100_000)]
Why = Annotated[str, Field(min_length=3, max_length=1000)]


class Copy(Body):
    """A changed copy: the texts of the files that differ; all others are as in the version in force."""

    files: Annotated[dict[FileName, FileText], Field(max_length=40)]


class Publishing(Copy):
    """A copy to put in force."""

    why: Why
    """What was changed and why, for those who read the history."""
    based_on: Annotated[int, Field(ge=FIRST, le=LAST_NUMBER)]
    """The number that was in force when the copy was taken; if another is by now, the answer is 409."""


class GoingBack(Body):
    """An earlier version to put in force again."""

    why: Why
    based_on: Annotated[int, Field(ge=FIRST, le=LAST_NUMBER)]
    """The number that is in force; if another is by now, the answer is 409."""


class VersionView(View):
    """One version of the playbook. Number 1 comes with Foothold, and nobody published it."""

    number: int
    version: str
    """Year, month and a running number, as the file says."""
    edition: str
    """What every decision records: version and fingerprint."""
    in_force: bool
    why: str | None
    published_by: UUID | None
    published_at: datetime | None
    restores: int | None
    """The number that it brought back; null where it was new."""


class VersionText(VersionView):
    """One version with its texts."""

    files: dict[str, str]


@routes.get(
    "/playbook/versions", allow=(*READERS, "directory_editor"), summary="List the playbook's versions"
)
async def list_versions(
    query: Query, catalogue: Shelf, after: After = None, limit: Limit = 50
) -> Page[VersionView]:
    """The latest first; the last is the one that comes with Foothold."""
    cursor = read_cursor(after, int)
    async with query.reading() as conn:
        newest = await versions.newest_number(conn) or FIRST
        before = cursor[0] if cursor else newest + 1
        found = await versions.versions(conn, before=min(before, LAST_NUMBER), limit=limit + 1)
    views = [_published_view(one, newest) for one in found]
    if before > FIRST and len(views) <= limit:
        views.append(_default_view(catalogue, newest))
    last = views[limit - 1].number if len(views) > limit else None
    return page_of(views, limit, None if last is None else cursor_of(last))


@routes.get(
    "/playbook/versions/{number}", allow=(*READERS, "directory_editor"), summary="Read a version's texts"
)
async def read_version(number: int, query: Query, catalogue: Shelf) -> VersionText:
    """The YAML files, to be read or changed."""
    async with query.reading() as conn:
        newest = await versions.newest_number(conn) or FIRST
        if number == FIRST:
            view = _default_view(catalogue, newest)
            return VersionText(**dict(view), files=dict(catalogue.default.texts))
        found = await versions.version(conn, number) if FIRST < number <= newest else None
    if found is None:
        raise _no_such_version()
    return VersionText(**dict(_published_view(found[0], newest)), files=found[1])


@routes.post("/playbook/versions", allow=PUBLISHERS, status_code=201, summary="Publish a changed playbook")
async def publish_version(body: Publishing, command: Command, catalogue: Shelf) -> VersionView:
    """It is in force here at once, and in every other copy of the service within a second or two."""
    copy = await checked(catalogue, body)
    catalogue.remember(copy)
    answer = await command.once(
        partial(
            _publish,
            copy,
            caller=command.caller,
            why=body.why,
            based_on=body.based_on,
            restores=None,
            other_than=catalogue.playbook,
        )
    )
    await catalogue.look(command.database)
    return answer


@routes.post(
    "/playbook/versions/{number}/restore",
    allow=PUBLISHERS,
    status_code=201,
    summary="Go back to an earlier version",
)
async def restore_version(number: int, body: GoingBack, command: Command, catalogue: Shelf) -> VersionView:
    """Its texts are in force again, as a version of their own; 1 is the one that comes with Foothold."""
    edition = await _earlier(number, command.database, catalogue)
    catalogue.remember(edition)
    answer = await command.once(
        partial(
            _publish, edition, caller=command.caller, why=body.why, based_on=body.based_on, restores=number
        )
    )
    await catalogue.look(command.database)
    return answer


async def checked(catalogue: Catalogue, copy: Copy) -> Edition:
    """Read a copy over the version in force; raise `Invalid`, with each file, line and field, if unusable."""
    texts = {**catalogue.in_force.texts, **copy.files}
    try:
        playbook = await asyncio.to_thread(load_texts, texts)
    except PlaybookError as unusable:
        raise _unusable(unusable.findings) from None
    _fits_into_an_event(playbook, texts)
    return Edition(playbook, texts=texts)


def _fits_into_an_event(playbook: Playbook, texts: Mapping[str, str]) -> None:
    """Look whether others could be told of it: everything that is published is stated whole."""
    size = len(published(playbook, texts, number=FIRST, at=SOME_TIME).model_dump_json().encode())
    if size > LARGEST:
        message = (
            f"all files together are too long by about {(size - LARGEST) // 2000 + 1} thousand characters"
        )
        raise _unusable([Finding("playbook.yaml", "", message)])


def _unusable(found: Sequence[Finding]) -> Invalid:
    where = [one.file if one.line is None else f"{one.file}, line {one.line}" for one in found]
    detail = "; ".join(
        f"{place}: {one.field}: {one.message}" for place, one in zip(where, found, strict=True)
    )
    errors = [
        {"file": one.file, "line": str(one.line or ""), "field": one.field, "problem": one.message}
        for one in found
    ]
    return Invalid(detail, errors=errors)


async def _publish(  # noqa: PLR0913 - what is published, by whom and why
    copy: Edition,
    tx: Transaction,
    *,
    caller: Caller,
    why: str,
    based_on: int,
    restores: int | None,
    other_than: Playbook | None = None,
) -> VersionView:
    newest = await versions.newest_number(tx.conn) or FIRST
    if based_on != newest:
        raise Conflict(
            f"Version {newest} is in force by now, not {based_on}. Look at what was changed there first.",
            possible=("look_again",),
            in_force=newest,
        )
    if other_than is not None and copy.playbook.version == other_than.version:
        message = f"{other_than.version} is in force already; move it with every change"
        raise _unusable([Finding("playbook.yaml", "version", message)])
    version = Published(
        number=newest + 1,
        edition=copy.playbook.edition,
        why=why,
        published_by=caller.subject,
        published_at=tx.now,
        restores=restores,
    )
    await versions.publish(tx.conn, version, copy.texts)
    await versions.keep_stated(tx.conn, version.number, version.edition)
    tx.publish(
        published(
            copy.playbook,
            copy.texts,
            number=version.number,
            at=tx.now,
            why=why,
            by=caller.subject,
            restores=restores,
        )
    )
    return _published_view(version, version.number)


async def _earlier(number: int, database: Database, catalogue: Catalogue) -> Edition:
    if number == FIRST:
        return catalogue.default
    async with database.reading() as conn:
        found = await versions.version(conn, number) if FIRST < number <= LAST_NUMBER else None
    if found is None:
        raise _no_such_version()
    try:
        playbook = await asyncio.to_thread(load_texts, found[1])
    except PlaybookError as unusable:
        raise _unusable(unusable.findings) from None
    return Edition(playbook, texts=found[1])


def _published_view(one: Published, newest: int) -> VersionView:
    return VersionView(
        number=one.number,
        version=one.edition.partition("+")[0],
        edition=one.edition,
        in_force=one.number == newest,
        why=one.why,
        published_by=one.published_by,
        published_at=one.published_at,
        restores=one.restores,
    )


def _default_view(catalogue: Catalogue, newest: int) -> VersionView:
    playbook = catalogue.default.playbook
    return VersionView(
        number=FIRST,
        version=playbook.version,
        edition=playbook.edition,
        in_force=newest == FIRST,
        why=None,
        published_by=None,
        published_at=None,
        restores=None,
    )


def _no_such_version() -> NotFound:
    return NotFound("there is no such version of the playbook")
