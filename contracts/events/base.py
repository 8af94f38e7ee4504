"""What every care event has in common."""

from __future__ import annotations

from uuid import UUID

from contracts.event import Event


class ClientEvent(Event):
    """A fact about one client; `ce-subject` is the client's id."""

    client_id: UUID

    @property
    def about(self) -> UUID:
        """The client."""
        return self.client_id
