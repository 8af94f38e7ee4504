"""E-mail through one SMTP server, a connection for each; whatever happens, the outcome is a value."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from shared.outcomes import HandedOver, Never, NotNow, Outcome

PERMANENT = 500
"""SMTP reply codes from here on say that trying again is of no use."""
PORTS = {"smtp": 587, "smtps": 465}
HERE = frozenset({"127.0.0.1", "::1", "localhost"})


class SmtpServer:
    """smtp://user:password@host:port means STARTTLS where it is offered, smtps://... TLS at once.

    `encrypted`: a server that offers no TLS, or whose certificate does not hold, gets nothing, unless it is
    on this very machine. `authorities` is a file with the only certificates to trust.
    """

    def __init__(
        self, url: str, *, seconds: float, encrypted: bool = False, authorities: Path | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or parts.hostname is None:
            raise ValueError("an SMTP address is smtp://user:password@host:port or smtps://...")
        self._seconds = seconds
        self._hostname = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        # None: where the server offers it.
        must = encrypted and parts.hostname not in HERE
        self._start_tls = False if self._tls else True if must else None
        self._authorities = str(authorities) if authorities else None
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def take(self, message: EmailMessage) -> Outcome:
        """Hand over one mail."""
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


def _answered(code: int) -> NotNow | Never:
    why = f"the mail server answered {code}"
    return Never(why) if code >= PERMANENT else NotNow(why)
