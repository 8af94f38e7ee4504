"""Whoever looks at a client is written down first, in a chain that nobody mends unseen."""

from __future__ import annotations

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest
import structlog

from contracts.events.desk import ClientAssigned
from services.desk.commands import auditing
from services.desk.commands.recording import Recorder
from services.desk.model.audit import Deed, Trace
from services.desk.model.staff import Role
from services.desk.policy.audit import Broken
from services.desk.store import audit
from shared.clock import real_now
from shared.ids import new_id
from tests.support.database import Database
from tests.support.desk import House, Person

TAMPERINGS = [
    (3, "update desk.audit set staff_id = gen_random_uuid() where sequence = 3"),
    (4, "update desk.audit set client_id = null where sequence = 4"),
    (2, "update desk.audit set at = at - interval '1 hour' where sequence = 2"),
    (2, "update desk.audit set deed = 'nothing at all' where sequence = 2"),
    (1, "delete from desk.audit where sequence = 1"),
    (5, "delete from desk.audit where sequence = 5"),
    # Taken away, and the gap closed.
    (
        5,
        """
        delete from desk.audit where sequence = 5;
        update desk.audit set sequence = sequence - 1 where sequence > 5;
        """,
    ),
    # Two that changed places.
    (
        3,
        """
        update desk.audit set sequence = -1 where sequence = 3;
        update desk.audit set sequence = 3 where sequence = 4;
        update desk.audit set sequence = 4 where sequence = -1;
        """,
    ),
    # Put in: a copy of the last line, at the end.
    (
        11,
        """
        insert into desk.audit
        select 11, at, staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id,
               previous_hash, hash
        from desk.audit where sequence = 10
        """,
    ),
    (9, "delete from desk.audit where sequence > 8"),
    (1, "delete from desk.audit"),
    # Everything from the third line on made anew, each following from the one before it, as it must.
    (
        9,
        """
        create temporary table kept as select * from desk.audit where sequence > 3;
        delete from desk.audit where sequence >= 3;
        alter table desk.audit enable trigger all;
        insert into desk.audit
            (staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id)
        select staff_id, session_id, deed, route, client_id, team_id, about_id, correlation_id
        from kept order by sequence;
        """,
    ),
]
"""The first line that is broken, and what somebody does who may do everything in the database."""


async def _given_to(house: House, client_id: UUID, person: Person) -> None:
    await house.told(
        ClientAssigned(client_id=client_id, version=1, team_id=person.team_id, assigned_at=real_now())
    )


def _trace(**fields: object) -> Trace:
    values = {
        "deed": Deed.SEEN,
        "route": "GET /clients/{client_id}",
        "staff_id": new_id(),
        "client_id": new_id(),
        "correlation_id": new_id(),
    }
    return Trace(**(values | fields))  # type: ignore[arg-type]


async def _proof(house: House, anchors: dict[int, bytes] | None = None) -> Broken | None:
    return (await auditing.prove(house.service.database, anchors or {}))[1]


async def test_who_hears_of_a_client_of_their_team_is_written_down(house: House) -> None:
    person, client_id = await house.hire(Role.CASE_MANAGER), new_id()
    await _given_to(house, client_id, person)
    async with (
        house.browser(person) as browser,
        browser.stream("GET", f"/live?topic={client_id}") as answer,
    ):
        assert answer.status_code == 200
    async with house.service.database.transaction() as tx:
        (kept,) = [one async for one in audit.whole(tx.conn)]
    assert kept.trace.deed == Deed.LISTED
    assert kept.trace.route == "GET /live"
    assert (kept.trace.staff_id, kept.trace.client_id, kept.trace.team_id) == (
        person.id,
        client_id,
        person.team_id,
    )
    assert kept.trace.session_id is not None
    assert await _proof(house) is None


async def test_who_asks_for_a_client_of_another_team_sees_nothing_and_may_say_why(house: House) -> None:
    theirs = await house.hire(Role.CASE_MANAGER, name="Ada Lindqvist")
    other = await house.hire(Role.CASE_MANAGER)
    client_id = new_id()
    await _given_to(house, client_id, theirs)
    async with house.browser(other) as browser:
        answer = await browser.get(f"/live?topic={client_id}")
    assert answer.status_code == 403
    assert f"/clients/{client_id}/reason" in answer.text
    assert theirs.staff.name not in answer.text
    assert await house.count("select count(*) from audit where deed = 'turned_away'") == 1


async def test_many_who_write_at_once_from_many_processes_make_one_chain(house: House) -> None:
    recorders = [Recorder(house.service.database) for _ in range(4)]
    await asyncio.gather(*(recorders[n % 4].record(_trace(), _trace()) for n in range(100)))

    assert await house.count("select count(*) from audit") == 200
    assert await house.count("select max(sequence) from audit") == 200
    assert await _proof(house) is None


@pytest.mark.parametrize(
    "attempt",
    [
        "update audit set deed = 'listed'",
        "delete from audit",
        "truncate audit",
        "insert into audit (sequence, deed, route, correlation_id) values (9, '', '', gen_random_uuid())",
        "insert into audit (hash, deed, route, correlation_id) values ('', '', '', gen_random_uuid())",
        "alter table audit disable trigger all",
    ],
)
async def test_the_service_itself_can_do_nothing_but_add(
    house: House, database: Database, attempt: str
) -> None:
    await Recorder(house.service.database).record(_trace())
    connection = await asyncpg.connect(database.url("desk"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(attempt)
    finally:
        await connection.close()


@pytest.mark.parametrize(("tampering", "first_broken"), [(sql, line) for line, sql in TAMPERINGS])
async def test_whoever_tampers_is_found_out_at_the_first_line_that_is_not_as_it_was(
    house: House, database: Database, tampering: str, first_broken: int
) -> None:
    recorder = Recorder(house.service.database)
    for _ in range(10):
        await recorder.record(_trace())
    async with house.service.database.reading() as conn:
        anchors = {
            row["sequence"]: row["hash"] for row in await conn.fetch("select * from audit where sequence = 9")
        }
    assert await _proof(house, anchors) is None

    superuser = await asyncpg.connect(database.superuser_url)
    try:
        await superuser.execute("alter table desk.audit disable trigger all;" + tampering)
    finally:
        await superuser.close()

    broken = await _proof(house, anchors)
    assert broken is not None
    assert broken.sequence == first_broken


async def test_the_log_is_told_the_last_line_and_finds_out_whose_end_was_cut_off(
    house: House, database: Database
) -> None:
    recorder = Recorder(house.service.database)
    await recorder.record(_trace(), _trace(), _trace())
    with structlog.testing.capture_logs() as logs:
        note = auditing.Note(house.service.database)
        await note()
        await note()
    assert [one["sequence"] for one in logs] == [3]
    anchors = auditing.anchors_in(["something else", json.dumps(logs[0]), '{"event": "audit_noted"}'])

    assert (await auditing.prove(house.service.database, anchors))[1] is None
    superuser = await asyncpg.connect(database.superuser_url)
    try:
        await superuser.execute("delete from desk.audit where sequence = 3")
    finally:
        await superuser.close()
    assert (await auditing.prove(house.service.database, {}))[1] is None
    assert (await auditing.prove(house.service.database, anchors))[1] == Broken(
        3, "the end is missing: there were 3 lines once"
    )
