"""The directory is put right: fields that are wrong, and what holds where its source contradicts us."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.client_base import ours
from services.desk.api.directory_editing_form import (
    CORRECTORS,
    ServiceForm,
    ask,
    carry_out,
    names_of,
    told,
)
from services.desk.api.forms import Deed, Faults, Typed, TypedIn, needed
from services.desk.channels.gateway import Owner
from services.desk.model.services_told import Service
from services.desk.policy import service_form as policy
from shared.errors import Malformed
from shared.http import Routes
from shared.ids import new_id

routes = Routes(tags=["directory"], include_in_schema=False)

EDIT = "/directory/{service_id}/edit"
LONGEST_WHY = 1_000
THEIRS = "theirs"


@routes.get(EDIT, allow=CORRECTORS, response_class=HTMLResponse)
async def ask_what_is_right(service_id: UUID, desk: Signed) -> Response:
    """Show what a service says of itself, to be put right."""
    service = await told(desk, service_id)
    values = {name: service.value(name) for name in policy.FIELDS}
    texts = {
        part: typed for name, value in values.items() for part, typed in policy.shown(name, value).items()
    }
    hidden = {"version": [str(service.version)], "known": [policy.marks(values)]}
    form = _form(service_id, corrections=await _corrections(desk, service))
    return await ask(desk, form, service, texts | hidden)


@routes.post(EDIT, allow=CORRECTORS, response_class=HTMLResponse)
async def put_right(service_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Put right what was changed in the form, and nothing else; or say what stands against it."""
    asked = policy.asked(typed.all, typed["known"])
    left = {name for name in policy.FIELDS if typed[f"hold_{name}"] == THEIRS}
    values = {name: value for name, value in asked.values.items() if name not in left}
    faults = _faults(asked.faults, left, typed)
    if not values and not asked.faults:
        return RedirectResponse(f"/directory/{service_id}?said=service_same", 303)
    deed = Deed(
        owner=Owner.NAVIGATION,
        method="PATCH",
        path=f"/services/{service_id}",
        body={"version": _number(typed["version"]), "values": values, "why": typed["why"].strip()},
        said="service_edited",
    )
    return await carry_out(desk, _form(service_id, left=sorted(left)), typed, faults or [deed])


def _faults(of_fields: Mapping[str, str], left: set[str], typed: Typed) -> Faults:
    faults = {name: words for name, words in of_fields.items() if name not in left}
    faults |= needed(typed, why="Say in a sentence how you know.")
    if len(typed["why"]) > LONGEST_WHY:
        faults["why"] = f"Say it in {LONGEST_WHY:,} characters or fewer."
    return faults


def _form(service_id: UUID, **content: object) -> ServiceForm:
    return ServiceForm(
        service_id=service_id,
        template="directory/edit.html",
        page="edit",
        content={
            "corrections": (),
            "left": (),
            "fields": policy.FIELDS,
            "access": tuple(policy.ACCESS.items()),
            "statuses": policy.STATUSES,
            **content,
        },
    )


async def _corrections(desk: Desk, service: Service) -> list[Mapping[str, object]]:
    """What was put right before, in words, and what its directory says of each."""
    names = await names_of(desk, [one.corrected_by for one in service.corrections])
    wall = ours(desk)
    return [
        {
            "field": one.field,
            "words": policy.field_words(one.field),
            "ours": policy.in_words(one.field, one.value),
            "theirs": policy.in_words(one.field, one.source_value),
            "conflicting": one.conflicting,
            "why": one.why,
            "who": names.get(one.corrected_by, "A colleague"),
            "when": wall.moment(one.corrected_at),
            "once": new_id(),
        }
        for one in service.corrections
    ]


@routes.post("/directory/{service_id}/settle", allow=CORRECTORS, response_class=Response)
async def settle(service_id: UUID, desk: Signed, typed: TypedIn) -> Response:
    """Decide what holds of a field: what we put right, or what its directory says."""
    field, keep = typed["field"], typed["keep"]
    if field not in {*policy.FIELDS, "assured_date"} or keep not in {"ours", THEIRS}:
        raise Malformed("Please say of which field, and what is to hold.")
    path = f"/services/{service_id}/corrections/{field}/decision"
    once = typed["once"] or str(new_id())
    await desk.act(Owner.NAVIGATION, "POST", path, {"keep": keep}, once=once, client_id=None)
    return RedirectResponse(f"{EDIT.format(service_id=service_id)}?said=service_settled", 303)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
