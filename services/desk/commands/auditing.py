"""Proving that the audit is as it was written: `python -m services.desk verify-audit`.

The chain proves that no line was changed, put in, taken out or moved. That its end was not cut off, nor all
of it made anew, nothing inside the database can prove against somebody who may do everything there: for that
the last line's turn and hash are told to the log every minute, and logs are kept elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from services.desk.policy.audit import Broken, Proof
from services.desk.settings import DeskSettings
from services.desk.store import audit
from shared.db import create_pool
from shared.run import clock_of, close_pool
from shared.unit_of_work import Database

NOTED = "audit_noted"
TELL_EVERY = 100_000

log = structlog.get_logger(__name__)


class Noted(BaseModel):
    """What the log was told: the audit's last line at that time."""

    event: str
    sequence: int
    hash: str


async def prove(
    database: Database, anchors: Mapping[int, bytes], *, tell: Callable[[int], None] = lambda _: None
) -> tuple[Proof, Broken | None]:
    """Go along the whole audit; gives how far it is whole, and the first line that is not, if any."""
    proof = Proof(anchors)
    async with database.transaction() as tx:
        async for kept in audit.whole(tx.conn):
            if broken := proof.see(kept):
                return proof, broken
            if proof.lines % TELL_EVERY == 0:
                tell(proof.lines)
    return proof, proof.end()


class Note:
    """Tells the log of the audit's last line, whenever there is a new one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told = 0

    async def __call__(self) -> int:
        """Tell it, unless it was told already."""
        async with self._database.reading() as conn:
            found = await audit.last(conn)
        if found is not None and found[0] != self._told:
            self._told = found[0]
            log.info("audit_noted", sequence=found[0], hash=found[1].hex())
        return 0


def anchors_in(lines: Iterable[str]) -> dict[int, bytes]:
    """What a log was told of the audit. What was told first of a line counts."""
    found: dict[int, bytes] = {}
    for line in lines:
        if NOTED in line:
            try:
                noted = Noted.model_validate_json(line)
                found.setdefault(noted.sequence, bytes.fromhex(noted.hash))
            except (ValidationError, ValueError):
                continue
    return found


def run(arguments: Sequence[str]) -> int:
    """Prove it and say so. 0 when every line is as it was written, 1 with the first that is not."""
    chosen = _parser().parse_args(arguments)
    anchors: dict[int, bytes] = {}
    for file in chosen.log:
        with file.open(errors="replace") as lines:
            anchors = anchors_in(lines) | anchors
    proof, broken = asyncio.run(_run(anchors))
    if broken is not None:
        sys.stdout.write(f"Line {broken.sequence} of the audit is not as it was written: {broken.wrong}.\n")
        return 1
    checked = f"and {len(anchors)} of them as the log was told" if anchors else "the log was told of none yet"
    sys.stdout.write(f"The audit is whole: {proof.lines} lines, {checked}.\n")
    sys.stdout.write(f"Its last line has the hash {proof.last_hash.hex()}.\n")
    return 0


async def _run(anchors: Mapping[int, bytes]) -> tuple[Proof, Broken | None]:
    settings = DeskSettings()
    pool = await create_pool(
        settings.database_url.get_secret_value(), schema="desk", size=1, application="verify-audit"
    )
    try:
        database = Database(pool, hand_over=lambda _: None, clock=clock_of(settings))
        return await prove(database, anchors, tell=_tell)
    finally:
        await close_pool(pool)


def _tell(lines: int) -> None:
    sys.stderr.write(f"{lines:,} lines are as they were written\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verify-audit", description="Prove that the audit is untouched.")
    parser.add_argument(
        "--log", type=Path, action="append", default=[], help="a log of the desk; may be given several times"
    )
    return parser
