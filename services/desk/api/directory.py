"""The directory of services: found and read where it lives, which knows at once what was changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from services.desk.api.base import NAV, Signed
from services.desk.channels.gateway import Owner
from shared.http import Routes

AT_ONCE = 20
READERS = tuple(sorted(role for item in NAV if item.name == "directory" for role in item.roles))

routes = Routes(tags=["directory"], include_in_schema=False)


class Found(BaseModel):
    """A service, as a list tells it. Unknown is None, never no."""

    id: UUID
    name: str
    organization_name: str
    status: str
    free: bool | None = None
    in_person: bool | None = None
    remote: bool | None = None
    capacity: str
    assured_date: date | None = None
    checked_days_ago: int | None = None
    stale: bool


class Services(BaseModel):
    """One page of a search."""

    items: list[Found]
    next: str | None = None
    total: int


class Whole(Found):
    """A service, whole."""

    version: int
    source: str
    retired: bool
    closed_until: date | None = None
    areas: list[str] | None = None
    languages: list[str] | None = None
    accessibility: list[str] | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    places: int | None = None
    acknowledge_within_working_days: int | None = None
    open_reports: int = 0
    details: dict[str, object] = Field(default_factory=dict)

    @property
    def description(self) -> str:
        """What it says of itself."""
        return str(self.details.get("description") or "")


@routes.get("/directory", allow=READERS, response_class=HTMLResponse)
async def search(
    desk: Signed,
    words: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Find services by their words."""
    wanted = {name: value for name, value in (("words", words.strip()), ("after", after)) if value}
    answer = await desk.foundation.gateway.read(
        Owner.NAVIGATION, "/services", caller=desk.caller, params=wanted | {"limit": str(AT_ONCE)}
    )
    services = Services.model_validate_json(answer.content)
    following = wanted | {"after": services.next} if services.next else None
    return desk.page(
        "directory/index.html",
        here="directory",
        services=services,
        words=words,
        first="/directory?" + urlencode({"words": words}) if after else None,
        following="/directory?" + urlencode(following) if following else None,
    )


@routes.get("/directory/{service_id}", allow=READERS, response_class=HTMLResponse)
async def read_service(service_id: UUID, desk: Signed) -> Response:
    """A service: what it offers, whether that is still right, and whether it has room."""
    answer = await desk.foundation.gateway.read(
        Owner.NAVIGATION, f"/services/{service_id}", caller=desk.caller
    )
    return desk.page(
        "directory/service.html", here="directory", service=Whole.model_validate_json(answer.content)
    )
