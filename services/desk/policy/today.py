"""Today: what needs somebody now and why, in order. Filters, counts, and the words of each row."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.terms import Priority, TaskKind, TaskStatus
from services.desk.model.lists import Count, Row, Turn
from services.desk.model.pictures import TaskPicture
from services.desk.policy.windows import window_words

K = TaskKind
LONGEST_LINE = 240


class About(StrEnum):
    """What tasks are about, as one looks for them."""

    REPLIES = "replies"
    SETBACKS = "setbacks"
    REFERRALS = "referrals"
    CONVERSATIONS = "conversations"
    STEPS = "steps"
    TOO_LONG = "too_long"


KINDS: Mapping[About, frozenset[TaskKind]] = {
    About.REPLIES: frozenset({K.HEAR_REPLY}),
    About.SETBACKS: frozenset({K.REVIEW_SETBACK}),
    About.REFERRALS: frozenset({K.FOLLOW_UP_REFERRAL, K.OFFER_OPTIONS, K.FIND_HELP}),
    About.CONVERSATIONS: frozenset({K.HAVE_CONVERSATION, K.ASK_PERMISSION, K.AGREE_PLAN}),
    About.STEPS: frozenset({K.PRACTICAL_STEP}),
}
"""Every kind of task belongs to exactly one."""

KIND_WORDS: Mapping[TaskKind, str] = {
    K.HAVE_CONVERSATION: "Conversation",
    K.ASK_PERMISSION: "Ask first",
    K.AGREE_PLAN: "Plan",
    K.OFFER_OPTIONS: "Options to offer",
    K.FIND_HELP: "Help to find",
    K.FOLLOW_UP_REFERRAL: "Referral",
    K.REVIEW_SETBACK: "Setback",
    K.HEAR_REPLY: "Reply",
    K.PRACTICAL_STEP: "Practical step",
}

ABOUT_WORDS: Mapping[About, str] = {
    About.REPLIES: "Replies",
    About.SETBACKS: "Setbacks",
    About.REFERRALS: "Referrals",
    About.CONVERSATIONS: "Conversations",
    About.STEPS: "Practical steps",
    About.TOO_LONG: "Waited too long",
}

TURN_NAMES: Mapping[str, Turn] = {"now": Turn.NOW, "these_days": Turn.THESE_DAYS, "later": Turn.LATER}
TURN_WORDS: Mapping[Turn, str] = {Turn.NOW: "Now", Turn.THESE_DAYS: "These days", Turn.LATER: "Later"}

MINE, TEAM, NOBODYS = "mine", "team", "nobody"
WHOSE_WORDS: Mapping[str, str] = {MINE: "Mine", TEAM: "My team's", NOBODYS: "Nobody's yet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What of the list is shown. All of it is in the address of the page, and no name ever is."""

    turn: Turn | None = None
    about: About | None = None
    whose: str = MINE
    """MINE, TEAM, NOBODYS, or the id of a staff member."""
    client_id: UUID | None = None

    @property
    def query(self) -> str:
        """The filters as they stand in an address."""
        turns = {turn: name for name, turn in TURN_NAMES.items()}
        said = {
            "window": turns[self.turn] if self.turn is not None else None,
            "about": self.about,
            "whose": self.whose,
            "client": self.client_id,
        }
        return urlencode({name: str(value) for name, value in said.items() if value is not None})

    def at(self, turn: Turn | None) -> Filters:
        """The same, for tasks of this turn."""
        return replace(self, turn=turn)

    def of(self, about: About | None) -> Filters:
        """The same, for tasks of this kind."""
        return replace(self, about=about)

    def by(self, whose: str) -> Filters:
        """The same, for the tasks of these people."""
        return replace(self, whose=whose)


def belongs(count: Count, about: About | None) -> bool:
    """Whether what was counted is about this."""
    if about is None:
        return True
    return count.too_long if about is About.TOO_LONG else count.kind in KINDS[about]


def number_of(counts: Collection[Count], *, turn: Turn | None, about: About | None) -> int:
    """How many tasks there are of this turn and kind."""
    return sum(one.number for one in counts if (turn is None or one.turn == turn) and belongs(one, about))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWords:
    """A task in a list, in words."""

    id: UUID
    version: int
    title: str
    client_id: UUID
    client: str
    words: str
    why: str
    window: str
    late: bool
    priority: str
    """Nothing special: empty; otherwise soon or now."""
    priority_reason: str
    who: str
    tags: tuple[str, ...]
    handed: str
    """Who handed it to whoever has it; empty where nobody did."""
    note: str
    """What they wrote for that person."""


def row_words(row: Row, *, now: datetime, zone: tzinfo, viewer: UUID) -> RowWords:
    """What a row of the list says at this moment, in the client's own days."""
    task = row.task
    days = ZoneInfo(row.time_zone) if row.time_zone else zone
    return RowWords(
        id=task.id,
        version=task.version,
        title=task.title,
        client_id=row.person_id or task.client_id,
        client=row.client_name or "A client whose name has not come yet",
        words=row.words or "",
        why=first_line(task.why),
        window=upper_first(window_words(task.due_from, task.due_by, now=now, zone=days)),
        late=task.due_by is not None and task.due_by < now,
        priority=PRIORITY_TAGS[task.priority],
        priority_reason=task.priority_reason,
        who=_who(row, viewer),
        tags=tuple(tags_of(task)),
        handed=handed_words(task, row.handed_by_name, viewer=viewer),
        note=task.handed_over.note if task.handed_over else "",
    )


def handed_words(task: TaskPicture, by_name: str | None, *, viewer: UUID) -> str:
    """Who handed a task to whoever has it, for who is looking; empty where nobody did."""
    if task.handed_over is None:
        return ""
    whose = "You" if task.handed_over.by == viewer else by_name or "A colleague"
    return f"{whose} handed it {'to you' if task.assignee == viewer else 'over'}"


PRIORITY_TAGS: Mapping[Priority, str] = {
    Priority.STAT: "now",
    Priority.ASAP: "now",
    Priority.URGENT: "soon",
    Priority.ROUTINE: "",
}


def tags_of(task: TaskPicture) -> list[str]:
    """What a task is, in a word or two each."""
    tags = [KIND_WORDS[task.kind]] if task.kind else []
    if task.status is TaskStatus.IN_PROGRESS:
        tags.append("Begun")
    if task.escalated_at is not None and task.acknowledged_at is None:
        tags.append("Waited too long")
    return tags


def _who(row: Row, viewer: UUID) -> str:
    if row.owner is None:
        return ""
    mine = row.owner == viewer
    if row.task.assignee is None:
        return f"With {'you' if mine else row.owner_name or 'a colleague'}"
    return "You have it" if mine else f"{row.owner_name or 'A colleague'} has it"


def first_line(text: str) -> str:
    """The first of several lines, so that a list stays a list."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    first = lines[0]
    if len(first) > LONGEST_LINE:
        # Between words, where there are any.
        cut = first[: LONGEST_LINE - 1]
        first = (cut.rpartition(" ")[0] or cut) + "…"
    return f"{first} And {len(lines) - 1} more." if len(lines) > 1 else first


def upper_first(words: str) -> str:
    """The same with a capital letter at the beginning."""
    return words[:1].upper() + words[1:]
