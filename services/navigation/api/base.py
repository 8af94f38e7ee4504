"""What the routes of navigation have in common: who may, what bodies are like, what each is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from contracts.published.answers import Body, Said
from services.navigation.commands.finding import Finder
from services.navigation.model.keys import KeyScope
from shared.auth import Caller
from shared.clock import Clock
from shared.errors import Forbidden
from shared.http import Given

WORKERS = ("case_manager", "supervisor")
READERS = ("intake", *WORKERS, "admin")
PARTNER_READS = ("partner:referrals",)
PARTNER_ANSWERS = ("partner:answers",)
PARTNER_CAPACITY = ("partner:capacity",)


__all__ = [
    "PARTNER_ANSWERS",
    "PARTNER_CAPACITY",
    "PARTNER_READS",
    "READERS",
    "WORKERS",
    "Body",
    "Finding",
    "Now",
    "Present",
    "Said",
    "may_read",
    "organization_of",
]


@dataclass(frozen=True, slots=True)
class Present:
    """The domain's present, for reads that say what is so at this moment."""

    clock: Clock

    def moment(self) -> datetime:
        """Now."""
        return self.clock.now()


Now = Annotated[Present, Given(Present)]
Finding = Annotated[Finder, Given(Finder)]


def organization_of(caller: Caller) -> UUID:
    """The organisation that a partner's key is for."""
    if caller.organization is None:
        raise Forbidden("this is for partner organisations, with their own key")
    return caller.organization


def may_read(caller: Caller) -> bool:
    """Whether a partner's key is for reading as well: what answers is not by that told of the client."""
    return KeyScope.REFERRALS in caller.scopes
