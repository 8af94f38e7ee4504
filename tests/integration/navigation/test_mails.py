"""Mails to partners, as an RFC-correct mail server gets them: at least once, sealed, and telling nothing."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.local.ports import free_port
from services.navigation.channels.mail import Mail
from services.navigation.channels.smtp import Smtp
from services.navigation.commands.mailing import SendMails
from services.navigation.settings import NavigationSettings
from shared.ids import new_id
from shared.outcomes import HandedOver, NotNow, Outcome
from tests.integration.navigation.conftest import Navigation
from tests.integration.navigation.linked import (
    ADDRESS,
    WORDS,
    referred,
    the_referral,
)
from tests.support.builders_navigation import listing
from tests.support.eventually import eventually
from tests.support.links import LINKED, path_in

SENDER = "Foothold <no-reply@foothold.example.org>"


class Post:
    """A mail server on this machine. `answers` are what it says to the next mails, then it takes them."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.tried = 0
        self.taken: list[EmailMessage] = []
        self.sealed: set[bool] = set()

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.tried += 1
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            parsed = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(parsed, EmailMessage)
            self.taken.append(parsed)
            self.sealed.add(session.ssl is not None)
        return answer


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def server(post: Post) -> Iterator[Controller]:
    controller = Controller(post, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def further_settings(server: Controller) -> dict[str, object]:
    return {
        **LINKED,
        "navigation_smtp_url": f"smtp://127.0.0.1:{server.port}",
        "navigation_smtp_sender": SENDER,
    }


@pytest.fixture
async def client_id(navigation: Navigation) -> UUID:
    return await referred(navigation, listing(service_name="Alcohol support in Leeds"))


async def text_of(post: Post, number: int = 1) -> str:
    await eventually(lambda: len(post.taken) >= number)
    return str(post.taken[-1].get_content())


async def address_view(navigation: Navigation, client_id: UUID) -> dict[str, object]:
    organization_id = (await the_referral(navigation, client_id))["organization_id"]
    answer = await navigation.as_("admin").get(f"/partners/{organization_id}/email")
    view: dict[str, object] = answer.json()
    return view


async def test_the_mail_tells_that_something_is_there_and_nothing_about_anybody(
    navigation: Navigation, client_id: UUID, post: Post
) -> None:
    body = await text_of(post)
    (mail,) = post.taken

    assert mail["To"] == ADDRESS
    assert mail["From"] == SENDER
    assert mail["Subject"] == "A request is waiting for your answer"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@foothold.example.org>")
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert mail.get_content_type() == "text/plain"

    page = await navigation.http.get(path_in(body))
    assert page.status_code == 200
    assert "Amina" in page.text
    sent = bytes(mail).decode() + body
    referral = await the_referral(navigation, client_id)
    secrets = ("Amina", "Diallo", "+44", WORDS, "transport", "Alcohol", "Leeds", "Aire Valley", "referral")
    identifiers = [str(referral[name]) for name in ("id", "client_id", "service_id", "organization_id")]
    assert [word for word in (*secrets, *identifiers) if word in sent] == []


async def test_what_is_being_answered_needs_no_mail(
    navigation: Navigation, client_id: UUID, post: Post
) -> None:
    await text_of(post)
    referral = await the_referral(navigation, client_id)
    said = await navigation.post(f"/referrals/{referral['id']}/answers", {"said": {"answer": "accept"}})
    assert said.status_code == 200, said.text
    no = await navigation.post(f"/referrals/{referral['id']}/client-declines", {"text": "Not now."})
    assert no.status_code == 200, no.text

    await text_of(post, 2)

    assert [mail["Subject"] for mail in post.taken] == [
        "A request is waiting for your answer",
        "Something has changed, please have a look",
    ]
    # The news leads to the page that the partner has already.
    assert path_in(str(post.taken[0].get_content())) == path_in(str(post.taken[1].get_content()))


async def test_a_server_that_is_busy_is_asked_again(navigation: Navigation, post: Post) -> None:
    post.answers = ["451 later, please"]
    client_id = await referred(navigation, listing())
    await eventually(lambda: post.tried, 1)

    view = await eventually(
        lambda: address_view(navigation, client_id), lambda seen: seen["last_problem"] is not None
    )
    assert (view["last_problem"], view["waiting"]) == ("the mail server answered 451", 1)
    await hurry(navigation)
    await text_of(post)
    view = await eventually(lambda: address_view(navigation, client_id), lambda seen: seen["waiting"] == 0)
    assert view["last_sent_at"] is not None


async def hurry(navigation: Navigation) -> None:
    """Let everything that waits for its next try be due now."""
    async with navigation.service.database.reading() as conn:
        await conn.execute("update delivery set due_at = clock_timestamp() where state = 'waiting'")


async def test_an_address_that_nobody_has_is_given_up_where_staff_see_it_and_can_be_tried_again(
    navigation: Navigation, post: Post
) -> None:
    post.answers = ["550 nobody of that name"]
    client_id = await referred(navigation, listing())

    view = await eventually(lambda: address_view(navigation, client_id), lambda seen: seen["given_up"] == 1)
    assert view["last_problem"] == "the mail server answered 550"
    assert ADDRESS not in str(view["last_problem"])

    referral = await the_referral(navigation, client_id)
    again = await navigation.post(f"/referrals/{referral['id']}/links", {})
    assert again.status_code == 200, again.text
    page = await navigation.http.get(path_in(await text_of(post)))
    assert page.status_code == 200


async def test_a_mail_that_was_sent_before_a_crash_is_sent_again_as_the_same_mail(
    navigation: Navigation, client_id: UUID, post: Post
) -> None:
    await text_of(post)
    async with navigation.service.database.reading() as conn:
        # As if the process had died between the server's yes and writing it down.
        await conn.execute(
            "update delivery set state = 'waiting', due_at = clock_timestamp(), delivered_at = null"
        )

    await text_of(post, 2)

    first, second = post.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content() == second.get_content()


async def test_several_copies_share_the_mails(navigation: Navigation, post: Post) -> None:
    for _ in range(4):
        await referred(navigation, listing())
    await text_of(post, 4)
    async with navigation.service.database.reading() as conn:
        await conn.execute("update delivery set state = 'waiting', due_at = clock_timestamp()")
    rules = NavigationSettings.model_validate(
        {"database_url": "postgres://x", "token_public_key": "x", **LINKED}
    ).link_rules
    assert rules is not None
    database, slow = navigation.service.database, Slow()
    copies = [SendMails(database, slow, rules=rules, seconds=5, attempts=3) for _ in range(3)]

    await asyncio.gather(*(copy.run() for copy in copies))

    # The running service took its share as well.
    await eventually(lambda: len(slow.seen) + len(post.taken) - 4, 4)
    assert len(slow.seen) == len(set(slow.seen))


class Slow:
    """Takes mails, slowly."""

    def __init__(self) -> None:
        self.seen: list[UUID] = []

    async def send(self, mail: Mail) -> Outcome:
        self.seen.append(mail.id)
        await asyncio.sleep(0.2)
        return HandedOver()


def mail() -> Mail:
    return Mail(
        id=new_id(), address=ADDRESS, subject="Hello", body="Hello", at=datetime(2026, 11, 23, 9, tzinfo=UTC)
    )


async def test_nothing_goes_in_the_clear_to_another_machine(server: Controller, post: Post) -> None:
    # 127.0.0.2 is not this machine by name, so that it stands for any other.
    elsewhere = Controller(post, hostname="127.0.0.2", port=free_port())
    elsewhere.start()
    try:
        outcome = await Smtp(f"smtp://127.0.0.2:{elsewhere.port}", sender=SENDER, seconds=5).send(mail())
    finally:
        elsewhere.stop()

    assert isinstance(outcome, NotNow)
    assert post.taken == []


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.2 that nobody trusts who was not told to, and its key."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.2")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.2"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@pytest.fixture
async def sealed(post: Post, authority: tuple[Path, Path]) -> AsyncIterator[Controller]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority)
    controller = Controller(
        post, hostname="127.0.0.2", port=free_port(), tls_context=context, require_starttls=True
    )
    controller.start()
    yield controller
    controller.stop()


async def test_a_server_gets_mail_sealed_once_it_has_shown_who_it_is(
    sealed: Controller, post: Post, authority: tuple[Path, Path]
) -> None:
    url = f"smtp://127.0.0.2:{sealed.port}"

    unknown = await Smtp(url, sender=SENDER, seconds=5).send(mail())
    trusted = await Smtp(url, sender=SENDER, seconds=5, authorities=authority[0]).send(mail())

    assert isinstance(unknown, NotNow)
    assert trusted == HandedOver()
    assert (len(post.taken), post.sealed) == (1, {True})


async def test_a_server_that_is_not_there_is_a_matter_of_time() -> None:
    outcome = await Smtp(f"smtp://127.0.0.1:{free_port()}", sender=SENDER, seconds=5).send(mail())

    assert isinstance(outcome, NotNow)
    assert ADDRESS not in outcome.why


NO_ADDRESSES = (
    "",
    "rides",
    "rides@",
    "a b@example.org",
    "rides@example.org\nBcc: x@y.zz",
    "x" * 250 + "@example.org",
)


async def test_what_is_no_address_is_refused(navigation: Navigation) -> None:
    one = listing()
    await navigation.add(one)
    path = f"/partners/{one.organization_id}/email"

    for address in NO_ADDRESSES:
        answer = await navigation.as_("admin").post(path, {"address": address})
        assert answer.status_code == 422, address
        assert "x@y.zz" not in answer.text

    assert (await navigation.as_("admin").get(path)).status_code == 404
