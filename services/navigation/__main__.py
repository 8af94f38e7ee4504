"""Puts navigation together and runs it: `python -m services.navigation serve`."""

from __future__ import annotations

from pathlib import Path

from services.navigation.api import ROUTES
from services.navigation.api.base import Present
from services.navigation.api.link_door import Links
from services.navigation.api.mailing import Development
from services.navigation.api.over_nats import with_nats
from services.navigation.api.over_webhooks import with_webhooks
from services.navigation.catalogue import Catalogue
from services.navigation.channels.mail import Post
from services.navigation.channels.mailbox import Mailbox
from services.navigation.channels.smtp import Smtp
from services.navigation.commands import feed
from services.navigation.commands.finding import Finder
from services.navigation.commands.keys import Keys
from services.navigation.commands.mailing import SendMails
from services.navigation.commands.uploading import Imports
from services.navigation.directory import command as import_directory
from services.navigation.handlers import Handlers
from services.navigation.jobs import import_jobs, jobs, mail_jobs
from services.navigation.model.links import LinkRules
from services.navigation.settings import NavigationSettings
from shared.commands import main
from shared.run import Kit, Parts, Service


async def build(kit: Kit[NavigationSettings]) -> Parts:
    """Read the directory into memory, and give everybody the same view of it."""
    finder = Finder(Catalogue())
    async with kit.database.reading() as conn:
        await finder.refresh(conn)
        await finder.observe(conn)
    keys, waiting = Keys(kit.database), feed.waiting(kit.database)
    rules = kit.settings.link_rules
    imports = Imports(
        kit.database,
        database_url=kit.settings.database_url.get_secret_value(),
        schema=SERVICE.schema,
        folder=kit.settings.navigation_import_folder,
    )
    parts = Parts(
        handlers=Handlers(finder),
        jobs=(
            *jobs(kit.database, finder, keys),
            *import_jobs(imports),
            *mail_jobs(_mails(kit, rules)),
        ),
        given=(
            finder,
            Present(kit.clock),
            Links(rules),
            Development(mailbox=kit.settings.navigation_development_mailbox),
            keys,
            waiting,
        ),
        stopping=(waiting.stop, imports.stop),
        key_authenticator=keys.caller_of,
    )
    return with_webhooks(with_nats(parts, kit, finder, keys), kit)


def _mails(kit: Kit[NavigationSettings], rules: LinkRules | None) -> SendMails | None:
    """What writes mails: to the mail server, or else to the development mailbox; None where neither is."""
    settings = kit.settings
    post: Post
    if settings.navigation_smtp_url is not None:
        post = Smtp(
            settings.navigation_smtp_url.get_secret_value(),
            sender=settings.navigation_smtp_sender,
            seconds=settings.navigation_mail_seconds,
            authorities=settings.navigation_smtp_authorities,
        )
    elif settings.navigation_development_mailbox:
        post = Mailbox(kit.database)
    else:
        return None
    if rules is None:
        return None
    return SendMails(
        kit.database,
        post,
        rules=rules,
        seconds=settings.navigation_mail_seconds,
        attempts=settings.navigation_mail_attempts,
    )


SERVICE = Service(
    name="navigation",
    title="Foothold navigation",
    description="Who can help, and where every referral stands until it has an answer.",
    settings=NavigationSettings,
    folder=Path(__file__).parent,
    routes=ROUTES,
    build=build,
    handlers=Handlers,
    commands={"import-directory": import_directory.run},
)

if __name__ == "__main__":
    main(SERVICE)
