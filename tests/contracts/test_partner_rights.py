"""On a real server a partner's system reads and answers what is its own; nothing it names reaches more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import nats
import nats.errors
import nats.js.errors
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.streams import REFERRALS, stream_of
from deploy.local.credentials import DOOR, ISSUER_VARIABLE, OPERATOR
from deploy.local.servers import MessageServer, Servers
from deploy.nats.rights import authorization, password_variable
from services.navigation.model import streaming
from shared.callout import Callout, Grant, Issuer, new_issuer_seed
from shared.errors import Unauthenticated
from shared.streams import ensure_consumer, ensure_stream
from tests.contracts.test_nats_rights import SERVICES, USERS, everything
from tests.support.connecting import is_let_in
from tests.support.eventually import eventually
from tests.support.nats_users import Connected, password_of

ISSUER = Issuer(new_issuer_seed(bytes(range(32))))
RIDES = UUID("01960000-0000-7000-8000-0000000000ab")
PEERS = UUID("01960000-0000-7000-8000-0000000000cd")
KEY = UUID("01960000-0000-7000-8000-0000000000ef")
NEXT = f"$JS.foothold.API.CONSUMER.MSG.NEXT.REFERRALS.{RIDES}"
SECRETS = {"key of rides": RIDES, "key of peers": PEERS}


def token_of(organization_id: UUID) -> str:
    return ISSUER.token(str(organization_id))


@pytest.fixture(scope="module")
async def server(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MessageServer]:
    server = servers.nats(
        tmp_path_factory.mktemp("nats-with-partners"),
        authorization=authorization(SERVICES),
        passwords={
            **{password_variable(user): password_of(user) for user in USERS},
            ISSUER_VARIABLE: ISSUER.public_key,
        },
    )
    await server.start()
    async with connected_as(server, "navigation") as navigation:
        await ensure_stream(navigation.jetstream(), REFERRALS)
        await ensure_stream(navigation.jetstream(), stream_of("navigation"))
        for partner in SECRETS.values():
            subject = streaming.subjects_of(partner)
            await ensure_consumer(
                navigation.jetstream(), "REFERRALS", streaming.durable_of(partner), [subject]
            )
    yield server
    await server.stop()


@pytest.fixture
async def door(server: MessageServer) -> AsyncIterator[Callout]:
    async with Callout(
        url=server.url, user=DOOR, password=password_of(DOOR), issuer=ISSUER, decide=_decide
    ) as door:
        yield door


async def _decide(secret: str) -> Grant:
    if secret not in SECRETS:
        raise Unauthenticated("this opens nothing")
    return Grant(
        name=streaming.name_of(SECRETS[secret], KEY),
        account=streaming.ACCOUNT,
        publish=streaming.may_publish(SECRETS[secret]),
        subscribe=streaming.may_subscribe(SECRETS[secret], token_of(SECRETS[secret])),
        lifetime=timedelta(minutes=5),
    )


@asynccontextmanager
async def connected_as(server: MessageServer, user: str) -> AsyncIterator[Client]:
    client = await nats.connect(
        server.url, user=user, password=password_of(user), inbox_prefix=f"_INBOX_{user}"
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def partner(server: MessageServer, secret: str = "key of rides") -> AsyncIterator[Connected]:
    refusals: list[str] = []

    async def note(error: Exception) -> None:
        refusals.append(str(error).lower())

    organization_id = SECRETS[secret]
    client = await nats.connect(
        server.url,
        user="whatever they like",
        password=secret,
        inbox_prefix=streaming.inbox_of(organization_id, token_of(organization_id)),
        error_cb=note,
        reconnect_time_wait=0.05,
    )
    try:
        yield Connected(client, refusals)
    finally:
        await client.close()


async def tell(navigation: Client, organization_id: UUID, text: bytes = b"{}") -> None:
    await navigation.jetstream().publish(f"referrals.{organization_id}.requested.v1", text)


async def test_a_partner_reads_looks_and_acknowledges(server: MessageServer, door: Callout) -> None:
    async with connected_as(server, "navigation") as navigation, partner(server) as rides:
        stream = rides.client.jetstream(domain=streaming.DOMAIN)
        reading = await stream.pull_subscribe_bind(consumer=str(RIDES), stream="REFERRALS")
        await tell(navigation, RIDES, b"for rides")
        await tell(navigation, PEERS, b"for peers")

        [message] = await reading.fetch(1, timeout=5)
        assert message.data == b"for rides"
        await message.ack_sync()

        info = await stream.consumer_info("REFERRALS", str(RIDES))
        assert (info.num_pending, info.num_ack_pending) == (0, 0)
        assert rides.refusals == []


async def test_an_answer_says_who_gave_it_and_nobody_can_say_otherwise(
    server: MessageServer, door: Callout
) -> None:
    async with connected_as(server, "navigation") as navigation, partner(server) as rides:
        heard: list[Msg] = []

        async def answer(message: Msg) -> None:
            heard.append(message)
            await message.respond(b"taken")

        await navigation.subscribe(streaming.ANSWERS, cb=answer)
        await navigation.flush()
        forged = {"Nats-Request-Info": json.dumps({"user": f"{PEERS}.{KEY}"})}
        reply = await rides.client.request(streaming.answers_of(RIDES), b"yes", timeout=5, headers=forged)

        assert reply.data == b"taken"
        assert heard[0].headers is not None
        assert json.loads(heard[0].headers["Nats-Request-Info"])["user"] == f"{RIDES}.{KEY}"


async def test_everything_else_is_refused(server: MessageServer, door: Callout) -> None:
    subjects = [*everything(), f"answers.{PEERS}", f"referrals.{PEERS}.requested.v1", f"answers.{RIDES}.x"]
    subjects += [f"$JS.ACK.REFERRALS.{PEERS}.1.1.1.1.1", f"$JS.ACK.REFERRALS.{RIDES}.1.1.1.1.1"]
    for verb in ("MSG.NEXT", "INFO", "DELETE", "CREATE"):
        for prefix in ("$JS.API", "$JS.foothold.API"):
            subjects += [f"{prefix}.CONSUMER.{verb}.REFERRALS.{partner}" for partner in (RIDES, PEERS)]
    subjects += [
        subject.replace("$JS.API", "$JS.foothold.API") for subject in everything() if "JS.API" in subject
    ]
    async with partner(server) as rides:
        refused = await rides.refused_to_publish(subjects)

    assert set(subjects) - refused == {
        NEXT,
        f"$JS.foothold.API.CONSUMER.INFO.REFERRALS.{RIDES}",
        f"$JS.ACK.REFERRALS.{RIDES}.1.1.1.1.1",
        f"answers.{RIDES}",
    }


async def test_nothing_can_be_listened_to_but_the_own_inbox(server: MessageServer, door: Callout) -> None:
    inbox = streaming.inbox_of(RIDES, token_of(RIDES))
    wanted = [*everything(), ">", "*", "care.>", "referrals.>", f"referrals.{RIDES}.>", "answers.>", "$JS.>"]
    wanted += ["_INBOX.>", "$SYS.>", f"_INBOX_{RIDES}.>", f"_INBOX_{PEERS}.>", "_INBOX_navigation.>", "_R_.>"]
    wanted += [f"{streaming.inbox_of(PEERS, token_of(PEERS))}.>", f"{inbox}.x", f"{inbox}.>"]
    async with partner(server) as rides:
        refused = await rides.refused_to_subscribe(wanted)

    assert set(wanted) - refused == {f"{inbox}.x", f"{inbox}.>"}


async def test_whatever_a_partner_names_as_where_the_answer_goes_nothing_of_ours_is_reached(
    server: MessageServer, door: Callout
) -> None:
    """Replies are written by JetStream and by navigation, who may publish there; the account stops them."""
    async with (
        connected_as(server, OPERATOR) as operator,
        connected_as(server, "navigation") as navigation,
        partner(server) as rides,
        partner(server, "key of peers") as peers,
    ):
        asked: list[str] = []

        async def answer(message: Msg) -> None:
            asked.append(message.subject)
            await message.respond(b"")

        await navigation.subscribe(streaming.ANSWERS, cb=answer)
        await navigation.flush()
        held = await unacknowledged(peers, navigation)
        internal = (await operator.jetstream().stream_info("NAVIGATION")).state.messages

        targets = [
            "care.navigation.referral.sent.v1",
            f"referrals.{PEERS}.requested.v1",
            f"answers.{PEERS}",
            held.reply,
            "$JS.API.STREAM.PURGE.REFERRALS",
            "$JS.API.STREAM.DELETE.REFERRALS",
            f"$JS.API.CONSUMER.DELETE.REFERRALS.{PEERS}",
            f"$JS.foothold.API.CONSUMER.MSG.NEXT.REFERRALS.{PEERS}",
            f"$JS.API.CONSUMER.MSG.NEXT.REFERRALS.{PEERS}",
            "$SYS.REQ.SERVER.PING",
            "$SYS.REQ.USER.AUTH",
            "_INBOX_navigation.x",
            "_R_.x",
        ]
        pull = json.dumps({"batch": 1, "no_wait": True}).encode()
        for target in targets:
            await tell(navigation, RIDES)
            before = (await operator.jetstream().stream_info("REFERRALS")).state
            await rides.client.publish(NEXT, pull, reply=target)
            await rides.client.publish(f"answers.{RIDES}", b"", reply=target)
            await rides.client.flush()
            # An answer that went its proper way proves that those before it have been dealt with.
            await rides.client.request(f"answers.{RIDES}", b"", timeout=5)
            after = (await operator.jetstream().stream_info("REFERRALS")).state
            assert (after.messages, after.consumer_count) == (before.messages, 2), target

        assert set(asked) == {f"answers.{RIDES}"}
        assert (await operator.jetstream().stream_info("NAVIGATION")).state.messages == internal
        info = await peers.client.jetstream(domain=streaming.DOMAIN).consumer_info("REFERRALS", str(PEERS))
        assert (info.num_ack_pending, info.num_waiting) == (1, 0)
        await held.ack_sync()


async def unacknowledged(peers: Connected, navigation: Client) -> Msg:
    reading = await peers.client.jetstream(domain=streaming.DOMAIN).pull_subscribe_bind(
        consumer=str(PEERS), stream="REFERRALS"
    )
    await tell(navigation, PEERS)
    [held] = await reading.fetch(1, timeout=5)
    return held


async def test_a_partner_who_knows_only_anothers_name_cannot_put_mail_into_its_inbox(
    server: MessageServer, door: Callout
) -> None:
    async with (
        connected_as(server, "navigation") as navigation,
        partner(server) as rides,
        partner(server, "key of peers") as peers,
    ):
        seen = await peers.client.subscribe(f"{streaming.inbox_of(PEERS, token_of(PEERS))}.>")
        await peers.client.flush()
        await tell(navigation, RIDES)
        pull = json.dumps({"batch": 1, "no_wait": True}).encode()
        for guess in (f"_INBOX_{PEERS}.x", f"_INBOX_{PEERS}.{token_of(RIDES)}.x"):
            await rides.client.publish(NEXT, pull, reply=guess)
        await rides.client.flush()

        with pytest.raises((nats.errors.TimeoutError, asyncio.TimeoutError)):
            await seen.next_msg(timeout=0.3)


@pytest.mark.parametrize("secret", ["", "wrong", "key of Rides", "fhk_x", password_of("barriers")])
async def test_a_secret_that_opens_nothing_lets_nobody_in(
    server: MessageServer, door: Callout, secret: str
) -> None:
    assert not await is_let_in(server.url, user="intake", password=secret)
    assert not await is_let_in(server.url, token=secret)


async def test_nobody_gets_in_while_nobody_can_be_asked(server: MessageServer) -> None:
    assert not await is_let_in(server.url, password="key of rides")


async def test_a_connection_that_is_no_longer_open_ends_with_the_next_review_and_stays_out(
    server: MessageServer, door: Callout, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with partner(server) as rides, partner(server, "key of peers") as peers:
        before = peers.client.stats["reconnects"]
        monkeypatch.delitem(SECRETS, "key of rides")

        async def still_open(names: object) -> set[str]:
            return {streaming.name_of(PEERS, KEY)}

        ended = await door.review(streaming.ACCOUNT, still_open=still_open, renew_after=timedelta(minutes=1))

        assert ended == 1
        await eventually(lambda: not rides.client.is_connected)
        await eventually(lambda: any("authorization" in refusal for refusal in rides.refusals))
        assert peers.client.is_connected
        assert peers.client.stats["reconnects"] == before
        assert set(await door.connections(streaming.ACCOUNT)) == {streaming.name_of(PEERS, KEY)}


async def test_a_connection_near_its_end_is_renewed_and_its_owner_hardly_notices(
    server: MessageServer, door: Callout
) -> None:
    async with connected_as(server, "navigation") as navigation, partner(server) as rides:

        async def everybody(names: object) -> set[str]:
            return {streaming.name_of(RIDES, KEY)}

        await door.review(streaming.ACCOUNT, still_open=everybody, renew_after=timedelta())
        await eventually(lambda: rides.client.stats["reconnects"], 1)

        reading = await rides.client.jetstream(domain=streaming.DOMAIN).pull_subscribe_bind(
            consumer=str(RIDES), stream="REFERRALS"
        )
        await tell(navigation, RIDES)
        messages = await reading.fetch(1, timeout=5)
        assert messages
