"""Editors put the directory right: it is found at once, stated, kept, and outlives the next import."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.events.navigation import ReportResolved, ServiceChanged, ServiceReported
from contracts.terms import Capacity
from services.navigation.commands import editing
from services.navigation.directory.importing import import_directory
from services.navigation.directory.report import Report
from shared.ids import new_id
from tests.integration.navigation.conftest import Navigation
from tests.support.builders_navigation import delivery, help_needed, listing
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.navigation import events_of
from tests.support.running import STAFF_ID

ID = UUID("00000000-0000-4000-8000-000000000001")


def published(**more: object) -> dict[str, object]:
    return {
        "id": str(ID),
        "name": "Rides to appointments",
        "description": "We drive you there and back.",
        "status": "active",
        "minimum_age": 18,
        "phones": [{"id": "p", "number": "0113 496 0000"}],
        "contacts": [{"id": "c", "name": "Somebody Private"}],
        "organization": {"id": "00000000-0000-4000-9000-000000000001", "name": "Aire Valley Wheels"},
        "attributes": [{"id": "a", "taxonomy_term": {"code": "105-02-01", "name": "Rides"}}],
        **more,
    }


@pytest.fixture
def editor(navigation: Navigation) -> Navigation:
    return navigation.as_("directory_editor")


async def take(navigation: Navigation, folder: Path, *documents: Mapping[str, object]) -> Report:
    """Import a whole directory of these services."""
    path = folder / "newshire.json"
    path.write_text(json.dumps(documents))
    async with navigation.service.database.transaction() as tx:
        return await import_directory(tx.conn, path, now=tx.now)


async def patch(
    editor: Navigation, version: int, why: str = "They rang.", **values: object
) -> httpx.Response:
    headers = {**editor.authorization, "Idempotency-Key": str(new_id())}
    body = {"version": version, "values": values, "why": why}
    return await editor.http.patch(f"/services/{ID}", json=body, headers=headers)


async def shown(editor: Navigation) -> dict[str, Any]:
    answer = await editor.get(f"/services/{ID}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def history(editor: Navigation) -> list[tuple[str, dict[str, object]]]:
    items = (await editor.get(f"/services/{ID}/changes")).json()["items"]
    return [(one["what"], {f["field"]: f["after"] for f in one["fields"]}) for one in items]


async def test_what_an_editor_puts_right_is_found_by_the_next_search_and_says_who(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    await take(navigation, tmp_path, published())
    before = (await editor.get(f"/services/{ID}")).json()
    assert before["details"]["phones"] == ["0113 496 0000"]

    answer = await patch(
        editor, before["version"], minimum_age=16, languages=["pl", "en-GB"], phones=["0113 496 0111"]
    )

    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["minimum_age"], after["languages"]) == (16, ["en", "pl"])
    assert after["details"]["phones"] == ["0113 496 0111"]
    assert after["version"] > before["version"]
    assert {c["field"]: c["source_value"] for c in after["corrections"]} == {
        "languages": None,
        "minimum_age": 18.0,
        "phones": ["0113 496 0000"],
    }
    found = (await editor.get("/services", language="pl")).json()
    assert [one["id"] for one in found["items"]] == [str(ID)]
    (stated,) = [e for e in await events_of(navigation.service.database, ServiceChanged) if e.by_staff]
    assert (stated.by_staff, stated.version) == (STAFF_ID, after["version"])
    assert stated.corrected == ("languages", "minimum_age", "phones")
    assert "Somebody Private" not in stated.model_dump_json()
    assert (await history(editor))[0][0] == "corrected"


async def test_a_correction_outlives_the_same_directory_and_the_next_one_and_a_third_value_is_pointed_out(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    await take(navigation, tmp_path, published())
    version = (await shown(editor))["version"]
    await patch(editor, version, minimum_age=16, fees="Free of charge", name="Lifts to appointments")

    await take(navigation, tmp_path, published())
    await take(navigation, tmp_path, published(description="We drive you. Ring us."))
    same = await shown(editor)
    assert (same["minimum_age"], same["name"]) == (16, "Lifts to appointments")
    assert same["details"]["fees"] == "Free of charge"
    assert same["details"]["description"] == "We drive you. Ring us."

    report = await take(navigation, tmp_path, published(minimum_age=21, fees_description="Free of charge"))

    assert [(found.id, found.detail) for found in report.conflicts] == [(ID, "minimum_age")]
    differing = await shown(editor)
    assert (differing["minimum_age"], differing["name"]) == (16, "Lifts to appointments")
    kept = {c["field"]: (c["source_value"], c["conflicting"]) for c in differing["corrections"]}
    assert kept == {"minimum_age": (21.0, True), "name": ("Rides to appointments", False)}
    waiting = (await editor.get("/services", conflicting="true")).json()
    assert waiting["total"] == 1

    theirs = await editor.post(f"/services/{ID}/corrections/minimum_age/decision", {"keep": "theirs"})
    assert theirs.json()["minimum_age"] == 21
    assert (await editor.get("/services", conflicting="true")).json()["total"] == 0
    assert [what for what, _ in await history(editor)] == [
        "settled", "imported", "imported", "corrected", "added",
    ]  # fmt: skip


async def test_two_editors_who_change_different_fields_do_not_hinder_each_other(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    await take(navigation, tmp_path, published())
    version = (await shown(editor))["version"]

    first = await patch(editor, version, fees="Free of charge")
    second = await patch(editor, version, url="https://wheels.example.org")

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json()["details"]["fees"] == "Free of charge"


async def test_what_a_colleague_changed_meanwhile_is_shown_beside_what_was_typed_and_nothing_is_lost(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    await take(navigation, tmp_path, published())
    version = (await shown(editor))["version"]
    await patch(editor, version, fees="Free of charge")

    late = await patch(editor, version, fees="A donation, if you can")

    assert late.status_code == 409
    (conflict,) = late.json()["conflicts"]
    assert (conflict["yours"], conflict["now"], conflict["was"]) == (
        "A donation, if you can",
        "Free of charge",
        None,
    )
    assert conflict["by_staff"] == str(STAFF_ID)
    again = await patch(editor, late.json()["version"], fees="A donation, if you can")
    assert again.json()["details"]["fees"] == "A donation, if you can"


async def test_a_check_today_makes_an_entry_fresh_and_the_older_date_of_its_directory_does_not_undo_it(
    navigation: Navigation, editor: Navigation, tmp_path: Path, clock: ManualClock
) -> None:
    await take(navigation, tmp_path, published(assured_date="2025-01-01"))
    assert (await editor.get("/services", freshness="stale")).json()["total"] == 1

    checked = (await editor.post(f"/services/{ID}/checks", {"note": "I rang them."})).json()
    again = (await editor.post(f"/services/{ID}/checks", {})).json()
    await take(navigation, tmp_path, published(assured_date="2025-01-01", description="New words."))

    today = clock.now().date().isoformat()
    assert (checked["assured_date"], checked["stale"]) == (today, False)
    assert again["version"] == checked["version"], "the same check twice is one"
    assert (await shown(editor))["assured_date"] == today
    assert (await editor.get("/services", freshness="fresh")).json()["total"] == 1


async def test_a_service_that_is_closed_for_a_time_is_offered_to_nobody_and_opens_again_by_itself(
    navigation: Navigation, editor: Navigation, tmp_path: Path, clock: ManualClock
) -> None:
    await take(navigation, tmp_path, published())
    until = clock.now().date() + timedelta(days=3)

    closed = await editor.post(
        f"/services/{ID}/closure", {"until": until.isoformat(), "why": "A burst pipe."}
    )
    await take(navigation, tmp_path, published(description="New words."))

    assert closed.status_code == 200, closed.text
    meanwhile = await shown(editor)
    assert (meanwhile["status"], meanwhile["closed_until"]) == ("temporarily closed", until.isoformat())
    clock.advance(timedelta(days=3))
    assert await editing.end_corrections(navigation.service.database) == 1
    opened = await shown(editor)
    assert opened["status"] == "active"
    assert (opened["closed_until"], opened["corrections"]) == (None, [])
    assert [what for what, _ in await history(editor)] == ["reopened", "imported", "closed", "added"]


async def test_a_closure_that_has_ended_already_is_pointed_out(
    navigation: Navigation, editor: Navigation, tmp_path: Path, clock: ManualClock
) -> None:
    await take(navigation, tmp_path, published())
    body = {"until": clock.now().date().isoformat(), "why": "A burst pipe."}

    assert (await editor.post(f"/services/{ID}/closure", body)).status_code == 422


async def test_anybody_says_what_is_wrong_an_editor_answers_once_and_the_publisher_hears(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    await take(navigation, tmp_path, published())
    words = "The number rings at a bakery."

    said = await navigation.as_("intake").post(
        f"/services/{ID}/reports", {"words": words, "fields": ["phones"]}
    )

    assert said.status_code == 201, said.text
    waiting = (await editor.get("/directory/reports")).json()["items"]
    assert [(one["words"], one["service_name"]) for one in waiting] == [(words, "Rides to appointments")]
    assert (await editor.get("/services", reported="true")).json()["total"] == 1
    path = f"/directory/reports/{said.json()['id']}/resolution"
    answer = {"outcome": "corrected", "words": "The new number is in."}
    assert (await editor.post(path, answer)).status_code == 200
    second = await editor.post(path, {"outcome": "not_wrong", "words": "It is right."})
    assert second.status_code == 409
    assert "The new number is in." in second.json()["detail"]
    assert (await editor.get("/directory/reports")).json()["items"] == []
    (reported,) = await events_of(navigation.service.database, ServiceReported)
    (resolved,) = await events_of(navigation.service.database, ReportResolved)
    assert (reported.words, reported.record, reported.source) == (words, str(ID), "newshire")
    assert resolved.report_id == reported.report_id
    stated = await events_of(navigation.service.database, ServiceChanged)
    # What an import brought may be stated once more after that, as it is by then.
    by_version = {event.version: event.open_reports for event in stated}
    assert [by_version[version] for version in sorted(by_version)][-2:] == [1, 0]


async def test_what_is_wrong_with_the_values_is_said_and_nothing_changes(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    await take(navigation, tmp_path, published())
    version = (await shown(editor))["version"]

    assert (await patch(editor, version, minimum_age=40, maximum_age=30)).status_code == 422
    assert (await patch(editor, version, url="javascript:alert(1)")).status_code == 422
    assert (await patch(editor, version, mood="sunny")).status_code == 422
    assert (await patch(editor, version)).status_code == 422
    assert (await shown(editor))["version"] == version


async def test_a_service_that_its_directory_left_out_keeps_what_was_put_right_and_has_it_on_its_return(
    navigation: Navigation, editor: Navigation, tmp_path: Path
) -> None:
    other = published(id="00000000-0000-4000-8000-000000000002", name="Another")
    await take(navigation, tmp_path, published(), other)
    version = (await shown(editor))["version"]
    await patch(editor, version, minimum_age=16)

    await take(navigation, tmp_path, other)
    retired = await shown(editor)
    assert (retired["retired"], retired["status"]) == (True, "inactive")
    reopening = await editor.post(f"/services/{ID}/reopening", {})
    assert reopening.status_code == 409
    await take(navigation, tmp_path, published(), other)

    back = await shown(editor)
    assert (back["retired"], back["status"], back["minimum_age"]) == (False, "active", 16)


async def test_the_page_of_a_service_says_how_referrals_to_it_go(
    navigation: Navigation, editor: Navigation, clock: ManualClock
) -> None:
    service = listing()
    await navigation.add(service)
    needed = help_needed()
    await navigation.receive(delivery(needed))
    (referral,) = await eventually(
        lambda: navigation.referrals(needed.client_id), lambda found: len(found) == 1
    )
    clock.advance(timedelta(hours=5))
    accept = {"said": {"answer": "accept"}}
    assert (await navigation.post(f"/referrals/{referral['id']}/answers", accept)).status_code == 200

    clock.advance(timedelta(hours=1))
    found = (await editor.get(f"/services/{service.service_id}")).json()["referrals"]

    assert (found["sent"], found["answered"], found["waiting"]) == (1, 1, 0)
    assert found["median_hours_to_answer"] == pytest.approx(5)


async def test_a_search_says_exactly_how_many_fit_however_few_are_shown(
    navigation: Navigation, editor: Navigation
) -> None:
    rides = [
        listing(
            service_name=f"Rides {number:02}",
            capacity=Capacity.NONE if number % 2 else Capacity.HAS,
            assured_date=date(2020, 1, 1) if number % 3 else date(2026, 11, 1),
        )
        for number in range(30)
    ]
    await navigation.add(*rides, listing(service_name="Kitchen", codes=("101-02",), areas=("EH",)))

    pages, cursor = [], ""
    while True:
        more = {"after": cursor} if cursor else {}
        page = (await editor.get("/services", words="rid", code="105", limit=7, **more)).json()
        assert page["total"] == 30
        pages += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]

    assert pages == [f"Rides {number:02}" for number in range(30)]
    assert (await editor.get("/services", words="appointments")).json()["total"] == 0
    assert (await editor.get("/services", words="aire val rides 07")).json()["total"] == 1
    assert (await editor.get("/services", postcode="EH1 1AA")).json()["total"] == 1
    assert (await editor.get("/services", capacity="none")).json()["total"] == 15
    assert (await editor.get("/services", freshness="fresh")).json()["total"] == 11
    assert (await editor.get("/services", retired="true")).json()["total"] == 0
