"""Three weeks in the lives of the sample's people, lived through in half a minute.

The clock of the services begins three weeks ago and catches up with today. What staff, partners and clients
do goes through the services' APIs like everything else; what the services do about it is their own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.events.barriers import PlanDrafted, TaskOpened
from contracts.events.navigation import ReferralDrafted, ReferralEvent, ReferralRequested
from contracts.events.reminders import MessageSent
from contracts.terms import MessageKind, TaskKind
from deploy.local.demo.people import CONSENT
from deploy.local.demo.stage import NotAsPromisedError, Stage
from deploy.local.sample.people import GUESTS, Course, Guest

WEEKS = timedelta(weeks=3)
REAL_SECONDS = 32.0
RATE = WEEKS.total_seconds() / REAL_SECONDS
OVER = timedelta(hours=8)
"""Nothing is begun so shortly before today."""

LEFT_TO_DO = timedelta(days=5)
"""What came in the last days is still to do today."""
ANSWERS: Mapping[TaskKind, Mapping[str, str]] = {
    TaskKind.HAVE_CONVERSATION: {"answer": "just_listen"},
    TaskKind.ASK_PERMISSION: {"answer": "yes_go_ahead"},
}
NOTES = (
    "We spoke on the telephone; it was a good time for it.",
    "They came by. We sat down with a cup of tea.",
    "Talked it through, and they would like to go on as it is.",
    "A short call between two errands. They had thought about it already.",
)

Report = Callable[[str], None]


@dataclass(slots=True)
class Weeks:
    """One living through of the weeks."""

    stage: Stage
    workers: Sequence[UUID]
    """Staff who are case managers; each has some of the people."""
    began: datetime
    end: datetime
    """Today."""
    clients: dict[UUID, UUID] = field(default_factory=dict)
    """Who looks after whom."""

    async def all(self, report: Report) -> None:
        """Let everybody's weeks go by until today; a story that is not at its end then is left as it is."""
        lives = [asyncio.create_task(self._life(*one, report)) for one in enumerate(GUESTS)]
        lives.append(asyncio.create_task(self._work()))
        left = (self.end - self.stage.clock.now()) / timedelta(seconds=1) / self.stage.clock.rate
        _, under_way = await asyncio.wait(lives, timeout=left)
        for life in under_way:
            life.cancel()
        for problem in await asyncio.gather(*lives, return_exceptions=True):
            if isinstance(problem, Exception):
                raise problem

    async def _work(self) -> None:
        """What case managers do day by day: most of what there is to do, a day or three after it came."""
        done: set[UUID] = set()
        while await self._another_morning():
            for task in [one for one in self.stage.heard if isinstance(one, TaskOpened)]:
                waits = timedelta(hours=10 + task.task_id.int % 50)
                if task.task_id not in done and task.opened_at + waits < self.stage.clock.now():
                    done.add(task.task_id)
                    # Something may have become of it by itself.
                    with contextlib.suppress(NotAsPromisedError):
                        await self._do(task, self.clients[task.client_id])

    async def _another_morning(self) -> bool:
        until = self.stage.clock.now() + timedelta(hours=12)
        await self.stage.until(min(until, self.end))
        return until < self.end - LEFT_TO_DO

    async def _do(self, task: TaskOpened, worker: UUID) -> None:
        if task.kind is TaskKind.FIND_HELP:
            return
        if task.kind is TaskKind.AGREE_PLAN:
            for plan in self.stage.all(PlanDrafted, task.client_id):
                agreed = {"version": 1, "cue_hours_before": 16}
                await self._send(worker, "barriers", f"/plans/{plan.plan_id}/agree", agreed)
            return
        version: object = 1
        for step in ("claim", "start"):
            path = f"/tasks/{task.task_id}/{step}"
            version = (await self._send(worker, "barriers", path, {"version": version}))["version"]
        said = {"note": NOTES[task.task_id.int % len(NOTES)], **ANSWERS.get(task.kind, {})}
        await self._send(worker, "barriers", f"/tasks/{task.task_id}/done", {"version": version, **said})

    async def _life(self, number: int, guest: Guest, report: Report) -> None:
        worker = self.workers[number % len(self.workers)]
        share = (self.end - self.began) / WEEKS
        await self.stage.until(self.began + timedelta(days=guest.day, hours=number % 6) * share)
        client_id = await self._begin(number, guest, worker)
        report(f"{guest.name} comes for the first time")
        # What the case manager's round has done already cannot be done again: the story goes on by itself.
        with contextlib.suppress(NotAsPromisedError):
            await COURSES[guest.course](Life(self, guest, client_id, worker, f"+4477009002{number:02d}"))

    async def _begin(self, number: int, guest: Guest, worker: UUID) -> UUID:
        made = await self._send(worker, "intake", "/clients", guest.registration(number))
        client_id = UUID(made["client_id"])
        self.clients[client_id] = worker
        self.stage.cast.names[str(client_id)] = guest.name
        path = f"/clients/{client_id}"
        goal = await self._send(worker, "intake", f"{path}/goals", {"words": guest.goal})
        await self._send(worker, "intake", f"{path}/readiness", guest.rulers)
        if guest.wish != "just_listen":
            await self._send(worker, "intake", f"{path}/consents", CONSENT)
        about = guest.barrier | {"goal_id": goal["goal_id"]}
        await self._send(worker, "intake", f"{path}/barriers", about)
        for words, category in guest.also:
            heard = {"words": words, "category": category, "strength": 1, "wish": "just_listen"}
            await self._send(worker, "intake", f"{path}/barriers", heard)
        return client_id

    async def _send(
        self, worker: UUID, service: str, path: str, body: Mapping[str, object]
    ) -> dict[str, Any]:
        token = self.stage.system.token("staff", ("intake", "case_manager"), subject=worker)
        return await self.stage.send(service, path, body, headers={"Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True)
class Life:
    """One person's weeks."""

    weeks: Weeks
    guest: Guest
    client_id: UUID
    worker: UUID
    mobile: str

    @property
    def stage(self) -> Stage:
        """Where it happens."""
        return self.weeks.stage

    async def send(self, service: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Do something as the case manager."""
        return await self.weeks._send(self.worker, service, path, body)  # noqa: SLF001 - they are one thing

    async def goes_by(self, *, days: float = 0, hours: float = 0) -> bool:
        """Let time pass; whether it is still before today."""
        until = self.stage.clock.now() + timedelta(days=days, hours=hours)
        await self.stage.until(min(until, self.weeks.end))
        return until < self.weeks.end - OVER

    async def answer(self, referral: ReferralEvent, **said: object) -> None:
        """What the partner says, on the telephone, written down by the case manager."""
        await self.send("navigation", f"/referrals/{referral.referral_id}/answers", {"said": said})

    async def talk(self) -> None:
        """Have the conversation that there is a task for; they would still rather only be heard."""
        task = await self.stage.expect(
            TaskOpened, self.client_id, lambda opened: opened.kind is TaskKind.HAVE_CONVERSATION
        )
        version: object = 1
        for step in ("claim", "start"):
            moved = await self.send("barriers", f"/tasks/{task.task_id}/{step}", {"version": version})
            version = moved["version"]
        done = {"version": version, "answer": "just_listen"}
        await self.send("barriers", f"/tasks/{task.task_id}/done", done)

    async def plan(self) -> PlanDrafted:
        """The plan that was drafted for them."""
        return await self.stage.expect(PlanDrafted, self.client_id)

    async def agree(self, plan: PlanDrafted) -> int:
        """Agree it; gives its version."""
        body = {"version": 1, "cue_hours_before": 16}
        return int((await self.send("barriers", f"/plans/{plan.plan_id}/agree", body))["version"])

    async def asked_again(self, **rulers: int) -> None:
        """Ask the rulers once more."""
        await self.send("intake", f"/clients/{self.client_id}/readiness", rulers)


async def helped(life: Life) -> None:
    """The partner helps, and they say that it did."""
    sent = await life.stage.expect(ReferralRequested, life.client_id)
    await life.agree(await life.plan())
    await life.goes_by(hours=6)
    await life.answer(sent, answer="accept")
    meeting = life.stage.working_day(5, 10)
    await life.answer(sent, answer="schedule", starts_at=meeting.isoformat())
    await life.asked_again(importance=8, confidence=6, readiness=7)
    if not await life.goes_by(days=(meeting - life.stage.clock.now()) / timedelta(days=1) + 0.1):
        return
    await life.answer(sent, answer="kept")
    await life.answer(sent, answer="complete", outcome="They were taken there, and somebody waited for them.")
    await life.stage.expect(
        MessageSent, life.client_id, lambda sent: sent.kind is MessageKind.GOT_WHAT_YOU_NEEDED
    )
    await life.stage.reply(life.mobile, "Yes")
    await life.goes_by(days=1)
    await life.asked_again(importance=9, confidence=8, readiness=8)


async def meeting_ahead(life: Life) -> None:
    """The partner has given an appointment in the days to come."""
    sent = await life.stage.expect(ReferralRequested, life.client_id)
    version = await life.agree(plan := await life.plan())
    await life.send("barriers", f"/plans/{plan.plan_id}/rehearse", {"version": version})
    if await life.goes_by(days=1.5):
        await life.answer(sent, answer="accept")
        meeting = (life.weeks.end + timedelta(days=2)).replace(hour=14, minute=30, second=0, microsecond=0)
        await life.answer(sent, answer="schedule", starts_at=meeting.isoformat(), remote=True)
    await life.asked_again(importance=8, confidence=5)


async def silence(life: Life) -> None:
    """Nobody answers."""
    await life.stage.expect(ReferralRequested, life.client_id)
    await life.goes_by(days=2)
    await life.asked_again(importance=7, confidence=4)


async def full(life: Life) -> None:
    """The first has no room; the next one is ready and waits for a word."""
    sent = await life.stage.expect(ReferralRequested, life.client_id)
    await life.goes_by(days=1)
    await life.answer(
        sent, answer="decline", reason="no_capacity", text="Full until the new year, we are sorry."
    )
    await life.stage.expect(ReferralDrafted, life.client_id)
    await life.goes_by(days=3)
    await life.asked_again(importance=8, confidence=3)


async def missed(life: Life) -> None:
    """An appointment passes without a meeting, and that is information."""
    sent = await life.stage.expect(ReferralRequested, life.client_id)
    await life.answer(sent, answer="accept")
    meeting = life.stage.working_day(4, 14)
    await life.answer(sent, answer="schedule", starts_at=meeting.isoformat())
    if await life.goes_by(days=(meeting - life.stage.clock.now()) / timedelta(days=1) + 0.1):
        await life.answer(sent, answer="missed")
    await life.goes_by(days=2)
    await life.asked_again(importance=6, confidence=3)


async def talking(life: Life) -> None:
    """Somebody listens."""
    await life.goes_by(days=2)
    await life.talk()
    await life.goes_by(days=4)
    await life.asked_again(importance=5, confidence=4, readiness=3)


async def planning(life: Life) -> None:
    """A plan is agreed, used, and helps."""
    version = await life.agree(plan := await life.plan())
    await life.goes_by(days=2)
    rehearsed = await life.send("barriers", f"/plans/{plan.plan_id}/rehearse", {"version": version})
    if await life.goes_by(days=4):
        path = f"/plans/{plan.plan_id}"
        used = await life.send("barriers", f"{path}/trigger", {"version": rehearsed["version"]})
        await life.send("barriers", f"{path}/helped", {"version": used["version"]})
    await life.asked_again(importance=7, confidence=6, readiness=6)


async def writing_back(life: Life) -> None:
    """They answer a message in their own words."""
    sent = await life.stage.expect(MessageSent, life.client_id)
    assert sent.client_id == life.client_id
    await life.goes_by(hours=3)
    await life.stage.reply(life.mobile, "Could we talk about it on the phone first? Thursday would be good.")


async def changed_mind(life: Life) -> None:
    """They would rather not, for now, and that is obeyed."""
    await life.goes_by(days=5)
    await life.stage.reply(life.mobile, "STOP")
    await life.asked_again(importance=4, confidence=7)


async def just_come(life: Life) -> None:
    """It was yesterday; everything is still to do."""
    await life.goes_by(hours=1)


COURSES: Mapping[Course, Callable[[Life], Awaitable[None]]] = {
    Course.HELPED: helped,
    Course.MEETING_AHEAD: meeting_ahead,
    Course.SILENCE: silence,
    Course.FULL: full,
    Course.MISSED: missed,
    Course.TALKING: talking,
    Course.PLANNING: planning,
    Course.WRITING_BACK: writing_back,
    Course.CHANGED_MIND: changed_mind,
    Course.JUST_COME: just_come,
}
