"""A directory of any size, the same every time: for measuring, and for tests that need many services."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from uuid import UUID, uuid5

SPACE = UUID("6f1c4b0e-2a57-4a0e-9d43-0d6f5a3c9b11")

CODES = (
    "101-02", "101-06-01", "105-01-01", "105-02-01", "106-04-05", "106-04-08", "106-05-03", "106-05-04",
    "106-05-06", "106-06-04-04", "106-06-07-01", "107-02", "108-03-03-02", "108-03-03-04", "108-05",
    "108-05-01", "108-07-02", "108-07-04", "108-07-06", "108-07-07", "108-07-10", "109-03-03", "109-06-02",
    "110-05", "111-01", "111-05",
)  # fmt: skip
LANGUAGES = ("en", "es", "pl", "ur", "ar", "fr", "so", "pt", "uk", "zh")
PLACES = 400
SHIFTS = (
    ("MO,TU,WE,TH,FR", "09:00", "17:00"),
    ("MO,WE", "10:00", "13:30"),
    ("TU,TH", "17:00", "20:30"),
    ("SA", "09:30", "12:30"),
    ("MO,TU,WE,TH,FR,SA,SU", "00:00", "24:00"),
)


def postcode(place: int) -> str:
    """The postcode district of one of the invented places: `NB1` to `NB400`."""
    return f"NB{place + 1}"


def organizations(services: int) -> int:
    """How many organisations a directory of so many services has."""
    return max(1, services // 6)


def services(count: int, *, seed: int = 2026) -> Iterator[dict[str, object]]:
    """Yield full HSDS 3.0 services with everything nested."""
    for number in range(count):
        yield service(number, organizations(count), seed=seed)


def service(number: int, organization_count: int, *, seed: int = 2026) -> dict[str, object]:
    """Make one service; it depends on its number and the seed alone."""
    random = Random(seed * 1_000_003 + number)
    owner = number % organization_count
    place = owner % PLACES
    remote = random.random() < 0.25
    identity = str(uuid5(SPACE, f"service/{number}"))
    return {
        "id": identity,
        "name": f"{random.choice(_NAMES)} {number + 1}",
        "description": " ".join(random.choice(_SENTENCES) for _ in range(4)),
        "status": "active" if random.random() < 0.97 else "temporarily closed",
        "email": f"service-{number + 1}@example.org",
        "application_process": random.choice(_SENTENCES),
        "minimum_age": random.choice((0, 16, 18, 18, 55)),
        "assured_date": f"2026-{random.randint(1, 10):02}-{random.randint(1, 28):02}",
        "last_modified": "2026-10-01T09:00:00.000Z",
        "organization": _organization(owner, place),
        "languages": _languages(random, identity),
        "schedules": _schedules(random, identity),
        "service_areas": [_area(random, identity, place)],
        "cost_options": _costs(random, identity),
        "service_at_locations": [_at_location(identity, owner, place, remote=remote)],
        "attributes": _attributes(random, identity),
        "service_capacity": [{"id": _part(identity, 1), "available": random.choice((0, 1, 4, 12))}],
    }


def write(path: Path, count: int, *, seed: int = 2026) -> None:
    """Write a directory of so many services, one to a line."""
    with path.open("w", encoding="utf-8") as file:
        for document in services(count, seed=seed):
            file.write(json.dumps(document, separators=(",", ":")) + "\n")


_NAMES = ("Talking Room", "Lift to Clinic", "Form Helpers", "Open Door", "Listening Line", "Little Steps")
_SENTENCES = (
    "You can come as you are, and bring somebody with you.",
    "We talk first, and you decide what happens next.",
    "Call or write; somebody answers within two working days.",
    "There is no waiting room with a counter, and nobody calls your name aloud.",
    "We can meet at another place if that suits you better.",
)


@lru_cache(maxsize=50_000)
def _id(kind: str, of: object) -> str:
    return str(uuid5(SPACE, f"{kind}/{of}"))


def _part(identity: str, kind: int, number: int = 0) -> str:
    """An id for a part of a service: cheaper than hashing, and there are many."""
    return f"{identity[:24]}{kind:04x}{number:08x}"


def _organization(number: int, place: int) -> dict[str, object]:
    return {
        "id": _id("organization", number),
        "name": f"Neighbours of {postcode(place)} {number + 1}",
        "description": "An invented association for measuring.",
        "website": f"https://organization-{number + 1}.example.org",
    }


def _languages(random: Random, identity: str) -> list[dict[str, object]]:
    spoken = {"en", *random.sample(LANGUAGES, random.choice((0, 0, 1, 3)))}
    return [{"id": _part(identity, 5, at), "code": code} for at, code in enumerate(sorted(spoken))]


def _schedules(random: Random, identity: str) -> list[dict[str, object]]:
    return [
        {
            "id": _part(identity, 6, at),
            "freq": "WEEKLY",
            "interval": 1,
            "byday": byday,
            "opens_at": opens,
            "closes_at": closes,
        }
        for at, (byday, opens, closes) in enumerate(random.sample(SHIFTS, random.choice((1, 1, 2, 3))))
    ]


def _area(random: Random, identity: str, place: int) -> dict[str, object]:
    if random.random() < 0.04:
        return {"id": _part(identity, 2), "name": "Everywhere"}
    near = sorted({postcode((place + step) % PLACES) for step in range(random.choice((1, 2, 4)))})
    return {"id": _part(identity, 2), "extent": ", ".join(near), "extent_type": "postcode"}


def _costs(random: Random, identity: str) -> list[dict[str, object]]:
    amount = random.choice((0, 0, 0, 5, 20))
    return [{"id": _part(identity, 3), "amount": amount, "currency": "GBP"}]


def _at_location(identity: str, owner: int, place: int, *, remote: bool) -> dict[str, object]:
    location: dict[str, object] = {
        "id": _id("location", (owner, remote)),
        "location_type": "virtual" if remote else "physical",
        "name": "By telephone" if remote else f"House {owner + 1}",
    }
    if not remote:
        location |= {
            "latitude": 51 + place / 1000,
            "longitude": -2 + owner / 100_000,
            "addresses": [
                {
                    "id": _id("address", owner),
                    "address_1": f"{owner % 90 + 1} Mill Street",
                    "city": "Newbridge",
                    "state_province": "Newshire",
                    "postal_code": f"{postcode(place)} 1AA",
                    "country": "GB",
                    "address_type": "physical",
                }
            ],
            "accessibility": [{"id": _id("access", owner), "description": "Wheelchair access on all floors"}],
        }
    return {"id": _part(identity, 4, int(remote)), "location": location}


def _attributes(random: Random, identity: str) -> list[dict[str, object]]:
    return [
        {
            "id": _part(identity, 7, at),
            "taxonomy_term": {
                "id": _id("term", code),
                "code": code,
                "name": code,
                "description": code,
                "taxonomy": "Open Eligibility",
            },
        }
        for at, code in enumerate(sorted(random.sample(CODES, random.choice((1, 1, 2)))))
    ]


def main(arguments: Sequence[str]) -> None:
    """Write a directory to a file: `python -m tests.support.big_directory FILE [SERVICES]`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("services", type=int, nargs="?", default=50_000)
    asked = parser.parse_args(arguments)
    write(asked.file, asked.services)


if __name__ == "__main__":
    main(sys.argv[1:])
