"""Change the directory by hand: put right, check, close for a time, settle what the source says otherwise.

Every change locks the directory first, gets a revision of its own, is written down in the service's history
and stated in the same transaction. What staff put right goes before what the directory says, import after
import.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from contracts.terms import Capacity, ServiceStatus
from services.navigation.commands import stating
from services.navigation.directory.describing import standing
from services.navigation.model.editing import WORDS, Correction, Entry, Field, Value, What
from services.navigation.policy import correcting as policy
from services.navigation.store import directory, editing, entries
from services.navigation.store.directory_import import advance_revision, next_revision
from shared.db import Connection
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction

AT_ONCE = 50
UNKNOWN_SERVICE = "the directory has no such service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person asks to be put right: on which version, why, and for how long where it is for a time."""

    values: Mapping[Field, Value]
    version: int | None
    """The version that was looked at; None where what is there does not matter."""
    why: str
    by_staff: UUID
    what: What = What.CORRECTED
    until: date | None = None
    back_to_source: Collection[Field] = field(default=())
    """Fields for which what the directory says is to hold again."""


async def edit(tx: Transaction, service_id: UUID, asked: Edit) -> Entry:
    """Put right what was asked for. What is so already is passed over, and a repeat changes nothing.

    Raises `NotFound`; `Conflict` when somebody else has changed one of these very fields since that version,
    saying what to; `Invalid` when the values contradict each other.
    """
    held = await hold(tx, service_id)
    entry = held.entry
    before = standing(entry)
    values = {name: policy.normalised(name, value) for name, value in asked.values.items()}
    sources = {c.field: c.source_value for c in entry.corrections}
    values |= {name: sources[name] for name in asked.back_to_source if name in sources}
    if asked.version is not None and asked.version != entry.version:
        await _refuse_what_was_changed_meanwhile(tx.conn, entry, before, values, version=asked.version)
    corrections = {c.field: c for c in entry.corrections}
    new = {
        name: _correction(tx, asked, name, value, source_value=sources.get(name, before[name]))
        for name, value in values.items()
        if before[name] != value
        or name in asked.back_to_source
        or _lasts_otherwise(corrections.get(name), asked)
    }
    if not new:
        return entry
    listing = policy.with_facts(entry.listing, {name: one.value for name, one in new.items()})
    if (objection := policy.objection_to(listing)) is not None:
        raise Invalid(objection)
    if entry.retired and Field.STATUS in new:
        raise Conflict("its directory does not list it any more; it opens again when it is listed")
    ours = [one for one in new.values() if one.value != one.source_value or one.until is not None]
    theirs = [name for name, one in new.items() if one not in ours]
    await editing.keep_corrections(tx.conn, [(service_id, one) for one in ours])
    await editing.drop_corrections(tx.conn, [(service_id, name) for name in theirs])
    closed_until = _closed_until(listing.status, entry, new)
    await editing.write_facts(tx.conn, [(listing, closed_until)], revision=held.revision, now=tx.now)
    fields = {name.value: (before[name], one.value) for name, one in new.items() if before[name] != one.value}
    return await _finish(
        tx,
        held,
        _Done(what=asked.what, fields=fields, note=asked.why, by_staff=asked.by_staff),
    )


def _lasts_otherwise(correction: Correction | None, asked: Edit) -> bool:
    """Whether the same value is to hold for another time than it does."""
    lasts = correction.until if correction else None
    return asked.what is What.CLOSED and lasts != asked.until


def _correction(
    tx: Transaction, asked: Edit, name: Field, value: Value, *, source_value: Value
) -> Correction:
    return Correction(
        field=name,
        value=value,
        source_value=source_value,
        conflicting=False,
        until=asked.until,
        why=asked.why,
        corrected_at=tx.now,
        corrected_by=asked.by_staff,
    )


def _closed_until(status: ServiceStatus, entry: Entry, new: Mapping[Field, Correction]) -> date | None:
    if status is not ServiceStatus.TEMPORARILY_CLOSED:
        return None
    closing = new.get(Field.STATUS)
    return entry.closed_until if closing is None else closing.until


async def _refuse_what_was_changed_meanwhile(
    conn: Connection,
    entry: Entry,
    before: Mapping[Field, Value],
    values: Mapping[Field, Value],
    *,
    version: int,
) -> None:
    """Raise `Conflict` where somebody changed one of these fields after that version, to something else."""
    conflicts = []
    for name, value in values.items():
        if before[name] == value:
            continue
        for change in await editing.changed_since(conn, entry.listing.service_id, version):
            if name.value in change.fields:
                conflicts.append({
                    "field": name.value,
                    "yours": value,
                    "now": before[name],
                    "was": change.fields[name.value][0],
                    "what": change.what.value,
                    "by_staff": None if change.by_staff is None else str(change.by_staff),
                    "at": change.changed_at.isoformat(),
                })  # fmt: skip
                break
    if conflicts:
        named = ", ".join(str(one["field"]) for one in conflicts)
        raise Conflict(
            f"somebody has changed the same since you looked ({named}); look at both, and send it again on "
            f"version {entry.version} if yours is right",
            conflicts=conflicts,
            version=entry.version,
        )


async def settle(tx: Transaction, service_id: UUID, name: Field, *, keep_ours: bool, by_staff: UUID) -> Entry:
    """Decide what holds where the directory says something else than we do. Raises `NotFound`."""
    held = await hold(tx, service_id)
    entry = held.entry
    correction = next((c for c in entry.corrections if c.field is name), None)
    if correction is None:
        raise NotFound("nothing was put right in this field")
    if not keep_ours:
        asked = Edit(
            values={},
            version=None,
            why="What the directory says holds again.",
            by_staff=by_staff,
            what=What.SETTLED,
            back_to_source=(name,),
        )
        return await edit(tx, service_id, asked)
    if not correction.conflicting:
        return entry
    await editing.keep_corrections(tx.conn, [(service_id, replace(correction, conflicting=False))])
    await editing.touch(tx.conn, service_id, revision=held.revision, now=tx.now)
    note = "Ours holds; the directory's own was looked at."
    return await _finish(tx, held, _Done(what=What.SETTLED, fields={}, note=note, by_staff=by_staff))


async def set_capacity(
    tx: Transaction, service_id: UUID, *, capacity: Capacity, places: int | None, by_staff: UUID | None = None
) -> bool:
    """Keep what was said of a service's capacity, until its source says something new; False when unknown."""
    known = await entries.entries(tx.conn, [service_id])
    if not known or (known[0].listing.capacity, known[0].listing.places) == (capacity, places):
        return bool(known)
    held = await hold(tx, service_id)
    entry = held.entry
    await directory.set_capacity(tx.conn, service_id, capacity=capacity, places=places, now=tx.now)
    listing = entry.listing
    fields = _different(capacity=(listing.capacity.value, capacity.value), places=(listing.places, places))
    done = _Done(what=What.CAPACITY, fields=fields, note=None, by_staff=by_staff)
    await _finish(tx, held, done)
    return True


async def set_clocks(
    tx: Transaction,
    service_id: UUID,
    *,
    acknowledge_days: int | None,
    progress_days: int | None,
    by_staff: UUID | None = None,
) -> None:
    """Keep in how many working days a service answers and moves on. Raises `NotFound`."""
    held = await hold(tx, service_id)
    entry = held.entry
    await directory.set_clocks(
        tx.conn, service_id, acknowledge_days=acknowledge_days, progress_days=progress_days, now=tx.now
    )
    (after,) = await entries.entries(tx.conn, [service_id])
    if after.version != entry.version:
        old, new = entry.listing, after.listing
        fields = _different(
            acknowledge_within_working_days=(
                old.acknowledge_within_working_days,
                new.acknowledge_within_working_days,
            ),
            progress_within_working_days=(old.progress_within_working_days, new.progress_within_working_days),
        )
        await _finish(tx, held, _Done(what=What.CLOCKS, fields=fields, note=None, by_staff=by_staff))


def _different(**fields: tuple[object, object]) -> dict[str, tuple[object, object]]:
    return {name: pair for name, pair in fields.items() if pair[0] != pair[1]}


async def end_corrections(database: Database) -> int:
    """Let what the directory says hold again where something was put right for a time that is over."""
    async with database.transaction() as tx:
        today = tx.now.date()
        due = await editing.with_ended_corrections(tx.conn, today, limit=AT_ONCE)
        for service_id in due:
            await _end(tx, service_id, today)
    return len(due)


async def _end(tx: Transaction, service_id: UUID, today: date) -> None:
    held = await hold(tx, service_id)
    entry = held.entry
    over = [c for c in entry.corrections if c.until is not None and c.until <= today]
    if not over:
        return
    listing = entry.listing
    if not entry.retired:
        listing = policy.with_facts(listing, {c.field: c.source_value for c in over if c.field not in WORDS})
    await editing.drop_corrections(tx.conn, [(service_id, c.field) for c in over])
    await editing.write_facts(tx.conn, [(listing, None)], revision=held.revision, now=tx.now)
    fields = {c.field.value: (c.value, c.source_value) for c in over}
    note = "The time for which it was so is over."
    await _finish(tx, held, _Done(what=What.REOPENED, fields=fields, note=note, by_staff=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A service under the directory's lock, and the revision that its change gets."""

    revision: int
    entry: Entry


async def hold(tx: Transaction, service_id: UUID) -> Held:
    """Lock the directory until the transaction ends, and read a service. Raises `NotFound`."""
    revision = await next_revision(tx.conn)
    found = await entries.entries(tx.conn, [service_id])
    if not found:
        raise NotFound(UNKNOWN_SERVICE)
    return Held(revision=revision, entry=found[0])


async def mark(tx: Transaction, held: Held, what: What, *, note: str, by_staff: UUID) -> Entry:
    """Write down something about a held service that changes none of its fields."""
    await editing.touch(tx.conn, held.entry.listing.service_id, revision=held.revision, now=tx.now)
    return await _finish(tx, held, _Done(what=what, fields={}, note=note, by_staff=by_staff))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What was done, for the history."""

    what: What
    fields: Mapping[str, tuple[object, object]]
    note: str | None
    by_staff: UUID | None


async def _finish(tx: Transaction, held: Held, done: _Done) -> Entry:
    """Let the catalogues know, write it down and state it; return how the service stands now."""
    service_id = held.entry.listing.service_id
    await advance_revision(tx.conn, held.revision)
    change = editing.Change(
        id=new_id(),
        service_id=service_id,
        revision=held.revision,
        what=done.what,
        fields=done.fields,
        note=done.note,
        source=None,
        by_staff=done.by_staff,
        changed_at=tx.now,
    )
    await editing.record_changes(tx.conn, [change])
    await stating.state(tx, service_id, by_staff=done.by_staff)
    return (await entries.entries(tx.conn, [service_id]))[0]
