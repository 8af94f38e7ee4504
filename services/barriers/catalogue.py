"""The playbook in memory: the one in force, and what is made of it once.

Whoever decides takes the playbook once, at the beginning, and keeps to it until the decision is made; each
decision records the edition that it was made by.
"""

from __future__ import annotations

from functools import cached_property

from services.barriers.model import Playbook
from services.barriers.policy.listening import Listener


class Edition:
    """One edition of the playbook, with what is made of it once."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook

    @cached_property
    def listener(self) -> Listener:
        """What hears in words what this edition listens for."""
        return Listener(self.playbook)


class Catalogue:
    """Holds the edition in force."""

    def __init__(self, default: Playbook) -> None:
        self._in_force = Edition(default)

    @property
    def in_force(self) -> Edition:
        """The edition by which everything is decided now."""
        return self._in_force

    @property
    def playbook(self) -> Playbook:
        """The playbook of the edition in force."""
        return self._in_force.playbook
