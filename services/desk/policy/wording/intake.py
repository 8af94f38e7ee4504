"""What intake states, in words."""

from __future__ import annotations

from contracts.events.intake import (
    BalanceWeighed,
    BarrierStated,
    ClientChanged,
    ClientMerged,
    ClientRegistered,
    ClientSplit,
    ConsentGranted,
    ConsentRevoked,
    ContactChanged,
    ConversationRecorded,
    GoalStated,
    ReadinessMeasured,
    WishChanged,
)
from contracts.terms import GoalKind
from contracts.values import Consent, Readiness
from services.desk.policy.wording.telling import Group, Told, Words
from services.desk.policy.wording.terms import CATEGORIES, PURPOSES, SCOPES, STRENGTHS, WISHES, listed
from services.desk.policy.wording.times import Wall

WORDS = Words()


@WORDS.of(ClientRegistered, Group.RECORD)
def registered(_event: ClientRegistered, _wall: Wall) -> Told:
    """The first meeting."""
    return Told(title="They came to us, and a record was begun")


@WORDS.of(ClientChanged, Group.RECORD)
def changed(_event: ClientChanged, _wall: Wall) -> Told:
    """Their life, anew."""
    return Told(title="What is written down about their life was brought up to date")


@WORDS.of(ContactChanged, Group.RECORD)
def contact_changed(event: ContactChanged, _wall: Wall) -> Told:
    """How to reach them, without an address."""
    if event.contact_prohibited:
        return Told(title="Nobody may write or call", text="They asked for this, and it holds at once.")
    wanted = "They want messages." if event.messages_wanted else "They want no automatic messages."
    return Told(title="How it is safe to reach them was written down", text=wanted)


@WORDS.of(ConsentGranted, Group.SAID)
def granted(event: ConsentGranted, wall: Wall) -> Told:
    """What they allowed."""
    return Told(
        title="They allowed something to be told", text=consent_meaning(event.consent, wall), mark="done"
    )


@WORDS.of(ConsentRevoked, Group.SAID)
def revoked(_event: ConsentRevoked, _wall: Wall) -> Told:
    """What they took back."""
    return Told(
        title="They took a consent back",
        text="From this moment on nothing is told on it, and what rested on it has stopped.",
        mark="done",
    )


@WORDS.of(GoalStated, Group.SAID)
def goal_stated(event: GoalStated, _wall: Wall) -> Told:
    """What they want, or hold dear."""
    title = "They said what they want" if event.kind is GoalKind.GOAL else "They said what they hold dear"
    return Told(title=title, words=event.words, mark="said")


@WORDS.of(ReadinessMeasured, Group.SAID)
def measured(event: ReadinessMeasured, _wall: Wall) -> Told:
    """Where they put themselves on the rulers."""
    said = [
        one for follow in event.follow_ups for one in (follow.why_not_lower, follow.what_would_help) if one
    ]
    return Told(
        title="They said where they are on the rulers",
        words="\n".join([*([event.words] if event.words else []), *said]),
        text=rulers_said(event.readiness),
        mark="said",
    )


@WORDS.of(ConversationRecorded, Group.SAID)
def talked(event: ConversationRecorded, wall: Wall) -> Told:
    """What was heard, word for word, and what we said that we will do."""
    will = f" We said that we will: {listed(list(event.next_steps))}" if event.next_steps else ""
    return Told(
        title="We talked with each other",
        words="\n".join(one.words for one in event.statements),
        text=f"{wall.begun(wall.moment(event.held_at))}.{will}",
        mark="said",
    )


@WORDS.of(BalanceWeighed, Group.SAID)
def weighed(event: BalanceWeighed, _wall: Wall) -> Told:
    """Both sides, as they see them."""
    sides = {
        "Good about staying the same": event.good_about_staying,
        "Not so good about it": event.less_good_about_staying,
        "Good about a change": event.good_about_changing,
        "Not so good about that": event.less_good_about_changing,
    }
    words = [f"{side}: {'; '.join(found)}" for side, found in sides.items() if found]
    return Told(title="They weighed staying the same against a change", words="\n".join(words), mark="said")


@WORDS.of(ClientMerged, Group.RECORD)
def merged(event: ClientMerged, _wall: Wall) -> Told:
    """Two records, one person."""
    return Told(
        title="Two records turned out to be of one person", text=event.why or "It can be undone.", mark="done"
    )


@WORDS.of(ClientSplit, Group.RECORD)
def split(event: ClientSplit, _wall: Wall) -> Told:
    """Two people after all."""
    return Told(title="Two records that were put together are apart again", text=event.why or "", mark="done")


@WORDS.of(BarrierStated, Group.SAID)
def barrier_stated(event: BarrierStated, _wall: Wall) -> Told:
    """What stands in the way, in their words."""
    idea = f" Their own idea: {event.own_idea}" if event.own_idea else ""
    return Told(
        title="They said what gets in the way",
        words=event.words,
        text=f"We understood it as: {CATEGORIES[event.category]}."
        f" It is in the way {STRENGTHS[event.strength]}. They want us to {WISHES[event.wish]}.{idea}",
        mark="said",
    )


@WORDS.of(WishChanged, Group.SAID)
def wish_changed(event: WishChanged, _wall: Wall) -> Told:
    """A change of mind."""
    return Told(title=f"They changed their mind: we are to {WISHES[event.wish]}", mark="said")


def consent_meaning(consent: Consent, wall: Wall) -> str:
    """What a consent means, in one sentence."""
    what = listed([SCOPES[one] for one in SCOPES if one in consent.scopes])
    for_what = listed([PURPOSES[one] for one in PURPOSES if one in consent.purposes])
    whom = "every service that they are matched with" if consent.any_matched_service else "the services named"
    until = f"until {wall.date(consent.expires_at)}" if consent.expires_at else "until they take it back"
    return f"{consent.discloser} may tell {whom} {what}, {for_what}, {until}."


def rulers_said(readiness: Readiness) -> str:
    """The numbers that were asked, in a sentence."""
    said = {
        "how much it matters": readiness.importance,
        "how sure they are that they could": readiness.confidence,
        "how ready they feel": readiness.readiness,
    }
    found = [f"{what} {value} of 10" for what, value in said.items() if value is not None]
    sentence = listed(found)
    return sentence[:1].upper() + sentence[1:] + "." if found else ""
