"""PostgreSQL through asyncpg: the pool and the types that the rest of the code names.

Every connection speaks UUID, aware datetimes and JSON as Python values, and finds its tables in the one
schema that the process owns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    Record = asyncpg.Record
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]
else:  # asyncpg's classes cannot be subscripted at run time
    Record = asyncpg.Record
    Pool = asyncpg.Pool
    Connection = PoolConnectionProxy


def _encode_json(value: Any) -> str:  # noqa: ANN401 - JSON is what it is
    return to_json(value).decode()


async def prepare_connection(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Teach a connection to speak JSON as Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode_json, decoder=from_json, format="text"
        )


async def _leave_as_it_is(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Spare the statement with which asyncpg cleans a returned connection: one round trip in five.

    Nothing of ours outlives its transaction: no session settings, no listeners, only transaction locks.
    """


async def create_pool(url: str, *, schema: str, size: int, application: str) -> Pool:
    """Open a pool of at most `size` connections. Raises what asyncpg raises when there is no server."""
    return await asyncpg.create_pool(
        url,
        # All at once: a connection made in the middle of work would make that work wait.
        min_size=size,
        max_size=size,
        command_timeout=30,
        init=prepare_connection,
        reset=_leave_as_it_is,
        server_settings={
            "search_path": schema,
            "application_name": application,
            "timezone": "UTC",
            # Sets come as arrays, whose size no plan knows: one plan serves all, and planning anew costs.
            "plan_cache_mode": "force_generic_plan",
        },
    )
