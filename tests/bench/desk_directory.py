"""The directory of the desk's bench: services as navigation states them, the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from contracts.events.navigation import OpenHours, ServiceChanged, ServiceDetails
from contracts.terms import Capacity, ServiceStatus
from tests.bench.desk_model import named
from tests.support.big_directory import CODES, LANGUAGES, PLACES, organizations, postcode

SERVICES = 50_000
NAMES = ("Talking Room", "Lift to Clinic", "Form Helpers", "Open Door", "Listening Line", "Little Steps")
SENTENCES = (
    "You can come as you are, and bring somebody with you.",
    "We talk first, and you decide what happens next.",
    "Call or write; somebody answers within two working days.",
    "There is no waiting room with a counter, and nobody calls your name aloud.",
    "We can meet at another place if that suits you better.",
)
WEEK = tuple(OpenHours(weekday=weekday, opens="09:00", closes="17:00") for weekday in range(1, 6))


def services(count: int = SERVICES) -> Iterator[ServiceChanged]:
    """So many services, as they are first stated; the partners of the desk's model are among them."""
    for number in range(count):
        yield service(number, organizations(count))


def searches(number: int) -> str:
    """One of the searches that people make, taken in turn."""
    kind, place = CODES[number % len(CODES)], postcode(number * 7 % PLACES)
    asked = (
        f"words={NAMES[number % len(NAMES)].split()[0].lower()}",
        f"words={SENTENCES[number % len(SENTENCES)].split()[0].lower()}+neigh&checked=90",
        f"kind={kind[:6]}",
        f"kind={kind}&place={place}&room=has",
        f"place={place}",
        "checked=stale",
        "shown=all&look=reported",
        f"words={number}",
    )
    return "/directory?" + asked[number % len(asked)]


def service(number: int, organization_count: int) -> ServiceChanged:
    """One of them; it depends on its number alone."""
    chance = Random(number)
    owner = number % organization_count
    place = owner % PLACES
    near = tuple(postcode((place + step) % PLACES) for step in range(chance.choice((1, 2, 4))))
    today = datetime.now(UTC)
    closed = chance.random() < 0.03
    return ServiceChanged(
        service_id=named("service", number),
        version=number + 1,
        at=today,
        name=f"{chance.choice(NAMES)} {number + 1}",
        organization_id=UUID(int=0x5F << 112 | 7 << 76 | 2 << 62 | owner),
        organization_name=f"Neighbours of {postcode(place)} {owner + 1}",
        source="newshire",
        status=ServiceStatus.TEMPORARILY_CLOSED if closed else ServiceStatus.ACTIVE,
        retired=chance.random() < 0.02,
        codes=tuple(sorted(chance.sample(CODES, chance.choice((1, 1, 2))))),
        areas=("",) if chance.random() < 0.04 else near,
        languages=tuple(sorted({"en", *chance.sample(LANGUAGES, chance.choice((0, 0, 1, 3)))})),
        minimum_age=chance.choice((None, 16, 18, 18, 55)),
        free=chance.random() < 0.7,
        in_person=True,
        remote=chance.random() < 0.25,
        accessibility=("wheelchair",),
        capacity=chance.choice(list(Capacity)),
        assured_date=None
        if chance.random() < 0.05
        else (today - timedelta(days=chance.randint(0, 400))).date(),
        details=ServiceDetails(
            description=" ".join(chance.choice(SENTENCES) for _ in range(4)),
            email=f"service-{number + 1}@example.org",
            phones=("+44 20 7946 0000 (weekdays)",),
            addresses=(f"{owner % 90 + 1} Mill Street, Newbridge, {postcode(place)} 1AA",),
            hours=WEEK,
            application_process=chance.choice(SENTENCES),
        ),
        open_reports=chance.random() < 0.01,
    )
