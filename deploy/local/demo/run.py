"""Puts the system up, plays the stories side by side, and says whether they came out as promised."""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from deploy.local.demo.connecting import partners_on
from deploy.local.demo.narrator import Narrator
from deploy.local.demo.people import EVERYBODY, Cast
from deploy.local.demo.stage import NotAsPromisedError, Stage, stage_on
from deploy.local.demo.stories import STORIES, by_ways_of_their_own, was_held
from deploy.local.errors import LocalError
from deploy.local.sample import import_sample
from deploy.local.system import ClockSettings, LocalSystem, Plan
from shared.clock import Clock, RatedClock, real_now

WEEKS = timedelta(weeks=3)
REAL_SECONDS = 36.0
RATE = WEEKS.total_seconds() / REAL_SECONDS
FIRST_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday; in winter London keeps UTC."""
WIDTH_ELSEWHERE = 110
HEAD_START_SECONDS = 12.0
"""Real seconds for start-up and import before the first morning; a slow machine starts on a later one."""


async def run() -> int:
    """Play the demo: 0 when every promise was kept, else 1. Nothing is left running either way."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_ELSEWHERE
    started = real_now()
    clock_settings = ClockSettings(
        rate=RATE, origin=FIRST_MORNING, started_at=started + timedelta(seconds=HEAD_START_SECONDS)
    )
    clock = RatedClock(RATE, origin=FIRST_MORNING, started_at=clock_settings.started_at)
    with tempfile.TemporaryDirectory(prefix="foothold-demo-") as folder:
        Path(folder).chmod(0o711)
        system = LocalSystem(
            Path(folder) / "home",
            Plan(clock=clock_settings),
            report=lambda line: console.print(f"  {line} …"),
        )
        try:
            async with system:
                return await _play(system, clock, console)
        except (LocalError, NotAsPromisedError) as problem:
            console.print(f"\nThe demo did not come out as promised: {problem}", style="bold red")
            return 1
        finally:
            console.print(f"{(real_now() - started).total_seconds():.0f} seconds", style="dim")


async def _play(system: LocalSystem, clock: Clock, console: Console) -> int:
    console.print("  importing the sample directory …")
    console.print(await import_sample(system), style="dim")
    cast = Cast()
    narrator = Narrator(console, clock, cast)
    async with stage_on(system, clock, narrator.tell) as stage, partners_on(stage) as partners:
        stage.cast, stage.say, stage.partners = cast, narrator.say, partners
        await stage.until(_next_morning(clock))
        end = clock.now() + WEEKS
        console.print()
        for person in EVERYBODY:
            console.print(f"  [bold]{person.name}[/bold]: {person.about}")
        console.print()
        try:
            kept = await _all_stories(stage)
        except* NotAsPromisedError as problems:
            raise NotAsPromisedError("; ".join(str(problem) for problem in problems.exceptions)) from None
        await stage.until(end)
        _check_no_name_in(stage)
    promises = "\n".join(f"✓ {promise}" for promise in kept)
    console.print(Panel(promises, title="Three weeks later", border_style="green"))
    return 0


async def _all_stories(stage: Stage) -> list[str]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(story(stage)) for story in STORIES]
    if not was_held(stage):
        raise NotAsPromisedError("a message was to wait for a better moment, and none did")
    kept = [promise for task in tasks for promise in task.result()]
    return [*kept, *await by_ways_of_their_own(stage)]


def _check_no_name_in(stage: Stage) -> None:
    """No event but the one made for it carries a name."""
    names = {person.name for person in EVERYBODY}
    for event in stage.heard:
        if event.subject != "care.intake.contact.changed.v1":
            text = json.dumps(event.model_dump(mode="json"))
            if any(name in text for name in names):
                raise NotAsPromisedError(f"{event.subject} carried a name")


def _next_morning(clock: Clock) -> datetime:
    """The first nine o'clock of a working day from now on."""
    moment = max(clock.now(), FIRST_MORNING)
    morning = moment.replace(hour=9, minute=0, second=0, microsecond=0)
    while morning < moment or morning.weekday() > 4:
        morning += timedelta(days=1)
    return morning
