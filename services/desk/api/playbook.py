"""The playbook as a case manager reads it: read where it lives, for there is one in force."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from contracts.terms import BarrierCategory
from services.desk.api.base import CLIENTS, Signed
from services.desk.channels.gateway import Owner
from shared.http import Routes

routes = Routes(tags=["playbook"], include_in_schema=False)


class Kind(BaseModel):
    """One kind of barrier, in a line."""

    category: BarrierCategory
    name: str
    about: str
    never_auto_refer: bool


class Overview(BaseModel):
    """The playbook in force."""

    version: str
    edition: str
    categories: list[Kind]


class Rules(BaseModel):
    """Everything about one kind of barrier that a case manager reads."""

    category: BarrierCategory
    name: str
    about: str
    listen_for: list[str]
    open_questions: list[str]
    affirmations: list[str]
    reflections: list[str]
    deeper_reflections: list[str] = Field(default_factory=list)
    never_auto_refer: bool


class OneKind(BaseModel):
    """One kind of barrier, and which playbook says so."""

    edition: str
    rules: Rules


@routes.get("/playbook", allow=CLIENTS, response_class=HTMLResponse)
async def read_playbook(desk: Signed) -> Response:
    """Every kind of barrier, in a line each."""
    answer = await desk.foundation.gateway.read(Owner.BARRIERS, "/playbook", caller=desk.caller)
    return desk.page(
        "playbook/index.html", here="playbook", book=Overview.model_validate_json(answer.content)
    )


@routes.get("/playbook/{category}", allow=CLIENTS, response_class=HTMLResponse)
async def read_kind(category: BarrierCategory, desk: Signed) -> Response:
    """What to listen for, ask and say, and whether anything is sent by itself."""
    path = f"/playbook/{category.value}"
    answer = await desk.foundation.gateway.read(Owner.BARRIERS, path, caller=desk.caller)
    kind = OneKind.model_validate_json(answer.content)
    return desk.page("playbook/kind.html", here="playbook", kind=kind.rules, edition=kind.edition)
