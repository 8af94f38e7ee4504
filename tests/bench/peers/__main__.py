"""The worker process of a peer: `python -m tests.bench.peers <procrastinate|pgqueuer> <database url>`."""

from __future__ import annotations

import asyncio
import sys

from tests.bench.peers.measure import PEERS

if __name__ == "__main__":
    name, url = sys.argv[1:]
    asyncio.run(PEERS[name]().work(url))
