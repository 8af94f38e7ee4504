"""`python -m services.desk add-person`: the first who looks after accounts, where nobody can sign in yet."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.desk.commands import people
from services.desk.model.staff import Role
from services.desk.policy.people import Said, faults_in, said
from services.desk.settings import DeskSettings
from shared.db import create_pool
from shared.run import clock_of, close_pool
from shared.unit_of_work import Database


def run(arguments: Sequence[str]) -> int:
    """Add somebody and print their first password. 1 and what is wrong when they could not be added."""
    chosen = _parser().parse_args(arguments)
    form = said(chosen.name, chosen.email, chosen.role, ())
    if faults := faults_in(form):
        sys.stderr.write("; ".join(faults.values()) + "\n")
        return 1
    password = asyncio.run(_add(form))
    if password is None:
        sys.stderr.write(people.TAKEN + "\n")
        return 1
    sys.stdout.write(f"{form.email} signs in with {password} and then chooses a password of their own.\n")
    return 0


async def _add(form: Said) -> str | None:
    settings = DeskSettings()
    pool = await create_pool(
        settings.database_url.get_secret_value(), schema="desk", size=1, application="add-person"
    )
    try:
        database = Database(pool, hand_over=lambda _: None, clock=clock_of(settings))
        password, password_hash = await people.with_first_password()
        async with database.transaction() as tx:
            added = await people.add(tx, form, password_hash=password_hash)
        return password if added is not None else None
    finally:
        await close_pool(pool)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="add-person", description="Add somebody who works at the desk.")
    parser.add_argument("--name", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument(
        "--role", action="append", choices=[role.value for role in Role], default=[], help="may be repeated"
    )
    return parser
