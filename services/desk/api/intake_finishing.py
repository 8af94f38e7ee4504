"""The end of a conversation: look at everything once more, then have it written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.desk.api.base import Desk, Signed
from services.desk.api.intake_forms import (
    AT,
    WRITERS,
    Filled,
    Listening,
    Talk,
    draft_of,
    house_of,
    name_of,
    sent,
    steps_for,
)
from services.desk.api.intake_looking import undecided
from services.desk.commands.finishing import Finishing
from services.desk.model.audit import Deed
from services.desk.model.drafts import Draft, StepStatus
from services.desk.policy.intake_check import rows_of, step_words
from services.desk.policy.intake_form import faults_of, one
from services.desk.policy.intake_plan import part_of
from services.desk.store import finding
from shared.errors import Invalid, Transient
from shared.http import Routes

routes = Routes(tags=["intake"], include_in_schema=False)

AWAY = (
    "Not everything could be written down, because the part of Foothold that keeps it does not answer at the"
    " moment. Nothing is lost: everything is kept here. Please try again in a moment."
)
LOOK = "Somebody on record may be the same person. Please look, and say whether they are."


@routes.get("/intake/{draft_id}/check", allow=WRITERS, response_class=HTMLResponse)
async def look_again(desk: Signed, draft_id: UUID) -> Response:
    """Show everything that was typed, before it is written down; or how far that has come."""
    draft = await draft_of(desk, draft_id)
    if draft.finished_at is not None:
        return RedirectResponse(f"/clients/{draft.client_id}/sheet?said=registered", 303)
    return await _checked(desk, draft, {})


@routes.post("/intake/{draft_id}/finish", allow=WRITERS, response_class=Response)
async def finish(desk: Signed, draft_id: UUID, listener: Listening) -> Response:
    """Have everything written down: once, however often it is pressed."""
    draft = await draft_of(desk, draft_id)
    if draft.finished_at is None:
        faults = dict(_faults(draft))
        if not faults and await undecided(Talk(desk, draft, listener)):
            faults["/who#beside"] = LOOK
        if faults:
            return await _checked(desk, draft, faults, status=422)
    same = one(draft.typed("alike"), "same")
    if same:
        await desk.clients([UUID(same)], Deed.CHANGED, correlation_id=draft.id)
    else:
        await desk.noted(Deed.CHANGED, about_id=draft.id)
    return await _handed_over(desk, draft, (await sent(desk)).team_id)


async def _handed_over(desk: Desk, draft: Draft, chosen: UUID | None) -> Response:
    teams = desk.viewer.team_ids
    if chosen is not None and chosen not in teams:
        raise Invalid("That is not a team of yours.")
    team_id = chosen or (min(teams) if len(teams) == 1 else None)
    same = one(draft.typed("alike"), "same")
    told_apart = [UUID(one_of) for one_of in draft.typed("alike").get("someone_else", ())]
    finishing = Finishing(desk.database, desk.foundation.gateway, desk.caller)
    try:
        draft = await finishing.finish(draft.id, house_of(desk), team_id=team_id, told_apart=told_apart)
    except Transient:
        return await _checked(desk, await draft_of(desk, draft.id), {"": AWAY}, status=503)
    if draft.finished_at is None:
        return await _checked(desk, draft, {}, status=422)
    await finishing.seen(draft, assigned=team_id is not None and not same)
    return RedirectResponse(f"/clients/{draft.client_id}/sheet?said=registered", 303)


async def _checked(desk: Desk, draft: Draft, faults: Mapping[str, str], *, status: int = 200) -> HTMLResponse:
    async with desk.database.reading() as conn:
        teams = await finding.team_names(conn, desk.viewer.team_ids)
    waiting = dict(faults) or dict(_faults(draft)) | dict(_turned_back(draft))
    return desk.page(
        "intake/check.html",
        here="clients",
        status=status,
        faults={},
        problems=[(words, f"/intake/{draft.id}{where}" if where else "") for where, words in waiting.items()],
        draft=draft,
        name=name_of(draft.typed("who")),
        rows=[(what, value, f"/intake/{draft.id}/{part}", "Change") for what, value, part in rows_of(draft)],
        typed=Filled(draft.typed("who")),
        begun=[
            (step_words(step, draft), "", _STANDS[step.status] if draft.client_id else "next")
            for step in draft.steps
        ],
        teams=sorted(teams.items(), key=lambda team: team[1]),
        steps=steps_for(draft),
        at=AT["check"],
    )


_STANDS = {StepStatus.DONE: "done", StepStatus.SENT: "next", StepStatus.TURNED_BACK: "stopped"}


def _faults(draft: Draft) -> Iterator[tuple[str, str]]:
    """What wants a look before it can be written down, by the address of its field."""
    for part in ("who", "matters", "rulers", *draft.barriers, "consent"):
        if part == "who" and one(draft.typed("alike"), "same"):
            continue
        for field, words in faults_of(part, draft.typed(part)).items():
            yield f"/{part}#{field}", words


def _turned_back(draft: Draft) -> Iterator[tuple[str, str]]:
    """What intake turned back and nobody has put right yet, by the address of its field."""
    for step in draft.steps:
        if step.status is StepStatus.TURNED_BACK:
            for field, words in step.faults.items():
                yield f"/{part_of(step.name)}#{field}", words
