"""Forms that change a service of the directory: shown, sent once, and never lost.

What a form shows was read from navigation at that moment, because it is what somebody is about to change.
Whatever becomes of what they send, it comes back with their words in it: also while navigation is away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Response
from fastapi.responses import RedirectResponse

from services.desk.api.base import Desk
from services.desk.api.client_base import ours
from services.desk.api.forms import USED_BEFORE, Deed, Faults, Trouble, Typed, trouble_of
from services.desk.channels.gateway import Owner
from services.desk.model.services_told import Clash, Service
from services.desk.policy.service_form import field_words, in_words, marked_anew, sentence
from services.desk.store import staff
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Transient, Unauthenticated
from shared.ids import new_id

CORRECTORS = ("supervisor", "directory_editor")
"""Who puts fields right and answers reports."""
CHECKERS = ("case_manager", "supervisor", "directory_editor")
"""Who says that an entry is right, that a place is closed, or open again."""
SAYERS = ("intake", "case_manager", "supervisor", "directory_editor")
"""Who says that something is wrong: everybody who reads the directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceForm:
    """A form about a service: its page and where it is sent to."""

    service_id: UUID
    template: str
    page: str
    content: Mapping[str, object] = field(default_factory=dict)

    @property
    def back(self) -> str:
        """Where it leads when it is done, and where one goes without doing it."""
        return f"/directory/{self.service_id}"

    @property
    def address(self) -> str:
        """Where it is sent to."""
        return f"{self.back}/{self.page}"


@dataclass(frozen=True, slots=True)
class ClashShown:
    """A field that a colleague changed meanwhile, in words: both values, who and when."""

    field: str
    words: str
    was: str
    now: str
    yours: str
    who: str
    when: str


async def told(desk: Desk, service_id: UUID) -> Service:
    """The service, as its owner tells of it now. Raises `NotFound`, and `Transient` while that is away."""
    answer = await desk.foundation.gateway.read(
        Owner.NAVIGATION, f"/services/{service_id}", caller=desk.caller
    )
    return Service.model_validate_json(answer.content)


async def ask(
    desk: Desk, form: ServiceForm, service: Service, values: Mapping[str, Sequence[str]]
) -> Response:
    """Show a form for the first time."""
    return await _shown(desk, form, Typed({"called": [service.name], **values}), None, service=service)


async def carry_out(desk: Desk, form: ServiceForm, typed: Typed, deeds: Sequence[Deed] | Faults) -> Response:
    """Do what a form asks for, one deed after the other, and lead on; or show it again, and why."""
    if isinstance(deeds, dict):
        return await _shown(desk, form, typed, Trouble(status=Invalid.status, faults=deeds))
    once = typed["once"] or str(new_id())
    try:
        for number, deed in enumerate(deeds):
            key = f"{once}/{number}" if number else once
            await desk.act(deed.owner, deed.method, deed.path, deed.body, once=key, client_id=None)
    except (Forbidden, Unauthenticated, NotFound):
        raise
    except Problem as problem:
        return await _shown(desk, form, typed, _trouble(problem), problem=problem)
    return RedirectResponse(f"{form.back}?said={deeds[-1].said}", 303)


def _trouble(problem: Problem) -> Trouble:
    if isinstance(problem, Invalid) and USED_BEFORE not in problem.detail:
        return Trouble(status=problem.status, faults=_faults_of(problem))
    trouble = trouble_of(problem, {})
    return Trouble(status=trouble.status, words=sentence(trouble.words), again=trouble.again)


def _faults_of(problem: Invalid) -> Faults:
    """Navigation's flaws by the fields of the form; what is about none of them stands above them all."""
    found: Faults = {}
    errors = problem.extra.get("errors", ())
    for error in errors if isinstance(errors, list | tuple) else ():
        name = str(error.get("field", "")).removeprefix("body.").removeprefix("values.").split(".")[0]
        found.setdefault(name, sentence(str(error.get("problem", problem.detail))))
    return found or {"": sentence(problem.detail)}


def _clashes(problem: Problem | None) -> list[Clash]:
    found = problem.extra.get("conflicts") if isinstance(problem, Conflict) else None
    return [Clash.model_validate(one) for one in found] if isinstance(found, list | tuple) else []


async def _shown(
    desk: Desk,
    form: ServiceForm,
    typed: Typed,
    trouble: Trouble | None,
    *,
    service: Service | None = None,
    problem: Problem | None = None,
) -> Response:
    clashes = _clashes(problem)
    if service is None:
        service = await _told_if_possible(desk, form.service_id)
    again = not typed["once"] or (trouble is not None and trouble.again)
    version = problem.extra.get("version") if problem else None
    return desk.page(
        form.template,
        here="directory",
        status=trouble.status if trouble else 200,
        faults=trouble.faults if trouble else {},
        form=form,
        service=service,
        called=service.name if service else typed["called"] or "This service",
        typed=typed,
        once=str(new_id()) if again else typed["once"],
        version=str(version or typed["version"]),
        known=marked_anew(typed["known"], {one.field: one.now for one in clashes}),
        trouble=trouble if trouble and trouble.words and not clashes else None,
        clashes=await clashes_shown(desk, clashes),
        roles=desk.viewer.roles,
        in_words=in_words,
        field_words=field_words,
        **form.content,
    )


async def _told_if_possible(desk: Desk, service_id: UUID) -> Service | None:
    try:
        return await told(desk, service_id)
    except Transient:
        return None


async def clashes_shown(desk: Desk, clashes: Sequence[Clash]) -> list[ClashShown]:
    """What colleagues changed meanwhile, in words."""
    names = await names_of(desk, [one.by_staff for one in clashes if one.by_staff])
    return [
        ClashShown(
            field=one.field,
            words=field_words(one.field),
            was=in_words(one.field, one.was),
            now=in_words(one.field, one.now),
            yours=in_words(one.field, one.yours),
            who=names.get(one.by_staff, "A colleague") if one.by_staff else "Its directory",
            when=ours(desk).begun(ours(desk).moment(one.at)),
        )
        for one in clashes
    ]


async def names_of(desk: Desk, staff_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What colleagues are called."""
    if not staff_ids:
        return {}
    async with desk.database.reading() as conn:
        return await staff.names(conn, staff_ids)
