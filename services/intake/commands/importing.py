"""How a file of clients comes on file: uploaded, read, planned, run; in steps that a kill can fall between.

Each step is one transaction that takes the next rows and writes what became of them with the rest, so that a
run goes on where it stopped, and no row is done twice. Until somebody says run, no client is written.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import IO
from uuid import UUID

from services.intake import store
from services.intake.commands import registering
from services.intake.model import Registration
from services.intake.model.importing import (
    Decided,
    FileRow,
    Import,
    ImportState,
    Origin,
    Outcome,
    RawRow,
    ReadingRules,
    ReadRow,
    RejectedRow,
)
from services.intake.model.matching import Candidate
from services.intake.policy import importing, likeness, matching
from shared.errors import Invalid
from shared.ids import new_id
from shared.unit_of_work import Database, Transaction

AT_ONCE = 200
"""Rows of one step: little enough that requests beside it hardly notice."""
ROWS_IN_HAND = 1000
MOST_ROWS = 500_000
DELIMITERS = ",;\t"


async def take_in(tx: Transaction, file: IO[bytes], *, source: str, rules: ReadingRules, by: UUID) -> Import:
    """Write an uploaded file down, row by row; raise `Invalid` where it is no file of clients."""
    content = hashlib.sha256()
    while piece := file.read(1 << 20):
        content.update(piece)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        return await _take_in(tx, text, source=source, rules=rules, by=by, content=content.digest())
    finally:
        # The file is whoever's who gave it, and stays open.
        text.detach()


async def _take_in(
    tx: Transaction, text: io.TextIOWrapper, *, source: str, rules: ReadingRules, by: UUID, content: bytes
) -> Import:
    first = _first_line(text)
    reader = csv.reader(chain([first], _lines(text)), delimiter=max(DELIMITERS, key=first.count), strict=True)
    read, ignored = importing.fields_of(_header(reader))
    if not {"full_name", "given_name", "family_name"} & set(read.values()):
        raise Invalid(
            "There is no column with a name: call it full_name, or given_name and family_name.",
            columns=sorted(importing.FIELDS),
        )
    one = Import(
        id=new_id(),
        source=source,
        content=content,
        state=ImportState.READING,
        rules=rules,
        columns_read=tuple(read.values()),
        columns_ignored=ignored,
        rows_total=0,
        uploaded_at=tx.now,
        uploaded_by=by,
    )
    await store.imports.add_import(tx.conn, one)
    total = 0
    for rows in _in_portions(_rows(reader, read)):
        await store.imports.add_rows(tx.conn, one.id, rows)
        total += len(rows)
        # Others want to be answered while a long file is read.
        await asyncio.sleep(0)
    if total == 0:
        raise Invalid("There is no row below the names of the columns.")
    await store.imports.set_total(tx.conn, one.id, total)
    return replace(one, rows_total=total)


async def go_on(database: Database, import_id: UUID | None = None) -> int:
    """Take one step with an import that goes on by itself; how much was done, 0 where there is none."""
    async with database.transaction() as tx:
        one = await store.imports.claim_import(tx.conn, import_id)
        if one is None:
            return 0
        match one.state:
            case ImportState.READING:
                done = await _read(tx, one)
                following = ImportState.PLANNING
            case ImportState.PLANNING:
                done = await _plan(tx, one)
                following = ImportState.PLANNED
            case _:
                done = await _run(tx, one)
                following = ImportState.DONE
        if done == 0:
            if following is ImportState.DONE:
                await store.imports.forget_what_is_done(tx.conn, one.id)
            await store.imports.move_import(tx.conn, one.id, following, now=tx.now)
        return max(done, 1)


async def decide(
    tx: Transaction, one: Import, row: FileRow, *, same_as: UUID | None, leave_out: bool, by: UUID
) -> Decided:
    """Carry out what a person made of a row that waits: somebody on record, nobody on record, or neither."""
    assert row.cells is not None, "a row that waits keeps what it says"
    read = importing.read_row(RawRow(line=row.line, cells=row.cells), one.rules, tx.now)
    assert isinstance(read, ReadRow), "a row that waits could be read"
    outcome, client_id = Outcome.LEFT_OUT, None
    if same_as is not None:
        outcome, client_id = Outcome.SAME_PERSON, same_as
    elif not leave_out:
        outcome, client_id = Outcome.CREATED, await _create(tx, read, row, by=by)
    decided = Decided(line=row.line, outcome=outcome, reason=row.reason or "", client_id=client_id)
    if client_id is not None:
        origin = Origin(record_id=read.record_id, content=read.content, client_id=client_id)
        await store.import_rows.add_origins(tx.conn, one, [origin], at=tx.now)
    await store.imports.decide_row(tx.conn, one.id, decided, by=by, at=tx.now)
    return decided


async def _create(tx: Transaction, read: ReadRow, row: FileRow, *, by: UUID) -> UUID:
    shown = [each.client_id for each in row.shown if each.client_id]
    outcome = await registering.register(
        tx, _with_id(read).client, is_someone_else=True, not_the_same_as=shown, by=by
    )
    assert isinstance(outcome, Registration), "somebody looked, and the row could be read"
    return outcome.client.id


async def _read(tx: Transaction, one: Import) -> int:
    raw = await store.import_rows.rows_to_read(tx.conn, one.id, AT_ONCE)
    read = [importing.read_row(row, one.rules, tx.now) for row in raw]
    good = [row for row in read if isinstance(row, ReadRow)]
    keys = {row.line: likeness.keys_of(row.likeness) for row in good}
    await store.import_rows.keep_read(tx.conn, one.id, good, keys)
    bad = [row for row in read if isinstance(row, RejectedRow)]
    await store.import_rows.keep_rejected(tx.conn, one.id, bad)
    return len(raw)


async def _plan(tx: Transaction, one: Import) -> int:
    raw = await store.import_rows.rows_to_plan(tx.conn, one.id, AT_ONCE)
    decided = await _decided(tx, one, _readable(raw, one, tx))
    await store.import_rows.keep_planned(tx.conn, one.id, decided)
    return len(raw)


async def _run(tx: Transaction, one: Import) -> int:
    assert one.run_by is not None, "somebody said run"
    await store.import_rows.reject_the_rest(tx.conn, one.id)
    raw = await store.import_rows.rows_to_run(tx.conn, one.id, AT_ONCE)
    if not raw:
        return 0
    rows = _readable(raw, one, tx)
    # Whoever registers one of these people at this moment waits, or is waited for.
    held = {key for row in rows for key in likeness.keys_to_hold(row.likeness)}
    await store.people.hold_keys(tx.conn, held)
    decided = {each.line: each for each in await _decided(tx, one, rows)}
    new = [_with_id(row) for row in rows if decided[row.line].outcome is Outcome.CREATED]
    if new:
        await registering.write(tx, [row.client for row in new], by=one.run_by)
        kept = [Origin(record_id=row.record_id, content=row.content, client_id=row.client.id) for row in new]
        await store.import_rows.add_origins(tx.conn, one, kept, at=tx.now)
    made = {row.line: row.client.id for row in new}
    outcomes = [replace(each, client_id=made.get(each.line, each.client_id)) for each in decided.values()]
    await store.import_rows.keep_outcomes(tx.conn, one.id, outcomes)
    return len(raw)


async def _decided(tx: Transaction, one: Import, rows: Sequence[ReadRow]) -> list[Decided]:
    """Decide about rows by what is on file and in the file."""
    record_ids = {row.record_id for row in rows}
    origins = await store.import_rows.origins(tx.conn, one.source, record_ids)
    same = await store.import_rows.same_records(tx.conn, one.id, record_ids)
    decided = {}
    for row in rows:
        others = [pair for pair in same[row.record_id] if pair[0] != row.line]
        origin = origins.get(row.record_id)
        decided[row.line] = importing.decide(row, origin=origin, same_record=others)
    # Only who would be new is looked for among the others.
    new = [row for row in rows if decided[row.line].outcome is Outcome.CREATED]
    beside = {row.line: {line for line, _ in same[row.record_id]} for row in new}
    for row, on_file, in_file in await _alike(tx, one, new, beside):
        decided[row.line] = importing.unless_alike(decided[row.line], on_file=on_file, in_file=in_file)
    return list(decided.values())


async def _alike(
    tx: Transaction, one: Import, rows: Sequence[ReadRow], beside: Mapping[int, Collection[int]]
) -> list[tuple[ReadRow, tuple[Candidate, ...], tuple[Candidate, ...]]]:
    """Who may be the same person as each row's: on file, leaving aside what this very import made, and in it.

    `beside` are lines that say the same as a row, itself among them.
    """
    keys = {row.line: likeness.keys_to_look_under(row.likeness) for row in rows}
    on_file = await store.people.find_under_keys(tx.conn, keys)
    ids = {record.client_id for found in on_file.values() for record in found}
    own = await store.import_rows.created_by(tx.conn, one.id, ids)
    lines = await store.import_rows.find_lines_under_keys(tx.conn, one.id, keys)
    texts = {raw.line: raw for found in lines.values() for raw in found}
    near = {line: importing.as_on_file(raw, one.rules) for line, raw in texts.items()}
    alike = []
    for row in rows:
        known = [record for record in on_file[row.line] if record.client_id not in own]
        others = [near[raw.line] for raw in lines[row.line] if raw.line not in beside[row.line]]
        found = matching.candidates(row.likeness, known), matching.candidates(row.likeness, others)
        alike.append((row, *found))
        await asyncio.sleep(0)
    return alike


def _readable(raw: Sequence[RawRow], one: Import, tx: Transaction) -> list[ReadRow]:
    read = (importing.read_row(row, one.rules, tx.now) for row in raw)
    return [row for row in read if isinstance(row, ReadRow)]


def _with_id(row: ReadRow) -> ReadRow:
    context = row.client.context.model_copy(update={"client_id": new_id()})
    return replace(row, client=replace(row.client, context=context))


def _first_line(text: io.TextIOWrapper) -> str:
    return next(_lines(text), "")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    try:
        while line := text.readline():
            if "\0" in line:
                raise Invalid("The file holds the character U+0000, which no text can hold.")
            yield line
    except UnicodeDecodeError:
        raise Invalid("The file is not written in UTF-8; please save it as CSV UTF-8.") from None


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        return next(reader, [])
    except csv.Error:
        raise Invalid("The first line cannot be read as the names of columns.") from None


def _rows(reader: Iterator[list[str]], read: dict[int, str]) -> Iterator[RawRow]:
    """The rows, numbered as a person sees them: the first below the names of the columns is line 2."""
    line = 1
    while True:
        line += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            raise Invalid(f"Line {line} cannot be read as CSV: {broken}.", line=line) from None
        if line > MOST_ROWS:
            raise Invalid(f"A file has {MOST_ROWS:,} rows at most; please cut it into several.")
        if any(cells):
            yield RawRow(
                line=line, cells={name: cells[place] for place, name in read.items() if place < len(cells)}
            )


def _in_portions(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    portion: list[RawRow] = []
    for row in rows:
        portion.append(row)
        if len(portion) == ROWS_IN_HAND:
            yield portion
            portion = []
    if portion:
        yield portion
