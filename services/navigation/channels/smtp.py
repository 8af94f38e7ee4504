"""E-mail through an SMTP server, never in the clear: only one on this very machine may do without TLS."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path

from services.navigation.channels.mail import Mail
from shared.outcomes import Never, Outcome
from shared.smtp import SmtpServer


class Smtp:
    """Hands mails to one server: smtp://user:password@host:port means STARTTLS, smtps://... TLS at once.

    A server that offers no TLS, or whose certificate does not hold, gets nothing.
    """

    def __init__(self, url: str, *, sender: str, seconds: float, authorities: Path | None = None) -> None:
        self._sender = sender
        self._server = SmtpServer(url, seconds=seconds, encrypted=True, authorities=authorities)

    async def send(self, mail: Mail) -> Outcome:
        """Hand over one mail."""
        try:
            message = self._message(mail)
        except ValueError:
            return Never("the address cannot be written to")
        return await self._server.take(message)

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.address
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(mail.at)
        message["Message-ID"] = f"<{mail.id}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        return message
