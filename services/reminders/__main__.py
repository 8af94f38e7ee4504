"""Puts reminders together and runs it: `python -m services.reminders serve`."""

from __future__ import annotations

import hmac
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_OID

import httpx
import yaml
from pydantic import SecretStr

from contracts.terms import ChannelKind
from services.reminders.api import Development, routes
from services.reminders.channels import Messenger
from services.reminders.channels.mailbox import Mailbox
from services.reminders.channels.sms import SmsGateway
from services.reminders.channels.smtp import Smtp
from services.reminders.handlers import Handlers
from services.reminders.jobs import SendDueMessages
from services.reminders.policy.wording import Language, Wording
from services.reminders.settings import RemindersSettings
from shared.auth import Caller, KeyAuthenticator
from shared.commands import main
from shared.errors import Unauthenticated
from shared.ids import derived_id
from shared.jobs import Job
from shared.run import Kit, Parts, Service

WORDING = Path(__file__).parent / "wording"
GATEWAY = derived_id(NAMESPACE_OID, "foothold", "gateway")


def load_wording(folder: Path = WORDING) -> Wording:
    """Read every language; raises pydantic's `ValidationError` naming what is wrong with one."""
    files = sorted(folder.glob("*.yaml"))
    return Wording(Language.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in files)


async def build(kit: Kit[RemindersSettings]) -> Parts:
    """Join the gate, the providers and the routes."""
    settings = kit.settings
    gateway = _gateway_client(settings)
    sender = SendDueMessages(
        kit.database,
        _messengers(kit, gateway),
        wording=load_wording(),
        rules=settings.rules,
        provider_seconds=settings.reminders_provider_seconds,
        lease_seconds=settings.reminders_lease_seconds,
    )
    resources: list[AbstractAsyncContextManager[object]] = [gateway]
    return Parts(
        handlers=Handlers(settings.rules),
        jobs=(Job(name="send-due-messages", every=timedelta(seconds=1), run=sender.run),),
        given=(settings.rules, Development(mailbox=settings.reminders_development_mailbox)),
        resources=resources,
        key_authenticator=_by_key(settings.reminders_gateway_key),
    )


def _messengers(kit: Kit[RemindersSettings], gateway: httpx.AsyncClient) -> dict[ChannelKind, Messenger]:
    """The provider of each kind of channel; the development mailbox where none is configured."""
    settings = kit.settings
    messengers: dict[ChannelKind, Messenger] = {}
    if settings.reminders_development_mailbox:
        mailbox = Mailbox(kit.database)
        messengers = {ChannelKind.SMS: mailbox, ChannelKind.EMAIL: mailbox}
    if settings.reminders_sms_url is not None:
        messengers[ChannelKind.SMS] = SmsGateway(gateway, settings.reminders_sms_url)
    if settings.reminders_smtp_url is not None:
        messengers[ChannelKind.EMAIL] = Smtp(
            settings.reminders_smtp_url.get_secret_value(),
            sender=settings.reminders_smtp_sender,
            seconds=settings.reminders_provider_seconds,
        )
    return messengers


def _gateway_client(settings: RemindersSettings) -> httpx.AsyncClient:
    key = settings.reminders_sms_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return httpx.AsyncClient(headers=headers, timeout=settings.reminders_provider_seconds)


def _by_key(gateway_key: SecretStr | None) -> KeyAuthenticator | None:
    """Let the gateway in by its key; without a configured key nobody comes in by one."""
    if gateway_key is None:
        return None
    expected = gateway_key.get_secret_value()

    async def caller_of(key: str) -> Caller:
        if not hmac.compare_digest(key.encode(), expected.encode()):
            raise Unauthenticated("the key is not known here")
        return Caller(subject=GATEWAY, kind="partner")

    return caller_of


SERVICE = Service(
    name="reminders",
    title="Foothold reminders",
    description="What is said to clients and when, why something was not said, and what they wrote back.",
    settings=RemindersSettings,
    folder=Path(__file__).parent,
    routes=(routes,),
    build=build,
    handlers=Handlers,
)

if __name__ == "__main__":
    main(SERVICE)
