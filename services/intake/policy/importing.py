"""How a row of a file becomes a client, or does not, and why: the same for any order of the rows.

What becomes of a row depends on the row, on what is on file, and on the other rows as a set; never on which
came first. Nobody is taken for somebody else: whatever may be the same person waits for a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from pydantic import ValidationError

from contracts.terms import ChannelKind
from contracts.values import Channel, ClientContext
from services.intake.model import Client, Contact, Flawed, Registration
from services.intake.model.importing import (
    DateOrder,
    Decided,
    Origin,
    Outcome,
    RawRow,
    ReadingRules,
    ReadRow,
    RejectedRow,
    Shown,
)
from services.intake.model.matching import Candidate, OnFile
from services.intake.policy.likeness import likeness_of, spelled
from services.intake.policy.records import register

FIELDS: Mapping[str, tuple[str, ...]] = {
    "record_id": ("record_id", "id", "external_id", "client_number"),
    "full_name": ("full_name", "name"),
    "given_name": ("given_name", "first_name", "forename"),
    "family_name": ("family_name", "surname", "last_name"),
    "preferred_name": ("preferred_name", "known_as"),
    "born_on": ("born_on", "date_of_birth", "dob", "birth_date"),
    "postcode": ("postcode", "postal_code", "zip", "zip_code"),
    "sms": ("sms", "mobile", "mobile_phone", "mobile_number"),
    "phone": ("phone", "telephone", "phone_number"),
    "email": ("email", "e_mail", "email_address"),
    "post": ("post", "address", "postal_address"),
    "safe_channels": ("safe_channels", "safe"),
    "time_zone": ("time_zone", "timezone"),
    "language": ("language", "preferred_language"),
    "pace": ("pace",),
    "setting": ("setting",),
    "free_only": ("free_only",),
    "caring_duties": ("caring_duties",),
    "contact_prohibited": ("contact_prohibited", "do_not_contact"),
    "messages_wanted": ("messages_wanted", "messages_agreed"),
}
"""The columns that are read, and the names they are known by; spaces, case and hyphens do not matter."""

_KNOWN_AS = {name: field for field, names in FIELDS.items() for name in names}
_YES = {"yes", "y", "true", "1"}
_NO = {"no", "n", "false", "0"}
_WAYS = {
    "sms": ChannelKind.SMS,
    "phone": ChannelKind.PHONE,
    "email": ChannelKind.EMAIL,
    "post": ChannelKind.POST,
}
_DATES = {DateOrder.DAY_FIRST: (2, 1, 0), DateOrder.MONTH_FIRST: (2, 0, 1)}
_WORDS = {
    "time_zone": "is not an IANA time zone, such as Europe/London",
    "language": "is not a language tag, such as en or pt-BR",
    "pace": "is slow, steady or brisk",
    "setting": "is in_person, remote or either",
}
_LONGEST = {
    "record_id": 200,
    "full_name": 200,
    "given_name": 100,
    "family_name": 100,
    "preferred_name": 200,
    "postcode": 12,
}
NOBODY = UUID(int=0)


class UnreadableError(ValueError):
    """A cell says something that cannot be read; the message is for whoever puts it right."""


def fields_of(header: Sequence[str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """Which columns are read as which of our fields, and which are not read."""
    read: dict[int, str] = {}
    ignored: list[str] = []
    for place, name in enumerate(header):
        field = _KNOWN_AS.get("_".join(spelled(name.replace("_", " "))))
        if field is None or field in read.values():
            ignored.append(name)
        else:
            read[place] = field
    return read, tuple(ignored)


def read_row(row: RawRow, rules: ReadingRules, now: datetime) -> ReadRow | RejectedRow:
    """Make a client of a row, checked like any other registration; or say why it cannot be one."""
    cells = _said(row)
    if long := [field for field, most in _LONGEST.items() if len(cells.get(field, "")) > most]:
        return RejectedRow(line=row.line, reason=f"{long[0]} is longer than {_LONGEST[long[0]]} characters.")
    try:
        proposed = _client(cells, rules, now)
    except UnreadableError as unreadable:
        return RejectedRow(line=row.line, reason=str(unreadable))
    except ValidationError as wrong:
        return RejectedRow(line=row.line, reason=_why(wrong))
    outcome = register(proposed, now, same_person=(), is_someone_else=True)
    if isinstance(outcome, Flawed):
        return RejectedRow(line=row.line, reason=" ".join(flaw.words for flaw in outcome.flaws))
    assert isinstance(outcome, Registration), "nobody was given who could be the same"
    client = outcome.client
    content = _content(client)
    return ReadRow(
        line=row.line,
        client=client,
        likeness=likeness_of(client),
        record_id=cells.get("record_id") or "content " + content.hex(),
        content=content,
    )


def decide(row: ReadRow, *, origin: Origin | None, same_record: Iterable[tuple[int, bytes]]) -> Decided:
    """Decide what becomes of a row, as far as its own record says; a new client unless others are alike.

    `origin` is what the record is on file as, if it came before; `same_record` are the other lines of the
    file with its record id, and what they say.
    """
    others = sorted(same_record)
    different = [line for line, content in others if content != row.content]
    if different:
        return _rejected(row, f"Line {different[0]} has the same record id and says something else.")
    if others and others[0][0] < row.line:
        return Decided(
            line=row.line, outcome=Outcome.REPEATED, reason=f"It says the same as line {others[0][0]}."
        )
    if origin is not None:
        return _came_before(row, origin)
    return Decided(line=row.line, outcome=Outcome.CREATED, reason="Nobody on record is like them.")


def unless_alike(decided: Decided, *, on_file: Iterable[Candidate], in_file: Iterable[Candidate]) -> Decided:
    """Let a new client wait for a person where somebody may be the same, on file or in another line."""
    shown = (*(_shown(each) for each in on_file), *(_in_line(each) for each in in_file))
    if not shown:
        return decided
    return Decided(
        line=decided.line,
        outcome=Outcome.WAITING,
        reason="It may be somebody who is on record already; please look.",
        shown=tuple(sorted(shown, key=lambda s: (-s.score, s.line or 0, s.client_id or NOBODY))),
    )


def as_on_file(row: RawRow, rules: ReadingRules) -> OnFile:
    """A row that could be read, as the matcher sees what is on file; its line stands where an id would."""
    here, cells = UUID(int=row.line), _said(row)
    name = _full_name(cells)
    return OnFile(
        client_id=here,
        survivor_id=here,
        full_name=name,
        preferred_name=cells.get("preferred_name", ""),
        born_on=_date(cells.get("born_on"), rules.dates),
        postcode=cells.get("postcode"),
        channels=_channels(cells),
    )


def _came_before(row: ReadRow, origin: Origin) -> Decided:
    if origin.content == row.content:
        return Decided(
            line=row.line,
            outcome=Outcome.UNCHANGED,
            reason="It was imported before and says the same.",
            client_id=origin.client_id,
        )
    return Decided(
        line=row.line,
        outcome=Outcome.WAITING,
        reason="It was imported before and says something else now; please look which is right.",
        client_id=origin.client_id,
    )


def _rejected(row: ReadRow, reason: str) -> Decided:
    return Decided(line=row.line, outcome=Outcome.REJECTED, reason=reason)


def _shown(candidate: Candidate) -> Shown:
    return Shown(
        score=candidate.match.score,
        reasons=tuple(each.words for each in candidate.match.because),
        client_id=candidate.record.survivor_id,
    )


def _in_line(candidate: Candidate) -> Shown:
    # What stands in a file has its line where an id would be.
    shown = _shown(candidate)
    return replace(shown, client_id=None, line=candidate.record.client_id.int)


def _client(cells: Mapping[str, str], rules: ReadingRules, now: datetime) -> Client:
    full_name = _full_name(cells)
    if not full_name:
        raise UnreadableError("There is no name in this row.")
    context = ClientContext(
        client_id=NOBODY,
        version=1,
        time_zone=cells.get("time_zone", rules.time_zone),
        language=cells.get("language", rules.language),
        postcode=cells.get("postcode"),
        born_on=_date(cells.get("born_on"), rules.dates),
        caring_duties=_yes_or_no(cells, "caring_duties"),
        free_only=bool(_yes_or_no(cells, "free_only")),
        **{field: cells[field].casefold() for field in ("pace", "setting") if field in cells},  # type: ignore[arg-type]
    )
    contact = Contact(
        full_name=full_name,
        preferred_name=cells.get("preferred_name") or full_name.split(maxsplit=1)[0],
        channels=_channels(cells),
        contact_prohibited=bool(_yes_or_no(cells, "contact_prohibited")),
        messages_wanted=bool(_yes_or_no(cells, "messages_wanted")),
    )
    return Client(context=context, contact=contact, registered_at=now, changed_at=now)


def _said(row: RawRow) -> dict[str, str]:
    return {field: value.strip() for field, value in row.cells.items() if value.strip()}


def _full_name(cells: Mapping[str, str]) -> str:
    parts = (cells.get("given_name"), cells.get("family_name"))
    return cells.get("full_name") or " ".join(part for part in parts if part)


def _channels(cells: Mapping[str, str]) -> tuple[Channel, ...]:
    """Ways to reach them; only those that the row calls safe are: nothing is sent to others."""
    safe = set(spelled(cells.get("safe_channels", "")))
    unknown = safe - set(_WAYS)
    if unknown:
        raise UnreadableError(f"Safe channels are sms, phone, email or post, not {min(unknown)}.")
    return tuple(
        Channel(kind=kind, address=cells[field], safe=field in safe)
        for field, kind in _WAYS.items()
        if field in cells
    )


def _date(written: str | None, order: DateOrder) -> date | None:
    if written is None:
        return None
    parts = written.replace("/", "-").replace(".", "-").split("-")
    try:
        if len(parts) == 3 and len(parts[0]) == 4:
            return date(*(int(part) for part in parts))
        if len(parts) == 3 and len(parts[2]) == 4 and order in _DATES:
            return date(*(int(parts[place]) for place in _DATES[order]))
    except ValueError:
        pass
    raise UnreadableError(
        "The date of birth cannot be read; write it like 1991-03-14, or say how dates are written."
    )


def _yes_or_no(cells: Mapping[str, str], field: str) -> bool | None:
    said = cells.get(field, "").casefold()
    if not said:
        return None
    if said not in _YES | _NO:
        raise UnreadableError(f"{field} is yes or no, or empty where it was not said.")
    return said in _YES


def _why(wrong: ValidationError) -> str:
    """What is wrong, without repeating what was there: reports are looked at in many places."""
    fields = {str(fault["loc"][0]) if fault["loc"] else "row" for fault in wrong.errors()}
    return " ".join(f"{field} {_WORDS.get(field, 'cannot be read')}." for field in sorted(fields))


def _content(client: Client) -> bytes:
    """What is equal for two rows that say the same."""
    said = {
        "context": client.context.model_dump(mode="json", exclude={"client_id", "version"}),
        "contact": [
            client.contact.full_name,
            client.contact.preferred_name,
            [channel.model_dump(mode="json") for channel in client.contact.channels],
            client.contact.contact_prohibited,
            client.contact.messages_wanted,
        ],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
