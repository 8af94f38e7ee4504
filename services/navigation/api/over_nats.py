"""Puts together what takes partners in and tells them over NATS: the door, the answers, the jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.navigation.api.messages import Answers
from services.navigation.api.nats import Broker
from services.navigation.channels.stream import PartnersStream
from services.navigation.commands import streaming
from services.navigation.commands.finding import Finder
from services.navigation.commands.keys import Keys
from services.navigation.commands.streaming import Doorkeeper, Relay
from services.navigation.model.streaming import ACCOUNT
from services.navigation.settings import NavigationSettings
from shared.callout import Callout, Issuer
from shared.jobs import Job
from shared.run import Kit, Parts

PUBLISH_EVERY = timedelta(milliseconds=100)
TAKE_BACK_EVERY = timedelta(milliseconds=250)
REVIEW_EVERY = timedelta(seconds=1)


def with_nats(parts: Parts, kit: Kit[NavigationSettings], finder: Finder, keys: Keys) -> Parts:
    """The service with its way to partners over NATS; without the secrets for it nobody is let in."""
    settings = kit.settings
    stream = PartnersStream(kit.connection)
    door = _door(kit, keys)
    broker = Broker(settings.nats_partners_url or settings.nats_url, stream, door[1] if door else None)
    relay = Relay(kit.database, stream, kit.clock)
    answers = Answers(kit.connection, kit.database, finder)
    return replace(
        parts,
        jobs=(*parts.jobs, *_telling(relay), *(_reviewing(*door) if door else ())),
        given=(*parts.given, broker),
        resources=(*parts.resources, answers, *((door[0],) if door else ())),
    )


def _door(kit: Kit[NavigationSettings], keys: Keys) -> tuple[Callout, Doorkeeper] | None:
    settings = kit.settings
    if settings.nats_door_password is None or settings.nats_issuer_seed is None:
        return None
    issuer = Issuer(settings.nats_issuer_seed.get_secret_value())
    doorkeeper = Doorkeeper(kit.database, keys, issuer)
    callout = Callout(
        url=settings.nats_url,
        user=settings.nats_door_user,
        password=settings.nats_door_password.get_secret_value(),
        issuer=issuer,
        decide=doorkeeper.decide,
    )
    return callout, doorkeeper


def _telling(relay: Relay) -> Sequence[Job]:
    """What carries notices to the stream, and out of there again."""
    return (
        Job(name="publish-notices", every=PUBLISH_EVERY, run=relay.publish, real_time=True),
        Job(name="take-back-notices", every=TAKE_BACK_EVERY, run=relay.take_back, real_time=True),
        Job(name="clear-away-consumers", every=timedelta(seconds=1), run=relay.clear_away, real_time=True),
    )


def _reviewing(callout: Callout, doorkeeper: Doorkeeper) -> Sequence[Job]:
    """What ends connections that may not be any more."""

    async def review() -> int:
        await callout.review(ACCOUNT, still_open=doorkeeper.still_open, renew_after=streaming.RENEWED_AFTER)
        return 0

    return (Job(name="review-connections", every=REVIEW_EVERY, run=review, real_time=True),)
