"""What services of the directory are found by, and how a search is written in an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from contracts.events.navigation import ServiceChanged
from contracts.terms import Capacity
from services.desk.model.directory import FoundBy, Standing, Wanted
from services.desk.policy.directory_words import CAPACITIES, FRESH_DAYS
from services.desk.policy.kinds_of_help import codes_and_broader, kind_words, kinds_words
from services.desk.policy.names import words_of

LONGEST_WORD = 60
LONGEST_NAME = 200
LONGEST_PLACE = 10
MOST_WORDS = 8


def found_by(said: ServiceChanged) -> FoundBy:
    """By what a search comes upon a service: its words, its kinds of help and its place in the order."""
    details = said.details
    texts = (said.name, said.organization_name, details.description, details.eligibility)
    return FoundBy(
        sort_name=said.name.casefold()[:LONGEST_NAME],
        codes=codes_and_broader(said.codes),
        words=_words(*(text for text in texts if text), *kinds_words(said.codes)),
    )


def _words(*texts: str) -> tuple[str, ...]:
    return tuple(sorted({word[:LONGEST_WORD] for word in words_of(*texts)}))


def query_of(typed: str) -> str | None:
    """Words as PostgreSQL searches for them: each begins a word of a service. None where there are none.

    Single letters beside longer words say nothing and are passed over.
    """
    words = _words(typed)
    telling = [word for word in words if len(word) > 1] or list(words)
    return " & ".join(f"'{word}':*" for word in sorted(telling, key=len)[-MOST_WORDS:]) or None


class Checked(StrEnum):
    """When somebody last said that the entry is right."""

    EVER = ""
    THIS_MONTH = "30"
    THIS_QUARTER = "90"
    THIS_HALF_YEAR = "180"
    STALE = "stale"
    NEVER = "never"


class Shown(StrEnum):
    """Which services are looked among."""

    OPEN = ""
    CLOSED = "closed"
    RETIRED = "retired"
    ALL = "all"


class Room(StrEnum):
    """Whether they can take somebody on."""

    ANY = ""
    HAS = "has"
    WAITLIST = "waitlist"
    NONE = "none"
    UNKNOWN = "unknown"


class LookAt(StrEnum):
    """What wants an editor's eye."""

    ANYTHING = ""
    REPORTED = "reported"
    CONFLICTING = "conflicting"


CHECKED_WORDS: Mapping[Checked, str] = {
    Checked.EVER: "At any time, or never",
    Checked.THIS_MONTH: "In the last 30 days",
    Checked.THIS_QUARTER: "In the last 90 days",
    Checked.THIS_HALF_YEAR: "In the last half year",
    Checked.STALE: "Not for half a year, or never",
    Checked.NEVER: "Never",
}
SHOWN_WORDS: Mapping[Shown, str] = {
    Shown.OPEN: "Open",
    Shown.CLOSED: "Closed for now",
    Shown.RETIRED: "No longer listed",
    Shown.ALL: "All of them",
}
ROOM_WORDS: Mapping[Room, str] = {Room.ANY: "Whether or not"} | {
    Room(one.value): words for one, (words, _) in CAPACITIES.items()
}
LOOK_WORDS: Mapping[LookAt, str] = {
    LookAt.ANYTHING: "All of them",
    LookAt.REPORTED: "With reports that wait",
    LookAt.CONFLICTING: "Whose directory says something else than we do",
}
_STANDINGS: Mapping[Shown, Sequence[Standing]] = {
    Shown.OPEN: (Standing.OPEN,),
    Shown.CLOSED: (Standing.CLOSED,),
    Shown.RETIRED: (Standing.RETIRED,),
    Shown.ALL: tuple(Standing),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What somebody looks for, as their address says it."""

    words: str = ""
    kind: str = ""
    place: str = ""
    checked: Checked = Checked.EVER
    shown: Shown = Shown.OPEN
    room: Room = Room.ANY
    look: LookAt = LookAt.ANYTHING

    @property
    def query(self) -> str:
        """All of it that is said, as an address says it."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return urlencode({name: str(value) for name, value in said.items() if value})

    @property
    def is_narrow(self) -> bool:
        """Whether any of the filters is on that are not always in sight."""
        return bool(self.checked or self.shown or self.room or self.look)

    def wanted(self, *, today: date) -> Wanted:
        """What the store is asked for."""
        days = int(self.checked) if self.checked.isdecimal() else None
        half_a_year_ago = today - timedelta(days=FRESH_DAYS)
        return Wanted(
            words=query_of(self.words),
            code=self.kind or None,
            prefixes=prefixes_of(self.place),
            standings=_STANDINGS[self.shown],
            checked_from=today - timedelta(days=days) if days else None,
            checked_before=half_a_year_ago if self.checked is Checked.STALE else None,
            never_checked=self.checked is Checked.NEVER,
            capacity=Capacity(self.room.value) if self.room else None,
            reported=self.look is LookAt.REPORTED,
            conflicting=self.look is LookAt.CONFLICTING,
        )

    @property
    def among_all(self) -> str:
        """The address of the same search among those that are closed or no longer listed, too."""
        return f"/directory?{replace(self, shown=Shown.ALL).query}"

    def chosen(self) -> list[tuple[str, str]]:
        """Each filter that is on, in words, and the address without it."""
        words = {
            "words": f"“{self.words}”",
            "kind": kind_words(self.kind),
            "place": f"for {self.place}",
            "checked": f"checked: {CHECKED_WORDS[self.checked].lower()}",
            "shown": SHOWN_WORDS[self.shown].lower(),
            "room": ROOM_WORDS[self.room].lower(),
            "look": LOOK_WORDS[self.look].lower(),
        }
        return [
            (said, f"/directory?{replace(self, **{name: type(getattr(self, name))('')}).query}".rstrip("?"))
            for name, said in words.items()
            if getattr(self, name)
        ]


def prefixes_of(place: str) -> tuple[str, ...] | None:
    """Every beginning of a postcode as areas are written, the empty one too; None where nothing was said."""
    key = "".join(sign for sign in place.upper() if sign.isalnum())[:LONGEST_PLACE]
    return tuple(key[:length] for length in range(len(key) + 1)) if key else None
