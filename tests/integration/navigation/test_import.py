"""Importing a directory: what it does to ours, and that its report is the truth."""

import asyncio
import json
import os
import random
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from contracts.terms import Capacity
from services.navigation.catalogue import Catalogue
from services.navigation.directory.documents import BrokenFile, Document
from services.navigation.directory.importing import import_directory
from services.navigation.directory.report import Report
from services.navigation.model.directory import Listing, half_hours
from services.navigation.store import directory as store
from shared.db import Connection, prepare_connection
from tests.support.big_directory import CODES, postcode, services
from tests.support.database import Database

ROOT = Path(__file__).parents[3]
PUBLISHED = Path(os.environ.get("FOOTHOLD_TEST_DATA", ROOT.parent / "shared" / "data"))
SAMPLE = ROOT / "services" / "navigation" / "sample"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

published = pytest.mark.skipif(
    not PUBLISHED.is_dir(), reason="the published directories are not here; FOOTHOLD_TEST_DATA says where"
)


@pytest.fixture
async def conn(database: Database) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(database.url("navigation"))
    await prepare_connection(connection)
    yield connection
    await connection.close()


class Directory:
    """One directory under import, and a catalogue that follows it."""

    def __init__(self, conn: Connection, folder: Path) -> None:
        self.conn = conn
        self.folder = folder
        self.catalogue = Catalogue()

    async def take(self, path: Path, source: str | None = None) -> Report:
        """Import what is at a path."""
        return await import_directory(self.conn, path, now=NOW, source=source)

    async def take_services(self, *documents: object, name: str = "services.json") -> Report:
        """Import these documents as a list."""
        path = self.folder / name
        path.write_text(json.dumps(documents, indent=1))
        return await self.take(path)

    async def listings(self) -> dict[UUID, Listing]:
        """Everything that the catalogue knows after a refresh, whatever it knew before."""
        await self.catalogue.refresh(self.conn)
        ids = [row["id"] for row in await self.conn.fetch("select id from service order by id")]
        found = {service_id: self.catalogue.listing(service_id) for service_id in ids}
        return {service_id: listing for service_id, listing in found.items() if listing is not None}

    async def state(self) -> list[tuple[object, ...]]:
        """Everything that is stored, but for when and at which revision."""
        rows = await self.conn.fetch(
            "select s.id, s.organization_id, s.content_hash, s.document, o.name, o.document"
            " from service s join organization o on o.id = s.organization_id order by s.id"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def directory(conn: Connection, tmp_path: Path) -> Directory:
    return Directory(conn, tmp_path)


def outcomes(report: Report) -> tuple[int, int, int]:
    return report.count("added"), report.count("changed"), report.count("unchanged")


def service(number: int, **more: object) -> Document:
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"Service {number}",
        "status": "active",
        "organization": {"id": "00000000-0000-4000-9000-000000000001", "name": "Fold Neighbours"},
        "attributes": [{"id": f"a{number}", "taxonomy_term": {"code": "108-07-07", "name": "Peer Support"}}],
        **more,
    }


def service_id(number: int) -> UUID:
    return UUID(str(service(number)["id"]))


async def test_the_sample_imports_whole_and_again_without_a_change(directory: Directory) -> None:
    first = await directory.take(SAMPLE)
    before = await directory.state()
    again = await directory.take(SAMPLE)

    assert first.count("added") >= 150
    assert first.organizations.added >= 40
    assert (first.rejected, first.dangling, first.duplicates, first.oddities) == ([], [], [], {})
    assert first.complete
    assert outcomes(again) == (0, 0, first.count("added"))
    assert again.revision == first.revision
    assert await directory.state() == before


@published
@pytest.mark.parametrize("name", ["service", "organization", "service_at_location"])
@pytest.mark.parametrize("form", ["full", "list"])
async def test_the_official_json_examples_import(directory: Directory, name: str, form: str) -> None:
    report = await directory.take(PUBLISHED / "hsds-3.0" / "examples" / f"{name}_{form}.json")

    assert report.rejected == []
    assert report.organizations.added == 1
    if (name, form) != ("organization", "list"):
        listing = (await directory.listings())[UUID("ac148810-d857-441c-9679-408f346de14b")]
        assert (listing.service_name, listing.organization_name) == (
            "Community Counselling",
            "Example Organization Inc.",
        )
    # One page of ten, or one object, says nothing about what else there is.
    assert not report.complete


@published
@pytest.mark.parametrize("given", [".", "datapackage.json", "services.csv"])
async def test_the_official_tables_import_from_folder_package_or_table(
    directory: Directory, given: str
) -> None:
    report = await directory.take(PUBLISHED / "hsds-3.0" / "examples" / "csv" / given)

    assert outcomes(report) == (1, 0, 0)
    assert report.rejected == []
    assert {(problem.place.file, problem.value) for problem in report.dangling} >= {
        ("attributes.csv", "f28dd44b-0c4d-479f-8e90-4c52219a8b3c"),
        ("contacts.csv", "ae67a707-5893-4225-b0b1-320ab9cb596b"),
    }
    listing = (await directory.listings())[UUID("ac148810-d857-441c-9679-408f346de14b")]
    assert listing.languages == frozenset({"ur"})
    assert (listing.minimum_age, listing.maximum_age) == (12.0, 100.0)
    assert listing.areas == ("AB1", "AB2", "AB3")
    assert listing.accessibility == frozenset({"wheelchair", "hearing_loop"})


@published
async def test_an_older_directory_imports_with_what_belongs_together(directory: Directory) -> None:
    report = await directory.take(PUBLISHED / "ohana")

    assert outcomes(report) == (23, 0, 0)
    assert report.organizations.added == 8
    assert (report.rejected, report.dangling) == ([], [])
    listings = (await directory.listings()).values()
    by_name = {listing.service_name: listing for listing in listings}
    counselling = by_name["Senior Peer Counseling"]
    assert counselling.organization_name == "Peninsula Family Service"
    assert counselling.languages == frozenset({"zh", "tl", "es"})
    assert counselling.free is True
    tagged = [listing for listing in listings if listing.codes]
    assert tagged
    assert any(
        listing.open_hours is not None and listing.open_hours & half_hours(1, 480, 1020)
        for listing in listings
    )


@published
async def test_an_older_directory_gets_the_same_ids_every_time(directory: Directory) -> None:
    await directory.take(PUBLISHED / "ohana")
    before = await directory.state()

    again = await directory.take(PUBLISHED / "ohana")

    assert outcomes(again) == (0, 0, 23)
    assert await directory.state() == before


@published
async def test_the_order_of_an_older_directorys_rows_does_not_matter(directory: Directory) -> None:
    await directory.take(PUBLISHED / "ohana", source="ohana")
    before = await directory.state()
    shuffled = directory.folder / "shuffled"
    shutil.copytree(PUBLISHED / "ohana", shuffled)
    chance = random.Random(4)
    for name in ("services", "locations", "organizations", "regular_schedules", "phones", "taxonomy"):
        header, *rows = (shuffled / f"{name}.csv").read_text().splitlines(keepends=True)
        # Rows with line breaks inside of quotes would fall apart.
        if all(row.count('"') % 2 == 0 for row in rows):
            chance.shuffle(rows)
        (shuffled / f"{name}.csv").write_text(header + "".join(rows))

    again = await directory.take(shuffled, source="ohana")

    assert outcomes(again) == (0, 0, 23)
    assert await directory.state() == before


@pytest.mark.parametrize("seed", range(3))
async def test_the_order_of_records_does_not_matter(directory: Directory, seed: int) -> None:
    documents = [*services(40), service(1), service(1, description="more is known"), service(2), service(1)]
    await directory.take_services(*documents)
    before = await directory.state()

    random.Random(seed).shuffle(documents)
    again = await directory.take_services(*documents)

    assert again.count("unchanged") == 42
    assert outcomes(again) == (0, 0, 42)
    assert await directory.state() == before


async def test_a_report_says_what_became_of_every_row(directory: Directory) -> None:
    await directory.take_services(service(1), service(2), service(3))

    report = await directory.take_services(
        service(1),
        service(2, name="Another name"),
        service(4),
        service(5, name=""),
        "nothing",
        service(4, description="the fuller one"),
        {"mood": "fine"},
    )

    assert {(row.line > 1, row.id, row.detail) for row in report.rows} == {
        (True, service_id(1), "unchanged"),
        (True, service_id(2), "changed"),
        (True, service_id(4), "added"),
    }
    assert [(problem.kind, problem.record, problem.field) for problem in report.rejected] == [
        ("service", str(service_id(5)), "name"),
        ("", "", ""),
        ("", "", ""),
    ]
    assert [problem.place.file for problem in report.rejected] == ["services.json"] * 3
    assert [found.id for found in report.duplicates] == [service_id(4)]
    assert [found.id for found in report.closed] == [service_id(3)]
    told = json.loads(json.dumps(report.as_json()))
    assert told["services"] == {
        "added": 1,
        "changed": 1,
        "unchanged": 1,
        "rejected": 3,
        "closed": 1,
        "duplicates": 1,
    }
    assert len(told["rows"]) == 3
    assert "\n".join(report.lines()).count("services.json:") >= 3


async def test_the_line_of_each_row_is_where_it_stands(directory: Directory) -> None:
    path = directory.folder / "services.ndjson"
    path.write_text("".join(f"{json.dumps(service(number))}\n" for number in (3, 1, 2)))

    report = await directory.take(path)

    assert [(row.line, row.id) for row in report.rows] == [
        (1, service_id(3)),
        (2, service_id(1)),
        (3, service_id(2)),
    ]


async def test_what_is_missing_is_closed_not_deleted_and_opens_when_it_comes_back(
    directory: Directory,
) -> None:
    await directory.take_services(service(1), service(2))
    await directory.take_services(service(1))

    await directory.listings()
    assert [one.service_id for one in directory.catalogue.candidates(["108"], None)] == [service_id(1)]

    back = await directory.take_services(service(1), service(2))

    assert outcomes(back) == (0, 1, 1)
    await directory.listings()
    assert len(directory.catalogue.candidates(["108"], None)) == 2


@pytest.mark.parametrize("rest", ["rejected", "partial", "other source", "organisations only"])
async def test_nothing_is_closed_that_may_still_be_there(directory: Directory, rest: str) -> None:
    await directory.take_services(service(1), service(2))
    match rest:
        case "rejected":
            report = await directory.take_services(service(1), service(2, name=None))
        case "partial":
            path = directory.folder / "services.json"
            path.write_text(json.dumps({"total_items": 2, "contents": [service(1)]}))
            report = await directory.take(path)
        case "other source":
            report = await directory.take_services(service(3), name="others.json")
        case _:
            report = await directory.take_services({"id": "7", "name": "Seven", "description": "."})

    assert not report.closed
    await directory.listings()
    assert {one.service_id for one in directory.catalogue.candidates(["108"], None)} >= {
        service_id(1),
        service_id(2),
    }


CUT_OFF = json.dumps([service(1), service(2)], indent=1)[:-40]


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("services.json", CUT_OFF, CUT_OFF.count("\n") + 1, "ends in the middle"),
        ("services.json", json.dumps([service(3)])[:-1] + ",\n{]", 2, "this is not JSON"),
        (
            "services.ndjson",
            json.dumps(service(1)) + "\n" + json.dumps(service(3))[:-9],
            2,
            "ends in the middle",
        ),
        ("services.json", "", 1, "the file is empty"),
        ("services.json", json.dumps([{"mood": "fine"}]), 1, "nothing in it can be used"),
    ],
)
async def test_a_broken_file_changes_nothing_and_names_the_line(
    directory: Directory, name: str, text: str, line: int, said: str
) -> None:
    await directory.take_services(service(1), service(9))
    before = await directory.state()
    revision = await store.current_revision(directory.conn)
    path = directory.folder / name
    path.write_text(text)

    with pytest.raises(BrokenFile) as broken:
        await directory.take(path)

    assert f"{name}, line {line}: " in str(broken.value)
    assert said in str(broken.value)
    assert await directory.state() == before
    assert await store.current_revision(directory.conn) == revision
    assert await directory.conn.fetchval("select count(*) from staged_service") == 0


async def test_what_is_not_understood_is_kept(directory: Directory) -> None:
    strange = service(1, mood={"of": ["the", "day"]}, text="half a \ud83d and a \x00")
    await directory.take_services(strange, {"id": "1", "location_type": "physical", "name": "House"})

    document = await directory.conn.fetchval("select document from service")
    assert document["mood"] == {"of": ["the", "day"]}
    assert document["text"] == "half a  and a "
    kept = await directory.conn.fetch("select kind, document from directory_document")
    assert [(row["kind"], row["document"]["name"]) for row in kept] == [("location", "House")]


async def test_an_organisation_that_nothing_describes_is_stood_in_for_until_it_comes(
    directory: Directory,
) -> None:
    owner = "00000000-0000-4000-9000-000000000002"
    lonely = {**service(1), "organization": None, "organization_id": owner}

    first = await directory.take_services(lonely)
    assert [(problem.field, problem.value) for problem in first.dangling] == [("organization_id", owner)]
    assert (await directory.listings())[service_id(1)].organization_name == "Organisation of Service 1"

    second = await directory.take_services(lonely, {"id": owner, "name": "Row Neighbours"})
    assert second.dangling == []
    assert (await directory.listings())[service_id(1)].organization_name == "Row Neighbours"


async def test_everything_that_matching_asks_survives_the_way_through_the_database(
    directory: Directory,
) -> None:
    await directory.take_services(
        service(
            1,
            minimum_age="16+",
            languages=[{"name": "Spanish"}, {"code": "en"}],
            service_areas=[{"id": "x", "extent": "LS1, LS2", "extent_type": "postcode"}],
            cost_options=[{"id": "c", "amount": "£12.50"}],
            schedules=[{"id": "s", "byday": "SU", "opens_at": "22:00", "closes_at": "02:00"}],
            service_capacity=[{"id": "k", "available": 2}],
            acknowledge_within_working_days=3,
            assured_date="10/01/26",
        )
    )

    listing = (await directory.listings())[service_id(1)]

    assert listing.codes == ("108-07-07",)
    assert listing.areas == ("LS1", "LS2")
    assert listing.languages == frozenset({"en", "es"})
    assert listing.minimum_age == 16
    assert (listing.free, str(listing.lowest_cost), listing.currency) == (False, "12.50", "GBP")
    assert listing.open_hours == half_hours(7, 1320, 120)
    assert (listing.capacity, listing.places) == (Capacity.HAS, 2)
    assert listing.acknowledge_within_working_days == 3
    assert str(listing.assured_date) == "2026-10-01"


async def test_a_refresh_brings_in_only_what_changed_and_costs_one_row_otherwise(
    directory: Directory,
) -> None:
    await directory.take_services(service(1), service(2))
    await directory.listings()
    kept = directory.catalogue.listing(service_id(1))

    assert not await directory.catalogue.refresh(directory.conn)
    await directory.take_services(service(1), service(2, status="temporarily closed"))
    assert await directory.catalogue.refresh(directory.conn)

    assert directory.catalogue.listing(service_id(1)) is kept
    changed = directory.catalogue.listing(service_id(2))
    assert changed is not None
    assert changed.status == "temporarily closed"


async def test_what_a_partner_says_of_its_capacity_is_found_at_once_and_survives_the_same_import(
    directory: Directory,
) -> None:
    await directory.take_services(service(1))

    assert await store.set_capacity(
        directory.conn, service_id(1), capacity=Capacity.NONE, places=None, now=NOW
    )
    assert not await store.set_capacity(
        directory.conn, service_id(2), capacity=Capacity.NONE, places=None, now=NOW
    )
    await directory.take_services(service(1))

    assert (await directory.listings())[service_id(1)].capacity is Capacity.NONE


async def test_no_revision_is_missed_while_writers_are_at_work(
    directory: Directory, database: Database
) -> None:
    """A later writer cannot be seen before an earlier one that has not committed."""
    await directory.take_services(service(1), service(2))
    await directory.listings()
    other = await asyncpg.connect(database.url("navigation"))
    first = directory.conn.transaction()
    await first.start()
    await store.set_capacity(directory.conn, service_id(1), capacity=Capacity.NONE, places=None, now=NOW)

    second = asyncio.create_task(
        store.set_capacity(other, service_id(2), capacity=Capacity.NONE, places=None, now=NOW)
    )
    watcher = await asyncpg.connect(database.url("navigation"))
    await directory.catalogue.refresh(watcher)
    assert not second.done()
    await first.commit()
    assert await second
    await directory.catalogue.refresh(watcher)

    found = [directory.catalogue.listing(service_id(number)) for number in (1, 2)]
    assert [one.capacity for one in found if one] == [Capacity.NONE, Capacity.NONE]
    await other.close()
    await watcher.close()


async def test_a_directory_of_some_size_imports_and_is_searched_where_people_live(
    directory: Directory,
) -> None:
    path = directory.folder / "big.ndjson"
    path.write_text("".join(f"{json.dumps(document)}\n" for document in services(1_500)))

    report = await directory.take(path)

    assert outcomes(report) == (1_500, 0, 0)
    listings = await directory.listings()
    wanted = [CODES[0]]
    found = directory.catalogue.candidates(wanted, f"{postcode(3)} 1AA", limit=10_000)
    assert {one.service_id for one in found} == {
        one.service_id
        for one in listings.values()
        if CODES[0] in one.codes and one.serves(f"{postcode(3)} 1AA") is not False
    }
