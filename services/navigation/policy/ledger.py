"""How the ledger is read: which time, in which words, as which CSV. Pure.

42 CFR 2.24 gives a client the list of three years. Older lines are kept, and shown when somebody asks for
that time; nothing here ever removes one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

from services.navigation.model.referrals import Disclosure

YEARS = 3

COLUMNS = (
    "told_at",
    "organization_name",
    "what",
    "purpose",
    "channel",
    "consent_id",
    "scopes",
    "referral_id",
    "organization_id",
    "id",
    "notice",
)

CHANNELS = {
    "nats": "sent to their computer system",
    "webhook": "sent to their computer system",
    "feed": "fetched by their computer system",
    "fhir": "fetched by their computer system",
    "partner_api": "their computer system could read it",
    "link": "shown on a web page that only they had the address of",
    "staff": "told by a member of staff",
}

_RUNS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def beginning(*, since: datetime | None, until: datetime | None, now: datetime) -> datetime:
    """From when on lines are shown: as asked, or else the three years up to the end of what is asked."""
    if since is not None:
        return since
    end = now if until is None else min(now, until)
    try:
        return end.replace(year=end.year - YEARS)
    except ValueError:  # 29 February; a day more does no harm
        return end.replace(year=end.year - YEARS, day=28)


def how(channel: str) -> str:
    """How somebody was told, in plain words."""
    return CHANNELS.get(channel, channel)


def in_words(code: str) -> str:
    """A code as plain words."""
    return code.replace("_", " ")


def heading() -> str:
    """The first line of the CSV."""
    return lines([COLUMNS])


def rows(entries: Iterable[Disclosure]) -> str:
    """Lines of the ledger as RFC 4180 has them. No cell is taken for a formula by a spreadsheet."""
    return lines([safe_cell(value) for value in _cells(entry)] for entry in entries)


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run instead of show."""
    dangerous = text.startswith(_RUNS_IN_A_SPREADSHEET) or text.lstrip().startswith(_RUNS_IN_A_SPREADSHEET)
    return "'" + text if dangerous else text


def _cells(entry: Disclosure) -> tuple[str, ...]:
    return (
        entry.told_at.astimezone(UTC).isoformat(),
        entry.organization_name,
        entry.what,
        entry.purpose,
        entry.channel,
        str(entry.consent_id),
        " ".join(sorted(entry.scopes)),
        str(entry.referral_id),
        str(entry.organization_id),
        str(entry.id),
        entry.notice,
    )


def lines(cells: Iterable[Iterable[str]]) -> str:
    """Rows of cells as RFC 4180 writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(cells)
    return text.getvalue()
