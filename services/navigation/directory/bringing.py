"""Bring what an import gathered into the directory, or say what that would do, by the same comparison.

What staff put right is brought together with what the directory says now, in the same transaction: ours
holds, and where the directory has come to say a third thing, a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from services.navigation.directory.describing import published_by
from services.navigation.directory.documents import Place, Problem
from services.navigation.directory.report import Counts, Report
from services.navigation.model.editing import Correction, Entry, Field, What
from services.navigation.policy import correcting as policy
from services.navigation.policy.opening import openings
from services.navigation.store import directory_compare as compare
from services.navigation.store import directory_import as store
from services.navigation.store import editing, entries
from services.navigation.store.directory_compare import Compared
from services.navigation.store.directory_import import Found
from shared.db import Connection
from shared.ids import new_id

T = TypeVar("T")

AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What an import has read to its end: the bulk is staged under its id, the report knows the rest."""

    id: UUID
    source: str
    report: Report
    others: Sequence[tuple[str, UUID, str]]
    still_there: Collection[UUID]
    """Services that the source still has, in rows that cannot be used: bad rows close nothing."""


async def look(conn: Connection, gathered: Gathered) -> Report:
    """Say what bringing it in would do; nothing is written."""
    report = gathered.report
    report.organizations = Counts(*await compare.compare_organizations(conn, gathered.id))
    await _note_what_is_odd(conn, gathered)
    report.rows = await _compared(conn, gathered)
    report.closed = await compare.names(conn, await _missing(conn, gathered))
    return report


async def bring_in(conn: Connection, gathered: Gathered, *, now: datetime) -> Report:
    """Bring it in, all at once, under the directory's lock; others are told of it afterwards."""
    report, source = gathered.report, gathered.source
    revision = await store.next_revision(conn)
    report.rows = await _compared(conn, gathered)
    report.organizations = Counts(
        *await store.merge_organizations(conn, gathered.id, source=source, revision=revision, now=now)
    )
    await _note_what_is_odd(conn, gathered)
    await store.add_placeholders(conn, gathered.id, source=source, revision=revision, now=now)
    merged = await store.merge_services(conn, gathered.id, source=source, revision=revision, now=now)
    missing = await _missing(conn, gathered)
    report.closed = await store.close_services(conn, missing, revision=revision, now=now)
    brought = _Brought(revision, source, now)
    if merged:
        report.conflicts = await _reconcile(conn, report.rows, brought)
    await _write_history(conn, report, brought)
    await store.keep_documents(conn, gathered.others, source=source, now=now)
    await store.forget_staged(conn, gathered.id)
    told = report.organizations
    changed = told.added or told.changed or report.closed or merged
    report.revision = revision if changed else revision - 1
    if changed:
        await store.advance_revision(conn, revision)
    await store.record_import(conn, gathered.id, source=source, now=now, report=report.summary())
    return report


@dataclass(frozen=True, slots=True)
class _Brought:
    revision: int
    source: str
    now: datetime


async def _note_what_is_odd(conn: Connection, gathered: Gathered) -> None:
    for found in await store.unknown_organizations(conn, gathered.id):
        place = Place(found.file, found.line)
        reason = "this organisation is described nowhere; its name stands in"
        gathered.report.dangling.append(
            Problem(place, "service", str(found.id), "organization_id", reason, found.detail)
        )
    gathered.report.duplicates = await store.duplicates(conn, gathered.id)


async def _missing(conn: Connection, gathered: Gathered) -> set[UUID]:
    """What the source had and has no more, where the file claims to be whole."""
    report = gathered.report
    if not (report.complete and report.rows):
        return set()
    # Compared here: PostgreSQL, knowing nothing yet of what was gathered, would do it row by row.
    before = await store.open_services(conn, gathered.source)
    return before - {row.id for row in report.rows} - set(gathered.still_there)


async def _compared(conn: Connection, gathered: Gathered) -> list[Compared]:
    """Every service with what its directory changed since it last said something, whatever ours says."""
    rows = await compare.compare_services(conn, gathered.id)
    corrected = await compare.corrected(conn, [row.id for row in rows if row.detail == "changed"])
    return [_by_its_directory(row, corrected.get(row.id, {})) for row in rows]


def _by_its_directory(row: Compared, corrected: Mapping[str, object]) -> Compared:
    if not row.fields:
        return row
    fields = {name: (_readable(name, pair[0]), _readable(name, pair[1])) for name, pair in row.fields.items()}
    for name in corrected.keys() & fields.keys():
        fields[name] = (corrected[name], fields[name][1])
    return replace(row, fields={name: pair for name, pair in fields.items() if pair[0] != pair[1]})


def _readable(name: str, value: object) -> object:
    if name != "hours" or not isinstance(value, str):
        return value
    return [one.model_dump() for one in openings(int(value, 16)) or ()]


async def _reconcile(conn: Connection, rows: Iterable[Compared], brought: _Brought) -> list[Found]:
    """Put what staff corrected back over what was just brought in; name what a person has to decide."""
    placed = {row.id: row for row in rows if row.detail == "changed"}
    corrected = [*await compare.corrected(conn, placed.keys())]
    conflicts: list[Found] = []
    for service_ids in _some(corrected, AT_ONCE):
        kept: list[tuple[UUID, Correction]] = []
        agreed: list[tuple[UUID, Field]] = []
        facts = []
        for entry in await entries.entries(conn, service_ids):
            found, service_id = (
                policy.reconcile(entry.corrections, published_by(entry)),
                entry.listing.service_id,
            )
            kept += [(service_id, correction) for correction in found.kept]
            agreed += [(service_id, name) for name in found.agreed]
            facts.append((policy.with_facts(entry.listing, found.facts), _closed_until(entry, found.kept)))
            row = placed[service_id]
            conflicts += [
                Found(service_id, row.name, row.file, row.line, name) for name in found.newly_conflicting
            ]
        await editing.keep_corrections(conn, kept)
        await editing.drop_corrections(conn, agreed)
        await editing.write_facts(conn, facts, revision=brought.revision, now=brought.now)
    return conflicts


def _closed_until(entry: Entry, kept: Iterable[Correction]) -> date | None:
    return next((c.until for c in kept if c.field is Field.STATUS), entry.closed_until)


async def _write_history(conn: Connection, report: Report, brought: _Brought) -> None:
    def change(found: Found, what: What, fields: Mapping[str, tuple[object, object]]) -> editing.Change:
        return editing.Change(
            id=new_id(),
            service_id=found.id,
            revision=brought.revision,
            what=what,
            fields=fields,
            note=None,
            source=brought.source,
            by_staff=None,
            changed_at=brought.now,
        )

    added = [row.id for row in report.rows if row.detail == "added"]
    await editing.record_added(conn, added, revision=brought.revision, source=brought.source, now=brought.now)
    changes = [
        change(row, What.IMPORTED, {**row.fields, **_document(row)})
        for row in report.rows
        if row.detail == "changed"
    ]
    changes += [change(row, What.RETIRED, {}) for row in report.closed]
    for some in _some(changes, 10 * AT_ONCE):
        await editing.record_changes(conn, some)


def _document(row: Compared) -> dict[str, tuple[object, object]]:
    """Which parts of the document differ: what they were is in the imports, whole."""
    return {"document": (None, list(row.document))} if row.document else {}


def _some(everything: Sequence[T], at_once: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(everything), at_once):
        yield everything[first : first + at_once]
