"""The sample, made: a new home in which three weeks have gone by when the system is first opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

HEAD_START = timedelta(seconds=10)
"""Real time for the start of the services; where it takes longer, people come a little closer together."""
NOBODYS = 4
"""So many wait for somebody of the team at the end, and the two who came last for a team."""
_BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


async def live_three_weeks(home: Path, plan: Plan, *, report: Report) -> None:
    """Fill a new home. The services run with a fast clock meanwhile and have ended when this returns."""
    # What takes long comes first, so that the three weeks begin when they should.
    async with LocalSystem(home, replace(plan, serve=()), report=report) as system:
        report("importing the sample directory")
        await import_sample(system)
    today = real_now() + HEAD_START + timedelta(seconds=REAL_SECONDS)
    started = today - timedelta(seconds=REAL_SECONDS)
    clock = ClockSettings(rate=RATE, origin=today - WEEKS, started_at=started)
    async with LocalSystem(home, replace(plan, clock=clock), report=report) as system:
        report("three weeks go by, in less than a minute")
        fast = RatedClock(RATE, origin=clock.origin, started_at=started)
        async with stage_on(system, fast, lambda _: None) as stage:
            weeks = Weeks(stage, [_id_of(Role.CASE_MANAGER)], max(fast.now(), today - WEEKS), today)
            await weeks.all(report)
            # What would still happen is not to happen in the days that a slow stop takes at this pace.
            for supervised in system.processes.values():
                await supervised.kill(stay_down=True)
    async with LocalSystem(home, plan, report=report) as system:
        await _hand_over(system, list(weeks.clients))


async def _hand_over(system: LocalSystem, client_ids: Sequence[UUID]) -> None:
    """The supervisor gives most of the clients to the case manager, at the desk."""
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


def _id_of(role: Role) -> UUID:
    return next(one.id for one in COLLEAGUES if one.role is role)
