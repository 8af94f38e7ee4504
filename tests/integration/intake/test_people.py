"""Duplicates over HTTP, on real servers: found and explained, merged and split, and never forgotten."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from uuid import UUID

import asyncpg

from contracts.events.intake import ClientMerged, ClientRegistered, ClientSplit, ContactChanged
from services.intake.jobs import keys_job
from shared.ids import new_id
from tests.integration.intake.conftest import Intake
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.running import STAFF_ID

BORN = "1991-03-14"


async def possible(intake: Intake, **typed: object) -> list[UUID]:
    answer = await intake.post("/clients/duplicates", typed)
    assert answer.status_code == 200, answer.text
    return [UUID(found["client_id"]) for found in answer.json()["items"]]


async def two_records(intake: Intake, **details: object) -> tuple[UUID, UUID]:
    """One person on record twice, as it happens."""
    first = await intake.registered(born_on=BORN, **details)
    second = await intake.registered(full_name="Amina Dialo", born_on=None, channels=[])
    return first, second


async def merged(intake: Intake, client_id: UUID, into: UUID) -> dict[str, object]:
    answer = await intake.post(f"/clients/{client_id}/merge", {"into": str(into), "why": "She told us."})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def records(intake: Intake, client_id: UUID) -> list[UUID]:
    found = (await intake.get(f"/clients/{client_id}/records")).json()
    return [UUID(each) for each in found["client_ids"]]


# While typing


async def test_somebody_on_record_is_shown_with_a_score_and_the_reasons(intake: Intake) -> None:
    client_id = await intake.registered(born_on=BORN, postcode="LS1 4AP")
    await intake.registered(full_name="Tom Okafor", born_on="1960-07-09", channels=[])

    answer = await intake.post(
        "/clients/duplicates", {"full_name": "dialo amina", "born_on": BORN, "postcode": "ls14ap"}
    )

    (found,) = answer.json()["items"]
    assert found["client_id"] == found["record_id"] == str(client_id)
    assert found["full_name"] == "Amina Diallo"
    assert (found["sure"], found["score"]) == ("strong", 100)
    assert {reason["words"] for reason in found["reasons"]} >= {"same date of birth", "same postcode"}
    assert all(reason["speaks_for"] for reason in found["reasons"])


async def test_a_look_needs_something_to_look_for(intake: Intake) -> None:
    for typed in ({}, {"postcode": "LS1"}, {"full_name": " "}, {"mood": "good"}):
        assert (await intake.post("/clients/duplicates", typed)).status_code == 422


async def test_records_from_before_there_were_keys_get_them(
    intake: Intake, module_database: Database
) -> None:
    client_id = await intake.registered(born_on=BORN)
    owner = await asyncpg.connect(module_database.owner_url, server_settings={"search_path": "intake"})
    try:
        await owner.execute("delete from client_key")
        await owner.execute("update client set keys_by = 0")
    finally:
        await owner.close()
    assert await possible(intake, full_name="Amina Diallo", born_on=BORN) == []

    job = keys_job(intake.service.database)
    assert await job.run() in {0, 1}

    async def found() -> list[UUID]:
        return await possible(intake, full_name="Amina Diallo", born_on=BORN)

    await eventually(found, [client_id])
    assert await job.run() == 0


async def test_a_changed_record_is_found_by_what_it_says_now(intake: Intake) -> None:
    client_id = await intake.registered(born_on=BORN)
    await intake.patch(f"/clients/{client_id}", {"version": 1, "full_name": "Halima Sow", "channels": []})

    assert await possible(intake, full_name="Halima Sow", born_on=BORN) == [client_id]
    assert await possible(intake, full_name="Amina Diallo") == []


# Registering


async def test_a_second_record_of_one_person_is_pointed_out_however_it_is_written(intake: Intake) -> None:
    client_id = await intake.registered(born_on=BORN)
    table: list[dict[str, object]] = [
        {"full_name": "Diallo Amína", "born_on": BORN},
        {"full_name": "Amina Dialo", "born_on": BORN},
        {"full_name": "Амина Диалло", "born_on": BORN},
        {"full_name": "Amina Diallo", "born_on": None},
        {"full_name": "Amina Diallo", "born_on": "1991-03-15"},
    ]

    for details in table:
        answer = await intake.post(
            "/clients", {"time_zone": "Europe/London", **details, "channels": CHANNELS}
        )
        assert answer.status_code == 409, details
        assert answer.json()["clients"] == [str(client_id)]

    assert len(await intake.stated(ClientRegistered)) == 1


CHANNELS = [{"kind": "sms", "address": "+44 7700 900123", "safe": True}]


async def test_whom_staff_called_somebody_else_at_registration_is_not_suggested_again(intake: Intake) -> None:
    first = await intake.registered(born_on=BORN)
    second = await intake.registered(born_on=BORN, is_someone_else=True)

    assert await possible(intake, client_id=str(first)) == []
    assert await possible(intake, client_id=str(second)) == []
    # A third person is compared with both.
    assert set(await possible(intake, full_name="Amina Diallo", born_on=BORN)) == {first, second}


async def test_whoever_was_shown_and_is_another_person_is_remembered_with_the_registration(
    intake: Intake,
) -> None:
    first = await intake.registered(born_on=None, channels=[])

    second = await intake.registered(born_on=BORN, not_the_same_as=[str(first)])

    assert await possible(intake, client_id=str(second)) == []


async def test_two_desks_registering_one_person_in_two_spellings_make_one_record(
    intake: Intake, another_copy: AbstractAsyncContextManager[Intake]
) -> None:
    spellings = ["Amina Diallo", "Diallo Amína", "Amina Dialo"]
    async with another_copy as copy:
        answers = await asyncio.gather(
            *(
                desk.post("/clients", {"full_name": name, "born_on": BORN, "time_zone": "Europe/London"})
                for desk in (intake, copy)
                for name in spellings
            )
        )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


# Someone else


async def test_two_who_were_told_apart_are_shown_again_only_when_more_speaks_for_one_person(
    intake: Intake,
) -> None:
    first, second = await two_records(intake)
    assert await possible(intake, client_id=str(second)) == [first]

    answer = await intake.post(f"/clients/{second}/someone-else", {"client_id": str(first)})

    assert answer.status_code == 200
    assert await possible(intake, client_id=str(second)) == []
    assert await possible(intake, client_id=str(first)) == []
    await intake.patch(f"/clients/{second}", {"version": 1, "postcode": "LS1 4AP"})
    assert await possible(intake, client_id=str(second)) == []
    await intake.patch(f"/clients/{second}", {"version": 2, "born_on": BORN})
    assert await possible(intake, client_id=str(second)) == [first]


# The same person


async def test_a_merge_is_stated_and_both_records_stay(intake: Intake) -> None:
    first, second = await two_records(intake)

    answer = await merged(intake, second, first)

    assert answer == {"client_id": str(second), "survivor_id": str(first), "changed": True}
    (event,) = await intake.stated(ClientMerged)
    assert (event.client_id, event.survivor_id, event.version, event.by) == (second, first, 1, STAFF_ID)
    for client_id in (first, second):
        assert (await intake.get(f"/clients/{client_id}")).json()["survivor_id"] == str(first)
        assert await records(intake, client_id) == [first, second]
    assert await possible(intake, client_id=str(second)) == []
    assert await possible(intake, full_name="Amina Dialo", born_on=BORN) == [first]


async def test_the_old_id_goes_on_working(intake: Intake) -> None:
    first, second = await two_records(intake)
    await merged(intake, second, first)

    answer = await intake.post(
        f"/clients/{second}/barriers",
        {"words": "The last bus is gone.", "strength": 2, "wish": "just_listen"},
    )

    assert answer.status_code == 201


async def test_a_split_undoes_a_merge_and_is_remembered_as_two_people(intake: Intake) -> None:
    first, second = await two_records(intake)
    await merged(intake, second, first)

    answer = await intake.post(f"/clients/{second}/split", {"why": "They are sisters."})

    assert answer.json() == {"client_id": str(second), "out_of": str(first)}
    (merge,) = await intake.stated(ClientMerged)
    (split,) = await intake.stated(ClientSplit)
    assert (split.client_id, split.survivor_id, split.version) == (second, first, 2)
    assert split.merge_id == merge.merge_id
    assert (await records(intake, first), await records(intake, second)) == ([first], [second])
    assert await possible(intake, client_id=str(second)) == []


async def test_who_merged_and_split_when_and_why_can_be_read(intake: Intake) -> None:
    first, second = await two_records(intake)
    await merged(intake, second, first)
    await intake.post(f"/clients/{second}/split", {"why": "They are sisters."})
    await merged(intake, first, second)

    found = (await intake.get(f"/clients/{first}/records")).json()

    assert found["survivor_id"] == str(second)
    assert [(m["why"], m["split_why"], m["merged_by"]) for m in found["merges"]] == [
        ("She told us.", "They are sisters.", str(STAFF_ID)),
        ("She told us.", None, str(STAFF_ID)),
    ]


async def test_merging_what_was_merged_joins_the_people_and_splits_come_apart_one_by_one(
    intake: Intake,
) -> None:
    first, second = await two_records(intake)
    third = await intake.registered(full_name="A. Diallo", born_on=None, channels=[])
    await merged(intake, second, first)

    joined = await merged(intake, second, third)

    assert joined == {"client_id": str(first), "survivor_id": str(third), "changed": True}
    assert set(await records(intake, second)) == {first, second, third}
    assert (await merged(intake, third, second))["changed"] is False
    await intake.post(f"/clients/{first}/split", {})
    assert (await records(intake, second), await records(intake, third)) == ([first, second], [third])


async def test_merges_made_at_once_in_a_circle_end_in_one_person(
    intake: Intake, another_copy: AbstractAsyncContextManager[Intake]
) -> None:
    people = [
        await intake.registered(full_name=name, born_on=None, channels=[])
        for name in ("Amina Diallo", "Tom Okafor", "Li Wei", "Bo Larsen")
    ]
    async with another_copy as copy:
        answers = await asyncio.gather(
            *(
                desk.post(f"/clients/{one}/merge", {"into": str(other)})
                for desk in (intake, copy)
                for one, other in zip(people, [*people[1:], people[0]], strict=True)
            )
        )

    assert {answer.status_code for answer in answers} == {200}
    assert len(await intake.stated(ClientMerged)) == 3
    for client_id in people:
        assert set(await records(intake, client_id)) == set(people)


async def test_nobody_writes_to_any_record_of_somebody_who_may_not_be_written_to(intake: Intake) -> None:
    first, second = await two_records(intake, contact_prohibited=True)

    await merged(intake, second, first)

    latest = (await intake.stated(ContactChanged))[-1]
    assert (latest.client_id, latest.contact_prohibited, latest.version) == (second, True, 2)
    await intake.post(f"/clients/{second}/split", {})
    latest = (await intake.stated(ContactChanged))[-1]
    assert (latest.client_id, latest.contact_prohibited, latest.version) == (second, False, 3)


async def test_what_one_record_says_about_being_written_to_holds_for_all_of_them(intake: Intake) -> None:
    first, second = await two_records(intake)
    await merged(intake, second, first)

    await intake.patch(f"/clients/{first}", {"version": 1, "contact_prohibited": True})
    assert (await intake.get(f"/clients/{second}")).json()["contact_prohibited"] is True

    await intake.patch(f"/clients/{second}", {"version": 2, "contact_prohibited": False})
    assert (await intake.get(f"/clients/{first}")).json()["contact_prohibited"] is False


async def test_what_cannot_be_merged_or_split_is_explained(intake: Intake) -> None:
    first, second = await two_records(intake)

    assert (await intake.post(f"/clients/{first}/merge", {"into": str(first)})).status_code == 422
    assert (await intake.post(f"/clients/{first}/merge", {"into": str(new_id())})).status_code == 404
    assert (await intake.post(f"/clients/{new_id()}/merge", {"into": str(first)})).status_code == 404
    assert (await intake.post(f"/clients/{second}/split", {})).status_code == 409
    assert (await intake.post(f"/clients/{new_id()}/split", {})).status_code == 404
    assert (await intake.post(f"/clients/{first}/someone-else", {"client_id": str(first)})).status_code == 422
    assert (
        await intake.post(f"/clients/{first}/someone-else", {"client_id": str(new_id())})
    ).status_code == 404
    assert (await intake.get(f"/clients/{new_id()}/records")).status_code == 404
    assert await intake.stated(ClientMerged) == []
