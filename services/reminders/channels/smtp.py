"""E-mail through an SMTP server. The Message-ID is the message's id, so that a repeat can be told apart."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from services.reminders.channels import Letter
from shared.outcomes import Never, Outcome
from shared.smtp import SmtpServer


class Smtp:
    """Hands mails to one server (smtp://user:password@host:port or smtps://...), a connection for each."""

    def __init__(self, url: str, *, sender: str, seconds: float) -> None:
        self._sender = sender
        self._server = SmtpServer(url, seconds=seconds)

    async def send(self, letter: Letter) -> Outcome:
        """Hand over one mail."""
        try:
            mail = self._mail(letter)
        except ValueError:
            return Never("the address cannot be written to")
        return await self._server.take(mail)

    def _mail(self, letter: Letter) -> EmailMessage:
        sender = parseaddr(self._sender)[1]
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = letter.intent.address
        mail["Subject"] = letter.intent.subject or ""
        mail["Date"] = format_datetime(letter.at)
        mail["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
        mail["List-Unsubscribe"] = f"<mailto:{sender}?subject=STOP>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.intent.body)
        return mail
