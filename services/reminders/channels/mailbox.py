"""The development mailbox: messages end up in Postgres, once each, where developers can read them."""

from __future__ import annotations

from services.reminders.channels import Letter
from services.reminders.store import timeline
from shared.outcomes import HandedOver, Outcome
from shared.unit_of_work import Database


class Mailbox:
    """Takes every message; a repeat of one changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, letter: Letter) -> Outcome:
        """Keep a message."""
        async with self._database.reading() as conn:
            await timeline.put_in_mailbox(
                conn,
                letter.id,
                client_id=letter.client_id,
                channel=letter.intent.channel,
                address=letter.intent.address,
                subject=letter.intent.subject,
                body=letter.intent.body,
                now=letter.at,
            )
        return HandedOver()
