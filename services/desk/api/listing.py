"""The list of what there is to do, as a page and its news both show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime

from services.desk.api.base import Desk, Signed
from services.desk.model.lists import Asked, Board, Place, Row
from services.desk.model.staff import Role
from services.desk.policy import today as policy
from services.desk.policy.today import About, Filters, RowWords, row_words
from services.desk.policy.windows import end_of_day
from services.desk.store import one_person
from services.desk.store import today as store
from shared.db import Connection
from shared.errors import Malformed
from shared.pages import cursor_of, read_cursor

PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What somebody looks at: whose tasks, which of them, and which part of the list."""

    filters: Filters
    cursor: str | None = None

    @property
    def address(self) -> str:
        """Where this is shown."""
        after = "&" + urlencode({"after": self.cursor}) if self.cursor else ""
        return f"/today?{self.filters.query}{after}"


def listing(desk: Desk, said: Mapping[str, str | None]) -> Listing:
    """What an address asks for; who looks after nobody themselves sees their team's."""
    usual = policy.MINE if Role.CASE_MANAGER in desk.viewer.roles else policy.TEAM
    chosen = said.get("whose") or usual
    window, about, client = said.get("window"), said.get("about"), said.get("client")
    try:
        filters = Filters(
            turn=policy.TURN_NAMES[window] if window else None,
            about=About(about) if about else None,
            whose=chosen if chosen in policy.WHOSE_WORDS else str(UUID(chosen)),
            client_id=UUID(client) if client else None,
        )
    except (ValueError, KeyError):
        raise Malformed("there is no such list; please go to Today again") from None
    return Listing(filters=filters, cursor=said.get("after"))


async def _asked(  # noqa: PLR0917 - one parameter for each filter
    desk: Signed,
    window: Annotated[str | None, Query(max_length=20)] = None,
    about: Annotated[str | None, Query(max_length=20)] = None,
    whose: Annotated[str | None, Query(max_length=36)] = None,
    client: Annotated[str | None, Query(max_length=36)] = None,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Listing:
    said = {"window": window, "about": about, "whose": whose, "client": client, "after": after}
    return listing(desk, said)


Looked = Annotated[Listing, Depends(_asked)]
"""The parameter type of what shows a list."""


async def records_of(conn: Connection, filters: Filters) -> frozenset[UUID] | None:
    """The records of the one client of whom a list is; None where it is of everybody."""
    return None if filters.client_id is None else await one_person.records(conn, [filters.client_id])


def topics_of(desk: Desk, filters: Filters, records: frozenset[UUID] | None) -> frozenset[UUID]:
    """Whose news a list has to hear."""
    if records is not None:
        return records
    if filters.whose in {policy.TEAM, policy.NOBODYS}:
        return desk.viewer.team_ids
    return frozenset({desk.viewer.id if filters.whose == policy.MINE else UUID(filters.whose)})


async def board_of(
    conn: Connection, desk: Desk, shown: Listing, *, now: datetime, records: frozenset[UUID] | None
) -> Board:
    """The part of the list that is asked for, as it stands, with the counts of all of it."""
    filters = shown.filters
    about = filters.about
    asked = Asked(
        teams=desk.viewer.team_ids,
        person=_person(desk, filters.whose),
        nobodys=filters.whose == policy.NOBODYS,
        records=records,
        turn=filters.turn,
        kinds=policy.KINDS.get(about) if about else None,
        waited_too_long=about is About.TOO_LONG,
        after=_place(shown.cursor),
        limit=PAGE,
        topics=topics_of(desk, filters, records),
    )
    return await store.board(conn, asked, now=now, tomorrow=end_of_day(now, desk.foundation.settings.zone))


def _person(desk: Desk, whose: str) -> UUID | None:
    if whose in {policy.TEAM, policy.NOBODYS}:
        return None
    return desk.viewer.id if whose == policy.MINE else UUID(whose)


def _place(cursor: str | None) -> Place | None:
    found = read_cursor(cursor, int, int, AwareDatetime, UUID)
    if found is None:
        return None
    turn, rank, due_by, task_id = found
    return Place(turn=min(turn, 9), rank=min(rank, 9), due_by=due_by, id=task_id)


def cursor_after(row: Row) -> str:
    """The cursor that stands after a row."""
    place = row.place
    return cursor_of(place.turn, place.rank, place.due_by, place.id)


def words_of(desk: Desk, row: Row, *, now: datetime) -> RowWords:
    """A row in words, for who is looking."""
    return row_words(row, now=now, zone=desk.foundation.settings.zone, viewer=desk.viewer.id)
