"""Clients over HTTP, on real servers: registered once, changed knowingly, found by name."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

from contracts.events.intake import ClientChanged, ClientRegistered, ContactChanged
from shared.ids import new_id
from tests.integration.intake.conftest import Intake, somebody
from tests.support.clock import MONDAY_MORNING, ManualClock
from tests.support.eventually import eventually


async def test_a_registration_is_stated_without_a_name_and_the_contact_apart(intake: Intake) -> None:
    client_id = await intake.registered(
        born_on="1991-03-14",
        available=[{"weekday": 2, "opens": "18:00", "closes": "20:00"}],
        access_needs=["Step free"],
    )

    (registered,) = await intake.stated(ClientRegistered)
    (contact,) = await intake.stated(ContactChanged)
    assert registered.client_id == registered.client.client_id == contact.client_id == client_id
    assert (registered.client.version, contact.version) == (1, 1)
    assert registered.registered_at == contact.changed_at == MONDAY_MORNING
    assert registered.client.access_needs == {"step_free"}
    assert "Amina" not in registered.model_dump_json()
    assert (contact.full_name, contact.preferred_name) == ("Amina Diallo", "Amina")
    assert [channel.address for channel in contact.channels] == ["+447700900123"]


async def test_both_events_of_a_registration_belong_to_one_conversation_and_reach_the_stream(
    intake: Intake,
) -> None:
    await intake.registered()

    async with intake.service.database.reading() as conn:
        conversations = await conn.fetchval("select count(distinct correlation_id) from event")

        async def published() -> int:
            return int(await conn.fetchval("select count(*) from publication"))

        await eventually(published, 2)
    assert conversations == 1


async def test_a_client_is_read_as_they_were_written_down(intake: Intake) -> None:
    client_id = await intake.registered(pace="slow", caring_duties=True, postcode="ls1 4ap")

    answer = await intake.get(f"/clients/{client_id}")

    client = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert client["client_id"] == str(client_id)
    assert (client["pace"], client["caring_duties"], client["postcode"]) == ("slow", True, "LS1 4AP")
    assert client["born_on"] is None
    assert client["channels"][0]["safe"] is True


async def test_nobody_gets_messages_who_did_not_agree_to_them(intake: Intake) -> None:
    body = somebody()
    del body["messages_wanted"]

    await intake.post("/clients", body)

    (contact,) = await intake.stated(ContactChanged)
    assert contact.messages_wanted is False


async def test_a_repeated_registration_is_one_client_and_one_answer(intake: Intake) -> None:
    first = await intake.post("/clients", somebody(), key="desk-1")
    again = await intake.post("/clients", somebody(), key="desk-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert len(await intake.stated(ClientRegistered)) == 1


async def test_a_registration_sent_twice_at_once_is_one_client(
    intake: Intake, another_copy: AbstractAsyncContextManager[Intake]
) -> None:
    async with another_copy as copy:
        answers = await asyncio.gather(
            *(one.post("/clients", somebody(), key="desk-1") for one in (intake, copy) * 3)
        )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await intake.stated(ClientRegistered)) == 1


async def test_a_second_record_of_one_person_is_pointed_out_first(intake: Intake) -> None:
    client_id = await intake.registered(born_on="1991-03-14")

    for spelling in ("Amina Diallo", "DIALLO Amína"):
        answer = await intake.post("/clients", somebody(full_name=spelling, born_on="1991-03-14"))
        assert answer.status_code == 409
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["clients"] == [str(client_id)]

    assert len(await intake.stated(ClientRegistered)) == 1


async def test_staff_who_looked_can_say_that_it_is_someone_else(intake: Intake) -> None:
    await intake.registered(born_on="1991-03-14")

    await intake.registered(born_on="1991-03-14", is_someone_else=True)

    assert len(await intake.stated(ClientRegistered)) == 2


async def test_somebody_who_is_only_a_little_alike_is_simply_registered(intake: Intake) -> None:
    await intake.registered(born_on="1991-03-14")

    await intake.registered(born_on="1964-08-30")
    await intake.registered(born_on=None, channels=[])
    # A sister, perhaps: the number, the birthday and the family name are the same.
    await intake.registered(born_on="1991-03-14", full_name="Fatou Diallo")

    assert len(await intake.stated(ClientRegistered)) == 4


async def test_two_desks_registering_one_person_at_once_make_one_record(
    intake: Intake, another_copy: AbstractAsyncContextManager[Intake]
) -> None:
    async with another_copy as copy:
        answers = await asyncio.gather(
            *(desk.post("/clients", somebody(born_on="1991-03-14")) for desk in (intake, copy) * 3)
        )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_what_cannot_be_accepted_is_answered_with_the_field_and_nothing_is_kept(
    intake: Intake,
) -> None:
    table: list[tuple[dict[str, object], str]] = [
        ({"time_zone": "Leeds"}, "time_zone"),
        ({"full_name": "   "}, "full_name"),
        ({"born_on": "2027-01-01"}, "born_on"),
        ({"available": [{"weekday": 5, "opens": "22:00", "closes": "02:00"}]}, "available[0]"),
        ({"channels": [{"kind": "sms", "address": "07700 900123", "safe": True}]}, "channels[0]"),
        ({"favourite_colour": "green"}, "favourite_colour"),
        ({"language": "English"}, "language"),
    ]

    for details, field in table:
        answer = await intake.post("/clients", somebody(**details))
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert "Amina" not in answer.text

    assert await intake.stated(ClientRegistered) == []


# Changes


async def test_a_change_makes_the_next_version_and_tells_only_what_changed(
    intake: Intake, clock: ManualClock
) -> None:
    client_id = await intake.registered()
    clock.advance(timedelta(days=1))

    answer = await intake.patch(f"/clients/{client_id}", {"version": 1, "pace": "slow", "postcode": "LS2"})

    assert answer.json() == {"client_id": str(client_id), "version": 2}
    (changed,) = await intake.stated(ClientChanged)
    assert (changed.client.version, changed.client.pace, changed.client.postcode) == (2, "slow", "LS2")
    assert changed.changed_at == MONDAY_MORNING + timedelta(days=1)
    assert len(await intake.stated(ContactChanged)) == 1


async def test_contact_that_became_unsafe_is_told_at_once(intake: Intake) -> None:
    client_id = await intake.registered()

    await intake.patch(f"/clients/{client_id}", {"version": 1, "contact_prohibited": True})

    _, latest = await intake.stated(ContactChanged)
    assert (latest.version, latest.contact_prohibited) == (2, True)
    assert latest.full_name == "Amina Diallo"
    assert await intake.stated(ClientChanged) == []


async def test_what_was_said_can_be_unsaid(intake: Intake) -> None:
    client_id = await intake.registered(born_on="1991-03-14", caring_duties=True)

    await intake.patch(f"/clients/{client_id}", {"version": 1, "born_on": None, "caring_duties": None})

    (changed,) = await intake.stated(ClientChanged)
    assert (changed.client.born_on, changed.client.caring_duties) == (None, None)


async def test_the_version_may_come_in_the_header(intake: Intake) -> None:
    client_id = await intake.registered()

    answer = await intake.patch(f"/clients/{client_id}", {"pace": "brisk"}, {"If-Match": '"1"'})

    assert answer.json()["version"] == 2


async def test_a_change_must_say_what_it_is_based_on(intake: Intake) -> None:
    client_id = await intake.registered()
    unusable: list[dict[str, str]] = [{}, {"If-Match": "*"}, {"If-Match": '"one"'}]

    for headers in unusable:
        answer = await intake.patch(f"/clients/{client_id}", {"pace": "brisk"}, headers)
        assert answer.status_code == 400
        assert "version" in answer.json()["detail"]


async def test_a_change_based_on_an_older_copy_is_explained_and_not_applied(intake: Intake) -> None:
    client_id = await intake.registered()
    await intake.patch(f"/clients/{client_id}", {"version": 1, "pace": "slow"})

    answer = await intake.patch(f"/clients/{client_id}", {"version": 1, "pace": "brisk"})

    assert answer.status_code == 409
    assert answer.json()["version"] == 2
    assert answer.json()["possible"]
    assert (await intake.get(f"/clients/{client_id}")).json()["pace"] == "slow"


async def test_of_changes_made_at_once_on_one_version_exactly_one_is_applied(intake: Intake) -> None:
    client_id = await intake.registered()

    answers = await asyncio.gather(
        *(
            intake.patch(f"/clients/{client_id}", {"version": 1, "preferred_name": name})
            for name in ("Mina", "Ami", "Ms Diallo")
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert [contact.version for contact in await intake.stated(ContactChanged)] == [1, 2]


async def test_a_change_that_changes_nothing_is_not_told(intake: Intake) -> None:
    client_id = await intake.registered()

    answer = await intake.patch(
        f"/clients/{client_id}", {"version": 1, "full_name": "Amina  Diallo", "pace": "steady"}
    )

    assert answer.json()["version"] == 1
    assert await intake.stated(ClientChanged) == []


async def test_a_name_cannot_be_emptied(intake: Intake) -> None:
    client_id = await intake.registered()

    answer = await intake.patch(f"/clients/{client_id}", {"version": 1, "full_name": None})

    assert answer.status_code == 422
    assert "full_name" in answer.json()["detail"]


async def test_a_client_who_is_not_there_is_not_found(intake: Intake) -> None:
    nobody = new_id()

    answers = [
        await intake.get(f"/clients/{nobody}"),
        await intake.patch(f"/clients/{nobody}", {"version": 1, "pace": "slow"}),
        await intake.get(f"/clients/{nobody}/consents"),
        await intake.get(f"/clients/{nobody}/goals"),
        await intake.get(f"/clients/{nobody}/readiness"),
        await intake.get(f"/clients/{nobody}/barriers"),
        await intake.post(f"/clients/{nobody}/goals", {"words": "Rest"}),
        await intake.post(f"/clients/{nobody}/readiness", {"importance": 1}),
        await intake.post(
            f"/clients/{nobody}/barriers", {"words": "Rest", "strength": 1, "wish": "go_ahead"}
        ),
    ]

    assert {answer.status_code for answer in answers} == {404}


# Finding


async def found(intake: Intake, **search: object) -> set[UUID]:
    answer = await intake.post("/clients/search", search)
    assert answer.status_code == 200, answer.text
    return {UUID(item["client_id"]) for item in answer.json()["items"]}


async def test_clients_are_found_by_the_beginnings_of_any_of_their_names(intake: Intake) -> None:
    amina = await intake.registered(full_name="Amina Diallo", preferred_name="Mina")
    zoe = await intake.registered(full_name="Zoë O'Brien", born_on="1980-01-01")
    other_zoe = await intake.registered(full_name="Zoe Dialani", born_on="1985-05-05")

    assert await found(intake, name="dial") == {amina, other_zoe}
    assert await found(intake, name="DIAL am") == {amina}
    assert await found(intake, name="min") == {amina}
    assert await found(intake, name="zoe") == {zoe, other_zoe}
    assert await found(intake, name="obr") == {zoe}
    assert await found(intake, name="zo", born_on="1985-05-05") == {other_zoe}
    assert await found(intake, name="iallo") == set()
    assert await found(intake, name="amina zoe") == set()
    assert await found(intake, name="!") == set()


async def test_a_client_is_found_by_their_new_name_and_no_longer_by_the_old(intake: Intake) -> None:
    client_id = await intake.registered(full_name="Amina Diallo", preferred_name="Amina")

    await intake.patch(
        f"/clients/{client_id}", {"version": 1, "full_name": "Amina Okafor", "preferred_name": "Ami"}
    )

    assert await found(intake, name="okafor") == await found(intake, name="ami") == {client_id}
    assert await found(intake, name="diallo") == set()


async def test_a_search_is_read_page_by_page(intake: Intake) -> None:
    everybody = [await intake.registered(full_name=f"Amina Number{number}") for number in range(5)]
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = (await intake.post("/clients/search", {"name": "amina", "limit": 2, "after": after})).json()
        seen += [item["client_id"] for item in page["items"]]
        after = page["next"]

    assert after is None
    assert seen == [str(client_id) for client_id in reversed(everybody)]


async def test_the_list_is_read_page_by_page_newest_first_while_others_register(intake: Intake) -> None:
    everybody = [await intake.registered(full_name=f"Client {number}") for number in range(5)]

    first = (await intake.get("/clients", limit=3)).json()
    await intake.registered(full_name="Late Comer")
    second = (await intake.get("/clients", limit=3, after=first["next"])).json()

    seen = [item["client_id"] for item in first["items"] + second["items"]]
    assert seen == [str(client_id) for client_id in reversed(everybody)]
    assert second["next"] is None
    assert (await intake.get("/clients", after="nonsense")).status_code == 400
