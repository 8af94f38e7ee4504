"""`python -m services.navigation import-directory FILE`: the import, for a person or a script to run."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from services.navigation.directory.documents import BrokenFile
from services.navigation.directory.importing import import_directory
from services.navigation.directory.progress import shown
from services.navigation.directory.report import Report
from services.navigation.settings import NavigationSettings
from services.navigation.store.uploads import try_lock
from shared.db import prepare_connection
from shared.run import clock_of


class AnotherIsUnderWay(Exception):  # noqa: N818 - it reads as what it says
    """Somebody imports at this very moment; directories come in one after another."""


def run(arguments: Sequence[str]) -> int:
    """Import and print the report. 0 when it was imported, 1 when nothing could be changed."""
    chosen = _parser().parse_args(arguments)
    try:
        report = asyncio.run(_import(chosen.file, source=chosen.source))
    except BrokenFile as broken:
        print(f"Nothing was changed: {broken}", file=sys.stderr)
        return 1
    except AnotherIsUnderWay:
        print("Nothing was changed: another import is at work; try again once it has ended.", file=sys.stderr)
        return 1
    if chosen.json:
        print(json.dumps(report.as_json()))
    else:
        print("\n".join(report.lines()))
    return 0


async def _import(file: Path, *, source: str | None) -> Report:
    settings = NavigationSettings()
    connection = await asyncpg.connect(
        settings.database_url.get_secret_value(), server_settings={"search_path": "navigation"}
    )
    try:
        await prepare_connection(connection)
        if not await try_lock(connection):
            raise AnotherIsUnderWay
        with shown() as progress:
            now = clock_of(settings).now()
            return await import_directory(connection, file, now=now, source=source, progress=progress)
    finally:
        await connection.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="import-directory", description="Import a directory of services.")
    parser.add_argument("file", type=Path, help="HSDS JSON or NDJSON, a CSV folder, or its datapackage.json")
    parser.add_argument("--source", help="where it comes from; the file's name where nothing is said")
    parser.add_argument("--json", action="store_true", help="the whole report, every row, as one JSON object")
    return parser
