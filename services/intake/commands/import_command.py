"""`python -m services.intake import-clients FILE`: the same import, for a person or a script to run.

Without --run it shows what would become of the rows and writes no client. Stopped in between, the same
command with the same file goes on where it was. A running intake publishes what was stated.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from services.intake import store
from services.intake.commands import importing
from services.intake.model.importing import DateOrder, Import, ImportState, Progress, ReadingRules
from services.intake.settings import IntakeSettings
from shared.db import create_pool
from shared.errors import Invalid
from shared.outbox import Outgoing
from shared.run import clock_of, close_pool
from shared.unit_of_work import Database


def run(arguments: Sequence[str]) -> int:
    """Import and print the report. 0 when it was done or planned, 1 when the file cannot be read."""
    chosen = _parser().parse_args(arguments)
    try:
        one, progress = asyncio.run(_import(chosen))
    except Invalid as broken:
        sys.stderr.write(f"Nothing was changed: {broken.detail}\n")
        return 1
    sys.stdout.write(_told(one, progress, as_json=chosen.json) + "\n")
    return 0


async def _import(chosen: argparse.Namespace) -> tuple[Import, Progress]:
    settings = IntakeSettings()
    pool = await create_pool(
        settings.database_url.get_secret_value(), schema="intake", size=2, application="intake-import"
    )
    database = Database(pool, hand_over=_left_to_the_sweeper, clock=clock_of(settings))
    try:
        return await carry_out(database, chosen)
    finally:
        await close_pool(pool)


async def carry_out(database: Database, chosen: argparse.Namespace) -> tuple[Import, Progress]:
    """Take the file in, or go on with it, until it is planned, and with --run until it is done."""
    import_id = await _begun(database, chosen)
    while True:
        async with database.transaction() as tx:
            state = await store.imports.lock_import(tx.conn, import_id)
            if state is ImportState.PLANNED and chosen.run:
                await store.imports.move_import(
                    tx.conn, import_id, ImportState.RUNNING, now=tx.now, run_by=chosen.by
                )
                state = ImportState.RUNNING
        if state in {ImportState.PLANNED, ImportState.DONE}:
            break
        if not await importing.go_on(database, import_id):
            # A running intake has the next rows in hand.
            await asyncio.sleep(0.1)
    async with database.reading() as conn:
        one = await store.imports.import_of(conn, import_id)
        assert one is not None, "it was there a moment ago"
        return one, await store.imports.progress(conn, import_id)


async def _begun(database: Database, chosen: argparse.Namespace) -> UUID:
    file: Path = chosen.file
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
        async with database.reading() as conn:
            found = await store.imports.unfinished(conn, content=digest, source=chosen.source)
        if found is not None:
            return found
        content.seek(0)
        rules = ReadingRules(time_zone=chosen.time_zone, language=chosen.language, dates=chosen.dates)
        async with database.transaction() as tx:
            one = await importing.take_in(tx, content, source=chosen.source, rules=rules, by=chosen.by)
            return one.id


def _told(one: Import, progress: Progress, *, as_json: bool) -> str:
    counts = progress.outcome if one.state is ImportState.DONE else progress.planned
    if as_json:
        return json.dumps(
            {
                "import_id": str(one.id),
                "state": one.state,
                "rows": one.rows_total,
                "outcomes": counts,
                "columns_ignored": one.columns_ignored,
            }
        )
    done = "What became of the rows" if one.state is ImportState.DONE else "What would become of the rows"
    lines = [
        f"{done} ({one.rows_total}):",
        *(f"  {count:6} {name}" for name, count in sorted(counts.items())),
    ]
    if one.columns_ignored:
        lines.append(f"Columns that were not read: {', '.join(one.columns_ignored)}")
    if one.state is not ImportState.DONE:
        lines.append("No client was written. Say it again with --run to carry it out.")
    lines.append(f"Row by row: GET /imports/{one.id}/report.csv")
    return "\n".join(lines)


def _left_to_the_sweeper(_events: Sequence[Outgoing]) -> None:
    """A running intake publishes what was stated."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="import-clients", description="Import clients from a CSV file.")
    parser.add_argument(
        "file", type=Path, help="CSV in UTF-8, with the names of the columns in its first line"
    )
    parser.add_argument("--by", type=UUID, required=True, help="the id of the staff member who does this")
    parser.add_argument("--source", required=True, help="what the records come from, such as `old system`")
    parser.add_argument("--time-zone", default="UTC", help="of clients whose row names none")
    parser.add_argument("--language", default="en", help="of clients whose row names none")
    parser.add_argument("--dates", type=DateOrder, choices=list(DateOrder), default=DateOrder.ISO)
    parser.add_argument("--run", action="store_true", help="write the clients; without it nothing is written")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")
    return parser
