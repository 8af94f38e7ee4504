"""Writes the sample directory, the same every time: `python -m services.navigation.sample.generate`.

HSDS 3.0 in page envelopes of full services. `service_capacity` is from HSDS 3.1 and
`acknowledge_within_working_days` is our own; both are extra properties, which HSDS allows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from services.navigation.sample.kinds import BY_CODE, Kind
from services.navigation.sample.offers import REGIONAL, TOWNS, TRADES, Town

FOLDER = Path(__file__).parent
PER_PAGE = 40
Document = dict[str, object]
T = TypeVar("T")

TERMS = "Open Eligibility"
Shifts = tuple[tuple[str, str, str], ...]
SHIFTS: tuple[Shifts, ...] = (
    (("MO,TU,WE,TH,FR", "09:00", "17:00"),),
    (("MO,TU,WE,TH,FR", "09:30", "16:30"), ("TU,TH", "17:00", "20:30")),
    (("MO,WE,FR", "10:00", "14:00"),),
    (("MO,TU,WE,TH,FR", "10:00", "17:30"), ("SA", "10:00", "13:00")),
    (("MO,TU,WE,TH,FR,SA,SU", "00:00", "24:00"),),
)
DAY, LATE, SHORT, WEEKEND, ALWAYS = SHIFTS
OTHER_LANGUAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "LS": (("pl", "Polish"), ("ti", "Tigrinya")),
    "BD": (("ur", "Urdu"), ("pa", "Punjabi"), ("sk", "Slovak")),
    "HX": (("ur", "Urdu"), ("uk", "Ukrainian")),
    "HD": (("pl", "Polish"), ("ar", "Arabic")),
    "WF": (("pl", "Polish"), ("ro", "Romanian")),
}
ON_SITE = frozenset({"105-01-01", "105-02-01", "108-03-03-02", "108-03-03-04", "108-07-04"})
"""What nobody can do by telephone, wherever it is organised from."""
ACCESS = (
    ("Step-free entrance and wheelchair access to every room.", "The lift speaks."),
    ("Wheelchair access on the ground floor; hearing loop in the meeting room.", "Ask at the door."),
    ("A quiet room is kept free for whoever needs it. Ramp at the side entrance.", "Ring the lower bell."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One service of one organisation. `town` is None for those that serve all of them from a distance."""

    organization: Document
    kind: Kind
    town: Town | None
    number: int

    @property
    def key(self) -> str:
        """What its ids are made of."""
        return f"{self.organization['id']}/{self.kind.code}"


def identity(*parts: object) -> str:
    """An id that stays the same from one run to the next."""
    space: UUID = uuid5(NAMESPACE_URL, "foothold/sample")
    return str(uuid5(space, "/".join(map(str, parts))))


def pick(choices: Sequence[T], *key: object) -> T:
    """One of the choices, by what stands for chance here: a digest of the key."""
    digest = blake2b("/".join(map(str, key)).encode(), digest_size=4).digest()
    return choices[int.from_bytes(digest, "big") % len(choices)]


def offers() -> Iterator[Offer]:
    """Everything that somebody offers somewhere."""
    number = 0
    for place, town in enumerate(TOWNS):
        for trade in TRADES:
            organization = _organization(trade.names[place], f"{trade.about} At home in {town.name}.")
            for code in trade.codes:
                yield Offer(organization=organization, kind=BY_CODE[code], town=town, number=number)
                number += 1
    for name, about, codes in REGIONAL:
        for code in codes:
            yield Offer(organization=_organization(name, about), kind=BY_CODE[code], town=None, number=number)
            number += 1


def _organization(name: str, about: str) -> Document:
    slug = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return {
        "id": identity("organization", name),
        "name": name,
        "description": f"{about} Invented for this sample.",
        "email": f"hello@{slug}.example",
        "website": f"https://{slug}.example",
        "legal_status": pick(("Charity", "Community interest company", "Co-operative"), name),
    }


def service(offer: Offer) -> Document:
    """Write one service in full."""
    kind, key = offer.kind, offer.key
    place = [town.area for town in TOWNS].index(offer.town.area) if offer.town else len(TOWNS)
    document: Document = {
        "id": identity("service", key),
        "name": kind.names[place % len(kind.names)],
        "description": kind.description,
        "email": offer.organization["email"],
        "url": offer.organization["website"],
        "status": _status(offer),
        "application_process": kind.how,
        "fees_description": _price_words(offer),
        "assured_date": _assured(offer),
        "last_modified": f"{_assured(offer)}T10:00:00Z",
        "organization": offer.organization,
        "phones": [{"id": identity("phone", key), "number": f"01632 960{offer.number:03}", "type": "voice"}],
        "languages": [
            {"id": identity("language", key, code), "code": code, "name": name}
            for code, name in _languages(offer)
        ],
        "schedules": _schedules(offer),
        "service_areas": _areas(offer),
        "cost_options": [
            {"id": identity("cost", key), "option": "Everyone", "currency": "GBP", "amount": _price(offer)}
        ],
        "service_at_locations": [
            {"id": identity("at", key, location["id"]), "location": location}
            for location in _locations(offer)
        ],
        "attributes": [_attribute(offer)],
        "service_capacity": _capacity(offer),
    }
    if kind.minimum_age is not None:
        document["minimum_age"] = kind.minimum_age
    if offer.number % 9 == 4:
        document["acknowledge_within_working_days"] = pick((1, 3, 5), key)
    return document


def _status(offer: Offer) -> str:
    return "temporarily closed" if offer.number % 25 == 17 else "active"


def _assured(offer: Offer) -> str:
    """Most entries were checked this year; every eleventh has not been looked at for long."""
    year = 2024 if offer.number % 11 == 7 else 2026
    return f"{year}-{offer.number % 9 + 1:02}-{offer.number % 27 + 1:02}"


def _price(offer: Offer) -> int:
    return offer.kind.price if offer.number % 2 else 0


def _price_words(offer: Offer) -> str:
    return f"{_price(offer)} pounds a meeting; ask if that is too much" if _price(offer) else "Free"


def _languages(offer: Offer) -> list[tuple[str, str]]:
    if offer.town is None:
        others = pick((*OTHER_LANGUAGES.values(), ()), offer.key)
    elif offer.kind.code in {"111-05", "109-03-03"}:
        others = OTHER_LANGUAGES[offer.town.area]
    else:
        others = OTHER_LANGUAGES[offer.town.area][: offer.number % 3]
    return [("en", "English"), *others]


def _schedules(offer: Offer) -> list[Document]:
    if offer.kind.code in {"101-06-01", "108-07-02"}:
        shifts = ALWAYS
    elif offer.kind.code in {"110-05", "108-07-07", "108-07-10", "106-04-08"}:
        shifts = LATE
    else:
        shifts = pick((DAY, DAY, LATE, SHORT, WEEKEND), offer.key)
    return [
        {
            "id": identity("schedule", offer.key, byday, opens),
            "freq": "WEEKLY",
            "interval": 1,
            "byday": byday,
            "opens_at": opens,
            "closes_at": closes,
        }
        for byday, opens, closes in shifts
    ]


def _areas(offer: Offer) -> list[Document]:
    key = identity("area", offer.key)
    if offer.kind.code == "108-07-02":
        return [{"id": key, "name": "Everywhere"}]
    if offer.town is None:
        served, name = [town.area for town in TOWNS], "West Yorkshire"
    else:
        served, name = [offer.town.area], offer.town.name
        if offer.number % 2:
            served.append(offer.town.neighbour)
    return [{"id": key, "name": name, "extent": ", ".join(served), "extent_type": "postcode"}]


def _locations(offer: Offer) -> list[Document]:
    distant: Document = {
        "id": identity("virtual", offer.organization["id"]),
        "location_type": "virtual",
        "name": "By phone or video",
    }
    if offer.town is None:
        on_site = offer.kind.code in ON_SITE
        return [_house(offer.organization, pick(TOWNS, offer.key))] if on_site else [distant]
    return [_house(offer.organization, offer.town), *([distant] if offer.kind.remote else [])]


def _house(organization: Document, town: Town) -> Document:
    key = organization["id"]
    words, details = pick(ACCESS, key)
    return {
        "id": identity("location", key),
        "location_type": "physical",
        "name": organization["name"],
        "latitude": round(town.latitude + pick(range(-9, 10), key, "north") / 1000, 4),
        "longitude": round(town.longitude + pick(range(-9, 10), key, "east") / 1000, 4),
        "addresses": [
            {
                "id": identity("address", key),
                "address_1": f"{pick(range(1, 60), key)} {pick(town.streets, key)}",
                "city": town.name,
                "state_province": "West Yorkshire",
                "postal_code": f"{town.area}{pick(range(1, 9), key, 'code')} 0ZZ",
                "country": "GB",
                "address_type": "physical",
            }
        ],
        "accessibility": [{"id": identity("access", key), "description": words, "details": details}],
    }


def _attribute(offer: Offer) -> Document:
    kind = offer.kind
    return {
        "id": identity("attribute", offer.key),
        "taxonomy_term": {
            "id": identity("term", kind.code),
            "code": kind.code,
            "name": kind.term,
            "description": kind.term,
            "taxonomy": TERMS,
        },
    }


def _capacity(offer: Offer) -> list[Document]:
    """Most have room; some are full, some keep a list, and some never say."""
    key = identity("capacity", offer.key)
    turn = offer.number % 13
    if turn == 6:
        return []
    if turn == 9:
        return [{"id": key, "available": 0, "description": "Full at the moment"}]
    if turn == 11:
        return [{"id": key, "available": 0, "status": "waitlist", "description": "About six weeks"}]
    return [{"id": key, "available": offer.number % 5 + 1}]


def pages() -> Iterator[Document]:
    """The whole directory in the page envelopes of HSDS."""
    documents = [service(offer) for offer in offers()]
    total = -(-len(documents) // PER_PAGE)
    for page in range(total):
        contents = documents[page * PER_PAGE : (page + 1) * PER_PAGE]
        yield {
            "total_items": len(documents),
            "total_pages": total,
            "page_number": page + 1,
            "size": len(contents),
            "first_page": page == 0,
            "last_page": page == total - 1,
            "empty": False,
            "contents": contents,
        }


def main() -> None:
    """Write every page into this folder."""
    for page in pages():
        path = FOLDER / f"services-{page['page_number']}.json"
        path.write_text(json.dumps(page, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
