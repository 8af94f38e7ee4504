"""On a real server each service can do its work, and everything else is refused."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import nats.errors
import nats.js.errors
import pytest
from nats.js.api import ConsumerConfig

from contracts.documents import Participant, Reading
from contracts.events.barriers import HelpNeeded
from contracts.events.intake import BarrierStated, ContactChanged, WishChanged
from contracts.streams import stream_of
from deploy.local.credentials import DOOR, ISSUER_VARIABLE, OPERATOR
from deploy.local.servers import MessageServer, Servers
from deploy.nats.rights import authorization, may_publish, may_subscribe, password_variable
from shared.callout import Callout, Grant, Issuer, new_issuer_seed
from shared.errors import Unauthenticated
from shared.run import inbox_prefix_of
from shared.streams import ensure_consumer, ensure_stream
from tests.contracts.trial import envelope_of
from tests.support.connecting import is_let_in
from tests.support.eventually import eventually
from tests.support.nats_users import Connected, connected, password_of

ONE = Reading("barriers-barrier-stated", (BarrierStated,))
SEVERAL = Reading("barriers-said", (BarrierStated, WishChanged))
OTHERS = Reading("navigation-help-needed", (HelpNeeded,))
INTAKE = Participant(name="intake", title="Intake", description="Registers.")
BARRIERS = Participant(name="barriers", title="Barriers", description="Answers.", reads=(ONE, SEVERAL))
NAVIGATION = Participant(name="navigation", title="Navigation", description="Finds.", reads=(OTHERS,))
SERVICES = (INTAKE, BARRIERS, NAVIGATION)
USERS = (*(service.name for service in SERVICES), OPERATOR, DOOR)


ISSUER = Issuer(new_issuer_seed(bytes(32)))


@pytest.fixture(scope="module")
async def server(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MessageServer]:
    server = servers.nats(
        tmp_path_factory.mktemp("nats-with-rights"),
        authorization=authorization(SERVICES),
        passwords={
            **{password_variable(user): password_of(user) for user in USERS},
            ISSUER_VARIABLE: ISSUER.public_key,
        },
    )
    await server.start()
    async with Callout(
        url=server.url, user=DOOR, password=password_of(DOOR), issuer=ISSUER, decide=knows_nobody
    ):
        yield server
    await server.stop()


async def knows_nobody(secret: str) -> Grant:
    raise Unauthenticated(f"{len(secret)} characters that open nothing")


@asynccontextmanager
async def provisioned(server: MessageServer) -> AsyncIterator[tuple[Connected, Connected]]:
    """Intake and barriers, connected, with their streams and barriers' consumers in place."""
    async with connected(server, "intake") as intake, connected(server, "barriers") as barriers:
        await ensure_stream(intake.client.jetstream(), stream_of("intake"))
        await ensure_stream(barriers.client.jetstream(), stream_of("barriers"))
        for reading in BARRIERS.reads:
            subjects = [event.subject for event in reading.events]
            await ensure_consumer(barriers.client.jetstream(), "INTAKE", reading.durable, subjects)
        yield intake, barriers


async def test_a_service_can_provision_publish_read_and_acknowledge(server: MessageServer) -> None:
    async with provisioned(server) as (intake, barriers):
        headers = envelope_of(BarrierStated, 7).headers()
        ack = await intake.client.jetstream().publish(BarrierStated.subject, b"{}", headers=headers)
        assert ack.stream == "INTAKE"

        for reading in BARRIERS.reads:
            subscription = await barriers.client.jetstream().pull_subscribe_bind(
                consumer=reading.durable, stream="INTAKE"
            )
            [message] = await subscription.fetch(1, timeout=5)
            await message.ack_sync()
            info = await barriers.client.jetstream().consumer_info("INTAKE", reading.durable)
            assert (info.num_pending, info.num_ack_pending) == (0, 0)

        assert intake.refusals == barriers.refusals == []


async def test_provisioning_again_is_allowed_because_every_copy_does_it(server: MessageServer) -> None:
    async with provisioned(server), provisioned(server) as (intake, barriers):
        assert intake.refusals == barriers.refusals == []


async def test_several_events_can_be_published_as_one_batch(server: MessageServer) -> None:
    async with provisioned(server) as (intake, _):
        batch = {"Nats-Batch-Id": "trial", "Nats-Batch-Sequence": "1"}
        await intake.client.publish(BarrierStated.subject, b"{}", headers=batch)
        last = batch | {"Nats-Batch-Sequence": "2", "Nats-Batch-Commit": "1"}
        answer = await intake.client.request(BarrierStated.subject, b"{}", timeout=5, headers=last)

        assert json.loads(answer.data)["count"] == 2
        assert intake.refusals == []


STREAMS = ("INTAKE", "BARRIERS", "NAVIGATION", "REFERRALS", "ELSE")
PARTNER = "01960000-0000-7000-8000-0000000000ab"
TOLD = f"referrals.{PARTNER}.requested.v1"
DURABLES = (ONE.durable, SEVERAL.durable, OTHERS.durable, PARTNER, "else")
STREAM_VERBS = (
    "CREATE", "UPDATE", "INFO", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE",
    "LEADER.STEPDOWN", "PEER.REMOVE", "CANCEL_MOVE", "MOVE",
)  # fmt: skip
CONSUMER_VERBS = (
    "CREATE", "DURABLE.CREATE", "INFO", "DELETE", "MSG.NEXT", "PAUSE", "UNPIN", "RESET", "LEADER.STEPDOWN",
)  # fmt: skip
EVENTS = (BarrierStated, WishChanged, ContactChanged, HelpNeeded)


def everything() -> list[str]:
    """Every kind of subject that a user could think of publishing to."""
    subjects = [event.subject for event in EVENTS]
    subjects += ["care.navigation.referral.sent.v1", "care.else.x.y.v1", "else", "foothold.x"]
    subjects += [TOLD, f"referrals.{PARTNER}", f"answers.{PARTNER}"]
    subjects += [f"$JS.API.CONSUMER.CREATE.REFERRALS.{PARTNER}.{TOLD}"]
    subjects += ["$SYS.REQ.USER.AUTH", "$SYS.REQ.SERVER.x.KICK", "$SYS.REQ.SERVER.PING.CONNZ"]
    subjects += [f"$JS.API.{rest}" for rest in ("INFO", "STREAM.NAMES", "STREAM.LIST", "ACCOUNT.PURGE.x")]
    subjects += ["$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$SYS.REQ.SERVER.PING", "$SYS.x"]
    for user in (*USERS, "else"):
        subjects += [f"{inbox_prefix_of(user)}.x.y", f"_INBOX.{user}"]
    for stream in STREAMS:
        subjects += [f"$JS.API.STREAM.{verb}.{stream}" for verb in STREAM_VERBS]
        subjects += [f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.{BarrierStated.subject}"]
        subjects += [f"$JS.API.CONSUMER.{verb}.{stream}" for verb in ("CREATE", "NAMES", "LIST")]
        for durable in DURABLES:
            subjects += [f"$JS.API.CONSUMER.{verb}.{stream}.{durable}" for verb in CONSUMER_VERBS]
            subjects += [f"$JS.API.CONSUMER.CREATE.{stream}.{durable}.{event.subject}" for event in EVENTS]
            subjects += [f"$JS.ACK.{stream}.{durable}.1.1.1.1.1", f"$JS.FC.{stream}.{durable}.x"]
    return subjects


# Written out by hand, so that a mistake in what is generated cannot hide here too.
ALLOWED: dict[str, set[str]] = {
    "intake": {
        BarrierStated.subject,
        WishChanged.subject,
        ContactChanged.subject,
        "$JS.API.INFO",
        "$JS.API.STREAM.CREATE.INTAKE",
        "$JS.API.STREAM.UPDATE.INTAKE",
        "$JS.API.STREAM.INFO.INTAKE",
    },
    "barriers": {
        HelpNeeded.subject,
        "$JS.API.INFO",
        "$JS.API.STREAM.CREATE.BARRIERS",
        "$JS.API.STREAM.UPDATE.BARRIERS",
        "$JS.API.STREAM.INFO.BARRIERS",
        "$JS.API.CONSUMER.CREATE.INTAKE.barriers-barrier-stated.care.intake.barrier.stated.v1",
        "$JS.API.CONSUMER.INFO.INTAKE.barriers-barrier-stated",
        "$JS.API.CONSUMER.MSG.NEXT.INTAKE.barriers-barrier-stated",
        "$JS.ACK.INTAKE.barriers-barrier-stated.1.1.1.1.1",
        "$JS.API.CONSUMER.CREATE.INTAKE.barriers-said",
        "$JS.API.CONSUMER.INFO.INTAKE.barriers-said",
        "$JS.API.CONSUMER.MSG.NEXT.INTAKE.barriers-said",
        "$JS.ACK.INTAKE.barriers-said.1.1.1.1.1",
    },
    "navigation": {
        "care.navigation.referral.sent.v1",
        "$JS.API.INFO",
        "$JS.API.STREAM.CREATE.NAVIGATION",
        "$JS.API.STREAM.UPDATE.NAVIGATION",
        "$JS.API.STREAM.INFO.NAVIGATION",
        "$JS.API.CONSUMER.CREATE.BARRIERS.navigation-help-needed.care.barriers.help.needed.v1",
        "$JS.API.CONSUMER.INFO.BARRIERS.navigation-help-needed",
        "$JS.API.CONSUMER.MSG.NEXT.BARRIERS.navigation-help-needed",
        "$JS.ACK.BARRIERS.navigation-help-needed.1.1.1.1.1",
        TOLD,
        "$JS.API.STREAM.CREATE.REFERRALS",
        "$JS.API.STREAM.UPDATE.REFERRALS",
        "$JS.API.STREAM.INFO.REFERRALS",
        "$JS.API.STREAM.MSG.GET.REFERRALS",
        "$JS.API.STREAM.MSG.DELETE.REFERRALS",
        f"$JS.API.CONSUMER.CREATE.REFERRALS.{PARTNER}.{TOLD}",
        *(f"$JS.API.CONSUMER.{verb}.REFERRALS.{name}" for verb in ("INFO", "DELETE") for name in DURABLES),
    },
    DOOR: {"$SYS.REQ.SERVER.x.KICK", "$SYS.REQ.SERVER.PING.CONNZ"},
}
LISTENS: dict[str, set[str]] = {"navigation": {f"answers.{PARTNER}"}}


@pytest.mark.parametrize("user", ALLOWED)
async def test_a_service_may_publish_what_it_needs_and_nothing_else(server: MessageServer, user: str) -> None:
    async with connected(server, user) as connection:
        refused = await connection.refused_to_publish(everything())

    assert set(everything()) - refused == ALLOWED[user]


@pytest.mark.parametrize("user", ALLOWED)
async def test_a_service_may_listen_on_its_own_inbox_only(server: MessageServer, user: str) -> None:
    wanted = [*everything(), ">", "*", "care.>", "_INBOX.>", "$SYS.>", "$JS.>", "$JS.EVENT.ADVISORY.>"]
    wanted += [f"{inbox_prefix_of(other)}.>" for other in USERS]
    async with connected(server, user) as connection:
        refused = await connection.refused_to_subscribe(wanted)

    own = {f"_INBOX_{user}.>", f"_INBOX_{user}.x.y"}
    assert set(wanted) - refused == own | LISTENS.get(user, set())


async def test_a_consumer_of_one_event_cannot_be_turned_to_another(server: MessageServer) -> None:
    async with provisioned(server) as (_, barriers):
        asked = f"$JS.API.CONSUMER.CREATE.INTAKE.{ONE.durable}.{BarrierStated.subject}"
        config = {"durable_name": ONE.durable, "name": ONE.durable, "ack_policy": "explicit"}
        for filters in (
            {"filter_subject": ContactChanged.subject},
            {"filter_subjects": [ContactChanged.subject]},
        ):
            body = json.dumps({"stream_name": "INTAKE", "config": config | filters}).encode()
            answer = json.loads((await barriers.client.request(asked, body, timeout=5)).data)
            assert "error" in answer

        info = await barriers.client.jetstream().consumer_info("INTAKE", ONE.durable)
        assert info.config.filter_subject == BarrierStated.subject


async def test_a_service_cannot_read_a_stream_through_a_consumer_of_another_name(
    server: MessageServer,
) -> None:
    async with provisioned(server) as (_, barriers):
        config = ConsumerConfig(durable_name="spy", name="spy", filter_subject=ContactChanged.subject)
        with pytest.raises((nats.errors.Error, nats.js.errors.Error, asyncio.TimeoutError)):
            await barriers.client.jetstream(timeout=0.5).add_consumer("INTAKE", config)

        await eventually(lambda: any("spy" in refusal for refusal in barriers.refusals))
    async with connected(server, OPERATOR) as operator:
        found = await operator.client.jetstream().consumers_info("INTAKE")
        assert {info.name for info in found} == {ONE.durable, SEVERAL.durable}


@pytest.mark.parametrize(
    ("user", "password"),
    [("intake", "wrong"), ("nobody", "x"), ("barriers", password_of("intake")), (None, None)],
    ids=["wrong password", "unknown name", "password of another", "no name"],
)
async def test_who_cannot_say_who_they_are_is_not_let_in(
    server: MessageServer, user: str | None, password: str | None
) -> None:
    assert not await is_let_in(server.url, user=user, password=password)


async def test_the_operator_may_watch_everything(server: MessageServer) -> None:
    async with provisioned(server) as (intake, _), connected(server, OPERATOR) as operator:
        seen = await operator.client.subscribe("care.>")
        # Not flush(): its PING may overtake the subscription.
        await operator.client.jetstream().account_info()
        await intake.client.jetstream().publish(WishChanged.subject, b"{}")

        assert (await seen.next_msg(timeout=5)).subject == WishChanged.subject
        assert operator.refusals == []


def test_rights_hold_no_wildcard_beyond_a_services_own_name() -> None:
    for service in (INTAKE, BARRIERS):
        for subject in (*may_publish(service), *may_subscribe(service)):
            assert "*" not in subject
            assert not subject.startswith(">")
            if subject.endswith(">"):
                assert subject.startswith((f"care.{service.name}.", "$JS.ACK.", f"_INBOX_{service.name}."))
                assert service.name in subject
