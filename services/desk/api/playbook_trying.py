"""A copy of the playbook tried on the last weeks, brought up to date, thrown away, or published."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from contracts.terms import BarrierCategory
from services.desk.api.base import Desk, Signed
from services.desk.api.forms import Typed, TypedIn, trouble_of
from services.desk.api.playbook import SUPERVISORS, Book, in_force, wall_of
from services.desk.api.playbook_copy import Outcome, overview, read_by_barriers
from services.desk.api.playbook_versions import fault_in_why, newer_than
from services.desk.channels.gateway import Owner
from services.desk.commands import playbook_copying as copying
from services.desk.model.audit import Deed
from services.desk.model.playbook import GENERAL, Difference, OpenCopy, PlaybookPicture
from services.desk.policy import playbook_copies as policy
from services.desk.policy.access import may_see
from services.desk.policy.playbook_wording import upper_first
from services.desk.store import finding, glass
from services.desk.store import playbook_copies as store
from shared.clock import real_now
from shared.errors import Conflict, Forbidden, Invalid, Problem, Unauthenticated
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["playbook"], include_in_schema=False)

AT_ONCE = 20
LEAST_WEEKS, MOST_WEEKS = 1, 52
NOTHING_TO_PUBLISH = "/playbook/versions?said=published-already"


@routes.post("/playbook/copy/try", allow=SUPERVISORS, response_class=HTMLResponse)
async def try_copy(desk: Signed, shelf: Book, typed: TypedIn) -> Response:
    """Try a copy on what was answered in the last weeks. Nothing is changed by it."""
    copy = await _copy_of(desk)
    if copy is None:
        return RedirectResponse("/playbook/copy", 303)
    weeks = typed["weeks"].strip()
    if not (weeks.isascii() and weeks.isdecimal() and LEAST_WEEKS <= int(weeks) <= MOST_WEEKS):
        faults = {"weeks": f"Please choose a number of weeks from {LEAST_WEEKS} to {MOST_WEEKS}"}
        return await overview(desk, shelf, typed, Outcome(Invalid.status, faults))
    if outcome := await _made_readable(desk, copy):
        return await overview(desk, shelf, typed, outcome)
    foundation = desk.foundation
    try:
        flaws = await copying.try_copy(
            desk.database,
            foundation.gateway,
            desk.caller,
            copy,
            weeks=int(weeks),
            now=foundation.clock.now(),
        )
    except (Forbidden, Unauthenticated):
        raise
    except Problem as problem:
        return await overview(desk, shelf, typed, Outcome(problem.status, words=problem.detail))
    if flaws:
        faults = policy.faults_of("", "", flaws)
        return await overview(desk, shelf, typed, Outcome(Invalid.status, faults, flaws))
    return RedirectResponse("/playbook/copy/trial", 303)


@routes.get("/playbook/copy/trial", allow=SUPERVISORS, response_class=HTMLResponse)
async def read_trial(
    desk: Signed,
    shelf: Book,
    kind: BarrierCategory | None = None,
    after: Annotated[int, Query(ge=0, le=copying.MOST_LISTED)] = 0,
) -> Response:
    """What the last trial came to: how many would have been answered differently, which, and how."""
    book = await in_force(shelf)
    async with desk.database.reading() as conn:
        copy = await store.read(conn, desk.viewer.id)
        found = await store.differences(conn, desk.viewer.id, category=kind, after=after, limit=AT_ONCE + 1)
    if copy is None or copy.trial is None:
        return RedirectResponse("/playbook/copy", 303)
    shown = found[:AT_ONCE]
    names = await _names(desk, shown)
    only = f"&kind={kind.value}" if kind else ""
    wall = wall_of(desk)
    return desk.page(
        "playbook/trial.html",
        here="playbook",
        book=book,
        trial=copy.trial,
        overtaken=copy.based_on != book.number,
        tried=wall.moment(copy.trial.tried_at),
        kind=kind,
        kinds=[one for one in copy.trial.by_category if one.different],
        parts=[(policy.PARTS[part], number) for part, number in copy.trial.by_part.items() if number],
        shown=[
            (
                one,
                _kind_name(copy, one.category),
                wall.day(one.answered_at),
                names.get(one.client_id),
                policy.rows_of(one, with_words=one.client_id in names),
            )
            for one in shown
        ],
        most=copying.MOST_TRIED,
        before=f"/playbook/copy/trial?after={max(0, after - AT_ONCE)}{only}" if after else "",
        after=f"/playbook/copy/trial?after={after + AT_ONCE}{only}" if len(found) > AT_ONCE else "",
        at=f"{after + 1} to {after + len(shown)}" if shown else "",
    )


def _kind_name(copy: OpenCopy, category: BarrierCategory) -> str:
    trial = copy.trial
    found = next((one.name for one in trial.by_category if one.category is category), "") if trial else ""
    return upper_first(found or category.value)


async def _names(desk: Desk, shown: list[Difference]) -> dict[UUID, str]:
    """The names of those whom this person may see; who is not in it is another team's."""
    ids = {one.client_id for one in shown}
    if not ids:
        return {}
    async with desk.database.reading() as conn:
        standings = await glass.standings(conn, ids, staff_id=desk.viewer.id, now=real_now())
        seen = [
            one.client_id
            for one in standings
            if may_see(desk.viewer, one.team_ids, glass_broken=one.glass_broken)
        ]
        if not seen:
            return {}
        names = await finding.client_names(conn, seen)
    await desk.noted(Deed.LISTED)
    return {client_id: names.get(client_id, "") for client_id in seen}


@routes.post("/playbook/copy/bring-up", allow=SUPERVISORS, response_class=HTMLResponse)
async def bring_up(desk: Signed, shelf: Book) -> Response:
    """Base a copy on the version in force, with all that was changed in it."""
    book = await in_force(shelf)
    async with desk.database.transaction() as tx:
        copy = await copying.bring_up(tx, desk.viewer.id, in_force=book)
    if copy is not None and copy.files and (outcome := await read_by_barriers(desk, copy)):
        return await overview(desk, shelf, Typed({}), outcome)
    return RedirectResponse("/playbook/copy?said=brought-up", 303)


@routes.post("/playbook/copy/discard", allow=SUPERVISORS, response_class=Response)
async def discard(desk: Signed) -> Response:
    """Throw a copy away."""
    async with desk.database.transaction() as tx:
        await store.forget(tx.conn, desk.viewer.id)
    return RedirectResponse("/playbook/copy?said=discarded", 303)


@routes.post("/playbook/copy/publish", allow=SUPERVISORS, response_class=HTMLResponse)
async def publish(desk: Signed, shelf: Book, typed: TypedIn) -> Response:
    """Put a copy in force as a new version, with a reason; unless another one came in force meanwhile."""
    copy, book = await _copy_of(desk), await in_force(shelf)
    if copy is None:
        return RedirectResponse(NOTHING_TO_PUBLISH, 303)
    if copy.based_on != book.number:
        return await overview(desk, shelf, typed, Outcome(Conflict.status))
    if faults := _faults_in(typed, book.version):
        return await overview(desk, shelf, typed, Outcome(Invalid.status, faults))
    if outcome := await _made_readable(desk, copy):
        return await overview(desk, shelf, typed, outcome)
    done = await _published(desk, copy, book, typed)
    if isinstance(done, Outcome):
        if done.status == Conflict.status:
            await newer_than(shelf, copy.based_on)
        return await overview(desk, shelf, typed, done)
    async with desk.database.transaction() as tx:
        await store.forget(tx.conn, desk.viewer.id)
    await newer_than(shelf, done - 1)
    return RedirectResponse(f"/playbook/versions/{done}?said=published", 303)


async def _published(desk: Desk, copy: OpenCopy, book: PlaybookPicture, typed: Typed) -> int | Outcome:
    """Have a copy published; gives its number, or why it was not."""
    general = copy.texts.get(GENERAL) or book.files.get(GENERAL, "")
    body: dict[str, object] = {
        "files": {**copy.texts, GENERAL: policy.named(general, typed["name"].strip())},
        "why": typed["why"].strip(),
        "based_on": copy.based_on,
    }
    once = typed["once"] or str(new_id())
    try:
        done = await desk.act(Owner.BARRIERS, "POST", "/playbook/versions", body, once=once, client_id=None)
    except (Forbidden, Unauthenticated):
        raise
    except Invalid as problem:
        return _flawed(problem)
    except Problem as problem:
        return Outcome(problem.status, words=problem.detail)
    return int(done["number"])


def _flawed(problem: Invalid) -> Outcome:
    told = trouble_of(problem, {})
    if told.words:
        return Outcome(told.status, words=told.words)
    flaws = copying.flaws_in(problem)
    return Outcome(Invalid.status, policy.faults_of("", "", flaws), flaws)


def _faults_in(typed: Typed, version: str) -> dict[str, str]:
    faults = {"why": fault} if (fault := fault_in_why(typed)) else {}
    name = typed["name"].strip()
    if not policy.NAME.match(name):
        faults["name"] = "Please name it by year, month and a number, such as 2026.11.3"
    elif name == version:
        faults["name"] = f"{version} is the one in force; please use another name"
    return faults


async def _copy_of(desk: Desk) -> OpenCopy | None:
    async with desk.database.reading() as conn:
        return await store.read(conn, desk.viewer.id)


async def _made_readable(desk: Desk, copy: OpenCopy) -> Outcome | None:
    """Have a copy read that was kept while it was typed; None where it can be, or was."""
    return None if copy.content is not None else await read_by_barriers(desk, copy)
