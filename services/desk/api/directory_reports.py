"""What was reported to be wrong in the directory: read by everybody who reads it, answered by editors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from contracts.terms import ReportOutcome
from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import ours
from services.desk.api.directory_editing_form import CORRECTORS, SAYERS, names_of
from services.desk.api.forms import Faults, Trouble, Typed, TypedIn, needed, trouble_of
from services.desk.channels.gateway import Owner
from services.desk.model.service_reports import Report, Sought, Stand
from services.desk.policy.service_form import field_words, sentence
from services.desk.store import service_reports as store
from shared.errors import Forbidden, Invalid, NotFound, Problem, Unauthenticated
from shared.http import Routes
from shared.ids import new_id
from shared.pages import cursor_of, read_cursor

routes = Routes(tags=["directory"], include_in_schema=False)

AT_ONCE = 20
LONGEST = 2_000
LIST = "/directory/reports"
ONE = "/directory/reports/{report_id}"
STANDS: Mapping[Stand, str] = {
    Stand.WAITING: "Waiting for an editor",
    Stand.ANSWERED: "Answered",
    Stand.ALL: "All",
}
OUTCOMES: Mapping[ReportOutcome, tuple[str, str]] = {
    ReportOutcome.CORRECTED: ("It is put right now", "What we say of it was changed."),
    ReportOutcome.CHECKED: ("It was checked, and is right", "Somebody asked there."),
    ReportOutcome.PASSED_ON: ("It was passed on", "Whoever publishes the directory looks into it."),
    ReportOutcome.NOT_WRONG: ("It is right as it stands", "Say what may have been misunderstood."),
}
"""What can become of a report, in words, and what that means."""


@routes.get(LIST, allow=SAYERS, response_class=HTMLResponse)
async def list_reports(
    desk: Signed,
    *,
    stand: Stand = Stand.WAITING,
    source: Annotated[str, Query(max_length=200)] = "",
    service: UUID | None = None,
    after: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """List what was reported, the oldest first; the filters stand in the address."""
    cursor = read_cursor(after or None, datetime, UUID)
    sought = Sought(
        stand=stand,
        source=source or None,
        service_id=service,
        after=(cursor[0], cursor[1]) if cursor else None,
    )
    async with desk.database.reading() as conn:
        found = await store.found(conn, sought, limit=AT_ONCE + 1)
        counts = await store.counts(conn)
    shown = found[:AT_ONCE]
    following = cursor_of(shown[-1].reported_at, shown[-1].entry_id) if len(found) > AT_ONCE else None
    kept = {"service": str(service)} if service else {}
    return desk.page(
        "directory/reports.html",
        here="directory",
        reports=await _in_words(desk, shown),
        outcomes=OUTCOMES,
        stands=_stands(counts, stand, source, kept),
        sources=_sources(counts, stand, source, kept),
        stand=stand.value,
        filtered=bool(source or service),
        every=LIST,
        first=_address(stand, source, kept) if after else None,
        following=_address(stand, source, kept | {"after": following}) if following else None,
        may_answer=bool(desk.viewer.roles & set(CORRECTORS)),
    )


def _address(stand: Stand, source: str, more: Mapping[str, str]) -> str:
    wanted = {"stand": stand.value if stand is not Stand.WAITING else "", "source": source, **more}
    asked = urlencode({name: value for name, value in wanted.items() if value})
    return f"{LIST}?{asked}" if asked else LIST


def _stands(
    counts: Mapping[str, tuple[int, int]], chosen: Stand, source: str, kept: Mapping[str, str]
) -> list[tuple[str, str, int | None, bool]]:
    of = [pair for name, pair in counts.items() if source in {"", name}]
    every, waiting = sum(pair[0] for pair in of), sum(pair[1] for pair in of)
    numbers = {Stand.WAITING: waiting, Stand.ANSWERED: every - waiting, Stand.ALL: every}
    return [
        (words, _address(stand, source, kept), None if kept else numbers[stand], stand is chosen)
        for stand, words in STANDS.items()
    ]


def _sources(
    counts: Mapping[str, tuple[int, int]], stand: Stand, chosen: str, kept: Mapping[str, str]
) -> list[tuple[str, str, int | None, bool]]:
    """The directories, where there is more than one."""
    if len(counts) < 2:
        return []
    named = [(name, _address(stand, name, kept), None, name == chosen) for name in counts]
    return [("Every directory", _address(stand, "", kept), None, not chosen), *named]


async def _in_words(desk: Desk, reports: Sequence[Report]) -> list[Mapping[str, object]]:
    people = {one.reported_by for one in reports} | {one.resolved_by for one in reports}
    names = await names_of(desk, [one for one in people if one is not None])
    wall = ours(desk)
    return [
        {
            "report": one,
            "who": names.get(one.reported_by, "A colleague") if one.reported_by else "Somebody",
            "when": wall.moment(one.reported_at),
            "fields": [field_words(name) for name in one.fields],
            "answered_by": names.get(one.resolved_by, "A colleague") if one.resolved_by else "Somebody",
            "answered_at": wall.moment(one.resolved_at) if one.resolved_at else "",
        }
        for one in reports
    ]


@routes.get(ONE, allow=SAYERS, response_class=HTMLResponse)
async def read_report(report_id: UUID, desk: Signed) -> Response:
    """Show a report, and to editors the form for what they found."""
    return await _shown(desk, report_id, Typed({}), None)


@routes.post(ONE, allow=CORRECTORS, response_class=HTMLResponse)
async def answer_report(report_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Write down what an editor found; or show the form again, and why."""
    faults = {} if typed["outcome"] in set(ReportOutcome) else {"outcome": "Say what became of it."}
    faults |= needed(typed, words="Say in a sentence what you found, or what was done.")
    if len(typed["words"].strip()) > LONGEST:
        faults["words"] = f"Say it in {LONGEST:,} characters or fewer."
    if faults:
        return await _shown(desk, report_id, typed, Trouble(status=Invalid.status, faults=faults))
    body = {"outcome": typed["outcome"], "words": typed["words"].strip()}
    try:
        await desk.act(
            Owner.NAVIGATION,
            "POST",
            f"/directory/reports/{report_id}/resolution",
            body,
            once=typed["once"] or str(new_id()),
            client_id=None,
        )
    except (Forbidden, Unauthenticated, NotFound):
        raise
    except Problem as problem:
        trouble = trouble_of(problem, {})
        return await _shown(desk, report_id, typed, trouble)
    return RedirectResponse(f"{LIST}?said=report_answered", 303)


async def _shown(desk: Desk, report_id: UUID, typed: Typed, trouble: Trouble | None) -> Response:
    async with desk.database.reading() as conn:
        report = await store.report(conn, report_id)
    if report is None:
        raise NotFound("There is no such report.")
    faults: Faults = {name: sentence(words) for name, words in trouble.faults.items()} if trouble else {}
    again = not typed["once"] or (trouble is not None and trouble.again)
    return desk.page(
        "directory/one_report.html",
        here="directory",
        status=trouble.status if trouble else 200,
        faults=faults,
        trouble=sentence(trouble.words) if trouble and trouble.words else None,
        one=(await _in_words(desk, [report]))[0],
        outcomes=OUTCOMES,
        typed=typed,
        once=str(new_id()) if again else typed["once"],
        longest=LONGEST,
        may_answer=bool(desk.viewer.roles & set(CORRECTORS))
        and (report.outcome is None or trouble is not None),
        may_edit=bool(desk.viewer.roles & set(CORRECTORS)),
    )
