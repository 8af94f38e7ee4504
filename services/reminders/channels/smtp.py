"""E-mail through an SMTP server. The Message-ID is the message's id, so that a repeat can be told apart."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.reminders.channels import HandedOver, Letter, Never, NotNow, Outcome

PERMANENT = 500
"""SMTP reply codes from here on say that trying again is of no use."""
PORTS = {"smtp": 587, "smtps": 465}


class Smtp:
    """Hands mails to one server (smtp://user:password@host:port or smtps://...), a connection for each."""

    def __init__(self, url: str, *, sender: str, seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or parts.hostname is None:
            raise ValueError("an SMTP address is smtp://user:password@host:port or smtps://...")
        self._sender = sender
        self._seconds = seconds
        self._hostname = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, letter: Letter) -> Outcome:
        """Hand over one mail."""
        try:
            mail = self._mail(letter)
        except ValueError:
            return Never("the address cannot be written to")
        try:
            await aiosmtplib.send(
                mail,
                hostname=self._hostname,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
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


def _answered(code: int) -> NotNow | Never:
    why = f"the mail server answered {code}"
    return Never(why) if code >= PERMANENT else NotNow(why)
