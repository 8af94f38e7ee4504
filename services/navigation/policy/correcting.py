"""What staff put right, beside what a directory says: which holds, and when a person has to decide.

Values are as JSON has them, and each field has one way to write what means the same: equal means equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from contracts.terms import ServiceStatus
from services.navigation.model.directory import EVERYWHERE, Listing, postcode_key
from services.navigation.model.editing import WORDS, Correction, Field, Value
from services.navigation.policy.opening import mask_of, openings, read


def facts_of(listing: Listing) -> dict[Field, Value]:
    """What a listing says, field by field."""
    hours = openings(listing.open_hours)
    return {
        Field.NAME: listing.service_name,
        Field.STATUS: listing.status.value,
        Field.CODES: list(listing.codes),
        Field.AREAS: _list(listing.areas),
        Field.LANGUAGES: _list(listing.languages),
        Field.MINIMUM_AGE: listing.minimum_age,
        Field.MAXIMUM_AGE: listing.maximum_age,
        Field.FREE: listing.free,
        Field.IN_PERSON: listing.in_person,
        Field.REMOTE: listing.remote,
        Field.ACCESSIBILITY: _list(listing.accessibility),
        Field.HOURS: None if hours is None else [one.model_dump() for one in hours],
        Field.ASSURED_DATE: listing.assured_date.isoformat() if listing.assured_date else None,
    }


def with_facts(listing: Listing, facts: Mapping[Field, Value]) -> Listing:  # noqa: C901 - one line per field
    """The listing with these facts in place of its own; words for people are passed over."""
    for field, value in facts.items():
        match field, value:
            case Field.NAME, str():
                listing = replace(listing, service_name=value)
            case Field.STATUS, str():
                listing = replace(listing, status=ServiceStatus(value))
            case Field.CODES, list():
                listing = replace(listing, codes=tuple(value))
            case Field.AREAS, _:
                listing = replace(listing, areas=_tuple(value))
            case Field.LANGUAGES, _:
                listing = replace(listing, languages=_set(value))
            case Field.ACCESSIBILITY, _:
                listing = replace(listing, accessibility=_set(value))
            case Field.HOURS, _:
                listing = _with_hours(listing, value)
            case Field.ASSURED_DATE, _:
                listing = replace(listing, assured_date=_day(value))
            case ((Field.MINIMUM_AGE | Field.MAXIMUM_AGE | Field.FREE | Field.IN_PERSON | Field.REMOTE), _):
                listing = replace(listing, **{field.value: value})  # type: ignore[arg-type] # by its name
            case _:
                pass
    return listing


def _with_hours(listing: Listing, value: Value) -> Listing:
    """The week, in every way in which hours were known."""
    mask = mask_of(read(cast("Sequence[Mapping[str, object]]", value))) if isinstance(value, list) else None
    return replace(
        listing,
        open_hours=mask,
        in_person_hours=None if listing.in_person_hours is None else mask,
        remote_hours=None if listing.remote_hours is None else mask,
    )


def normalised(field: Field, value: Value) -> Value:  # noqa: PLR0911 - one line per field
    """The one way to write this value."""
    match field, value:
        case Field.AREAS, list():
            keys = sorted({postcode_key(str(one)) for one in value})
            return list(EVERYWHERE) if "" in keys else keys or None
        case Field.LANGUAGES, list():
            return sorted({str(one).split("-", maxsplit=1)[0].lower() for one in value}) or None
        case Field.ACCESSIBILITY, list():
            return sorted({str(one) for one in value}) or None
        case Field.CODES, list():
            return sorted({str(one) for one in value})
        case Field.HOURS, list():
            week = openings(mask_of(read(cast("Sequence[Mapping[str, object]]", value))))
            return [one.model_dump() for one in week or ()]
        case ((Field.MINIMUM_AGE | Field.MAXIMUM_AGE), int() | float()):
            return float(value)
        case _, str():
            return value.strip()
        case _:
            return value


def objection_to(listing: Listing) -> str | None:
    """Why a service cannot be like this; None when it can."""
    youngest, oldest = listing.minimum_age, listing.maximum_age
    if youngest is not None and oldest is not None and youngest > oldest:
        return f"the ages are the wrong way round: from {youngest:g} to {oldest:g}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What an import left of the corrections of one service."""

    kept: tuple[Correction, ...]
    """With what the directory says now, and whether a person has to decide."""
    agreed: tuple[Field, ...]
    """The directory has come to say the same, or something newer: there is nothing left to correct."""
    newly_conflicting: tuple[Field, ...]

    @property
    def facts(self) -> dict[Field, Value]:
        """Our values of the facts that matching goes by."""
        return {c.field: c.value for c in self.kept if c.field not in WORDS}


def reconcile(corrections: Iterable[Correction], theirs: Mapping[Field, Value]) -> Reconciled:
    """Bring what staff put right together with what the directory says now. Nothing of ours is ever lost.

    Where the directory says what it said before, ours holds. Where it says the same as we do, it has been put
    right there. Where it says a third thing, ours holds until a person decides. The later check counts.
    """
    kept, agreed, conflicts = [], [], []
    for correction in corrections:
        field, said = correction.field, theirs.get(correction.field)
        if said == correction.value or (field is Field.ASSURED_DATE and _is_later(said, correction.value)):
            agreed.append(field)
        elif said == correction.source_value or field is Field.ASSURED_DATE:
            kept.append(replace(correction, source_value=said))
        else:
            if not correction.conflicting:
                conflicts.append(field)
            kept.append(replace(correction, source_value=said, conflicting=True))
    return Reconciled(kept=tuple(kept), agreed=tuple(agreed), newly_conflicting=tuple(conflicts))


def _is_later(one: Value, other: Value) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one > other


def _list(words: Iterable[str] | None) -> list[str] | None:
    return None if words is None else sorted(words)


def _tuple(value: Value) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else None


def _set(value: Value) -> frozenset[str] | None:
    return frozenset(value) if isinstance(value, list) else None


def _day(value: Value) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None
