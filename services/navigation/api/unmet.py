"""The unmet-barrier map: where help was asked for and the directory had nothing eligible, fresh and open."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response
from fastapi import Query as Parameter
from pydantic import AwareDatetime

from contracts.terms import BarrierCategory
from services.navigation.api.base import Body, Now
from services.navigation.api.loop import From, Until
from services.navigation.model.unmet import UnmetAsked, UnmetFigures
from services.navigation.policy import figures
from services.navigation.policy import unmet as policy
from services.navigation.store import unmet as store
from shared.errors import Invalid
from shared.http import Query, Routes

routes = Routes(tags=["figures"])

LOOKERS = ("supervisor", "directory_editor", "admin")


class UnmetView(Body):
    """One place and one kind of barrier."""

    area: str | None
    """The outward part of the postcode, such as LS1; null where the client did not say where they live."""
    category: BarrierCategory
    barriers: int
    nobody_fits: int
    """Of them: every service that was considered said no to something, or there was none."""
    only_unknown: int
    """Of them: what may fit has something essential that nobody knows; ask, and write it down."""
    only_stale: int
    """Of them: what fits was not checked within the last half year."""
    first_at: AwareDatetime
    last_at: AwareDatetime
    reasons: dict[str, int]
    """For how many of the barriers each check said no, or could not be answered; `nothing_listed` where the
    directory has no such service for that place."""


class UnmetMap(Body):
    """The map, the most barriers first."""

    since: AwareDatetime
    until: AwareDatetime
    barriers: int
    """How many in all."""
    items: tuple[UnmetView, ...]


def _asked(  # noqa: PLR0917 - one argument per filter
    present: Now,
    category: BarrierCategory | None = None,
    area: Annotated[
        str | None, Parameter(description="The outward part of a postcode", max_length=10)
    ] = None,
    ended: Annotated[  # noqa: FBT002
        bool, Parameter(description="Also those that found help since, or are not wanted any more")
    ] = False,
    since: From = None,
    until: Until = None,
) -> UnmetAsked:
    ends = until or present.moment()
    begins = figures.beginning(since=since, until=ends)
    if begins >= ends:
        raise Invalid("`from` has to lie before `until`")
    return UnmetAsked(
        since=begins, until=ends, category=category.value if category else None, area=area, ended=ended
    )


Asked = Annotated[UnmetAsked, Depends(_asked)]


@routes.get("/figures/unmet", allow=LOOKERS)
async def read_unmet(asked: Asked, query: Query) -> UnmetMap:
    """Count the barriers without an eligible, fresh, open service, by place and category, with reasons."""
    found = await _counted(query, asked)
    return UnmetMap(
        since=asked.since,
        until=asked.until,
        barriers=sum(one.barriers for one in found),
        items=tuple(
            UnmetView.model_validate({name: getattr(one, name) for name in UnmetView.model_fields})
            for one in found
        ),
    )


@routes.get(
    "/figures/unmet.csv",
    allow=LOOKERS,
    response_class=Response,
    responses={200: {"description": "RFC 4180, UTF-8, with a heading", "content": {"text/csv": {}}}},
)
async def unmet_as_csv(asked: Asked, query: Query) -> Response:
    """The same for a spreadsheet; a cell that looks like a formula begins with an apostrophe."""
    return Response(
        policy.table(await _counted(query, asked)),
        media_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": 'attachment; filename="unmet.csv"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _counted(query: Query, asked: UnmetAsked) -> list[UnmetFigures]:
    async with query.reading() as conn:
        return await store.figures(conn, asked)
