"""What changed about a service of the directory, told field by field: what it was, and what it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.events.navigation import ReportResolved, ServiceChanged, ServiceReported
from contracts.terms import Capacity, ReportOutcome, ServiceStatus
from services.desk.model.directory import Line
from services.desk.policy import directory_words as words
from services.desk.policy.wording.times import Wall

Change = tuple[str, str, str]
"""What, what it was, what it is now; in words."""
LONGEST = 240
KEPT_BEFORE = 40
_KNOWN = {True: "Yes", False: "No", None: ""}


def _hours(said: ServiceChanged) -> str:
    return "; ".join(f"{days} {times}" for days, times in words.hours_words(said.details.hours))


FIELDS: Mapping[str, tuple[str, Callable[[ServiceChanged], str]]] = {
    "name": ("Name", lambda one: one.name),
    "organization_name": ("Organisation", lambda one: one.organization_name),
    "status": ("Whether it is open", lambda one: words.STATUSES[one.status]),
    "retired": ("Listed by its directory", lambda one: "No" if one.retired else "Yes"),
    "closed_until": (
        "Closed until",
        lambda one: words.day_words(one.closed_until) if one.closed_until else "",
    ),
    "codes": ("Kinds of help", lambda one: ", ".join(words.kinds(one))),
    "areas": ("Places it serves", lambda one: words.areas_words(one.areas)),
    "languages": ("Languages", words.languages_words),
    "minimum_age": ("Youngest age", lambda one: "" if one.minimum_age is None else f"{one.minimum_age:g}"),
    "maximum_age": ("Oldest age", lambda one: "" if one.maximum_age is None else f"{one.maximum_age:g}"),
    "free": ("Costs nothing, or can", lambda one: _KNOWN[one.free]),
    "in_person": ("In person", lambda one: _KNOWN[one.in_person]),
    "remote": ("By telephone, video or online", lambda one: _KNOWN[one.remote]),
    "accessibility": ("Access", words.access_words),
    "capacity": (
        "Room",
        lambda one: "" if one.capacity is Capacity.UNKNOWN else words.CAPACITIES[one.capacity][0],
    ),
    "places": ("Free places", lambda one: "" if one.places is None else str(one.places)),
    "assured_date": (
        "Last checked",
        lambda one: words.day_words(one.assured_date) if one.assured_date else "",
    ),
    "acknowledge_within_working_days": (
        "Working days for an answer",
        lambda one: str(one.acknowledge_within_working_days or ""),
    ),
    "progress_within_working_days": (
        "Working days until its next word",
        lambda one: str(one.progress_within_working_days or ""),
    ),
    "description": ("What it does", lambda one: one.details.description or ""),
    "url": ("Page on the web", lambda one: one.details.url or ""),
    "email": ("E-mail", lambda one: one.details.email or ""),
    "phones": ("Telephone", lambda one: "; ".join(one.details.phones)),
    "addresses": ("Addresses", lambda one: "; ".join(one.details.addresses)),
    "hours": ("Hours", _hours),
    "eligibility": ("Who it is for", lambda one: one.details.eligibility or ""),
    "application_process": ("How to get in", lambda one: one.details.application_process or ""),
    "fees": ("What it costs", lambda one: one.details.fees or ""),
    "required_documents": ("What to bring", lambda one: "; ".join(one.details.required_documents)),
    "alert": ("To know before all else", lambda one: one.details.alert or ""),
    "organization_url": ("The organisation's page", lambda one: one.details.organization_url or ""),
}
"""Every field that people are told of: its name, and how its value is said. "" is: nobody has said."""

_OF_ITS_OWN = frozenset({"assured_date", "capacity", "places"})
OUTCOMES: Mapping[ReportOutcome, str] = {
    ReportOutcome.CORRECTED: "It was put right",
    ReportOutcome.CHECKED: "It was checked, and is right",
    ReportOutcome.PASSED_ON: "It was passed on to its directory",
    ReportOutcome.NOT_WRONG: "It was right as it stood",
}


_ONLY: Mapping[frozenset[str], str] = {
    frozenset(): "It was heard of again, and says the same",
    frozenset({"assured_date"}): "It was checked",
    frozenset({"capacity"}): "Whether it has room",
    frozenset({"places"}): "How many places are free",
    frozenset({"capacity", "places"}): "Whether it has room",
    **{
        frozenset({name}): f"{label} changed"
        for name, (label, _) in FIELDS.items()
        if name not in _OF_ITS_OWN
    },
}
"""Where so much changed and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of a service's history, in words."""

    id: UUID
    title: str
    who: str
    when: datetime
    words: str = ""
    changes: tuple[Change, ...] = ()


def told(line: Line) -> Told:
    """What happened, who did it, and what is different since."""
    entry, event = line.entry, line.entry.event
    who = line.by or "A colleague"
    if isinstance(event, ServiceReported):
        about = f" ({fields_words(event.fields)})" if event.fields else ""
        title = f"Something is not right, somebody said{about}"
        return Told(id=entry.id, title=title, who=who, when=entry.occurred_at, words=event.words)
    if isinstance(event, ReportResolved):
        title = f"A report was looked into. {OUTCOMES[event.outcome]}"
        return Told(id=entry.id, title=title, who=who, when=entry.occurred_at, words=event.words)
    assert isinstance(event, ServiceChanged), "nothing else is stated about a service"
    changes = differences(line.before, event)
    return Told(
        id=entry.id,
        title=_title(line.before, event, changes),
        who=who if event.by_staff else _whose_word(line.before, event, changes),
        when=entry.occurred_at,
        changes=tuple(_short(one) for one in changes.values()),
    )


def differences(before: ServiceChanged | None, now: ServiceChanged) -> dict[str, Change]:
    """What is said differently now, by the name of the field."""
    if before is None:
        return {}
    said = {name: (label, say(before), say(now)) for name, (label, say) in FIELDS.items()}
    return {name: one for name, one in said.items() if one[1] != one[2]}


def fields_words(names: tuple[str, ...]) -> str:
    """The names of fields as people know them."""
    return ", ".join(FIELDS[name][0].lower() if name in FIELDS else name.replace("_", " ") for name in names)


def _title(before: ServiceChanged | None, now: ServiceChanged, changes: Mapping[str, Change]) -> str:
    if before is None:
        return "It was heard of for the first time"
    return _turn_words(before, now) or _ONLY.get(frozenset(changes)) or f"{len(changes)} things changed"


def _turn_words(before: ServiceChanged, now: ServiceChanged) -> str:
    """Whether people can go there from now on, or not any more; "" where that is as it was."""
    if before.retired != now.retired:
        return "Its directory left it out" if now.retired else "Its directory lists it again"
    if now.closed_until and now.closed_until != before.closed_until:
        return "It is closed for a time"
    if before.status is not now.status:
        return "It is open again" if now.status is ServiceStatus.ACTIVE else "It is not open any more"
    return ""


def _whose_word(before: ServiceChanged | None, now: ServiceChanged, changes: Mapping[str, Change]) -> str:
    """Who it came from where no colleague did it: the service's own word, its time, or its directory."""
    if (
        before
        and changes.keys() <= {"capacity", "places"}
        and now.capacity_said_at != before.capacity_said_at
    ):
        return "The service itself"
    if (
        before
        and before.closed_until
        and not now.closed_until
        and changes.keys() <= {"closed_until", "status"}
    ):
        return "The time it was closed for has passed"
    return f"Its directory, {now.source}"


def _short(change: Change) -> Change:
    """Long texts from a little before where they begin to differ."""
    label, was, is_now = change
    if max(len(was), len(is_now)) <= LONGEST:
        return change
    same = next(
        (at for at, (a, b) in enumerate(zip(was, is_now, strict=False)) if a != b), min(len(was), len(is_now))
    )
    begin = max(same - KEPT_BEFORE, 0)
    return label, _cut(was, begin), _cut(is_now, begin)


def _cut(text: str, begin: int) -> str:
    end = begin + LONGEST
    return ("…" if begin and text else "") + text[begin:end] + ("…" if len(text) > end else "")


def in_words(line: Line, wall: Wall) -> tuple[Told, str]:
    """A line, with its moment in words."""
    one = told(line)
    return one, words.moment_of(one.when, wall)
