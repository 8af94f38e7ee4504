"""Out to providers: real SMTP and HTTP servers, tries that do not work, and processes that die half-way."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.event import Envelope as CloudEnvelope
from contracts.events.barriers import BarrierAnswered
from contracts.events.reminders import MessageHeld, MessageSent, MessageWithheld
from contracts.terms import ChannelKind, WithheldReason
from deploy.local.ports import free_port
from services.reminders.__main__ import load_wording
from services.reminders.channels.sms import SmsGateway
from services.reminders.handlers import Handlers
from services.reminders.jobs import InHand, SendDueMessages
from services.reminders.model import SendingRules
from services.reminders.policy.wording import Wording
from shared.bus import Delivery
from shared.ids import new_id
from shared.unit_of_work import Database
from tests.integration.reminders.conftest import Reminders, Start
from tests.integration.reminders.test_messages import COMPLETED
from tests.support.builders import MONDAY_MORNING, channel
from tests.support.builders_reminders import barrier_answered
from tests.support.clock import ManualClock
from tests.support.eventually import eventually

MAIL = channel(kind=ChannelKind.EMAIL, address="amina@example.org")
DUE = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
KEY = "only-for-tests"


class Server(ThreadingHTTPServer):
    request_queue_size = 128


class Gateway:
    """An SMS gateway that honours idempotency keys; `answers` are its next answers, then it says 202."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.asked: list[str] = []
        self.delivered: dict[str, dict[str, str]] = {}
        self.credentials: set[str | None] = set()

        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.asked.append(self.headers["Idempotency-Key"])
                gateway.credentials.add(self.headers["Authorization"])
                status = gateway.answers.pop(0) if gateway.answers else 202
                if status == 202:
                    gateway.delivered.setdefault(self.headers["Idempotency-Key"], body)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    thread = threading.Thread(target=gateway.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield gateway
    gateway.server.shutdown()
    gateway.server.server_close()
    thread.join()


class Catcher:
    """An SMTP server's inbox; `refusals` are its next answers."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.refusals: list[str] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def catcher() -> Iterator[tuple[Catcher, str]]:
    catcher = Catcher()
    port = free_port()
    controller = Controller(catcher, hostname="127.0.0.1", port=port)
    controller.start()
    yield catcher, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
async def by_text(start: Start, gateway: Gateway) -> AsyncIterator[Reminders]:
    """The service with a gateway for texts, and a lease that soon runs out."""
    settings = {
        "reminders_sms_url": gateway.url,
        "reminders_sms_key": KEY,
        "reminders_provider_seconds": 1.0,
        "reminders_lease_seconds": 2.0,
        "reminders_most_attempts": 3,
    }
    async with start(**settings) as reminders:
        yield reminders


async def due_check_in(reminders: Reminders, **contact: Any) -> None:  # noqa: ANN401 - passed on
    """Have one check-in due now."""
    await reminders.meet(**contact)
    await reminders.tell(barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])
    reminders.clock.set(DUE)


async def first_stage(reminders: Reminders) -> str:
    return (await reminders.stages())[0][1]


async def test_a_text_goes_through_the_gateway_once_with_its_id_as_key(
    by_text: Reminders, gateway: Gateway
) -> None:
    await due_check_in(by_text)

    await eventually(lambda: first_stage(by_text), "sent")
    (sent,) = await by_text.stated(MessageSent)
    assert gateway.asked == [str(sent.reminder_id)]
    assert gateway.credentials == {f"Bearer {KEY}"}
    assert gateway.delivered[str(sent.reminder_id)]["to"] == "+447700900123"
    assert "how are things going?" in gateway.delivered[str(sent.reminder_id)]["text"]


async def test_a_gateway_that_is_busy_is_asked_again_later_with_the_same_key_and_words(
    by_text: Reminders, gateway: Gateway
) -> None:
    gateway.answers = [503, 429]
    await due_check_in(by_text)

    for pause in (timedelta(minutes=1), timedelta(minutes=5)):
        await eventually(lambda: first_stage(by_text), "not_delivered")
        asked = len(gateway.asked)
        by_text.clock.advance(pause)
        await eventually(lambda asked=asked: len(gateway.asked) > asked)  # type: ignore[misc]

    await eventually(lambda: first_stage(by_text), "sent")
    assert len(gateway.asked) == 3
    assert len(set(gateway.asked)) == 1
    held = await by_text.stated(MessageHeld)
    assert [event.held_until - DUE for event in held] == [timedelta(minutes=1), timedelta(minutes=6)]


async def test_a_message_that_no_try_delivers_ends_as_not_delivered_for_all_to_see(
    by_text: Reminders, gateway: Gateway
) -> None:
    gateway.answers = [503] * 3
    await due_check_in(by_text)
    for pause in (1, 5):
        asked = len(gateway.asked)
        await eventually(lambda asked=asked: len(gateway.asked) > asked)  # type: ignore[misc]
        await eventually(lambda: _has_held_until(by_text))
        by_text.clock.advance(timedelta(minutes=pause))

    await eventually(lambda: by_text.stated(MessageWithheld), lambda seen: len(seen) == 1)
    (withheld,) = await by_text.stated(MessageWithheld)
    assert withheld.reason is WithheldReason.NOT_DELIVERED
    message = (await by_text.messages())[0]
    assert (message["stage"], message["attempts"]) == ("withheld", 3)
    assert "3 tries" in message["detail"]


async def _has_held_until(reminders: Reminders) -> bool:
    return bool((await reminders.messages())[0]["held_until"])


async def test_a_message_that_the_gateway_will_never_take_is_not_tried_again(
    by_text: Reminders, gateway: Gateway
) -> None:
    gateway.answers = [422]
    await due_check_in(by_text)

    await eventually(lambda: first_stage(by_text), "not_delivered")
    message = (await by_text.messages())[0]
    assert (message["stage"], message["detail"]) == ("withheld", "the gateway answered 422")


def another_sender(
    reminders: Reminders,
    gateway: Gateway,
    http: httpx.AsyncClient,
    *,
    lease_seconds: float,
    wording: Wording | None = None,
) -> SendDueMessages:
    """What another process would run, for a test to take apart; by its clock the check-in is due already."""
    database = Database(
        reminders.service.database.pool,
        hand_over=reminders.service.publisher.hand_over,
        clock=ManualClock(DUE),
    )
    return SendDueMessages(
        database,
        {ChannelKind.SMS: SmsGateway(http, gateway.url)},
        wording=wording or load_wording(),
        rules=SendingRules(),
        provider_seconds=10.0,
        lease_seconds=lease_seconds,
    )


async def taken_in_hand(sender: SendDueMessages, reminders: Reminders) -> InHand:
    """Let a sender take the one due message in hand; let it be due for everybody afterwards."""
    await reminders.meet()
    await reminders.tell(barrier_answered())
    await eventually(reminders.stages, [("check_in", "scheduled")])
    _, (in_hand,) = await sender._decide()
    reminders.clock.set(DUE)
    return in_hand


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def test_a_process_that_dies_before_handing_over_leaves_the_message_to_another(
    start: Start, gateway: Gateway, http: httpx.AsyncClient
) -> None:
    async with start(reminders_sms_url=gateway.url) as reminders:
        await taken_in_hand(another_sender(reminders, gateway, http, lease_seconds=0.2), reminders)

        # It dies here. Its lease runs out, and the copy that lives sends the message.
        await eventually(lambda: first_stage(reminders), "sent", within=15)
        assert len(gateway.delivered) == 1
        assert len(await reminders.stated(MessageSent)) == 1


async def test_a_process_that_dies_after_handing_over_repeats_the_same_key_and_words(
    start: Start, gateway: Gateway, http: httpx.AsyncClient
) -> None:
    async with start(reminders_sms_url=gateway.url) as reminders:
        doomed = another_sender(reminders, gateway, http, lease_seconds=0.5)
        in_hand = await taken_in_hand(doomed, reminders)
        await doomed._hand_over(in_hand.letter)

        # It dies here: the gateway has the message, and nobody wrote that down.
        await eventually(lambda: first_stage(reminders), "sent", within=15)
        assert gateway.asked == [str(in_hand.letter.id)] * 2
        assert [body["text"] for body in gateway.delivered.values()] == [in_hand.letter.intent.body]
        assert len(await reminders.stated(MessageSent)) == 1

        # Should it have been slow and not dead, what it says now is no news.
        await doomed._conclude([in_hand], [await doomed._hand_over(in_hand.letter)])
        assert len(await reminders.stated(MessageSent)) == 1


async def test_stop_wins_over_a_message_in_the_hands_of_a_process_that_died(
    start: Start, gateway: Gateway, http: httpx.AsyncClient
) -> None:
    async with start(reminders_sms_url=gateway.url) as reminders:
        await taken_in_hand(another_sender(reminders, gateway, http, lease_seconds=0.5), reminders)
        await reminders.reply("STOP")

        await eventually(lambda: first_stage(reminders), "stopped_by_client", within=15)
        assert gateway.asked == []
        assert "may have reached them" in (await reminders.messages())[0]["detail"]


async def test_many_copies_send_everything_once_and_nobody_more_than_the_cap(
    by_text: Reminders, gateway: Gateway, http: httpx.AsyncClient
) -> None:
    people = [new_id() for _ in range(20)]
    for person in people:
        await by_text.meet(person)
    answered = [barrier_answered(client_id=person) for person in people]
    done = [COMPLETED.model_copy(update={"client_id": p, "referral_id": new_id()}) for p in people * 2]
    await by_text.tell(*answered, *done)
    await eventually(lambda: _planned(by_text), 60)

    # Each has one check-in and two questions due, and room for two messages.
    by_text.clock.set(DUE)
    copies = [another_sender(by_text, gateway, http, lease_seconds=30) for _ in range(3)]
    while any(await asyncio.gather(*(copy.run() for copy in copies))):
        pass

    await eventually(lambda: by_text.stated(MessageSent), lambda seen: len(seen) == 40, within=15)
    assert len(gateway.asked) == len(set(gateway.asked)) == 40
    sent_to = Counter(event.client_id for event in await by_text.stated(MessageSent))
    assert set(sent_to.values()) == {2}


async def _planned(reminders: Reminders) -> int:
    async with reminders.service.database.reading() as conn:
        return int(await conn.fetchval("select count(*) from reminder"))


async def test_a_mail_goes_out_with_how_to_stop_and_the_messages_id(
    start: Start, catcher: tuple[Catcher, str]
) -> None:
    inbox, url = catcher
    async with start(reminders_smtp_url=url) as reminders:
        await due_check_in(reminders, channels=(MAIL,))

        await eventually(lambda: first_stage(reminders), "sent")
        (mail,) = inbox.mails
        (sent,) = await reminders.stated(MessageSent)
        assert mail["To"] == "amina@example.org"
        assert mail["Subject"] == "How are things going?"
        assert mail["Message-ID"] == f"<{sent.reminder_id}@foothold.invalid>"
        assert "STOP" in str(mail.get_payload())
        assert sent.channel is ChannelKind.EMAIL


@pytest.mark.parametrize(
    ("refusal", "stage"), [("451 Later, please", "held"), ("550 No such mailbox", "withheld")]
)
async def test_a_mail_server_that_says_no_is_believed_and_one_that_says_later_is_asked_again(
    start: Start, catcher: tuple[Catcher, str], refusal: str, stage: str
) -> None:
    inbox, url = catcher
    inbox.refusals = [refusal]
    async with start(reminders_smtp_url=url) as reminders:
        await due_check_in(reminders, channels=(MAIL,))

        await eventually(lambda: first_stage(reminders), "not_delivered")
        assert (await reminders.messages())[0]["stage"] == stage


async def test_a_provider_that_is_not_there_is_asked_again_later(start: Start) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/messages"
    async with start(reminders_sms_url=nowhere) as reminders:
        await due_check_in(reminders)

        await eventually(lambda: first_stage(reminders), "not_delivered")
        assert (await reminders.messages())[0]["stage"] == "held"


class Stumbling(Wording):
    """Cannot put a message together for one of the two people of a test."""

    def compose(self, *args: Any, name: str, **more: Any) -> tuple[str | None, str]:  # noqa: ANN401 - passed on
        if name == "Mina":
            raise KeyError(name)
        return super().compose(*args, name=name, **more)


async def test_a_message_that_we_stumble_over_keeps_no_other_one_waiting(
    start: Start, gateway: Gateway, http: httpx.AsyncClient
) -> None:
    async with start() as reminders:
        other = new_id()
        await reminders.meet(other, preferred_name="Mina")
        await reminders.meet()
        await reminders.tell(barrier_answered(client_id=other), barrier_answered())
        await eventually(lambda: _planned(reminders), 2)

        stumbling = Stumbling(load_wording().languages())
        await another_sender(reminders, gateway, http, lease_seconds=30, wording=stumbling).run()

        assert await first_stage(reminders) == "sent"
        (put_aside,) = await reminders.messages(other)
        assert (put_aside["stage"], put_aside["reason"]) == ("held", "not_delivered")


async def test_a_hundred_answers_cost_five_statements_at_most(reminders: Reminders) -> None:
    """Two of the five are the kit's: the inbox and the events."""
    statements: list[str] = []
    first, hundred = [answer()], [answer() for _ in range(100)]
    handlers = Handlers(SendingRules())
    async with reminders.service.database.transaction() as tx:
        # The driver looks types up once per connection; that is not what is counted.
        await handlers.plan_check_in(tx, first)
        with tx.conn.query_logger(lambda record: statements.append(record.query)):
            await handlers.plan_check_in(tx, hundred)

    assert len(statements) <= 3
    assert all([await reminders.count("reminder", delivery.event.client_id) for delivery in hundred])


def answer() -> Delivery[BarrierAnswered]:
    event = barrier_answered(client_id=new_id())
    envelope = CloudEnvelope(
        id=new_id(),
        type=event.subject,
        source="barriers",
        time=MONDAY_MORNING,
        about=event.client_id,
        correlation_id=new_id(),
    )
    return Delivery(event, envelope)
