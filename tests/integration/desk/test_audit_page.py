"""Supervisors read who looked at clients of their teams, and take it out as a file."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from uuid import UUID

import pytest

from contracts.events.desk import ClientAssigned
from services.desk.api.audit import ON_A_PAGE
from services.desk.commands.recording import Recorder
from services.desk.model.audit import Deed, Trace
from services.desk.model.staff import Role
from shared.clock import real_now
from shared.ids import new_id
from tests.support.builders import contact_changed
from tests.support.desk import House, Person


async def _client_of(house: House, person: Person, name: str) -> UUID:
    client_id = new_id()
    await house.told(
        contact_changed(client_id=client_id, full_name=name),
        ClientAssigned(client_id=client_id, version=1, team_id=person.team_id, assigned_at=real_now()),
    )
    return client_id


@pytest.fixture
async def supervisor(house: House) -> Person:
    return await house.hire(Role.SUPERVISOR, name="Ines Costa")


def _seen(by: Person, client_id: UUID | None, **fields: object) -> Trace:
    values = {
        "deed": Deed.SEEN,
        "route": "GET /clients/{client_id}",
        "correlation_id": new_id(),
        "staff_id": by.id,
        "client_id": client_id,
        "team_id": by.team_id,
    }
    return Trace(**(values | fields))  # type: ignore[arg-type]


async def test_a_supervisor_reads_what_was_done_with_clients_of_their_teams_only(
    house: House, supervisor: Person
) -> None:
    colleague = await house.hire(Role.CASE_MANAGER, name="Tomas Webb", team_id=supervisor.team_id)
    stranger = await house.hire(Role.CASE_MANAGER, name="Ada Lindqvist")
    theirs = await _client_of(house, supervisor, "Amina Diallo")
    anothers = await _client_of(house, stranger, "Somebody Else")
    recorder = Recorder(house.service.database)
    await recorder.record(
        _seen(colleague, theirs),
        _seen(stranger, anothers),
        _seen(stranger, theirs, team_id=supervisor.team_id, deed=Deed.TURNED_AWAY),
        _seen(colleague, None, deed=Deed.SIGNED_IN, team_id=None),
    )
    async with house.browser(supervisor) as browser:
        page = (await browser.get("/access")).text
        assert "Amina Diallo" in page
        assert "Ada Lindqvist" in page
        assert "asked for, and did not see" in page
        assert "Somebody Else" not in page
        of_one = (await browser.get(f"/access?client={theirs}&staff={colleague.id}&deed=&since=")).text
        assert of_one.count("<bdi>Tomas Webb</bdi>") == 1
        assert "<bdi>Ada Lindqvist</bdi>" not in of_one
        of_staff = (await browser.get(f"/access?staff={colleague.id}")).text
        assert "signed in" in of_staff
        assert "Nothing like this" in (await browser.get(f"/access?staff={new_id()}")).text
        assert (await browser.get(f"/access?client={anothers}")).status_code == 403
        assert (await browser.get(f"/access.csv?client={anothers}")).status_code == 403
        assert "Nothing like this" in (await browser.get("/access?until=2020-01-01")).text
        assert "Amina Diallo" in (await browser.get("/access?since=2020-01-01&until=2199-12-31")).text
        assert (await browser.get("/access?since=tomorrow")).status_code == 422


async def test_a_long_audit_is_read_page_by_page_and_taken_out_whole(
    house: House, supervisor: Person
) -> None:
    client_id = await _client_of(house, supervisor, "=SUM(A1:A9)")
    count = 2 * ON_A_PAGE + 7
    await Recorder(house.service.database).record(*(_seen(supervisor, client_id) for _ in range(count)))
    async with house.browser(supervisor) as browser:
        seen, address = 0, "/access?deed=seen"
        for _ in range(3):
            page = (await browser.get(address)).text
            seen += page.count("looked at</td>")
            further = re.findall(r'rel="next" href="([^"]+)"', page)
            address = unescape(further[0]) if further else ""
        assert (seen, address) == (count, "")
        file = await browser.get("/access.csv?deed=seen")
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert len(rows) == count
    assert {row["who"] for row in rows} == {"Ines Costa"}
    # What a spreadsheet would compute is told as text.
    assert {row["client"] for row in rows} == {"'=SUM(A1:A9)"}
    assert await house.count("select count(*) from audit where deed = 'exported'") == 1


async def test_a_reason_that_nobody_has_read_stands_in_the_navigation(
    house: House, supervisor: Person
) -> None:
    client_id = await _client_of(house, supervisor, "Amina Diallo")
    stranger = await house.hire(Role.INTAKE, name="Ada Lindqvist")
    async with house.browser(stranger) as browser:
        await browser.post(f"/clients/{client_id}/reason", data={"reason": "She is here with me."})
    async with house.browser(supervisor) as browser:
        page = (await browser.get(f"/access?client={client_id}")).text
        assert "Access (1 new)" in page
        assert "She is here with me." in page
        reasons = (await browser.get("/access/reasons")).text
        glass_id = reasons.split("/access/reasons/")[1].split("/seen")[0]
        await browser.post(f"/access/reasons/{glass_id}/seen")
        assert "Access (1 new)" not in (await browser.get("/access")).text
