"""What others suggest while somebody types: who may be meant, and what the words may be about."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Suggested(BaseModel):
    """Something that another service suggests. A person decides; fields that we do not know are let go."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Reason(Suggested):
    """One thing that speaks for or against one person."""

    words: str
    speaks_for: bool = True


class Alike(Suggested):
    """Somebody on record who may be the one in question."""

    client_id: UUID
    full_name: str = ""
    born_on: date | None = None
    score: int = 0
    sure: str = "possible"
    reasons: tuple[Reason, ...] = ()

    @property
    def is_strong(self) -> bool:
        """Whether somebody has to look before there is another record."""
        return self.sure == "strong"


class Alikes(Suggested):
    """Who may be the one in question, the likeliest first."""

    items: tuple[Alike, ...] = ()


class Phrase(Suggested):
    """Words of the client that speak for a kind of barrier."""

    phrase: str
    said: str


class Prompts(Suggested):
    """What may be asked and said next. Never a script."""

    open_questions: tuple[str, ...] = ()
    affirmations: tuple[str, ...] = ()
    reflections: tuple[str, ...] = ()
    deeper_reflections: tuple[str, ...] = ()


class Category(Suggested):
    """A kind of barrier, in the playbook's words."""

    category: str
    name: str
    about: str = ""


class Suggestion(Category):
    """A kind of barrier that the words may be about, with what was heard."""

    heard: tuple[Phrase, ...] = ()
    prompts: Prompts = Prompts()


class Suggestions(Suggested):
    """What the words may be about, the likeliest first; empty where nothing was heard."""

    suggestions: tuple[Suggestion, ...] = ()
