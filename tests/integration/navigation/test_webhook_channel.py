"""Posting to endpoints over real sockets: what is refused at the door, and how little one can do to us."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.local.ports import free_port
from services.navigation.channels.webhook_door import Door, Resolver, SystemResolver
from services.navigation.channels.webhooks import MOST_TRIED, Message, Poster
from services.navigation.model.webhooks import Answered, NoAnswer, Outcome
from shared.clock import real_now
from tests.support.receiver import Receiver, Reply, receiving

NAMED = "hooks.example.org"


class Names:
    """A name server whose answers the test chooses; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, _host: str) -> Sequence[str]:
        self.asked += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def local(
    *, seconds: float = 2.0, trust: ssl.SSLContext | None = None, names: Resolver | None = None
) -> Poster:
    return Poster(Door(local_development=True, resolver=names), seconds=seconds, trust=trust)


def public(names: Names, *, seconds: float = 2.0) -> Poster:
    return Poster(Door(local_development=False, resolver=names), seconds=seconds)


async def post(poster: Poster, url: str) -> Outcome:
    async def compose() -> Message:
        return Message({"webhook-id": "an-id", "content-type": "application/json"}, b'{"a": 1}')

    return await poster(url, compose)


def certificate(folder: Path, *, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for a name: what serves it, and what trusts it."""
    key = Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    alternative: x509.GeneralName = x509.DNSName(name)
    if name[0].isdigit():
        alternative = x509.IPAddress(ipaddress.ip_address(name))
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(real_now() - timedelta(days=1))
        .not_valid_after(real_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    chain = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(private + made.public_bytes(Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(chain)
    return serving, ssl.create_default_context(cafile=str(chain))


async def test_what_is_posted_arrives_as_it_is_under_its_own_name() -> None:
    async with receiving() as receiver:
        names = Names(["127.0.0.1"])
        outcome = await post(local(names=names), f"http://{NAMED}:{receiver.port}/hook?a=b")

    assert outcome == Answered(204)
    (received,) = receiver.received
    assert received.body == b'{"a": 1}'
    assert received.path == "/hook?a=b"
    assert received.headers["host"] == f"{NAMED}:{receiver.port}"
    assert received.headers["webhook-id"] == "an-id"
    assert names.asked == 1


async def test_the_door_is_closed_to_what_is_inside_and_nobody_there_notices() -> None:
    async with receiving() as receiver:
        for answers in (["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "127.0.0.1"]):
            outcome = await post(public(Names(answers)), f"http://{NAMED}:{receiver.port}/")
            assert isinstance(outcome, NoAnswer)
            assert "not public" in outcome.why

    assert receiver.received == []


async def test_a_name_server_that_changes_its_answer_gains_nothing() -> None:
    async with receiving() as receiver:
        names = Names(["93.184.215.14"], ["127.0.0.1"])
        poster, url = public(names), f"https://{NAMED}:{receiver.port}/"

        assert await poster.objection_to(url) is None
        outcome = await post(poster, url)

    assert isinstance(outcome, NoAnswer)
    assert "not public" in outcome.why
    assert receiver.received == []
    # Looked up once to register and once to connect: what was judged is what was to be connected to.
    assert names.asked == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "[::1]"])
async def test_no_way_of_writing_loopback_gets_past_the_door(host: str) -> None:
    poster = Poster(Door(local_development=False, resolver=SystemResolver()), seconds=2)

    assert await poster.objection_to(f"https://{host}/")
    assert isinstance(await post(poster, f"https://{host}:1/"), NoAnswer)


async def test_a_name_that_leads_nowhere_is_said_to() -> None:
    poster = Poster(Door(local_development=False, resolver=SystemResolver()), seconds=5)
    assert "no address" in (await poster.objection_to("https://nowhere.invalid/") or "")


async def test_a_name_server_that_hangs_costs_no_more_than_the_time_of_one_request() -> None:
    async def hanging(_host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    begun = time.monotonic()
    outcome = await post(local(seconds=0.2, names=hanging), f"http://{NAMED}/")

    assert isinstance(outcome, NoAnswer)
    assert time.monotonic() - begun < 1


async def test_names_that_hang_when_they_are_registered_keep_nothing_from_being_posted() -> None:
    asked: list[str] = []

    async def hanging(host: str) -> Sequence[str]:
        asked.append(host)
        await asyncio.Event().wait()
        return []

    poster = local(seconds=0.2, names=hanging)
    objections = [poster.objection_to(f"https://hooks-{each}.example.org/") for each in range(50)]

    assert all(await asyncio.gather(*objections))
    assert len(asked) == MOST_TRIED
    assert "try again" in (await poster.objection_to("https://hooks.example.org/") or "")


async def test_redirects_are_not_followed() -> None:
    async with receiving() as receiver, receiving() as elsewhere:
        receiver.behave = lambda _: Reply(307, {"Location": elsewhere.url})
        outcome = await post(local(), receiver.url)

    assert outcome == Answered(307)
    assert elsewhere.received == []


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as receiver, receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert await post(local(), receiver.url) == Answered(204)

    assert len(receiver.received) == 1
    assert proxy.received == []


async def test_tls_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    serving, trust = certificate(tmp_path, name=NAMED)
    async with receiving(tls=serving) as receiver:
        names = Names(["127.0.0.1"])
        good = await post(local(trust=trust, names=names), f"https://{NAMED}:{receiver.port}/")
        other = await post(local(trust=trust, names=names), f"https://other.example.org:{receiver.port}/")

    assert good == Answered(204)
    assert isinstance(other, NoAnswer)
    assert "certificate" in other.why
    assert len(receiver.received) == 1


async def test_what_is_to_be_said_is_asked_for_when_the_endpoint_listens(tmp_path: Path) -> None:
    serving, trust = certificate(tmp_path, name="127.0.0.1")
    shake, asked = asyncio.Event(), asyncio.Event()

    async def compose() -> Message:
        asked.set()
        return Message({}, b"now")

    async with receiving(tls=serving) as receiver, holding_back(receiver.port, until=shake) as port:
        posted = asyncio.create_task(local(trust=trust)(f"https://127.0.0.1:{port}/", compose))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asked.wait(), 0.2)
        shake.set()
        assert await posted == Answered(204)

    assert [received.body for received in receiver.received] == [b"now"]


async def test_what_is_called_off_while_it_connects_is_not_said() -> None:
    async def compose() -> None:
        return None

    async with receiving() as receiver:
        outcome = await local()(receiver.url, compose)

    assert isinstance(outcome, NoAnswer)
    assert receiver.received == []


@asynccontextmanager
async def holding_back(port: int, *, until: asyncio.Event) -> AsyncIterator[int]:
    """A port that leads to another, and lets nothing through before it is told to."""

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await until.wait()
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(OSError):
            await asyncio.gather(through(reader, back), through(there, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    serving, _ = certificate(tmp_path, name="127.0.0.1")
    async with receiving(tls=serving) as receiver:
        outcome = await post(local(), receiver.url)

    assert isinstance(outcome, NoAnswer)
    assert "certificate" in outcome.why
    assert receiver.received == []


async def test_an_endpoint_that_speaks_no_tls_is_refused() -> None:
    async with receiving() as receiver:
        outcome = await post(local(), receiver.url.replace("http:", "https:"))

    assert isinstance(outcome, NoAnswer)


async def test_an_endpoint_that_never_answers_is_left_after_the_time_limit() -> None:
    async with receiving() as receiver:
        receiver.behave = lambda _: Reply(silence=True)
        begun = time.monotonic()
        outcome = await post(local(seconds=0.3), receiver.url)
        took = time.monotonic() - begun

    assert outcome == NoAnswer("it did not answer within 0.3 seconds")
    assert took < 1.5


async def test_an_answer_that_trickles_is_left_after_the_time_limit_too() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            writer.close()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begun = time.monotonic()
    outcome = await post(local(seconds=0.4), f"http://127.0.0.1:{port}/")
    server.close()

    assert isinstance(outcome, NoAnswer)
    assert time.monotonic() - begun < 1.5


async def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    async with receiving() as receiver:
        receiver.behave = lambda _: Reply(200, {"Content-Length": str(10**12)}, b"x" * 2_000_000)
        begun = time.monotonic()
        outcome = await post(local(), receiver.url)

    assert outcome == Answered(200, None, "x" * 200)
    assert time.monotonic() - begun < 1


async def test_endless_headers_are_no_answer() -> None:
    async with receiving() as receiver:
        receiver.behave = lambda _: Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 2_000_000)
        assert isinstance(await post(local(), receiver.url), NoAnswer)


async def test_once_it_has_answered_a_body_that_never_ends_changes_nothing() -> None:
    async with receiving() as receiver:
        receiver.behave = lambda _: Reply(200, {"Content-Length": "100"}, b"beginning", held=True)
        begun = time.monotonic()
        outcome = await post(local(seconds=0.5), receiver.url)
        took = time.monotonic() - begun

    assert outcome == Answered(200, None, "beginning")
    assert took < 2.5


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\x01\x02", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 banana\r\n\r\n"]
)
async def test_what_is_not_http_is_no_answer(raw: bytes) -> None:
    async with receiving() as receiver:
        receiver.behave = lambda _: Reply(raw=raw)
        assert isinstance(await post(local(), receiver.url), NoAnswer)


async def test_nobody_there_is_no_answer() -> None:
    outcome = await post(local(), f"http://127.0.0.1:{free_port()}/")
    assert outcome == NoAnswer("it could not be connected to")


async def test_if_the_first_address_does_not_answer_the_next_one_is_asked() -> None:
    async with receiving() as receiver:
        names = Names(["127.0.0.2", "127.0.0.1"])
        assert await post(local(names=names), f"http://{NAMED}:{receiver.port}/") == Answered(204)


async def test_retry_after_is_passed_on() -> None:
    async with receiving() as receiver:
        receiver.behave = lambda _: Reply(503, {"Retry-After": "120"}, b"busy")
        assert await post(local(), receiver.url) == Answered(503, "120", "busy")


async def test_a_receiver_can_be_stopped_and_started_at_the_same_place() -> None:
    receiver = Receiver()
    await receiver.start()
    url = receiver.url
    await receiver.stop()
    assert isinstance(await post(local(), url), NoAnswer)
    await receiver.start()
    assert await post(local(), url) == Answered(204)
    await receiver.stop()
