"""E-mail through an SMTP server, never in the clear: only one on this very machine may do without TLS."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.navigation.channels.mail import HandedOver, Mail, Never, NotNow, Outcome

PERMANENT = 500
"""SMTP reply codes from here on say that trying again is of no use."""
PORTS = {"smtp": 587, "smtps": 465}
HERE = frozenset({"127.0.0.1", "::1", "localhost"})


class Smtp:
    """Hands mails to one server: smtp://user:password@host:port means STARTTLS, smtps://... TLS at once.

    A server that offers no TLS, or whose certificate does not hold, gets nothing.
    """

    def __init__(self, url: str, *, sender: str, seconds: float, authorities: Path | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or parts.hostname is None:
            raise ValueError("an SMTP address is smtp://user:password@host:port or smtps://...")
        self._sender = sender
        self._seconds = seconds
        self._hostname = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        # None: where the server offers it.
        self._start_tls = False if self._tls else None if parts.hostname in HERE else True
        self._authorities = str(authorities) if authorities else None
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, mail: Mail) -> Outcome:
        """Hand over one mail."""
        try:
            message = self._message(mail)
        except ValueError:
            return Never("the address cannot be written to")
        try:
            await aiosmtplib.send(
                message,
                hostname=self._hostname,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                start_tls=self._start_tls,
                cert_bundle=self._authorities,
                timeout=self._seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _answered(min(recipient.code for recipient in refused.recipients))
        except aiosmtplib.SMTPAuthenticationError:
            return NotNow("the mail server did not let us in")
        except aiosmtplib.SMTPResponseException as answer:
            return _answered(answer.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            return NotNow(f"the mail server could not be reached ({type(error).__name__})")
        return HandedOver()

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


def _answered(code: int) -> NotNow | Never:
    why = f"the mail server answered {code}"
    return Never(why) if code >= PERMANENT else NotNow(why)
