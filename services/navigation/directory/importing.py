"""Import a resource directory: read, decide, gather, compare, report; all in one transaction.

A bad row never stops the rest. A file that cannot be read to its end changes nothing. The order of rows never
matters, and importing the same again changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from services.navigation.directory.bringing import Gathered, bring_in, look
from services.navigation.directory.documents import (
    BrokenFile,
    Document,
    Place,
    Problem,
    Row,
    canonical,
    child,
    children,
    text,
)
from services.navigation.directory.normalising import Oddities, Unusable, identify, listing_of
from services.navigation.directory.progress import Progress, Silent
from services.navigation.directory.report import Report
from services.navigation.directory.shelf import Kept, Shelf
from services.navigation.directory.sources import Source
from services.navigation.model.directory import Listing
from services.navigation.store import directory_import as store
from services.navigation.store.directory_import import StagedOrganization, StagedService
from shared.db import Connection
from shared.ids import new_id

BATCH = 500
_FACTS = tuple(
    name for name in Listing.__slots__ if name not in {"revision", "organization_name", "service_name"}
)
_NAMELESS = "Organisation without a name"


async def import_directory(  # noqa: PLR0913 - what is read, when, from where, and who is told
    conn: Connection,
    path: Path,
    *,
    now: datetime,
    source: str | None = None,
    progress: Progress | None = None,
    preview: bool = False,
    along: Callable[[Report], Awaitable[None]] | None = None,
) -> Report:
    """Bring the directory at `path` into ours and say what became of every row of it.

    With `preview` everything is read and compared in the same way, and nothing is changed. `along` is done
    with the report, in the import's own transaction.

    `source` names where it comes from (the file's name when not given): ids that are no UUIDs are its own,
    and what it had the last time and has no more is closed, if the file claims to be whole. Raises
    BrokenFile, with nothing changed, when the file cannot be read to its end or nothing in it can be used.
    """
    shown = progress or Silent()
    with Shelf() as shelf:
        read = Source(path, shelf, shown.advance)
        shown.begin(read.size)
        taken = _Import(conn, source or _name_of(path), now, Report(source or _name_of(path), read.format))
        transaction = conn.transaction()
        await transaction.start()
        try:
            for row in read.rows():
                await taken.take(row)
            await taken.finish_reading()
            shown.say("comparing with what was there")
            gathered = _gathered(taken, read)
            report = await (look(conn, gathered) if preview else bring_in(conn, gathered, now=now))
            if along is not None:
                await along(report)
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.rollback() if preview else transaction.commit())
        return report


def _name_of(path: Path) -> str:
    named = path.parent if path.name in {"datapackage.json", "services.csv"} else path
    return named.resolve().stem


@dataclass(slots=True)
class _Import:
    """What one import has read so far; everything bulky is in the database or on the shelf."""

    conn: Connection
    source: str
    now: datetime
    report: Report
    id: UUID = field(default_factory=new_id)
    services: list[StagedService] = field(default_factory=list)
    organizations: list[StagedOrganization] = field(default_factory=list)
    known_organizations: set[bytes] = field(default_factory=set)
    others: list[tuple[str, UUID, str]] = field(default_factory=list)
    at_locations: Shelf = field(default_factory=Shelf)
    used: int = 0

    async def take(self, row: Row) -> None:
        """Take in one document, whatever it is."""
        match row.kind or kind_of(row):
            case "service":
                self._service(row)
            case "organization":
                self._organization_row(row)
            case "service_at_location":
                self._at_location(row)
            case None:
                self._reject(row.place, "", Unusable("", "not a service, an organisation or a part of one"))
            case kind:
                self._other(kind, row)
        if len(self.services) >= BATCH or len(self.organizations) >= BATCH:
            await self._stage()

    async def finish_reading(self) -> None:
        """Put services together from their places, and gather what is left."""
        for row in self._services_from_places():
            self._service(row)
            if len(self.services) >= BATCH:
                await self._stage()
        self.at_locations.__exit__(None, None, None)
        await self._stage()

    def _service(self, row: Row) -> None:
        odd = Oddities()
        listing = listing_of(row.document, source=self.source, today=self.now.date(), warn=odd.warn)
        record = text(row.document, "id") or ""
        if isinstance(listing, Unusable):
            self._reject(row.place, "service", listing, record)
            return
        for name, value, reason in odd.found:
            self.report.note(Problem(row.place, "service", record, name, reason, (value or "")[:80]))
        organization = child(row.document, "organization")
        if organization:
            self._organization(organization, listing.organization_id)
        document = canonical({name: value for name, value in row.document.items() if name != "organization"})
        self.used += 1
        self.services.append(
            StagedService(
                listing=listing,
                file=row.place.file,
                line=row.place.line,
                modified_at=_modified(row.document),
                document=document,
                content_hash=fingerprint(listing, document),
            )
        )

    def _organization_row(self, row: Row) -> None:
        written = text(row.document, "id")
        if written is None:
            self._reject(
                row.place, "organization", Unusable("id", "it has no id, so it could not be found again")
            )
            return
        if text(row.document, "name") is None:
            reason = f"it has no name; called {_NAMELESS!r}"
            self.report.note(Problem(row.place, "organization", written, "name", reason))
        services = children(row.document, "services")
        alone = {name: value for name, value in row.document.items() if name != "services"}
        self._organization(alone, identify(self.source, "organization", written))
        for service in services:
            self._service(Row(row.place, {**service, "organization": alone}))

    def _organization(self, organization: Document, organization_id: UUID) -> None:
        document = canonical(organization)
        content_hash = blake2b(document.encode(), digest_size=16).digest()
        if content_hash in self.known_organizations:
            return
        self.known_organizations.add(content_hash)
        self.used += 1
        self.organizations.append(
            StagedOrganization(
                id=organization_id,
                name=text(organization, "name") or text(organization, "alternate_name") or _NAMELESS,
                modified_at=_modified(organization),
                document=document,
                content_hash=content_hash,
            )
        )

    def _at_location(self, row: Row) -> None:
        service = child(row.document, "service")
        written = text(service, "id") or text(row.document, "service_id")
        if written is None:
            problem = Problem(
                row.place,
                "service_at_location",
                text(row.document, "id") or "",
                "service_id",
                "it names no service",
            )
            self.report.dangling.append(problem)
            self._other("service_at_location", row)
            return
        self.used += 1
        if service:
            self.at_locations.keep("service", Kept(row.place.file, row.place.line, written, service))
        alone = {name: value for name, value in row.document.items() if name != "service"}
        self.at_locations.attach([("service", written)], row.place.file, row.place.line, alone)

    def _services_from_places(self) -> Iterator[Row]:
        """Each service that came with its places, with all of them."""
        done: set[str] = set()
        for row in self.at_locations.all("service"):
            if row.id in done:
                continue
            done.add(row.id)
            fullest = self.at_locations.find("service", row.id)
            places = self.at_locations.belongings("service", row.id).values()
            if fullest is not None:
                at = [place for found in places for place in found]
                yield Row(
                    Place(fullest.file, fullest.line),
                    {**fullest.document, "service_at_locations": [*_others_at(fullest.document, at), *at]},
                )
        for loose in self.at_locations.loose():
            place = Place(loose.child, loose.line)
            reason = "there is no such service in this file"
            self.report.dangling.append(
                Problem(place, "service_at_location", "", "service_id", reason, loose.parent_id)
            )

    def _other(self, kind: str, row: Row) -> None:
        written = text(row.document, "id")
        if written is None:
            self._reject(row.place, kind, Unusable("id", "it has no id, so it could not be found again"))
            return
        self.used += 1
        self.others.append((kind, identify(self.source, kind, written), canonical(row.document)))

    def _reject(self, place: Place, kind: str, why: Unusable, record: str = "") -> None:
        self.report.rejected.append(Problem(place, kind, record, why.field, why.reason, why.value[:80]))

    async def _stage(self) -> None:
        await store.stage_organizations(self.conn, self.id, self.organizations)
        await store.stage_services(self.conn, self.id, self.services)
        self.organizations.clear()
        self.services.clear()


def _gathered(taken: _Import, read: Source) -> Gathered:
    """What was read, with what only the end of reading tells. Raises BrokenFile when nothing can be used."""
    report = taken.report
    report.rejected += read.rejected
    report.rejected.sort(key=lambda problem: problem.place)
    report.dangling += read.dangling
    report.complete = read.complete
    report.kept = len(taken.others)
    for note in read.notes:
        report.note(note)
    if taken.used == 0:
        first = report.rejected[0] if report.rejected else None
        place = first.place if first else Place(taken.source, 1)
        raise BrokenFile(*place, f"nothing in it can be used ({first.reason if first else 'it has no rows'})")
    still_there = {
        identify(taken.source, "service", problem.record)
        for problem in report.rejected
        if problem.kind == "service" and problem.record
    }
    return Gathered(
        id=taken.id, source=taken.source, report=report, others=taken.others, still_there=still_there
    )


def _others_at(service: Document, at: list[Document]) -> list[Document]:
    """The service's own places that did not come by themselves as well."""
    ids = {text(place, "id") for place in at}
    return [place for place in children(service, "service_at_locations") if text(place, "id") not in ids]


def kind_of(row: Row) -> str | None:
    """Tell what a document is by the fields that only this kind has; None when nothing fits."""
    document = row.document
    for kind, fields in _TELLING:
        if not fields.isdisjoint(document):
            return kind
    if "id" in document and "name" in document:
        return "taxonomy_term" if "taxonom" in row.place.file else "organization"
    return None


_TELLING = (
    ("location", {"location_type", "addresses", "external_identifier"}),
    ("service_at_location", {"location", "location_id"}),
    ("taxonomy_term", {"taxonomy", "taxonomy_detail", "taxonomy_id", "term_uri"}),
    ("service", {"status", "organization_id", "organization", "service_at_locations", "cost_options"}),
    ("service_at_location", {"service", "service_id"}),
)


def fingerprint(listing: Listing, document: str) -> bytes:
    """Tell one state of a service from another: the whole document, and what we made of it."""
    facts = [getattr(listing, name) for name in _FACTS]
    plain = [sorted(fact) if isinstance(fact, frozenset) else fact for fact in facts]
    return blake2b(f"{document}{plain!r}".encode(), digest_size=16).digest()


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")


def _modified(document: Document) -> datetime | None:
    """When the source last changed the document, as UTC; only used to tell which of two is newer."""
    written = text(document, "last_modified") or ""
    found = _MOMENT.match(written)
    try:
        return datetime.fromisoformat(found[0]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
