"""Who may read, STOP and START, and what comes of replies."""

from datetime import timedelta

import pytest

from contracts.events.reminders import MessagesStarted, MessagesStopped, ReplyReceived
from contracts.terms import MessageKind, ReplyKind
from shared.ids import new_id
from tests.integration.reminders.conftest import GATEWAY_KEY, Reminders, Start, texting
from tests.integration.reminders.test_messages import COMPLETED
from tests.support.builders import MONDAY_MORNING
from tests.support.builders_reminders import BARRIER, CLIENT, REFERRAL, barrier_answered, scheduled
from tests.support.eventually import eventually
from tests.support.running import bearer

DAY = timedelta(days=1)


async def asked(reminders: Reminders) -> str:
    """Have the client asked whether they got what they needed; return the message's id."""
    await reminders.meet()
    await reminders.tell(COMPLETED)
    await eventually(reminders.stages, [("got_what_you_needed", "scheduled")])
    reminders.clock.set(MONDAY_MORNING + 2 * DAY)
    await eventually(reminders.stages, [("got_what_you_needed", "sent")])
    return str((await reminders.messages())[0]["reminder_id"])


async def test_stop_is_obeyed_from_the_moment_it_arrives_until_start(reminders: Reminders) -> None:
    await reminders.meet()
    await reminders.tell(barrier_answered(barrier_id=BARRIER))
    await eventually(reminders.stages, [("check_in", "scheduled")])

    assert (await reminders.reply("Stop, please!")).status_code == 202
    assert (await reminders.reply("STOP")).status_code == 202
    assert len(await reminders.stated(MessagesStopped)) == 1
    reminders.clock.set(MONDAY_MORNING + 8 * DAY)
    await eventually(reminders.stages, [("check_in", "stopped_by_client")])

    assert (await reminders.reply("start")).status_code == 202
    assert len(await reminders.stated(MessagesStarted)) == 1
    await eventually(reminders.stages, [("check_in", "stopped_by_client"), ("check_in", "scheduled")])
    assert await reminders.mailbox() == []


async def test_staff_may_stop_and_start_messages_on_the_clients_behalf(reminders: Reminders) -> None:
    stopped = await reminders.post(f"/clients/{CLIENT}/stop")
    started = await reminders.post(f"/clients/{CLIENT}/start")

    assert stopped.json() == {"client_id": str(CLIENT), "stopped": True}
    assert started.json() == {"client_id": str(CLIENT), "stopped": False}
    assert len(await reminders.stated(MessagesStopped)) == len(await reminders.stated(MessagesStarted)) == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [("Yes thanks", ReplyKind.YES), ("NO", ReplyKind.NO), ("Only half of it", ReplyKind.FREE_TEXT)],
)
async def test_a_reply_is_tied_to_the_question_it_answers(
    reminders: Reminders, words: str, kind: ReplyKind
) -> None:
    question = await asked(reminders)

    await reminders.reply(words)
    await reminders.reply("and another thing")

    answer, more = await reminders.stated(ReplyReceived)
    assert (answer.kind, answer.words, str(answer.in_reply_to)) == (kind, words, question)
    assert (answer.message_kind, answer.referral_id) == (MessageKind.GOT_WHAT_YOU_NEEDED, REFERRAL)
    assert (more.client_id, more.in_reply_to) == (CLIENT, None)


async def test_a_stranger_gets_the_same_answer_and_is_kept_as_nobody_we_know(reminders: Reminders) -> None:
    await reminders.meet()
    known, stranger = await reminders.reply("hello"), await reminders.reply("hello", "+15555550100")

    assert (known.status_code, known.json()) == (stranger.status_code, stranger.json())
    assert [event.client_id for event in await reminders.stated(ReplyReceived)] == [CLIENT]
    async with reminders.service.database.reading() as conn:
        rows = await conn.fetch("select address, words from reply where client_id is null")
    assert [tuple(row) for row in rows] == [("+15555550100", "hello")]


async def test_stop_from_a_shared_telephone_counts_for_everybody_who_uses_it(reminders: Reminders) -> None:
    other = new_id()
    await reminders.meet()
    await reminders.meet(other, channels=texting("+44 7700 900 123"))

    await reminders.reply("STOP")

    assert {event.client_id for event in await reminders.stated(MessagesStopped)} == {CLIENT, other}


async def test_a_gateway_that_brings_a_message_twice_is_heard_once(reminders: Reminders) -> None:
    await reminders.meet()
    for _ in range(2):
        assert (await reminders.reply("hello", message_id="SM-1")).status_code == 202

    assert len(await reminders.stated(ReplyReceived)) == 1


@pytest.mark.parametrize(
    ("credential", "status"),
    [
        ({"Authorization": f"Bearer {GATEWAY_KEY}"}, 202),
        (bearer(kind="service"), 202),
        (bearer("case_manager"), 403),
        ({"Authorization": "Bearer fhk_some-other-key-that-is-long"}, 401),
        ({}, 401),
    ],
)
async def test_only_gateways_and_services_bring_replies(
    reminders: Reminders, credential: dict[str, str], status: int
) -> None:
    body = {"channel": "sms", "address": "+447700900123", "words": "hello"}
    answer = await reminders.http.post(
        "/replies", json=body, headers=credential | {"Idempotency-Key": str(new_id())}
    )

    assert answer.status_code == status


@pytest.mark.parametrize("path", [f"/clients/{CLIENT}/messages", f"/reminders/{BARRIER}", "/mailbox"])
async def test_reading_takes_a_role(reminders: Reminders, path: str) -> None:
    assert (await reminders.http.get(path)).status_code == 401
    assert (await reminders.get(path, "directory_editor")).status_code == 403
    assert (await reminders.get(path, "supervisor")).status_code in {200, 404}


async def test_stopping_takes_a_role(reminders: Reminders) -> None:
    answer = await reminders.post(f"/clients/{CLIENT}/stop", headers=bearer("directory_editor"))

    assert answer.status_code == 403


async def test_messages_come_in_pages(reminders: Reminders) -> None:
    await reminders.tell(*(scheduled(referral_id=new_id()) for _ in range(3)))
    await eventually(reminders.messages, lambda seen: len(seen) == 6)

    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        params = {"limit": 2} | ({"after": after} if after else {})
        page = (await reminders.get(f"/clients/{CLIENT}/messages", **params)).json()
        seen += [item["reminder_id"] for item in page["items"]]
        after = page["next"]

    assert after is None
    assert len(set(seen)) == 6
    assert (await reminders.get(f"/clients/{CLIENT}/messages", after="nonsense")).status_code == 400


async def test_the_mailbox_comes_in_pages_and_by_client(reminders: Reminders) -> None:
    await asked(reminders)

    page = (await reminders.get("/mailbox", client_id=str(CLIENT))).json()
    assert [item["client_id"] for item in page["items"]] == [str(CLIENT)]
    assert (await reminders.get("/mailbox", client_id=str(new_id()))).json()["items"] == []


async def test_outside_development_there_is_no_mailbox_and_nothing_is_sent_into_it(start: Start) -> None:
    async with start(reminders_development_mailbox=False) as reminders:
        await reminders.meet()
        await reminders.tell(barrier_answered())
        await eventually(reminders.stages, [("check_in", "scheduled")])
        reminders.clock.set(MONDAY_MORNING + 8 * DAY)

        await eventually(reminders.stages, lambda seen: ("check_in", "no_safe_channel") in seen)
        assert (await reminders.get("/mailbox")).status_code == 404


async def test_an_unknown_message_is_not_found(reminders: Reminders) -> None:
    assert (await reminders.get(f"/reminders/{new_id()}")).status_code == 404
