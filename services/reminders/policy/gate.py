"""The send-time gate: the one place that decides whether a message goes out, waits, or never goes.

`decide` looks, in this order, and the first answer counts:

 1. does it still make sense?                      no       -> withhold, no_longer_relevant
 2. is it due?                                     not yet  -> look again when it is
 3. has the client said STOP?                      yes      -> withhold, stopped_by_client
 4. does the client want messages?                 no       -> withhold, no_consent
 5. may anybody write to the client at all?        no       -> withhold, no_safe_channel
 6. are zone and contact known?                    no       -> hold until they are, or it is too late
 7. is it still of use?                            no       -> withhold, too_late
 8. is there a safe channel with a provider?       no       -> withhold, no_safe_channel
 9. is this a safe time for the channel?           no       -> hold until 9 to 11 all say yes, or
10. is it outside quiet hours, on their clock?     no       -> withhold if that moment comes too late
11. is there room under the rate cap?              no       -> (the same); never asked of a plan cue
12.                                                         -> send

Of several safe channels the preferred one goes first, and is waited for as long as the message keeps. The
reason of a hold is the first of 9 to 11 that stands in the way now; a message that would have to wait until
it is of no use is withheld at once, with that same reason, so that nobody counts on it.

A message that is not due yet is never held or stopped: what the client wants counts at the moment of
sending, and may still change. Relevance is the exception, because an appointment does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain

from contracts.terms import MessageKind, WithheldReason
from contracts.values import Channel
from services.reminders.model import (
    Contact,
    Hold,
    Known,
    Life,
    NotYetDue,
    Send,
    SendingRules,
    Situation,
    Verdict,
    Withhold,
)
from services.reminders.policy.civil import in_window, local, next_open
from services.reminders.policy.relevance import why_pointless

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))
"""How long a provider is left alone after the first try that did not work, the second, and so on."""


def decide(situation: Situation, *, now: datetime, rules: SendingRules) -> Verdict:
    """Let a message go by a channel, hold it with a reason, or withhold it for good with one."""
    timing, client = situation.reminder.timing, situation.client
    if pointless := why_pointless(situation.reminder, situation.facts):
        return Withhold(WithheldReason.NO_LONGER_RELEVANT, pointless)
    if now < timing.due_at:
        return NotYetDue(timing.due_at)
    if unwanted := _unwanted(client):
        return unwanted
    if client.life is None or client.contact is None:
        return _without_details(timing.useful_until, now)
    if now >= timing.useful_until:
        return Withhold(WithheldReason.TOO_LATE, "its moment had passed")
    channels = _safe_channels(client.contact, situation.first_choice, rules)
    return _first_way(channels, situation, life=client.life, now=now, rules=rules)


def after_no_delivery(
    situation: Situation, channel: Channel, *, tries: int, now: datetime, rules: SendingRules
) -> Hold | Withhold:
    """Wait a while and then for the next good moment, or give up when there were enough tries."""
    if tries >= rules.most_attempts:
        return Withhold(WithheldReason.NOT_DELIVERED, f"the provider did not take it in {tries} tries")
    pause = RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1]
    zone = situation.client.life.zone if situation.client.life else "UTC"
    until = next_open(now + pause, zone, windows=channel.windows, rules=rules)
    if until is None or until >= situation.reminder.timing.useful_until:
        return Withhold(WithheldReason.NOT_DELIVERED, "the provider did not take it while it was of use")
    return Hold(until, WithheldReason.NOT_DELIVERED)


def _unwanted(client: Known) -> Withhold | None:
    """Whether the client, or their safety, forbids writing at all."""
    if client.stopped:
        return Withhold(WithheldReason.STOPPED_BY_CLIENT, "the client asked for no more messages")
    if client.contact is not None and not client.contact.wanted:
        return Withhold(WithheldReason.NO_CONSENT, "the client has not agreed to get messages")
    if client.contact is not None and client.contact.prohibited:
        return Withhold(WithheldReason.NO_SAFE_CHANNEL, "nobody may write to the client at present")
    return None


def _without_details(useful_until: datetime, now: datetime) -> Hold | Withhold:
    """Wait for what another service will tell; its arrival makes the gate look again at once."""
    if now >= useful_until:
        return Withhold(WithheldReason.DETAILS_NOT_KNOWN_YET, "how to reach the client never became known")
    return Hold(useful_until, WithheldReason.DETAILS_NOT_KNOWN_YET)


def _safe_channels(contact: Contact, first_choice: str | None, rules: SendingRules) -> list[Channel]:
    """The channels that may be used: an earlier try's first, then the preferred, then as they were given."""
    usable = [channel for channel in contact.channels if channel.safe and channel.kind in rules.reachable]
    return sorted(usable, key=lambda channel: (channel.address != first_choice, not channel.preferred))


def _first_way(
    channels: Sequence[Channel], situation: Situation, *, life: Life, now: datetime, rules: SendingRules
) -> Send | Hold | Withhold:
    """The first channel whose moment comes while the message is of use."""
    if not channels:
        return Withhold(WithheldReason.NO_SAFE_CHANNEL, "no channel is known that is safe and can be used")
    room = now
    if situation.reminder.kind is not MessageKind.PLAN_CUE:
        # A cue is the client's own plan speaking at the moment they chose; it counts, and is never capped.
        room = _room_from(situation.client.sent_at, now=now, rules=rules)
    for channel in channels:
        moment = next_open(max(now, room), life.zone, windows=channel.windows, rules=rules)
        if moment == now:
            return Send(channel)
        if moment is not None and moment < situation.reminder.timing.useful_until:
            return Hold(moment, _obstacle(channel, life, now=now, rules=rules))
    obstacle = _obstacle(channels[0], life, now=now, rules=rules)
    return Withhold(obstacle, "the first good moment would have come too late to be of use")


def _room_from(sent_at: Sequence[datetime], *, now: datetime, rules: SendingRules) -> datetime:
    """The first moment from now on at which one more message stays under the cap of a day and of a week."""
    limits = ((rules.most_per_day, DAY), (rules.most_per_week, WEEK))
    return max(
        chain([now], (sent_at[-most] + span for most, span in limits if len(sent_at) >= most)),
    )


def _obstacle(channel: Channel, life: Life, *, now: datetime, rules: SendingRules) -> WithheldReason:
    """What stands in the way at this moment."""
    clock = local(now, life.zone)
    if not in_window(clock, channel.windows):
        return WithheldReason.UNSAFE_NOW
    if rules.quiet_at(clock.time()):
        return WithheldReason.QUIET_HOURS
    return WithheldReason.RATE_CAP
