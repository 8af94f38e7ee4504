"""Turns events into lines that a person can follow: when, about whom, what happened and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatchmethod

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.event import Event
from contracts.events import barriers, intake, navigation, reminders
from contracts.events.base import ClientEvent
from contracts.terms import Answer
from contracts.values import Candidate
from deploy.local.demo.people import Cast
from shared.clock import Clock

COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_red")
WHEN, WHO = 16, 8
REJECTED_SHOWN = 2
ASKED_ABOUT_FIRST = frozenset({"area", "hours"})


class Narrator:
    """Prints one line or a few for every event that moves the story."""

    def __init__(self, console: Console, clock: Clock, cast: Cast) -> None:
        self._console = console
        self._clock = clock
        self._cast = cast

    def say(self, who: str, what: str, *, detail: bool = False) -> None:
        """One line of the story."""
        when = "" if detail else self._clock.now().strftime("%a %d %b %H:%M")
        names = sorted(self._cast.names.values())
        colour = COLOURS[names.index(who) % len(COLOURS)] if who in names else "white"
        line = Table.grid(padding=(0, 1))
        line.add_column(width=WHEN)
        line.add_column(width=WHO)
        line.add_column()
        name = "" if detail else who
        text = Text(f"  {what}" if detail else what, style="dim" if detail else "")
        line.add_row(Text(when, style="dim"), Text(name, style=f"bold {colour}"), text)
        self._console.print(line)

    def tell(self, event: Event) -> None:
        """Tell an event; those that say nothing new to a viewer stay unsaid."""
        if isinstance(event, ClientEvent):
            self._tell(event, self._teller(event))

    def _teller(self, event: ClientEvent) -> Callable[..., None]:
        who = self._cast.name(event.client_id)

        def say(what: str, *details: str) -> None:
            self.say(who, what)
            for line in details:
                self.say(who, line, detail=True)

        return say

    @singledispatchmethod
    def _tell(self, event: ClientEvent, say: Callable[..., None]) -> None:
        del event, say

    @_tell.register
    def _(self, event: intake.BarrierStated, say: Callable[..., None]) -> None:
        say(
            f"says: “{event.words}”",
            f"read as {event.category.value}, strength {event.strength.value} of 3; wish: {event.wish.value}",
        )

    @_tell.register
    def _(self, event: barriers.BarrierAnswered, say: Callable[..., None]) -> None:
        say(f"answered by rule “{event.rule}” (playbook {event.playbook_version})", event.reason)

    @_tell.register
    def _(self, event: barriers.PlanDrafted, say: Callable[..., None]) -> None:
        own = "their own idea" if event.from_own_idea else "an idea to look at"
        say(f"plan drafted ({own}): if {event.if_words}, then {event.then_words}")

    @_tell.register
    def _(self, event: barriers.TaskOpened, say: Callable[..., None]) -> None:
        window = f"{event.due_from:%a %d %b} to {event.due_by:%a %d %b}"
        say(f"task: {event.title}", f"{event.priority.value}, {window}; {event.why}")

    @_tell.register
    def _(self, event: barriers.TaskEscalated, say: Callable[..., None]) -> None:
        say(f"a task's window has passed ({event.kind.value}); the supervisor is told once")

    @_tell.register
    def _(self, event: barriers.BarrierMoved, say: Callable[..., None]) -> None:
        say(f"barrier {event.was.value} → {event.status.value}: {event.reason}")

    @_tell.register
    def _(self, event: barriers.SetbackRecorded, say: Callable[..., None]) -> None:
        say(
            f"setback, as information: {event.what_happened}",
            f"a question: {event.question}",
            f"a smaller step: {event.smaller_step}",
        )

    @_tell.register
    def _(self, event: navigation.ReferralDrafted, say: Callable[..., None]) -> None:
        follows = " (the runner-up of the one before)" if event.replaces else ""
        say(
            f"referral prepared: {event.service_name}, {event.organization_name}{follows}",
            f"not sent: {event.why_not_sent}",
            *_considered(event.candidates),
        )

    @_tell.register
    def _(self, event: navigation.ReferralRequested, say: Callable[..., None]) -> None:
        say(
            f"referral sent: {event.service_name}, {event.organization_name}",
            f"on their consent; the ledger has it; an answer is due by {event.acknowledge_by:%a %d %b %H:%M}",
            *_considered(event.candidates),
        )

    @_tell.register
    def _(self, event: navigation.HelpUnmatched, say: Callable[..., None]) -> None:
        say("no service in the directory fits", *_considered(event.rejected))

    @_tell.register
    def _(self, event: navigation.ReferralAccepted, say: Callable[..., None]) -> None:
        say(f"{event.organization_name} accepts")

    @_tell.register
    def _(self, event: navigation.ReferralRejected, say: Callable[..., None]) -> None:
        say(f"{event.organization_name} cannot help ({event.reason.value}): {event.reason_text}")

    @_tell.register
    def _(self, event: navigation.ReferralScheduled, say: Callable[..., None]) -> None:
        say(f"appointment on {event.starts_at:%a %d %b at %H:%M}")

    @_tell.register
    def _(self, event: navigation.ReferralMissed, say: Callable[..., None]) -> None:
        say(f"the appointment on {event.starts_at:%a %d %b} passed without a meeting")

    @_tell.register
    def _(self, event: navigation.ReferralUnanswered, say: Callable[..., None]) -> None:
        say(
            f"no answer from {event.organization_name} by {event.acknowledge_by:%a %d %b}: that, too, is told"
        )

    @_tell.register
    def _(self, event: navigation.ReferralStalled, say: Callable[..., None]) -> None:
        say(f"nothing has moved at {event.organization_name} for a while; somebody asks how it stands")

    @_tell.register
    def _(self, event: navigation.ReferralCompleted, say: Callable[..., None]) -> None:
        say(f"{event.organization_name} says: {event.outcome}")

    @_tell.register
    def _(self, event: navigation.ReferralEnded, say: Callable[..., None]) -> None:
        say(f"referral to {event.organization_name} stopped by {event.by.value} ({event.reason.value})")

    @_tell.register
    def _(self, event: navigation.ReferralConfirmed, say: Callable[..., None]) -> None:
        say(f"did they get what they needed? {event.client_confirmed.value}, in their own word")

    @_tell.register
    def _(self, event: reminders.MessageSent, say: Callable[..., None]) -> None:
        say(f"message sent: {_kind(event)} by {event.channel.value}")

    @_tell.register
    def _(self, event: reminders.MessageHeld, say: Callable[..., None]) -> None:
        say(f"message held until {event.held_until:%a %d %b %H:%M}: {_kind(event)}, {_reason(event)}")

    @_tell.register
    def _(self, event: reminders.MessageWithheld, say: Callable[..., None]) -> None:
        say(f"message withheld: {_kind(event)}, {_reason(event)}")

    @_tell.register
    def _(self, event: reminders.ReplyReceived, say: Callable[..., None]) -> None:
        say(f"writes back: “{event.words}”")


def _kind(event: reminders.MessageSent | reminders.MessageHeld | reminders.MessageWithheld) -> str:
    return event.kind.value.replace("_", " ")


def _reason(event: reminders.MessageHeld | reminders.MessageWithheld) -> str:
    return event.reason.value.replace("_", " ")


def _fits(candidate: Candidate) -> list[str]:
    """What speaks for a service, of the checks that people ask about first."""
    return [c.reason for c in candidate.checks if c.answer is Answer.YES and c.name in ASKED_ABOUT_FIRST]


def _considered(candidates: tuple[Candidate, ...]) -> list[str]:
    """The best fits with a reason, and a few of those that do not fit with theirs."""
    fitting = [c for c in candidates if c.rank is not None]
    rejected = [c for c in candidates if c.rank is None]
    lines = [f"{c.rank}. {c.service_name}: {' '.join((*_fits(c), *c.reasons[:1]))}" for c in fitting[:2]]
    for candidate in rejected[:REJECTED_SHOWN]:
        why = next(check.reason for check in candidate.checks if check.answer is Answer.NO)
        lines.append(f"not {candidate.service_name}: {why}")
    return lines
