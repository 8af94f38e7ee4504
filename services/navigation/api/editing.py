"""The directory as its editors change it: put right, check, close for a time, settle, see who did what."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from contracts.events.navigation import OpenHours
from contracts.terms import ServiceStatus
from contracts.values import LanguageTag
from services.navigation.api.base import Body
from services.navigation.api.services import EDITORS, READERS, ServiceDetail, service_view
from services.navigation.commands import editing
from services.navigation.commands.editing import Edit
from services.navigation.model.editing import Entry, What
from services.navigation.model.editing import Field as EntryField
from services.navigation.store import editing as store
from services.navigation.store import services
from shared.errors import Invalid, NotFound
from shared.http import Command, Query, Routes
from shared.pages import After, Limit, Page, cursor_of, page_of, read_cursor
from shared.unit_of_work import Transaction

routes = Routes(tags=["editing the directory"])

CORRECTORS = ("supervisor", "directory_editor")

Version = Annotated[int, Field(ge=0, lt=2**63)]
Why = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"\S")]
"""Words for the history."""
Line = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
Paragraph = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]
Age = Annotated[float, Field(ge=0, le=130, allow_inf_nan=False)]
Code = Annotated[str, Field(pattern=r"^1[01]\d(-\d{2}){0,4}$")]
Access = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,39}$")]


class Values(Body):
    """What is right. Only what is named changes; null means that it is not known."""

    name: Annotated[Line, Field(default_factory=str)]
    status: ServiceStatus = ServiceStatus.ACTIVE
    codes: Annotated[tuple[Code, ...], Field(max_length=30)] = ()
    """Open Eligibility codes; without any it cannot be found by need."""
    areas: Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(max_length=500)] | None = None
    """Prefixes of the postcodes it serves; an empty one is everywhere."""
    languages: Annotated[tuple[LanguageTag, ...], Field(max_length=60)] | None = None
    minimum_age: Age | None = None
    maximum_age: Age | None = None
    free: bool | None = None
    in_person: bool | None = None
    remote: bool | None = None
    accessibility: Annotated[tuple[Access, ...], Field(max_length=30)] | None = None
    hours: Annotated[tuple[OpenHours, ...], Field(max_length=70)] | None = None
    """By the wall clock of the place; only whole half hours count."""
    description: Paragraph | None = None
    url: Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s\x00]+$")] | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")] | None = None
    """The service's own mailbox, not a person's."""
    phones: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    addresses: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    eligibility: Paragraph | None = None
    application_process: Paragraph | None = None
    fees: Paragraph | None = None
    alert: Paragraph | None = None

    @model_validator(mode="before")
    @classmethod
    def _says_something(cls, said: object) -> object:
        if isinstance(said, dict) and not said:
            raise ValueError("say what is right, field by field")
        return said


class Corrections(Body):
    """What staff put right, on which version, and how they know."""

    version: Version
    """The version that you looked at. It matters only for the very fields that you change."""
    values: Values
    why: Why


@routes.patch("/services/{service_id}", allow=CORRECTORS)
async def correct_service(service_id: UUID, body: Corrections, command: Command) -> ServiceDetail:
    """Put fields right. It goes before what the directory says and outlives its next import.

    When somebody changed one of the same fields since that version the answer is 409 with `conflicts`: for
    each field yours, what is there now, what was there before, who and when; and the `version` to send it on.
    """
    said = body.values.model_dump(mode="json", include=body.values.model_fields_set)
    asked = Edit(
        values={EntryField(name): value for name, value in said.items()},
        version=body.version,
        why=body.why,
        by_staff=command.caller.subject,
    )
    return await _edited(command, service_id, asked)


class CheckSaid(Body):
    """What was looked at, and how."""

    note: Why = "Checked."


@routes.post("/services/{service_id}/checks", allow=EDITORS)
async def check_service(service_id: UUID, body: CheckSaid, command: Command) -> ServiceDetail:
    """Write down that the entry was checked today, and is right."""

    async def act(tx: Transaction) -> ServiceDetail:
        asked = Edit(
            values={EntryField.ASSURED_DATE: tx.now.date().isoformat()},
            version=None,
            why=body.note,
            by_staff=command.caller.subject,
            what=What.CHECKED,
        )
        return _shown(tx, await editing.edit(tx, service_id, asked))

    return await command.once(act)


class Closure(Body):
    """That it is closed for a time, and why."""

    until: date | None = None
    """The first day on which it is open again; null while nobody knows."""
    why: Why


@routes.post("/services/{service_id}/closure", allow=EDITORS)
async def close_service(service_id: UUID, body: Closure, command: Command) -> ServiceDetail:
    """Close a service for a time: nobody is sent there, and it opens again by itself on that day."""

    async def act(tx: Transaction) -> ServiceDetail:
        if body.until is not None and body.until <= tx.now.date():
            raise Invalid("that day has come already; name the first day on which it is open again")
        asked = Edit(
            values={EntryField.STATUS: ServiceStatus.TEMPORARILY_CLOSED.value},
            version=None,
            why=body.why,
            by_staff=command.caller.subject,
            what=What.CLOSED,
            until=body.until,
        )
        return _shown(tx, await editing.edit(tx, service_id, asked))

    return await command.once(act)


class Reopening(Body):
    """How one knows."""

    why: Why = "It is open again."


@routes.post("/services/{service_id}/reopening", allow=EDITORS)
async def reopen_service(service_id: UUID, body: Reopening, command: Command) -> ServiceDetail:
    """Open a service again before its time."""
    asked = Edit(
        values={EntryField.STATUS: ServiceStatus.ACTIVE.value},
        version=None,
        why=body.why,
        by_staff=command.caller.subject,
        what=What.REOPENED,
    )
    return await _edited(command, service_id, asked)


class Decision(Body):
    """Whose value holds."""

    keep: Literal["ours", "theirs"]


@routes.post("/services/{service_id}/corrections/{field}/decision", allow=CORRECTORS)
async def settle_correction(
    service_id: UUID, field: EntryField, body: Decision, command: Command
) -> ServiceDetail:
    """Decide what holds of a field that staff put right: ours, or what its directory says."""

    async def act(tx: Transaction) -> ServiceDetail:
        entry = await editing.settle(
            tx, service_id, field, keep_ours=body.keep == "ours", by_staff=command.caller.subject
        )
        return _shown(tx, entry)

    return await command.once(act)


class FieldChange(Body):
    """What one field was before, and what it is since."""

    field: str
    before: object
    after: object


class ChangeView(Body):
    """One change of a service."""

    version: int
    """The version that it brought."""
    what: What
    fields: tuple[FieldChange, ...]
    """With `document`, `after` names the parts of the published document that differ."""
    note: str | None
    source: str | None
    """The directory whose import brought it."""
    by_staff: UUID | None
    changed_at: AwareDatetime


@routes.get("/services/{service_id}/changes", allow=READERS)
async def list_changes(
    service_id: UUID, query: Query, after: After = None, limit: Limit = 50
) -> Page[ChangeView]:
    """List what was changed about a service, when and by whom, the latest first."""
    cursor = read_cursor(after, int, UUID)
    async with query.reading() as conn:
        if await services.organization_of(conn, service_id) is None:
            raise NotFound(editing.UNKNOWN_SERVICE)
        found = await store.changes(
            conn, service_id, after=(cursor[0], cursor[1]) if cursor else None, limit=limit + 1
        )
    last = found[limit - 1] if len(found) > limit else None
    return page_of(
        [_change(one) for one in found], limit, cursor_of(last.revision, last.id) if last else None
    )


def _change(one: store.Change) -> ChangeView:
    fields = tuple(
        FieldChange(field=name, before=pair[0], after=pair[1]) for name, pair in sorted(one.fields.items())
    )
    return ChangeView(
        version=one.revision,
        what=one.what,
        fields=fields,
        note=one.note,
        source=one.source,
        by_staff=one.by_staff,
        changed_at=one.changed_at,
    )


async def _edited(command: Command, service_id: UUID, asked: Edit) -> ServiceDetail:
    async def act(tx: Transaction) -> ServiceDetail:
        return _shown(tx, await editing.edit(tx, service_id, asked))

    return await command.once(act)


def _shown(tx: Transaction, entry: Entry) -> ServiceDetail:
    return service_view(entry, today=tx.now.date())
