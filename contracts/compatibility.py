"""Whether today's events can live beside the released ones, in both directions.

    python -m contracts.compatibility              fail if today's code breaks a reader or a stored event
    python -m contracts.compatibility --release    the same, then freeze today's schemas and samples

An event that was stored under the release must load in today's model, and an event that today's publisher
writes must be acceptable to a reader of the release. So within one major version only a field that is
optional with a default may be added; everything else is a `.v2`, published beside `.v1` until nobody reads
that. An event is retired by deleting its frozen schema, which is a decision of its own and reviewed as one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from contracts import schema
from contracts.generate import ROOT, write
from contracts.languages import INTERNAL, LANGUAGES, Language

Json: TypeAlias = Mapping[str, Any]

# What says something to people and nothing to a validator.
_PROSE = frozenset({"$schema", "$id", "title", "description", "examples", "deprecated"})
_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
# What the other rules look at.
_WALKED = frozenset(
    {"$ref", "$defs", "type", "format", "const", "enum", "default", "properties", "required"}
    | {"items", "prefixItems", "anyOf"}
)


class Rule(StrEnum):
    """What kind of change breaks somebody."""

    REMOVED_EVENT = "removed event"
    REMOVED_FIELD = "removed field"
    RETYPED_FIELD = "retyped field"
    NEW_REQUIRED_FIELD = "new required field"
    NO_LONGER_REQUIRED = "field no longer required"
    NEW_ENUM_MEMBER = "new enum member"
    REMOVED_ENUM_MEMBER = "removed enum member"
    TIGHTENED = "tightened constraint"
    LOOSENED = "loosened constraint"
    CHANGED_DEFAULT = "changed default"
    EDITED_SAMPLE = "edited sample"


@dataclass(frozen=True, slots=True)
class Break:
    """One change that cannot be made within a major version, and whom it would break."""

    subject: str
    field: str
    rule: Rule
    detail: str

    def __str__(self) -> str:
        """The line that is shown."""
        place = f"{self.subject} at {self.field}" if self.field else self.subject
        return f"{place}: {self.rule}: {self.detail}"


def breaks(released: Mapping[str, Json], today: Mapping[str, Json]) -> list[Break]:
    """Return every change between two sets of schemas, by subject, that somebody cannot bear."""
    found: list[Break] = []
    for subject, old in sorted(released.items()):
        if subject not in today:
            detail = "its readers still wait for it; publish the new version beside it"
            found.append(Break(subject, "", Rule.REMOVED_EVENT, detail))
            continue
        comparison = _Comparison(subject, old, today[subject])
        found.extend(comparison.of("", old, today[subject]))
    return found


class _Comparison:
    """One event then and now. Schemas are compared as they read, whatever their classes are called."""

    def __init__(self, subject: str, old: Json, new: Json) -> None:
        self._subject = subject
        self._old_definitions: Json = old.get("$defs", {})
        self._new_definitions: Json = new.get("$defs", {})
        self._under_way: set[tuple[str, str]] = set()

    def of(self, field: str, old: Json, new: Json) -> Iterator[Break]:
        """Compare what one field may hold; fields of fields are named with dots, elements with []."""
        names = (old.get("$ref", ""), new.get("$ref", ""))
        if all(names) and names in self._under_way:
            return
        self._under_way.add(names)
        yield from self._default(field, old, new)
        old, new = _resolved(old, self._old_definitions), _resolved(new, self._new_definitions)
        before, after = _shape(old, self._old_definitions), _shape(new, self._new_definitions)
        if before == after:
            yield from self._enum(field, old, new)
            yield from self._constraints(field, old, new)
            yield from self._properties(field, old, new)
            yield from self._parts(field, old, new)
        else:
            yield self._break(field, Rule.RETYPED_FIELD, f"was {before} and is {after}")
        self._under_way.discard(names)

    def _break(self, field: str, rule: Rule, detail: str) -> Break:
        return Break(self._subject, field, rule, detail)

    def _default(self, field: str, old: Json, new: Json) -> Iterator[Break]:
        if "default" in old and "default" in new and old["default"] != new["default"]:
            detail = (
                f"stored events without it meant {old['default']!r} and would now mean {new['default']!r}"
            )
            yield self._break(field, Rule.CHANGED_DEFAULT, detail)

    def _enum(self, field: str, old: Json, new: Json) -> Iterator[Break]:
        before, after = _members(old), _members(new)
        for member in (m for m in after if m not in before):
            detail = f"readers of the release match exhaustively and cannot read {member!r}"
            yield self._break(field, Rule.NEW_ENUM_MEMBER, detail)
        for member in (m for m in before if m not in after):
            yield self._break(
                field, Rule.REMOVED_ENUM_MEMBER, f"stored events with {member!r} no longer load"
            )

    def _constraints(self, field: str, old: Json, new: Json) -> Iterator[Break]:
        for keyword in sorted((old.keys() | new.keys()) - _WALKED - _PROSE):
            before, after = old.get(keyword), new.get(keyword)
            if before == after:
                continue
            rule = _tightened_or_loosened(keyword, before, after)
            whom = (
                "stored events may no longer load"
                if rule is Rule.TIGHTENED
                else "readers of the release may reject what is published now"
            )
            yield self._break(field, rule, f"{keyword} was {before!r} and is {after!r}; {whom}")

    def _properties(self, field: str, old: Json, new: Json) -> Iterator[Break]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name, value in before.items():
            place = f"{field}.{name}".lstrip(".")
            if name not in after:
                yield self._break(place, Rule.REMOVED_FIELD, "readers of the release count on it")
                continue
            if name in needed_after - needed_before:
                yield self._break(place, Rule.NEW_REQUIRED_FIELD, "stored events without it no longer load")
            if name in needed_before - needed_after:
                detail = "readers of the release reject an event without it"
                yield self._break(place, Rule.NO_LONGER_REQUIRED, detail)
            yield from self.of(place, value, after[name])
        for name in (n for n in after if n not in before and n in needed_after):
            place = f"{field}.{name}".lstrip(".")
            detail = "stored events do not have it; give it a default or publish a new version"
            yield self._break(place, Rule.NEW_REQUIRED_FIELD, detail)

    def _parts(self, field: str, old: Json, new: Json) -> Iterator[Break]:
        """Go into elements and alternatives; both sides have the same shape, so they pair up."""
        if "items" in old:
            yield from self.of(f"{field}[]", old["items"], new["items"])
        for before, after in zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=True):
            yield from self.of(f"{field}[]", before, after)
        was = sorted(old.get("anyOf", ()), key=lambda part: _shape(part, self._old_definitions))
        now = sorted(new.get("anyOf", ()), key=lambda part: _shape(part, self._new_definitions))
        for before, after in zip(was, now, strict=True):
            yield from self.of(field, before, after)


def _resolved(value: Json, definitions: Json) -> Json:
    """Return what a reference refers to; the reference's own words and default are looked at before."""
    while "$ref" in value:
        value = definitions[value["$ref"].removeprefix("#/$defs/")]
    return value


def _shape(value: Json, definitions: Json) -> str:
    """Return what kind of value this is, in words; two values of different shapes are never compatible."""
    value = _resolved(value, definitions)
    if "anyOf" in value:
        return " or ".join(sorted(_shape(part, definitions) for part in value["anyOf"]))
    if "const" in value:
        return f"always {value['const']!r}"
    shape = str(value.get("type", "anything"))
    if "format" in value:
        shape += f" ({value['format']})"
    if "enum" in value:
        shape += " from a fixed list"
    if "items" in value:
        shape += f" of {_shape(value['items'], definitions)}"
    if "prefixItems" in value:
        shape += f" of {', '.join(_shape(part, definitions) for part in value['prefixItems'])}"
    return shape


def _tightened_or_loosened(keyword: str, before: object, after: object) -> Rule:
    if before is None:
        return Rule.TIGHTENED
    if after is None:
        return Rule.LOOSENED
    if isinstance(before, int | float) and isinstance(after, int | float):
        grew = after > before
        if keyword in _LOWER_BOUNDS:
            return Rule.TIGHTENED if grew else Rule.LOOSENED
        if keyword in _UPPER_BOUNDS:
            return Rule.LOOSENED if grew else Rule.TIGHTENED
    # Two patterns, say: nobody can tell cheaply whether one accepts all that the other did.
    return Rule.TIGHTENED


def edited_samples(pinned: str, root: Path) -> list[Break]:
    """Return every sample that was changed or removed since `pinned`, which is sha256sum's output."""
    found = []
    for line in pinned.splitlines():
        checksum, place = line.split(maxsplit=1)
        if _checksum(root / place) != checksum:
            subject = PurePosixPath(place).parent.name
            detail = f"{place} stands for events in streams and archives; add another sample instead"
            found.append(Break(subject, "", Rule.EDITED_SAMPLE, detail))
    return found


def released_schemas(root: Path, language: Language = INTERNAL) -> dict[str, Json]:
    """Return the frozen schemas by subject; empty before the first release."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(root.glob(language.released))}


def todays_schemas(language: Language = INTERNAL) -> dict[str, Json]:
    """Return the schemas of today's code, by subject, as a reader of the committed files would see them."""
    return {
        name: json.loads(schema.text_of(schema.schema_named(name, model)))
        for name, model in language.speaks().items()
    }


def release(root: Path, language: Language) -> list[PurePosixPath]:
    """Freeze today's schemas and samples; return the files that changed."""
    files = {
        PurePosixPath(language.folder, "released", f"{subject}.json"): schema.text_of(today)
        for subject, today in todays_schemas(language).items()
    }
    samples = sorted(path.relative_to(root).as_posix() for path in root.glob(language.samples))
    pinned = "".join(f"{_checksum(root / sample)}  {sample}\n" for sample in samples)
    return write({**files, PurePosixPath(language.pinned): pinned}, owned=[language.released], root=root)


def breaks_of(language: Language, root: Path) -> list[Break]:
    """Return everything that today's code does to readers of a language's release and to its samples."""
    pinned = root / language.pinned
    return [
        *breaks(released_schemas(root, language), todays_schemas(language)),
        *(edited_samples(pinned.read_text(), root) if pinned.exists() else []),
    ]


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Check, and freeze if asked to; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m contracts.compatibility")
    parser.add_argument(
        "--release", action="store_true", help="freeze today's schemas and samples if compatible"
    )
    freeze = parser.parse_args(arguments).release
    found = [broken for language in LANGUAGES for broken in breaks_of(language, root)]
    for line in found:
        print(line)
    if found:
        print(f"\n{len(found)} changes would break readers of the release or events stored under it.")
    elif freeze:
        for place in (place for language in LANGUAGES for place in release(root, language)):
            print(place)
    return 1 if found else 0


def _members(value: Json) -> list[object]:
    return list(value.get("enum", ()))


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
