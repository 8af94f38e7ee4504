"""A changed playbook, tried on the past: what would have been answered differently, and how."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Header
from fastapi.responses import StreamingResponse
from pydantic import Field

from contracts.playbook import PlaybookContent
from contracts.terms import BarrierCategory, TaskKind
from contracts.values import HelpFilters
from services.barriers.api.base import Now, Shelf, View
from services.barriers.api.versions import PUBLISHERS, Copy, checked
from services.barriers.model import Answer, Outcomes, Playbook
from services.barriers.policy import trials
from services.barriers.policy.stating import content_of
from services.barriers.store import answers
from shared.http import Query, ReadRequest, Routes

routes = Routes(tags=["playbook"])

AT_ONCE = 500
"""Answers that are tried between two looks at everything else there is to do."""
MOST_TRIED = 50_000
LINES = "application/x-ndjson"


class Trial(Copy):
    """A copy to try on what was answered in the last weeks."""

    weeks: Annotated[int, Field(ge=1, le=104)] = 4
    most: Annotated[int, Field(ge=0, le=2000)] = 200
    """How many of the barriers that would have been answered differently are listed; all are counted."""
    latest: Annotated[int, Field(ge=1, le=MOST_TRIED)] = MOST_TRIED
    """On how many barriers it is tried at most, the latest first; fewer come back sooner."""


class CheckView(View):
    """A copy that can be used, as everybody would read it."""

    read_over: int
    """The number of the version in force, over which it was read."""
    edition: str
    content: PlaybookContent


class HelpView(View):
    """The help that was asked for."""

    resources: list[str]
    """Open Eligibility codes, best first."""
    filters: HelpFilters


class AnswerView(View):
    """An answer to a barrier: as it was, or as it would have been."""

    rule: str
    edition: str
    help: HelpView | None
    """Null: no help was asked for at once."""
    if_words: str | None
    then_words: str | None
    """The plan that was drafted; null where none was, or another barrier's is shared."""
    tasks: list[TaskKind]


class DifferenceView(View):
    """A barrier that would have been answered differently."""

    barrier_id: UUID
    client_id: UUID
    category: BarrierCategory
    """The kind that it was answered as."""
    answered_at: datetime
    differs: list[trials.Part]
    was: AnswerView
    would_be: AnswerView


class CategoryCount(View):
    """How many barriers of one kind were answered, and how many of them differently."""

    category: BarrierCategory
    name: str
    answered: int
    different: int


class TrialView(View):
    """What a changed copy would have made of the past. Nothing was written."""

    edition: str
    """The copy's."""
    since: datetime
    tried: int
    """Barriers that it was tried on."""
    not_kept: int
    """Barriers that were answered before it was kept what answers are decided from; they were left out."""
    left_out: int
    """Barriers beyond the latest on which it was tried."""
    different: int
    by_part: dict[trials.Part, int]
    """How many of those that differ do so in their rule, help, plan or tasks; some in several."""
    by_category: list[CategoryCount]
    """The kinds that were answered, the most different first."""
    barriers: list[DifferenceView]
    """The latest first."""


class Progress(View):
    """How far a trial is."""

    done: int
    of: int


class Finished(View):
    """The end of a trial."""

    trial: TrialView


@routes.post("/playbook/check", allow=PUBLISHERS, summary="Check a changed playbook")
async def check_playbook(body: Copy, _query: Query, catalogue: Shelf) -> CheckView:
    """Read a copy and write nothing; one that cannot be used is explained by file, line and field."""
    number = catalogue.in_force.number
    playbook = (await checked(catalogue, body)).playbook
    return CheckView(read_over=number, edition=playbook.edition, content=content_of(playbook))


@routes.post(
    "/playbook/trial",
    allow=PUBLISHERS,
    summary="Try a changed playbook on the past",
    response_model=TrialView,
    responses={200: {"content": {LINES: {"schema": {"type": "string"}}}}},
)
async def try_playbook(  # noqa: PLR0917 - what it is tried with, and how it is told
    body: Trial,
    query: Query,
    catalogue: Shelf,
    now: Now,
    accept: Annotated[str, Header(description="application/x-ndjson tells the progress, line by line")] = "",
) -> TrialView | StreamingResponse:
    """Each barrier of the last weeks is decided again, purely, from what was known when it was answered.

    As lines, each is an object with either `done` and `of`, or the finished `trial`.
    """
    copy = (await checked(catalogue, body)).playbook
    since = now.clock.now() - timedelta(weeks=body.weeks)
    running = _Running(copy, since=since, most=body.most, latest=body.latest)
    if LINES in accept:
        return StreamingResponse(_told(running, query), media_type=LINES)
    async for _ in running.steps(query):
        """Only the end of it is told."""
    return running.view()


class _Running:
    """A trial while it runs: what was tried so far, and what was different."""

    def __init__(self, copy: Playbook, *, since: datetime, most: int, latest: int) -> None:
        self._copy = copy
        self._since = since
        self._most = most
        self._latest = latest
        self._answered: Counter[BarrierCategory] = Counter()
        self._different: Counter[BarrierCategory] = Counter()
        self._parts: Counter[trials.Part] = Counter()
        self._listed: list[DifferenceView] = []
        self._kept = self._not_kept = 0

    async def steps(self, query: ReadRequest) -> AsyncIterator[tuple[int, int]]:
        """Try it on one lot after the other; give how many are done, and of how many."""
        async with query.reading() as conn:
            self._kept, self._not_kept = await answers.count_answered(conn, since=self._since)
        most = min(self._kept, self._latest)
        last: Answer | None = None
        while self._answered.total() < most:
            after = None if last is None else last.given
            limit = min(AT_ONCE, most - self._answered.total())
            async with query.reading() as conn:
                lot = await answers.answers_since(conn, self._since, after=after, limit=limit)
            if not lot:
                break
            for was, would_be in await asyncio.to_thread(trials.tried_on, self._copy, lot):
                self._take(was, would_be)
            self._answered.update(one.given.category for one in lot)
            last = lot[-1]
            yield self._answered.total(), most

    def view(self) -> TrialView:
        """Show what it came to."""
        names = {kind: rules.name for kind, rules in self._copy.categories.items()}
        order = sorted(self._answered, key=lambda one: (-self._different[one], -self._answered[one], one))
        tried = self._answered.total()
        return TrialView(
            edition=self._copy.edition,
            since=self._since,
            tried=tried,
            not_kept=self._not_kept,
            left_out=max(0, self._kept - tried),
            different=self._different.total(),
            by_part=dict(self._parts),
            by_category=[
                CategoryCount(
                    category=one,
                    name=names[one],
                    answered=self._answered[one],
                    different=self._different[one],
                )
                for one in order
            ],
            barriers=self._listed,
        )

    def _take(self, was: Answer, would_be: Outcomes) -> None:
        given = was.given
        self._different[given.category] += 1
        differs = trials.differences(was.outcomes, would_be)
        self._parts.update(differs)
        if len(self._listed) < self._most:
            view = DifferenceView(
                barrier_id=given.barrier_id,
                client_id=given.client_id,
                category=given.category,
                answered_at=given.answered_at,
                differs=list(differs),
                was=_answer_view(was.outcomes),
                would_be=_answer_view(would_be),
            )
            self._listed.append(view)


async def _told(running: _Running, query: ReadRequest) -> AsyncIterator[str]:
    async for done, of in running.steps(query):
        yield Progress(done=done, of=of).model_dump_json() + "\n"
    yield Finished(trial=running.view()).model_dump_json() + "\n"


def _answer_view(outcomes: Outcomes) -> AnswerView:
    asked = outcomes.help
    return AnswerView(
        rule=outcomes.rule,
        edition=outcomes.edition,
        help=None if asked is None else HelpView(resources=list(asked.resources), filters=asked.filters),
        if_words=outcomes.if_words,
        then_words=outcomes.then_words,
        tasks=list(outcomes.kinds),
    )
