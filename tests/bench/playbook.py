"""The playbook at work for people: suggestions while words are typed, and a copy tried on the past."""

from __future__ import annotations

import json
import time

import httpx

from deploy.local.system import LocalSystem
from services.barriers.playbook import read_texts

SAID = (
    "I would go, honestly, but there's no bus after six and nobody to drive me, and my boss will not let me "
    "take time off work again. Who watches the kids? My sister did it twice and what would my family say if "
    "they knew where I was. Last time they did not realy listen, they gave me a leaflet with big words and a "
    "link that does not work. And then the bill, I cannot afford it this month. Maybe I should cope, others "
    "have it worse. "
)
"""What somebody may say in one breath, with the slips of somebody who types along."""

LONGEST = 4000
TIMES = 400


async def suggestion_latencies_ms(system: LocalSystem) -> tuple[list[float], list[float]]:
    """Time requests for suggestions, for one breath and for the longest words that are taken, ascending.

    Each asks for a little more of the words than the one before, as they come while somebody types.
    """
    headers = {"Authorization": "Bearer " + system.token("staff", ["intake"])}
    endless = SAID * (LONGEST // len(SAID) + 1)
    async with httpx.AsyncClient(base_url=system.service_url("barriers"), headers=headers) as http:
        await _asked(http, SAID)
        breath = [await _asked(http, SAID[: 20 + number % (len(SAID) - 20)]) for number in range(TIMES)]
        longest = [await _asked(http, endless[number % 50 : LONGEST - number]) for number in range(TIMES)]
    return sorted(breath), sorted(longest)


async def _asked(http: httpx.AsyncClient, words: str) -> float:
    start = time.perf_counter()
    answer = await http.post("/playbook/suggestions", json={"words": words})
    taken = (time.perf_counter() - start) * 1000
    answer.raise_for_status()
    return taken


async def trial(system: LocalSystem) -> tuple[float, float, int]:
    """Try a changed playbook on all answers; give seconds, those to the first news, and how many."""
    headers = {
        "Authorization": "Bearer " + system.token("staff", ["supervisor"]),
        "Accept": "application/x-ndjson",
    }
    general = read_texts()["playbook.yaml"]
    changed = general.replace("listen_up_to_importance: 3", "listen_up_to_importance: 9")
    body = {"files": {"playbook.yaml": changed}, "weeks": 8}
    async with httpx.AsyncClient(base_url=system.service_url("barriers"), timeout=120) as http:
        start = time.perf_counter()
        async with http.stream("POST", "/playbook/trial", json=body, headers=headers) as answer:
            answer.raise_for_status()
            lines = answer.aiter_lines()
            last = await anext(lines)
            first_news = time.perf_counter() - start
            async for line in lines:
                last = line
        return time.perf_counter() - start, first_news, json.loads(last)["trial"]["tried"]
