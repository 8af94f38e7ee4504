"""Clients from a file, over HTTP and on real servers: looked at first, told truthfully, done once."""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.events.intake import ClientRegistered, ContactChanged
from services.intake.commands import import_command, importing, registering
from services.intake.model.importing import DateOrder, ImportState
from shared.ids import new_id
from tests.integration.intake.conftest import Intake
from tests.support.eventually import eventually
from tests.support.running import STAFF_ID, bearer

HEADER = "record_id,full_name,born_on,postcode,sms,Shoe size"
AMINA = "1,Amina Diallo,1991-03-14,LS1 4AP,+447700900123,38"
TOM = "2,Tom Okafor,1960-07-09,LS2 7AA,+447700900124,44"
LI = "3,Li Wei,1985-01-30,LS6 1AB,,40"
BROKEN = "4,Bo Larsen,30/01/1985,,,41"


def file_of(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


async def upload(intake: Intake, content: bytes, key: str | None = None, **params: str) -> httpx.Response:
    return await intake.http.post(
        "/imports",
        params={"source": "old system", "time_zone": "Europe/London"} | params,
        content=content,
        headers=bearer("intake") | {"Idempotency-Key": key or str(new_id()), "Content-Type": "text/csv"},
    )


async def reached(intake: Intake, import_id: str, state: str) -> dict[str, Any]:
    async def now() -> dict[str, Any]:
        found: dict[str, Any] = (await intake.get(f"/imports/{import_id}")).json()
        return found

    reached: dict[str, Any] = await eventually(now, lambda found: found["state"] == state, within=30)
    return reached


async def planned(intake: Intake, content: bytes, **params: str) -> dict[str, Any]:
    answer = await upload(intake, content, **params)
    assert answer.status_code == 201, answer.text
    return await reached(intake, answer.json()["import_id"], "planned")


async def imported(intake: Intake, content: bytes, **params: str) -> dict[str, Any]:
    plan = await planned(intake, content, **params)
    answer = await intake.post(f"/imports/{plan['import_id']}/run", {})
    assert answer.status_code == 200, answer.text
    return await reached(intake, plan["import_id"], "done")


async def rows_of(intake: Intake, one: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await intake.get(f"/imports/{one['import_id']}/rows", **params)).json()[
        "items"
    ]
    return found


def counts(of: dict[str, int]) -> dict[str, int]:
    return {outcome: count for outcome, count in of.items() if count}


async def test_a_plan_says_what_would_become_of_each_row_and_writes_no_client(intake: Intake) -> None:
    plan = await planned(intake, file_of(AMINA, TOM, BROKEN, AMINA))

    assert counts(plan["planned"]) == {"created": 2, "repeated": 1, "rejected": 1}
    assert counts(plan["done"]) == {}
    assert (plan["rows_total"], plan["rows_read"]) == (4, 4)
    assert plan["columns_ignored"] == ["Shoe size"]
    rejected = (await rows_of(intake, plan, outcome="rejected"))[0]
    assert rejected["line"] == 4
    assert "1991-03-14" in rejected["reason"]
    assert await intake.stated(ClientRegistered) == []


async def test_a_run_registers_clients_like_any_others(intake: Intake) -> None:
    done = await imported(intake, file_of(AMINA, TOM))

    assert counts(done["done"]) == {"created": 2}
    assert done["run_by"] == str(STAFF_ID)
    contacts = await intake.stated(ContactChanged)
    assert {one.full_name for one in contacts} == {"Amina Diallo", "Tom Okafor"}
    assert {one.by for one in await intake.stated(ClientRegistered)} == {STAFF_ID}
    assert not any(channel.safe for one in contacts for channel in one.channels)
    found = (await intake.post("/clients/search", {"name": "amina"})).json()["items"]
    rows = await rows_of(intake, done)
    assert found[0]["client_id"] == rows[0]["client_id"]
    assert rows[0]["cells"] is None


async def test_the_same_file_again_changes_nothing_and_says_so(intake: Intake) -> None:
    await imported(intake, file_of(AMINA, TOM, BROKEN))

    again = await imported(intake, file_of(BROKEN, TOM, AMINA))

    assert counts(again["done"]) == {"unchanged": 2, "rejected": 1}
    assert len(await intake.stated(ClientRegistered)) == 2


async def test_rows_without_a_record_id_are_known_again_as_well(intake: Intake) -> None:
    content = b"name;dob\nAmina Diallo;14.03.1991\nTom Okafor;09.07.1960\n"

    first = await imported(intake, content, dates="day_first")
    again = await imported(intake, content, dates="day_first")

    assert (counts(first["done"]), counts(again["done"])) == ({"created": 2}, {"unchanged": 2})


async def test_whoever_may_be_on_record_waits_for_a_person_who_says_who_it_is(intake: Intake) -> None:
    client_id = await intake.registered(born_on="1991-03-14")

    done = await imported(intake, file_of(AMINA, TOM))

    assert counts(done["done"]) == {"waiting": 1, "created": 1}
    (row,) = await rows_of(intake, done, outcome="waiting")
    assert row["may_be"][0]["client_id"] == str(client_id)
    assert "same date of birth" in row["may_be"][0]["reasons"]
    address = f"/imports/{done['import_id']}/rows/{row['line']}/decision"
    answer = await intake.post(address, {"same_as": str(client_id)})
    assert answer.json() == {"line": 2, "outcome": "same_person", "client_id": str(client_id)}
    assert (await intake.post(address, {"leave_out": True})).status_code == 409
    assert counts((await imported(intake, file_of(AMINA, TOM)))["done"]) == {"unchanged": 2}


async def test_a_row_that_is_somebody_else_becomes_a_client_who_is_not_suggested_again(
    intake: Intake,
) -> None:
    first = await intake.registered(born_on="1991-03-14")
    done = await imported(intake, file_of(AMINA))

    answer = await intake.post(f"/imports/{done['import_id']}/rows/2/decision", {"someone_else": True})

    made = answer.json()["client_id"]
    assert answer.json()["outcome"] == "created"
    duplicates = (await intake.post("/clients/duplicates", {"client_id": made})).json()["items"]
    assert [each["client_id"] for each in duplicates] == []
    assert made != str(first)
    assert counts((await imported(intake, file_of(AMINA)))["done"]) == {"unchanged": 1}


async def test_a_row_that_is_left_out_stays_out(intake: Intake) -> None:
    await intake.registered(born_on="1991-03-14")
    done = await imported(intake, file_of(AMINA))

    answer = await intake.post(f"/imports/{done['import_id']}/rows/2/decision", {"leave_out": True})

    assert answer.json()["outcome"] == "left_out"
    assert len(await intake.stated(ClientRegistered)) == 1


async def test_rows_of_one_file_that_may_be_one_person_wait_in_whatever_order_they_come(
    intake: Intake,
) -> None:
    rows = [
        AMINA,
        "9,Diallo Amina,1991-03-14,,,",
        TOM,
        LI,
        BROKEN,
        "10,Tom Okafor,1960-07-09,LS2 7AA,+447700900124,",
    ]
    told = []
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        plan = await planned(intake, file_of(*rows))
        by_row = {rows[row["line"] - 2]: row["planned"] for row in await rows_of(intake, plan)}
        told.append(by_row)

    assert told[0] == told[1] == told[2]
    assert sorted(told[0].values()) == ["created", "rejected", *["waiting"] * 4]


async def test_a_record_that_says_something_else_now_is_not_written_over_what_staff_know(
    intake: Intake,
) -> None:
    await imported(intake, file_of(AMINA))

    done = await imported(intake, file_of(AMINA.replace("LS1 4AP", "M1 1AA")))

    (row,) = await rows_of(intake, done)
    assert (row["outcome"], row["client_id"] is not None) == ("waiting", True)
    client = (await intake.get(f"/clients/{row['client_id']}")).json()
    assert client["postcode"] == "LS1 4AP"


async def test_an_upload_sent_twice_is_one_import(intake: Intake) -> None:
    first = await upload(intake, file_of(AMINA), key="desk-1")
    again = await upload(intake, file_of(AMINA), key="desk-1")
    other = await upload(intake, file_of(TOM), key="desk-1")

    assert first.content == again.content
    assert other.status_code == 422
    assert len((await intake.get("/imports")).json()["items"]) == 1
    await reached(intake, first.json()["import_id"], "planned")


async def test_what_is_no_file_of_clients_is_explained_and_nothing_is_kept(intake: Intake) -> None:
    table: list[tuple[bytes, str]] = [
        (b"", "no column with a name"),
        (HEADER.encode(), "no row below"),
        (b"colour,size\nred,4\n", "no column with a name"),
        (b"name\nJos\xe9\n", "UTF-8"),
        (b'name,dob\n"Amina,1991\n', "cannot be read as CSV"),
        (b"name\nA\0mina\n", "U+0000"),
    ]
    for content, words in table:
        answer = await upload(intake, content)
        assert answer.status_code == 422, content
        assert words in answer.json()["detail"]

    wrong = await intake.http.post(
        "/imports",
        params={"source": "x", "time_zone": "Europe/London"},
        json={"name": "Amina"},
        headers=bearer("intake") | {"Idempotency-Key": "a"},
    )
    assert wrong.status_code == 415
    assert (await upload(intake, file_of(AMINA), time_zone="Leeds")).status_code == 422
    assert (await intake.get("/imports")).json()["items"] == []


async def test_a_file_may_be_larger_than_any_other_content_and_not_larger_than_it_says(
    intake: Intake,
) -> None:
    padding = ",".join(f"column {number}" for number in range(90_000))

    large = await upload(intake, f"name,{padding}\nAmina Diallo\n".encode())
    assert large.status_code == 201
    await reached(intake, large.json()["import_id"], "planned")
    elsewhere = await intake.post("/clients", {"full_name": "A" * 1_100_000})
    assert elsewhere.status_code == 413
    assert (await upload(intake, b"name\n" + b"A" * 50_000_000)).status_code == 413


async def test_the_report_tells_every_row_without_a_name(intake: Intake) -> None:
    await intake.registered(born_on="1991-03-14")
    done = await imported(intake, file_of(AMINA, TOM, BROKEN))

    answer = await intake.get(f"/imports/{done['import_id']}/report.csv")

    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(line["line"], line["outcome"]) for line in lines] == [
        ("2", "waiting"),
        ("3", "created"),
        ("4", "rejected"),
    ]
    assert "Amina" not in answer.text
    assert "Okafor" not in answer.text


async def test_an_import_cannot_be_run_before_it_was_looked_at_and_run_twice_it_is_run_once(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_given: object) -> int:
        return 0

    with monkeypatch.context() as held:
        held.setattr(importing, "go_on", nothing)
        import_id = (await upload(intake, file_of(AMINA))).json()["import_id"]
        early = await intake.post(f"/imports/{import_id}/run", {})
    assert early.status_code in {200, 409}
    await reached(intake, import_id, "planned")
    for _ in range(2):
        assert (await intake.post(f"/imports/{import_id}/run", {})).status_code == 200
    await reached(intake, import_id, "done")
    assert len(await intake.stated(ClientRegistered)) == 1
    assert (await intake.post(f"/imports/{new_id()}/run", {})).status_code == 404


async def test_a_run_that_is_killed_in_the_middle_goes_on_and_does_no_row_twice(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 3)
    people = [f"{number},{name} {other},,,," for number, (name, other) in enumerate(DIFFERENT)]
    plan = await planned(intake, file_of(*people))
    write = killed_after(2)
    monkeypatch.setattr(registering, "write", write)

    await intake.post(f"/imports/{plan['import_id']}/run", {})
    done = await reached(intake, plan["import_id"], "done")

    assert counts(done["done"]) == {"created": len(people)}
    assert len(await intake.stated(ClientRegistered)) == len(people)


DIFFERENT = list(
    zip(
        ("Amina", "Tom", "Li", "Bo", "Grace", "Hugo", "Ines", "Jack", "Kemal", "Lotte"),
        ("Diallo", "Okafor", "Wei", "Larsen", "Quill", "Vance", "Moreau", "Frost", "Yilmaz", "Brandt"),
        strict=True,
    )
)


def killed_after(calls: int) -> Callable[..., Any]:
    """`registering.write`, which once, after so many calls, writes and then dies before the commit."""
    real = registering.write
    left = [calls]

    async def write(*given: Any, **named: Any) -> None:  # noqa: ANN401 - whatever it is called with
        await real(*given, **named)
        left[0] -= 1
        if left[0] == 0:
            raise ConnectionResetError

    return write


async def test_the_command_line_plans_and_with_run_carries_out(intake: Intake, tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(file_of(AMINA, TOM, BROKEN))
    chosen = argparse.Namespace(
        file=file,
        by=STAFF_ID,
        source="old system",
        time_zone="Europe/London",
        language="en",
        dates=DateOrder.ISO,
        run=False,
        json=False,
    )
    database = intake.service.database

    plan, _ = await import_command.carry_out(database, chosen)
    chosen.run = True
    done, progress = await import_command.carry_out(database, chosen)

    assert (plan.state, done.state) == (ImportState.PLANNED, ImportState.DONE)
    assert plan.id == done.id
    assert isinstance(plan.id, UUID)
    assert {str(name): count for name, count in progress.outcome.items()} == {"created": 2, "rejected": 1}
