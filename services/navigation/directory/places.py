"""Where a service is and whom it serves: areas, access, in person or from a distance, coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from services.navigation.directory.documents import Document, child, children, text
from services.navigation.directory.hours import Attending, Warn, attending
from services.navigation.directory.values import yes_or_no
from services.navigation.model.directory import EVERYWHERE, postcode_key

_EVERYWHERE = re.compile(
    r"^(everywhere|anywhere|nation(al|wide)|national coverage|country ?wide|worldwide|online|all areas)$",
    re.IGNORECASE,
)
_POSTCODE_KINDS = re.compile(r"post ?code|postal|zip", re.IGNORECASE)
_INTRODUCES_POSTCODES = re.compile(r"\b(?:post ?codes?|postal codes?|zip ?codes?)\b", re.IGNORECASE)
_POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?|[A-Z]\d[A-Z](?: ?\d[A-Z]\d)?|\d{5}(?:-\d{4})?|\d{3,4})\b"
)
_ONE_POSTCODE = re.compile(rf"^{_POSTCODE.pattern}$")

_ACCESS = {
    "wheelchair": r"wheel ?chair",
    "hearing_loop": r"(hearing|induction|inductive) loops?|hearing_loop",
    "step_free": r"step[- _]?free|level access|\bramps?\b|no steps",
    "quiet_space": r"quiet|low[- ]stimul|sensory",
    "lift": r"\blifts?\b|elevator",
    "accessible_toilet": r"(accessible|disabled) (toilet|restroom|wc)|^restroom$|accessible_toilet",
    "parking": r"parking",
    "sign_language": r"sign[- _]language|\bBSL\b|\bASL\b|deaf_interpreter",
    "large_print": r"large[- _]print",
    "braille": r"braille",
    "text_phone": r"\btty\b|text ?phone|relay",
}
_ACCESS_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _ACCESS.items()}
_DENIED = re.compile(r"\b(?:no|not|without|isn't|aren't|lacks?|cannot|un)\b[\w\s-]{0,24}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Whether a service can be visited or used from a distance, and where its first place is."""

    in_person: bool | None
    remote: bool | None
    latitude: float | None
    longitude: float | None


def areas_served(service: Document, warn: Warn) -> tuple[str, ...] | None:
    """Read the prefixes of the postcodes served; None when that is not said, or not in postcodes.

    One area that is only named makes all of it unknown: somebody who lives there must not be turned away.
    """
    prefixes: set[str] = set()
    for area in children(service, "service_areas"):
        found = _prefixes(area)
        if found is None:
            warn(
                "service_areas",
                text(area, "name") or text(area, "description"),
                "an area named in words; whom it serves counts as not known",
            )
            return None
        prefixes |= found
    if "" in prefixes:
        return EVERYWHERE
    return tuple(sorted(prefixes)) or None


def _prefixes(area: Document) -> frozenset[str] | None:
    """Read the postcodes in one area: from its extent, from a name that is one, or out of a sentence."""
    return _prefixes_in(
        *(text(area, name) or "" for name in ("name", "description", "extent", "extent_type"))
    )


@lru_cache(maxsize=4096)
def _prefixes_in(name: str, description: str, extent: str, extent_type: str) -> frozenset[str] | None:
    if _EVERYWHERE.match(name) or _EVERYWHERE.match(extent):
        return frozenset(EVERYWHERE)
    if _POSTCODE_KINDS.search(extent_type):
        codes = map(postcode_key, re.split(r"[,;|\n]+", extent))
        return frozenset(filter(None, codes)) or None
    if _ONE_POSTCODE.match(name):
        return frozenset({postcode_key(name)})
    for sentence in (name, description):
        if introduced := _INTRODUCES_POSTCODES.search(sentence):
            found = frozenset(map(postcode_key, _POSTCODE.findall(sentence[introduced.end() :])))
            if found:
                return found
    return None


def access(locations: list[Document], warn: Warn) -> frozenset[str] | None:
    """Read what at least one of its places offers; None when nothing is said, or nothing that we know."""
    found: set[str] = set()
    said: str | None = None
    for location in locations:
        for entry in children(location, "accessibility"):
            for words in (text(entry, "description"), text(entry, "details")):
                if words:
                    said = words
                    found |= access_in(words)
    if said and not found:
        warn("accessibility", said, "no term of ours in it; access counts as not known")
    return frozenset(found) or None


@lru_cache(maxsize=4096)
def access_in(words: str) -> frozenset[str]:
    """Find our terms for what a description offers; what it says it lacks is not taken for offered."""
    return frozenset(
        name
        for name, pattern in _ACCESS_PATTERNS.items()
        if (match := pattern.search(words)) and not _DENIED.search(words[: match.start()])
    )


def whereabouts(locations: list[Document], schedules: list[Document], warn: Warn) -> Whereabouts:
    """Read how a service is used from its locations' types and its schedules' attending types."""
    kinds = [_kind(location, warn) for location in locations]
    told = Attending.NOT_SAID
    for schedule in schedules:
        told |= attending(schedule)
    visited = "physical" in kinds or Attending.IN_PERSON in told
    distant = "virtual" in kinds or Attending.REMOTE in told
    point = next((found for location in locations if (found := _point(location, warn))), (None, None))
    return Whereabouts(
        in_person=True if visited else False if distant else None,
        remote=True if distant else None,
        latitude=point[0],
        longitude=point[1],
    )


def _kind(location: Document, warn: Warn) -> str:
    kind = (text(location, "location_type") or "").lower()
    if kind in {"physical", "postal", "virtual"}:
        return kind
    virtual = yes_or_no(text(location, "virtual") or str(location.get("virtual", "")))
    if virtual is not None:
        return "virtual" if virtual else "physical"
    if kind:
        warn("location_type", kind, "not an HSDS location type; judged by whether it has an address")
    return "physical" if children(location, "addresses") else ""


def _point(location: Document, warn: Warn) -> tuple[float, float] | None:
    latitude, longitude = text(location, "latitude"), text(location, "longitude")
    if latitude is None or longitude is None:
        return None
    try:
        point = float(latitude), float(longitude)
    except ValueError:
        point = (999.0, 999.0)
    if abs(point[0]) <= 90 and abs(point[1]) <= 180:
        return point
    warn("latitude", f"{latitude}, {longitude}", "not a place on earth; taken as not given")
    return None


def locations_of(service: Document) -> list[Document]:
    """The places where a service is given."""
    return [
        location for at in children(service, "service_at_locations") if (location := child(at, "location"))
    ]
