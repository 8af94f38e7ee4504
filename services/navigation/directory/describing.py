"""What a service says of itself, for people: read out of its HSDS document, with what staff put right.

Contact persons are left out everywhere: they are somebody's names. Long texts and lists are cut short, so
that no entry of a directory, whatever is in it, makes an event or a page too large.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from contracts.events.navigation import ServiceChanged, ServiceDetails
from services.navigation.directory.documents import Document, children, text
from services.navigation.directory.places import locations_of
from services.navigation.model.editing import WORDS, Entry, Field, Value
from services.navigation.policy.correcting import facts_of
from services.navigation.policy.opening import openings

LONGEST = 4_000
LINE = 300
MOST = 20


def changed(entry: Entry, *, by_staff: UUID | None = None) -> ServiceChanged:
    """State a service as it stands."""
    listing = entry.listing
    return ServiceChanged(
        service_id=listing.service_id,
        version=entry.version,
        at=entry.changed_at,
        name=listing.service_name,
        organization_id=listing.organization_id,
        organization_name=listing.organization_name,
        source=entry.source,
        status=listing.status,
        retired=entry.retired,
        closed_until=entry.closed_until,
        codes=listing.codes,
        areas=listing.areas,
        languages=_sorted(listing.languages),
        minimum_age=listing.minimum_age,
        maximum_age=listing.maximum_age,
        free=listing.free,
        in_person=listing.in_person,
        remote=listing.remote,
        accessibility=_sorted(listing.accessibility),
        capacity=listing.capacity,
        places=listing.places,
        capacity_said_at=entry.capacity_said_at,
        assured_date=listing.assured_date,
        acknowledge_within_working_days=listing.acknowledge_within_working_days,
        progress_within_working_days=listing.progress_within_working_days,
        details=details_of(entry),
        corrected=tuple(correction.field.value for correction in entry.corrections),
        conflicting=tuple(c.field.value for c in entry.corrections if c.conflicting),
        open_reports=entry.open_reports,
        by_staff=by_staff,
    )


def _sorted(words: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(sorted(words))


def details_of(entry: Entry) -> ServiceDetails:
    """What a service says of itself."""
    words = words_of(dict(entry.document))
    words |= {c.field.value: c.value for c in entry.corrections if c.field in WORDS}
    return ServiceDetails.model_validate(
        words
        | {
            "hours": openings(entry.listing.open_hours),
            "required_documents": _lines(
                text(one, "document") or text(one, "name")
                for one in children(dict(entry.document), "required_documents")
            ),
            "organization_url": _cut(entry.organization_url, LINE),
        }
    )


def published_by(entry: Entry) -> dict[Field, Value]:
    """What the directory says of every field, for an entry that was just read from it."""
    words = words_of(dict(entry.document))
    return facts_of(entry.listing) | {Field(name): value for name, value in words.items()}


def standing(entry: Entry) -> dict[Field, Value]:
    """What holds of every field now."""
    return published_by(entry) | {c.field: c.value for c in entry.corrections if c.field in WORDS}


def words_of(document: Document) -> dict[str, object]:
    """The words for people in a document, by the names of our fields, as JSON has them."""
    locations = locations_of(document)
    holders = [document, *children(document, "service_at_locations"), *locations]
    return {
        "description": _cut(text(document, "description"), LONGEST),
        "url": _cut(text(document, "url"), LINE),
        "email": _cut(text(document, "email"), LINE),
        "phones": list(_lines(_phone(one) for holder in holders for one in children(holder, "phones"))),
        "addresses": list(
            _lines(_address(one) for place in locations for one in children(place, "addresses"))
        ),
        "eligibility": _cut(text(document, "eligibility_description"), LONGEST),
        "application_process": _cut(text(document, "application_process"), LONGEST),
        "fees": _cut(text(document, "fees_description"), LONGEST),
        "alert": _cut(text(document, "alert"), LONGEST),
    }


def _phone(phone: Document) -> str | None:
    number = text(phone, "number")
    if number is None:
        return None
    extension, words = text(phone, "extension"), text(phone, "description") or text(phone, "type")
    return f"{number}{f' ext. {extension}' if extension else ''}{f' ({words})' if words else ''}"


def _address(address: Document) -> str | None:
    names = ("address_1", "address_2", "city", "state_province", "postal_code")
    return ", ".join(part for name in names if (part := text(address, name))) or None


def _lines(written: Iterable[str | None]) -> tuple[str, ...]:
    """What there is, each once, in its order, as many as fit."""
    found = dict.fromkeys(line[:LINE] for line in written if line)
    return tuple(found)[:MOST]


def _cut(words: str | None, longest: int) -> str | None:
    return words if words is None or len(words) <= longest else f"{words[: longest - 1].rstrip()}…"
