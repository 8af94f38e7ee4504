"""What an import did, row by row, so that nobody has to believe it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.navigation.directory.documents import Place, Problem
from services.navigation.store.directory_compare import Compared
from services.navigation.store.directory_import import Found

EXAMPLES = 5
"""So many places are named for each kind of oddity; all of them are counted."""

SHOWN = 20
"""So many rows of a kind are named on the screen; the JSON report names every one."""


@dataclass(slots=True)
class Oddity:
    """One kind of odd value: what was made of it, how often it came, and where first."""

    kind: str
    field: str
    reason: str
    examples: list[Problem]
    count: int = 0


@dataclass(slots=True)
class Counts:
    """What became of the organisations that were read."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Report:
    """What an import did. Every service that was read is in `rows` or in `rejected`."""

    source: str
    format: str = ""
    rows: Sequence[Compared] = ()
    """Each service, where it stood, and whether it was `added`, `changed` or `unchanged`."""
    rejected: list[Problem] = field(default_factory=list)
    """Rows that could not be used."""
    dangling: list[Problem] = field(default_factory=list)
    """Rows that refer to something which is nowhere."""
    duplicates: Sequence[Found] = ()
    """Services that came more than once; the latest, else the fullest, was taken."""
    closed: Sequence[Found] = ()
    """Services that this source had before and has no more; kept, and not offered."""
    conflicts: Sequence[Found] = ()
    """Fields (`detail`) that staff put right, where the directory now says a third thing; ours holds."""
    organizations: Counts = field(default_factory=Counts)
    kept: int = 0
    """Documents that are neither service nor organisation, kept as they came."""
    complete: bool = True
    """Whether the file claims to be the whole directory; if not, nothing was closed."""
    revision: int = 0
    """The directory's revision after this import."""
    oddities: dict[tuple[str, str, str], Oddity] = field(default_factory=dict)

    def note(self, problem: Problem) -> None:
        """Count something odd that did not stop its row."""
        key = (problem.kind, problem.field, problem.reason)
        oddity = self.oddities.setdefault(key, Oddity(*key, examples=[]))
        oddity.count += 1
        if len(oddity.examples) < EXAMPLES:
            oddity.examples.append(problem)

    def count(self, outcome: str) -> int:
        """How many services were `added`, `changed` or `unchanged`."""
        return sum(row.detail == outcome for row in self.rows)

    def summary(self) -> dict[str, object]:
        """Everything but the single rows that went well, as JSON."""
        return {
            "source": self.source,
            "format": self.format,
            "complete": self.complete,
            "revision": self.revision,
            "services": {
                **{outcome: self.count(outcome) for outcome in ("added", "changed", "unchanged")},
                "rejected": sum(problem.kind in {"service", ""} for problem in self.rejected),
                "closed": len(self.closed),
                "duplicates": len(self.duplicates),
            },
            "organizations": {
                "added": self.organizations.added,
                "changed": self.organizations.changed,
                "unchanged": self.organizations.unchanged,
            },
            "kept_documents": self.kept,
            "rejected": [_problem(problem) for problem in self.rejected],
            "dangling": [_problem(problem) for problem in self.dangling],
            "duplicates": [_row(row) for row in self.duplicates],
            "closed": [{"id": str(row.id), "name": row.name} for row in self.closed],
            "conflicts": [{**_row(row), "field": row.detail} for row in self.conflicts],
            "odd": [
                {
                    "kind": oddity.kind,
                    "field": oddity.field,
                    "reason": oddity.reason,
                    "count": oddity.count,
                    "examples": [_problem(problem) for problem in oddity.examples],
                }
                for oddity in self.oddities.values()
            ],
        }

    def as_json(self) -> dict[str, object]:
        """Everything, every single row included."""
        return {**self.summary(), "rows": [self._told(row) for row in self.rows]}

    def _told(self, row: Compared) -> dict[str, object]:
        changed = sorted({*row.fields, *row.document}) if row.detail == "changed" else []
        return {**_row(row), "outcome": row.detail, **({"changed": changed} if changed else {})}

    def lines(self) -> Iterator[str]:
        """Tell a person, the counts first."""
        yield f"Directory {self.source!r}, read as {self.format}:"
        services = ", ".join(
            f"{self.count(outcome)} {outcome}" for outcome in ("added", "changed", "unchanged")
        )
        yield f"  services       {services}, {len(self.rejected)} rejected, {len(self.closed)} closed"
        told = self.organizations
        yield f"  organisations  {told.added} added, {told.changed} changed, {told.unchanged} unchanged"
        if self.kept:
            yield f"  {self.kept} other documents were kept as they came."
        if not self.complete:
            yield "  This is a part of a directory, so nothing was closed."
        yield from _section("Rejected", [_sentence(problem) for problem in self.rejected])
        yield from _section("Refer to something that is nowhere", [_sentence(p) for p in self.dangling])
        yield from _section(
            "Came more than once (the latest, else the fullest, was taken)",
            [f"{row.file}:{row.line} {row.name} ({row.id})" for row in self.duplicates],
        )
        yield from _section("Closed since last time", [f"{row.name} ({row.id})" for row in self.closed])
        yield from _section(
            "Put right by staff, and now something else again in this directory (ours holds; please decide)",
            [f"{row.name} ({row.id}): {row.detail}" for row in self.conflicts],
        )
        yield from _section("Odd values, and what was made of them", self._odd_lines())

    def _odd_lines(self) -> list[str]:
        ordered = sorted(self.oddities.values(), key=lambda oddity: -oddity.count)
        return [
            f"{oddity.count} x {oddity.field or oddity.kind}: {oddity.reason}{_first_place(oddity)}"
            for oddity in ordered
        ]


def _section(title: str, entries: Sequence[str]) -> Iterator[str]:
    if entries:
        yield f"{title}: {len(entries)}"
        yield from (f"  {entry}" for entry in entries[:SHOWN])
        if len(entries) > SHOWN:
            yield f"  and {len(entries) - SHOWN} more; --json names every one"


def _sentence(problem: Problem) -> str:
    what = " ".join(part for part in (problem.kind, problem.record) if part)
    where = f"{problem.place.file}:{problem.place.line}"
    value = f" ({problem.value})" if problem.value else ""
    about = f", {problem.field}" if problem.field else ""
    return f"{where} {what}{about}: {problem.reason}{value}".replace("  ", " ")


def _first_place(oddity: Oddity) -> str:
    first = oddity.examples[0]
    value = f" {first.value!r}" if first.value else ""
    return f" (first{value} at {first.place.file}:{first.place.line})"


def _problem(problem: Problem) -> dict[str, object]:
    return {
        **_place(problem.place),
        "kind": problem.kind,
        "record": problem.record,
        "field": problem.field,
        "reason": problem.reason,
        "value": problem.value,
    }


def _row(row: Found) -> dict[str, object]:
    return {**_place(Place(row.file, row.line)), "id": str(row.id), "name": row.name}


def _place(place: Place) -> dict[str, object]:
    return {"file": place.file, "line": place.line}
