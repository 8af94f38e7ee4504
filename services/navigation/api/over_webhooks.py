"""What posting to partners' endpoints adds to the parts of navigation: the sender, its jobs, the set-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.navigation.channels.webhook_door import Door
from services.navigation.channels.webhook_secrets import Vault, key_of
from services.navigation.channels.webhooks import Poster
from services.navigation.commands.webhook_sending import WebhookSender
from services.navigation.commands.webhooks import Webhooks, tidy
from services.navigation.settings import NavigationSettings
from shared.jobs import Job
from shared.run import Kit, Parts


def with_webhooks(parts: Parts, kit: Kit[NavigationSettings]) -> Parts:
    """Post to endpoints as well; without a key to keep secrets with, say so to who wants to register one."""
    settings = kit.settings
    key, local = settings.navigation_webhook_key, settings.navigation_webhooks_local_development
    webhooks = Webhooks(
        vault=Vault(key_of(key.get_secret_value()) if key else None),
        poster=Poster(Door(local_development=local), seconds=settings.navigation_webhook_seconds),
        local_development=local,
    )
    sender = WebhookSender(
        kit.database,
        webhooks.poster,
        webhooks.vault,
        most_at_once=settings.navigation_webhooks_at_once,
        lease=timedelta(seconds=3 * settings.navigation_webhook_seconds),
    )

    async def put_in_order() -> int:
        return await tidy(kit.database)

    return replace(
        parts,
        jobs=(
            *parts.jobs,
            Job(name="send-webhooks", every=timedelta(seconds=0.2), run=sender.run, real_time=True),
            Job(name="tidy-webhooks", every=timedelta(minutes=1), run=put_in_order, real_time=True),
        ),
        given=(*parts.given, webhooks),
        resources=(*parts.resources, sender),
    )
