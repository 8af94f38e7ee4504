"""The development mailbox: mails to partners end up in Postgres, once each, for developers to read."""

from __future__ import annotations

from services.navigation.channels.mail import Mail
from services.navigation.store import mailbox
from shared.outcomes import HandedOver, Outcome
from shared.unit_of_work import Database


class Mailbox:
    """Takes every mail; a repeat of one changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, mail: Mail) -> Outcome:
        """Keep a mail."""
        async with self._database.reading() as conn:
            await mailbox.put(
                conn, mail.id, address=mail.address, subject=mail.subject, body=mail.body, at=mail.at
            )
        return HandedOver()
