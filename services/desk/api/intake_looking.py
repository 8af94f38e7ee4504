"""Beside the conversation: who on record may be meant, and what the client's words may be about.

Both are only shown, with their reasons; a person decides, or lets them be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.api.base import Signed
from services.desk.api.intake_forms import WRITERS, Filled, Listening, Sent, Talk, draft_of, sent
from services.desk.model.audit import Deed
from services.desk.model.drafts import Typed
from services.desk.model.listening import Alike, Category, Suggestion
from services.desk.policy.access import may_see
from services.desk.policy.intake_form import kind_of, one
from services.desk.store import caseload
from shared.errors import NotFound
from shared.http import Routes

routes = Routes(tags=["intake"], include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a page; most of it only beside some."""

    people: Sequence[Mapping[str, object]] = ()
    """Who on record may be meant."""
    linked: str = ""
    """Where the record is that this conversation goes to, if staff said so."""
    suggestions: Sequence[Suggestion] = ()
    categories: Sequence[Category] = ()
    prompts: Sequence[tuple[str, Sequence[str]]] = ()
    """What may be asked and said next."""


@routes.post("/intake/{draft_id}/who/alike", allow=WRITERS, response_class=HTMLResponse)
async def look_who(desk: Signed, draft_id: UUID, listener: Listening) -> Response:
    """Show who on record may be the one that is being typed. Keeps nothing."""
    talk = Talk(desk, await draft_of(desk, draft_id), listener)
    typed = (await sent(desk)).typed("who")
    return desk.page("intake/alike.html", nearby=await beside(talk, "who", typed))


@routes.post("/intake/{draft_id}/{part}/heard", allow=WRITERS, response_class=HTMLResponse)
async def listen(desk: Signed, draft_id: UUID, part: str, listener: Listening) -> Response:
    """Show what the words that are being typed may be about. Keeps nothing."""
    talk = Talk(desk, await draft_of(desk, draft_id), listener)
    if kind_of(part) != "barrier":
        raise NotFound("There is no such page.")
    typed = (await sent(desk)).typed(part)
    return desk.page("intake/heard_now.html", typed=Filled(typed), nearby=await beside(talk, part, typed))


async def beside(talk: Talk, part: str, typed: Typed) -> Beside:
    """What stands beside a page."""
    match kind_of(part):
        case "who":
            same = one(talk.draft.typed("alike"), "same")
            return Beside(people=await people(talk, typed), linked=f"/clients/{same}" if same else "")
        case "barrier":
            suggestions = await talk.listener.about(Filled(typed).one("words"), talk.desk.caller)
            return Beside(
                suggestions=suggestions,
                categories=await talk.listener.categories(),
                prompts=_prompts(suggestions, one(typed, "category")),
            )
        case _:
            return Beside()


async def people(talk: Talk, typed: Typed) -> Sequence[Mapping[str, object]]:
    """Who on record may be the one in question; of another team's client only the reasons are told."""
    decided = talk.draft.typed("alike")
    found = [] if one(decided, "same") else await talk.listener.alike(typed, talk.desk.caller)
    if not found:
        return ()
    await talk.desk.noted(Deed.LOOKED_FOR, about_id=talk.draft.id)
    async with talk.desk.database.reading() as conn:
        teams = await caseload.teams_of(conn, [alike.client_id for alike in found])
    others = set(decided.get("someone_else", ()))
    return [
        {
            "alike": alike,
            "seen": may_see(talk.desk.viewer, teams[alike.client_id]),
            "someone_else": str(alike.client_id) in others,
        }
        for alike in found
    ]


async def undecided(talk: Talk) -> Sequence[Alike]:
    """Who is so much like this person that somebody has to look before there is another record."""
    decided = talk.draft.typed("alike")
    if one(decided, "same") or "client" in talk.draft.settled:
        return ()
    others = set(decided.get("someone_else", ()))
    found = await talk.listener.alike(talk.draft.typed("who"), talk.desk.caller)
    return [alike for alike in found if alike.is_strong and str(alike.client_id) not in others]


async def not_yet_looked_at(talk: Talk, part: str, said: Sent) -> bool:
    """Whether something stands beside the page that nobody has seen, because nothing came as one typed."""
    kind = kind_of(part)
    typed = talk.draft.typed(part)
    if kind == "who":
        return bool(await undecided(talk))
    if kind != "barrier" or said.value("heard") or one(typed, "category"):
        return False
    return bool(await talk.listener.about(Filled(typed).one("words"), talk.desk.caller))


def _prompts(suggestions: Sequence[Suggestion], category: str) -> list[tuple[str, tuple[str, ...]]]:
    """What may be asked and said next: for the kind that was chosen, else for the likeliest."""
    chosen = next((one_of for one_of in suggestions if one_of.category == category), None)
    about = chosen or (suggestions[0] if suggestions else None)
    if about is None:
        return []
    prompts = about.prompts
    kinds = (
        ("You could ask", prompts.open_questions[:3]),
        ("You could say what you see", prompts.affirmations[:2]),
        ("You could give back what you heard", (*prompts.reflections[:1], *prompts.deeper_reflections[:1])),
    )
    return [(what, sentences) for what, sentences in kinds if sentences]
