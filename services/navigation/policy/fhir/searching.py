"""What a search asks for, read from its parameters. What we do not know is refused, unless leniency is asked.

Times may be given as exactly as one likes: a day is the whole day, a second the whole second (R4, 3.1.1.4.5).
Without a zone they are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from contracts.terms import ReferralStatus

T = TypeVar("T")
MOST = 200
USUAL = 50
UNHEARD = "completed, not heard"
"""A completed referral of which the client was not heard: the Task is completed, the request still open."""

TASK = "Task"
SERVICE_REQUEST = "ServiceRequest"
CONSENT = "Consent"
_CONSENT_OF_REQUEST = "ServiceRequest:supporting-info"
INCLUDES: dict[str, dict[tuple[str, str], str]] = {
    TASK: {
        ("_include", "Task:focus"): SERVICE_REQUEST,
        ("_include:iterate", _CONSENT_OF_REQUEST): CONSENT,
    },
    SERVICE_REQUEST: {
        ("_revinclude", "Task:focus"): TASK,
        ("_include", _CONSENT_OF_REQUEST): CONSENT,
    },
}
"""What can be asked for along with each match: by which parameter and value, and what then comes."""
IGNORED = frozenset({"_pretty"})
_ONLY = {
    "_sort": ("_lastUpdated",),
    "_format": ("json", "application/json", "application/fhir+json"),
}
_ALIKE = frozenset({"status", "_lastUpdated", "_id", "_count", "after", *_ONLY})
KNOWN = {
    TASK: _ALIKE | {"modified"} | {name for name, _ in INCLUDES[TASK]},
    SERVICE_REQUEST: _ALIKE | {name for name, _ in INCLUDES[SERVICE_REQUEST]},
}
"""What can be searched by, besides `_pretty`, which changes nothing."""

_LIVE = ("requested", "accepted", "in-progress", "on-hold", UNHEARD)
STATUSES: dict[str, dict[str, tuple[str, ...]]] = {
    TASK: {
        status.value: (status.value, UNHEARD) if status is ReferralStatus.COMPLETED else (status.value,)
        for status in ReferralStatus
        if status is not ReferralStatus.DRAFT
    },
    SERVICE_REQUEST: {
        "active": _LIVE,
        "completed": (ReferralStatus.COMPLETED.value,),
        "revoked": ("rejected", "failed", "cancelled"),
        "entered-in-error": (ReferralStatus.ENTERED_IN_ERROR.value,),
    },
}
"""Which of our standings a status means, by the kind of resource."""

_DATE = re.compile(
    r"(?P<prefix>eq|ge|gt|le|lt)?"
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<fraction>\d{1,9}))?)?"
    r"(?P<zone>Z|[+ -]\d\d:\d\d)?)?)?)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: moved within [`since`, `until`), of these standings and ids (None: any)."""

    since: datetime | None = None
    until: datetime | None = None
    standings: tuple[str, ...] | None = None
    ids: tuple[UUID, ...] | None = None
    count: int = USUAL
    along: frozenset[str] = frozenset()
    """Which kinds of resource that belong to a match are asked for too."""
    after: str | None = None
    used: tuple[tuple[str, str], ...] = ()
    """The parameters that were taken into account, for the link to this very page."""


class NotSearchable(Exception):  # noqa: N818 - an answer, not a fault of ours
    """A parameter that cannot be used: which, and why."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(why)
        self.parameter = parameter
        self.why = why


@dataclass(frozen=True, slots=True)
class Interval:
    """The time that a date of some exactness names: from `start` up to `end`."""

    start: datetime
    end: datetime


def wanted(kind: str, parameters: Sequence[tuple[str, str]], *, lenient: bool = False) -> Wanted:
    """Read the parameters of a search. Raises `NotSearchable`; `lenient` leaves unknown ones out instead."""
    read = Wanted()
    for name, value in parameters:
        if name in IGNORED or (lenient and name not in KNOWN[kind]):
            continue
        read = _read(kind, name, value, read)
        read = replace(read, used=(*read.used, (name, value)))
    return read


def _read(kind: str, name: str, value: str, before: Wanted) -> Wanted:
    match name:
        case "status":
            read = replace(before, standings=_both(before.standings, _standings(kind, value)))
        case "_id":
            read = replace(before, ids=_both(before.ids, _ids(value)))
        case "_count":
            read = replace(before, count=_count(value))
        case "after":
            read = replace(before, after=value)
        case "_lastUpdated" | "modified" if name in KNOWN[kind]:
            read = _narrowed(before, name, value)
        case _ if (name, value) in INCLUDES[kind]:
            read = replace(before, along=before.along | {INCLUDES[kind][name, value]})
        case _ if value in _ONLY.get(name, ()):
            read = before
        case _:
            raise NotSearchable(name, _why_not(kind, name))
    return read


def _why_not(kind: str, name: str) -> str:
    if name in KNOWN[kind]:
        included = [value for known, value in INCLUDES[kind] if known == name]
        return f"here it can only be {(included or _ONLY[name])[0]}"
    return f"{kind} cannot be searched by it here; /metadata says by what it can"


def _both(before: tuple[T, ...] | None, now: tuple[T, ...]) -> tuple[T, ...]:
    """What both ask for: a repeated parameter narrows the search."""
    return now if before is None else tuple(one for one in now if one in before)


def _standings(kind: str, value: str) -> tuple[str, ...]:
    known = STATUSES[kind]
    codes = [code.rsplit("|", 1)[-1] for code in value.split(",")]
    # A status that we never have, such as `received`, is a good question with no match.
    return tuple(standing for code in codes for standing in known.get(code, ()))


def _ids(value: str) -> tuple[UUID, ...]:
    ids = []
    for one in value.split(","):
        try:
            ids.append(UUID(one))
        except ValueError:
            continue
    return tuple(ids)


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value[:9]) < 1:
        raise NotSearchable("_count", f"it is a number from 1; no page has more than {MOST}")
    return min(int(value[:9]), MOST)


def _narrowed(before: Wanted, name: str, value: str) -> Wanted:
    prefix, interval = _dated(name, value)
    since = {"ge": interval.start, "gt": interval.end, "eq": interval.start}.get(prefix)
    until = {"lt": interval.start, "le": interval.end, "eq": interval.end}.get(prefix)
    return replace(
        before,
        since=max((moment for moment in (since, before.since) if moment), default=None),
        until=min((moment for moment in (until, before.until) if moment), default=None),
    )


def _dated(name: str, value: str) -> tuple[str, Interval]:
    match = _DATE.fullmatch(value)
    if match is not None:
        try:
            return match["prefix"] or "eq", _interval(match.groupdict())
        except (ValueError, OverflowError):
            pass
    raise NotSearchable(name, "it is a date such as ge2026-11-23T09:00:00Z, with eq, ge, gt, le or lt")


def _interval(parts: Mapping[str, str | None]) -> Interval:
    month, day = int(parts["month"] or 1), int(parts["day"] or 1)
    # A space is a plus that was not percent-encoded.
    zone = (parts["zone"] or "Z").replace(" ", "+").replace("Z", "+00:00")
    fraction = (parts["fraction"] or "0").ljust(6, "0")[:6]
    hour, minute, second = parts["hour"] or "00", parts["minute"] or "00", parts["second"] or "00"
    text = f"{parts['year']}-{month:02}-{day:02}T{hour}:{minute}:{second}.{fraction}{zone}"
    start = datetime.fromisoformat(text).astimezone(UTC)
    return Interval(start, _end(start, parts))


def _end(start: datetime, parts: Mapping[str, str | None]) -> datetime:
    if parts["fraction"] is not None:
        return start + timedelta(microseconds=10 ** max(0, 6 - len(parts["fraction"])))
    for name, length in (("second", 1), ("minute", 60), ("day", 86_400)):
        if parts[name] is not None:
            return start + timedelta(seconds=length)
    if parts["month"] is None:
        return start.replace(year=start.year + 1)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
