"""The sample, made: a new home in which three weeks have gone by when the system is first opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx

from deploy.local.accounts import COLLEAGUES, TEAM_ID
from deploy.local.demo.stage import stage_on
from deploy.local.errors import LocalError
from deploy.local.sample.directory import import_sample
from deploy.local.sample.weeks import RATE, REAL_SECONDS, WEEKS, Weeks
from deploy.local.supervisor import Report
from deploy.local.system import ClockSettings, LocalSystem, Plan
from services.desk.model.staff import Role
from shared.clock import RatedClock, real_now

HEAD_START = timedelta(seconds=6)
"""Real time for the start of the services; where it takes longer, people come a little closer together."""
AS_LONG_AS_BEFORE = 0.8
"""A machine that has much else to do gets more: this part of what making the home took."""
NOBODYS = 2
"""So many wait for somebody of the team at the end, and the two who came last for a team."""
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.2
_BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@asynccontextmanager
async def with_sample(home: Path, plan: Plan, *, report: Report) -> AsyncIterator[LocalSystem]:
    """Fill a new home and run the system in it, for as long as the block lasts."""
    clients = await _live_three_weeks(home, plan, report=report)
    async with LocalSystem(home, plan, report=report) as system:
        await _hand_over(system, clients)
        yield system


async def _live_three_weeks(home: Path, plan: Plan, *, report: Report) -> list[UUID]:
    """Fill a new home, and give the clients in the order in which they came.

    The services run with a fast clock meanwhile and have ended when this returns.
    """
    # What takes long comes first, so that the three weeks begin when they should.
    begun = real_now()
    async with LocalSystem(home, replace(plan, serve=()), report=report) as system:
        report("importing the sample directory")
        await import_sample(system)
    head_start = max(HEAD_START, AS_LONG_AS_BEFORE * (real_now() - begun))
    today = real_now() + head_start + timedelta(seconds=REAL_SECONDS)
    started = today - timedelta(seconds=REAL_SECONDS)
    clock = ClockSettings(rate=RATE, origin=today - WEEKS, started_at=started)
    async with LocalSystem(home, replace(plan, clock=clock), report=report) as system:
        report("three weeks go by, in half a minute")
        fast = RatedClock(RATE, origin=clock.origin, started_at=started)
        async with stage_on(system, fast, lambda _: None) as stage:
            weeks = Weeks(stage, [_id_of(Role.CASE_MANAGER)], max(fast.now(), today - WEEKS), today)
            await weeks.all(report)
            # What would still happen is not to happen in the days that a slow stop takes at this pace.
            for supervised in system.processes.values():
                await supervised.kill(stay_down=True)
    if not weeks.clients:
        raise LocalError(f"Three weeks went by before everything had started. Remove {home} and try again.")
    return list(weeks.clients)


async def _hand_over(system: LocalSystem, client_ids: Sequence[UUID]) -> None:
    """Have the supervisor give most of the clients to the case manager, at the desk."""
    whose: Mapping[str, Sequence[UUID]] = {
        f"{TEAM_ID}:{_id_of(Role.CASE_MANAGER)}": client_ids[: -NOBODYS - 2],
        f"{TEAM_ID}:": client_ids[-NOBODYS - 2 : -2],
    }
    maren = next(one for one in COLLEAGUES if one.role is Role.SUPERVISOR)
    async with httpx.AsyncClient(
        base_url=system.service_url("desk"), headers=_BROWSER, timeout=20
    ) as browser:
        password = system.credentials.colleagues[maren.role]
        await browser.post("/sign-in", data={"email": maren.email, "password": password})
        await _known(browser, client_ids)
        for to, chosen in whose.items():
            form = {
                "who": "waiting",
                "chosen": [str(client_id) for client_id in chosen],
                "version": [f"{client_id}:0" for client_id in chosen],
                "to": to,
            }
            answer = await browser.post("/team/assign", data=form)
            if not answer.is_redirect:
                raise LocalError("The sample could not be handed over: " + answer.text[-500:])


async def _known(browser: httpx.AsyncClient, client_ids: Sequence[UUID]) -> None:
    """Wait until the desk has heard of all of them."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        waiting = ""
        while not all(str(client_id) in waiting for client_id in client_ids):
            await asyncio.sleep(_PAUSE_SECONDS)
            waiting = (await browser.get("/team/clients", params={"who": "waiting"})).text


def _id_of(role: Role) -> UUID:
    return next(one.id for one in COLLEAGUES if one.role is role)
