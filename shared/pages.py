"""Pagination by cursor: stable while rows come and go, and the same cost on every page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query as QueryParameter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from contracts.moment import Moment
from shared.errors import Malformed

T = TypeVar("T")
MOST = 200

After = Annotated[
    str | None, QueryParameter(alias="after", description="The `next` of the page before", max_length=500)
]
Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many at most")]


class Page(BaseModel, Generic[T]):
    """One page, in the order that the endpoint documents. `next` is None on the last page."""

    model_config = ConfigDict(frozen=True)

    items: list[T]
    next: str | None = None


# A cursor made by hand could otherwise hold what no column can, and the search for it would fail.
_KEPT: dict[object, Any] = {
    datetime: Moment,
    AwareDatetime: Moment,
    int: Annotated[int, Field(ge=0, lt=2**63)],
    str: Annotated[str, Field(pattern=r"^[^\x00]*$")],
}


def cursor_of(*values: datetime | UUID | str | int | None) -> str:
    """An opaque cursor that stands after the row with these key values."""
    return base64.urlsafe_b64encode(to_json(values)).decode().rstrip("=")


def read_cursor(text: str | None, *types: type) -> tuple[Any, ...] | None:
    """The key values of a cursor; None without one. Raises `Malformed` when it is not one of ours."""
    if text is None:
        return None
    try:
        values = from_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        kinds = tuple(_KEPT.get(kind, kind) for kind in types)
        return TypeAdapter(tuple[kinds]).validate_python(values)  # type: ignore[valid-type]
    except (ValueError, binascii.Error, ValidationError):
        message = "`after` is not a cursor that this list gave out"
        raise Malformed(message) from None


def page_of(rows: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    """A page out of up to `limit` + 1 rows: the extra one only tells that there is more.

    `cursor` is the cursor after the last row that fits, or None when there is none.
    """
    more = len(rows) > limit
    return Page(items=list(rows[:limit]), next=cursor if more else None)
