"""HSDS tables, 3.0 and the older 1.x, put together into HSDS 3.0 documents.

Rows wait on a shelf on disk until everything is read, so that neither the order of files nor that of rows
matters, and a large directory needs little memory. Tables that HSDS does not have go along with whatever row
they name by `service_id`, `location_id`, `service_at_location_id` or `organization_id`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from services.navigation.directory.csv_file import CsvFile
from services.navigation.directory.documents import (
    BrokenFile,
    Document,
    Place,
    Problem,
    Row,
    child,
    children,
    text,
)
from services.navigation.directory.older import modernised
from services.navigation.directory.reading import Advance
from services.navigation.directory.shelf import Kept, Loose, Shelf

_ENTRIES = {
    "organizations": "organization",
    "services": "service",
    "locations": "location",
    "service_at_location": "service_at_location",
    "service_at_locations": "service_at_location",
    "services_at_location": "service_at_location",
    "programs": "program",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
    "taxonomy": "taxonomy_term",
}
"""Tables whose rows others name by id."""

_BELONGINGS = {
    "regular_schedules": "schedules",
    "regular_schedule": "schedules",
    "physical_addresses": "addresses",
    "accessibility_for_disabilities": "accessibility",
    "service_attributes": "attributes",
    "service_taxonomy": "attributes",
    "services_taxonomy": "attributes",
    "service_capacities": "service_capacity",
}
"""What older directories call the tables of HSDS 3.0."""

_PARENTS = {
    "service_id": "service",
    "location_id": "location",
    "service_at_location_id": "service_at_location",
    "organization_id": "organization",
}
_LINKS = {"link_id": "link_entity", "resource_id": "resource_type"}
"""Columns that name a row of any table, and the column that says of which."""
_INNER_PARENTS = {"contact_id": "contacts", "phone_id": "phones"}
_ABOUT_TABLES = {"meta_table_descriptions"}


class CsvFolder:
    """A folder of tables. Iterate over `rows`; what was wrong is in `rejected` and `dangling` afterwards."""

    complete = True

    def __init__(self, tables: dict[str, Path], shelf: Shelf, advance: Advance) -> None:
        self._tables = tables
        self._shelf = shelf
        self._advance = advance
        self._inner: set[str] = set()
        self._file_of: dict[str, str] = {}
        self.rejected: list[Problem] = []
        self.dangling: list[Problem] = []
        self.notes: list[Problem] = []
        self._location = lru_cache(maxsize=2000)(self._assembled_location)
        self._term = lru_cache(maxsize=5000)(self._assembled_term)

    def rows(self) -> Iterator[Row]:
        """Yield every organisation, then every service, put together. Raises BrokenFile."""
        for name, path in sorted(self._tables.items()):
            if name not in _ABOUT_TABLES:
                self._read(name, path)
        yield from self._organizations()
        yield from self._services()
        self._name_loose_rows()

    def _read(self, name: str, path: Path) -> None:
        kind = _ENTRIES.get(name)
        table = CsvFile(path, kind or name, self._advance)
        if table.encoding == "cp1252":
            place = Place(path.name, 1)
            self.notes.append(Problem(place, name, "", "", "not UTF-8; read as Windows Latin-1"))
        for row in table.rows():
            document = modernised(name, row.document)
            if kind is None:
                self._attach(_BELONGINGS.get(name, name), row.place, document)
            else:
                self._keep(kind, row.place, document)
        self.rejected += table.rejected

    def _keep(self, kind: str, place: Place, document: Document) -> None:
        written = text(document, "id") or text(document, "taxonomy_id" if kind == "taxonomy_term" else "id")
        if written is None:
            reason = "it has no id, so nothing can refer to it"
            self.rejected.append(Problem(place, kind, "", "id", reason, text(document, "name") or ""))
            return
        self._shelf.keep(kind, Kept(place.file, place.line, written, document))
        if kind == "service_at_location":
            self._attach(kind, place, document, parents=["service_id"])
        elif kind == "location" and text(document, "organization_id"):
            self._attach("locations", place, document, parents=["organization_id"])

    def _attach(
        self, name: str, place: Place, document: Document, parents: Iterable[str] = tuple(_PARENTS)
    ) -> None:
        self._file_of.setdefault(name, place.file)
        owners = [(_PARENTS[column], parent) for column in parents if (parent := text(document, column))]
        for to, what in _LINKS.items():
            if not owners and (linked := text(document, to)):
                entity = (text(document, what) or "").lower()
                owners = [(entity if entity in _PARENTS.values() else "service", linked)]
        if not owners:
            owners = [
                (kind, parent)
                for column, kind in _INNER_PARENTS.items()
                if (parent := text(document, column))
            ]
            self._inner.update(kind for kind, _ in owners)
        if owners:
            self._shelf.attach(owners, name, place.line, document)
        else:
            self.dangling.append(
                Problem(place, name, text(document, "id") or "", "", "it belongs to nothing")
            )

    def _organizations(self) -> Iterator[Row]:
        for row in self._shelf.all("organization"):
            yield Row(Place(row.file, row.line), self._with_belongings("organization", row), "organization")

    def _services(self) -> Iterator[Row]:
        for row in self._shelf.all("service"):
            service = self._with_belongings("service", row)
            places = children(service, "service_at_location")
            service.pop("service_at_location", None)
            if (only := text(service, "location_id")) and not places:
                places = [{"id": f"{row.id} at {only}", "service_id": row.id, "location_id": only}]
            service["service_at_locations"] = [self._at(place, row) for place in places]
            if program := text(service, "program_id"):
                self._put(service, "program", self._shelf.find("program", program))
            self._name_organization(service)
            yield Row(Place(row.file, row.line), service, "service")

    def _name_organization(self, service: Document) -> None:
        """Older tables say whose a service is by where it is."""
        if text(service, "organization_id"):
            return
        for place in children(service, "service_at_locations"):
            if owner := text(child(place, "location"), "organization_id"):
                service["organization_id"] = owner
                return

    def _at(self, place: Document, service: Kept) -> Document:
        written, location = text(place, "id"), text(place, "location_id")
        found = dict(place)
        if written:
            found |= self._nested(self._shelf.belongings("service_at_location", written))
        if location:
            assembled = self._location(location)
            if assembled is None:
                where = Place(service.file, service.line)
                reason = "there is no such location"
                self.dangling.append(Problem(where, "service", service.id, "location_id", reason, location))
            else:
                found["location"] = assembled
        return found

    def _assembled_location(self, written: str) -> Document | None:
        row = self._shelf.find("location", written)
        return None if row is None else self._with_belongings("location", row)

    def _assembled_term(self, written: str) -> Document | None:
        row = self._shelf.find("taxonomy_term", written)
        return None if row is None else row.document

    def _with_belongings(self, kind: str, row: Kept) -> Document:
        document = dict(row.document)
        for name, found in self._nested(self._shelf.belongings(kind, row.id)).items():
            document[name] = [*children(document, name), *found]
        return document

    def _nested(self, found: dict[str, list[Document]]) -> dict[str, list[Document]]:
        """Put the taxonomy term into each attribute, and what belongs to contacts and phones into them."""
        for attribute in found.get("attributes", ()):
            term = text(attribute, "taxonomy_term_id") or text(attribute, "taxonomy_id")
            if term and (known := self._term(term)):
                attribute["taxonomy_term"] = known
        for kind in self._inner & found.keys():
            for document in found[kind]:
                if written := text(document, "id"):
                    document.update(self._shelf.belongings(kind, written))
        return found

    @staticmethod
    def _put(document: Document, name: str, row: Kept | None) -> None:
        if row is not None:
            document[name] = row.document

    def _name_loose_rows(self) -> None:
        self.dangling += [self._dangling(row) for row in self._shelf.loose() if row.parent not in self._inner]

    def _dangling(self, row: Loose) -> Problem:
        place = Place(self._file_of.get(row.child, row.child), row.line)
        what = row.parent.replace("_", " ")
        return Problem(place, row.child, "", f"{row.parent}_id", f"there is no such {what}", row.parent_id)


def tables_in(folder: Path) -> dict[str, Path]:
    """The tables of a folder, by their names in HSDS. Raises BrokenFile when there are no services."""
    tables = {path.stem.lower(): path for path in folder.glob("*.csv")}
    if "services" not in tables:
        raise BrokenFile(folder.name, 1, "there is no services.csv in this folder")
    return tables
