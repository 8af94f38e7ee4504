"""The webhook sender in a process of its own, to be killed: `python sender_process.py <database url>`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

from shared.clock import RatedClock
from shared.db import create_pool
from shared.jobs import Job, JobRunner
from shared.unit_of_work import Database
from tests.support.webhooks import PostOffice

LEASE = timedelta(seconds=2)


async def main(url: str) -> None:
    """Send until killed."""
    pool = await create_pool(url, schema="navigation", size=3, application="faults-sender")
    database = Database(pool, hand_over=lambda _: None, clock=RatedClock())
    async with PostOffice(database, seconds=1.0, lease=LEASE).sender() as sender:
        job = Job(name="send-webhooks", every=timedelta(seconds=0.1), run=sender.run, real_time=True)
        await JobRunner([job], RatedClock()).start()
        sys.stdout.write("sending\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
