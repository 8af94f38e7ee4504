"""What navigation states, in words."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.events.navigation import (
    HelpUnmatched,
    ReferralAccepted,
    ReferralCompleted,
    ReferralConfirmed,
    ReferralDrafted,
    ReferralEnded,
    ReferralMissed,
    ReferralProgressed,
    ReferralRejected,
    ReferralRequested,
    ReferralScheduled,
    ReferralStalled,
    ReferralUnanswered,
    ReportResolved,
    ServiceChanged,
    ServiceReported,
)
from contracts.terms import BusinessStatus, ClientConfirmed, ReferralStatus
from services.desk.policy.wording.telling import Group, Told, Words
from services.desk.policy.wording.terms import REASONS, on_day
from services.desk.policy.wording.times import Wall

WORDS = Words()

_CONFIRMED: Mapping[ClientConfirmed, tuple[str, str]] = {
    ClientConfirmed.YES: ("They got what they needed", "win"),
    ClientConfirmed.NO: ("They did not get what they needed", "setback"),
    ClientConfirmed.UNKNOWN: ("It is not known whether they got what they needed", ""),
}


@WORDS.of(ReferralDrafted, Group.HELP)
def drafted(event: ReferralDrafted, _wall: Wall) -> Told:
    """A choice to offer."""
    fit = sum(1 for one in event.candidates if one.rank is not None)
    looked = len(event.candidates)
    services = "service was" if looked == 1 else "services were"
    return Told(
        title=f"Help was found: {event.service_name}, {event.organization_name}",
        text=f"{looked} {services} looked at, {fit} may fit. Nobody was asked yet. {event.why_not_sent}",
        mark="answered",
    )


@WORDS.of(ReferralRequested, Group.HELP)
def requested(event: ReferralRequested, wall: Wall) -> Told:
    """They were asked."""
    return Told(
        title=f"{event.service_name} was asked to help",
        text=f"{event.organization_name} has until {wall.day(event.acknowledge_by)} for an answer."
        " What was told is in the list of who was told what.",
        mark="asked",
    )


@WORDS.of(ReferralAccepted, Group.HELP)
def accepted(event: ReferralAccepted, _wall: Wall) -> Told:
    """A yes."""
    return Told(title=f"{event.service_name} said yes", mark="win")


@WORDS.of(ReferralRejected, Group.HELP)
def rejected(event: ReferralRejected, _wall: Wall) -> Told:
    """Not there."""
    return Told(
        title=f"{event.service_name} cannot help: {REASONS[event.reason]}",
        text=event.reason_text,
        mark="answered",
    )


@WORDS.of(ReferralProgressed, Group.HELP)
def progressed(event: ReferralProgressed, _wall: Wall) -> Told:
    """On the way, or waiting."""
    if event.business_status is BusinessStatus.EVENT_CANCELLED:
        title = f"The meeting with {event.service_name} was called off; it goes on without one"
    elif event.business_status is BusinessStatus.EVENT_COMPLETED:
        title = f"They met {event.service_name}"
    elif event.status is ReferralStatus.ON_HOLD:
        title = f"{event.service_name} has to let it wait"
    else:
        title = f"{event.service_name} is at work on it"
    return Told(title=title, text=event.reason_text or "", mark="answered")


@WORDS.of(ReferralScheduled, Group.HELP)
def scheduled(event: ReferralScheduled, wall: Wall) -> Told:
    """A time."""
    how = ", by telephone or video" if event.remote else ""
    return Told(
        title=f"A meeting with {event.service_name} is arranged",
        text=f"{wall.begun(wall.moment(event.starts_at))}{how}.",
        mark="answered",
    )


@WORDS.of(ReferralMissed, Group.HELP)
def missed(event: ReferralMissed, wall: Wall) -> Told:
    """It did not take place."""
    return Told(
        title=f"The meeting with {event.service_name} did not take place",
        text=f"It was to be {wall.moment(event.starts_at)}. What got in the way is worth asking kindly.",
        mark="setback",
    )


@WORDS.of(ReferralCompleted, Group.HELP)
def completed(event: ReferralCompleted, _wall: Wall) -> Told:
    """Their side of it."""
    return Told(
        title=f"{event.service_name} says that help was given",
        text=f"{event.outcome} Whether it was what they needed is theirs to say.",
        mark="answered",
    )


@WORDS.of(ReferralEnded, Group.HELP)
def ended(event: ReferralEnded, _wall: Wall) -> Told:
    """No further."""
    if event.status is ReferralStatus.ENTERED_IN_ERROR:
        title = f"Asking {event.service_name} was written down by mistake"
    else:
        title = f"It goes no further with {event.service_name}: {REASONS[event.reason]}"
    return Told(title=title, text=event.reason_text, mark="answered")


@WORDS.of(ReferralUnanswered, Group.HELP)
def unanswered(event: ReferralUnanswered, wall: Wall) -> Told:
    """Silence."""
    return Told(
        title=f"No answer came from {event.service_name}",
        text=f"One was due {wall.day(event.acknowledge_by)}. Somebody will ask, or try another.",
    )


@WORDS.of(ReferralStalled, Group.HELP)
def stalled(event: ReferralStalled, wall: Wall) -> Told:
    """Nothing for a while."""
    return Told(
        title=f"Nothing was heard from {event.service_name} for a while",
        text=f"The next word was due {wall.day(event.progress_by)}.",
    )


@WORDS.of(ReferralConfirmed, Group.HELP)
def confirmed(event: ReferralConfirmed, _wall: Wall) -> Told:
    """Their own last word."""
    title, mark = _CONFIRMED[event.client_confirmed]
    return Told(title=title, text=f"Asked about {event.service_name}.", mark=mark)


@WORDS.of(HelpUnmatched, Group.HELP)
def unmatched(event: HelpUnmatched, _wall: Wall) -> Told:
    """Nothing fits yet."""
    looked = len(event.rejected)
    found = f"{looked} were looked at" if looked else "There is none of this kind in the directory"
    return Told(
        title="No service that fits was found yet",
        text=f"{found}. Somebody goes on looking with them.",
        mark="answered",
    )


@WORDS.of(ServiceChanged, Group.RECORD)
def service_changed(event: ServiceChanged, _wall: Wall) -> Told:
    """What the directory says."""
    checked = f"Checked on {on_day(event.assured_date)}." if event.assured_date else ""
    gone = "It is not in the directory any more." if event.retired else ""
    return Told(
        title=f"The directory says something new about {event.name}",
        text=f"{event.organization_name}. {checked} {gone}".strip(),
    )


@WORDS.of(ServiceReported, Group.RECORD)
def service_reported(event: ServiceReported, _wall: Wall) -> Told:
    """A colleague found something wrong."""
    return Told(title=f"Somebody says that something about {event.name} is not right", text=event.words)


@WORDS.of(ReportResolved, Group.RECORD)
def report_resolved(event: ReportResolved, _wall: Wall) -> Told:
    """An editor looked."""
    return Told(title="An editor looked into what was said about a service", text=event.words, mark="done")
