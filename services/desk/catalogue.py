"""The playbook in memory: the version in force as barriers stated it, read anew when there is another."""

from __future__ import annotations

from services.desk.model.playbook import PlaybookPicture
from services.desk.store import playbook
from shared.unit_of_work import Database


class Shelf:
    """Holds the version in force. One for the process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[object, PlaybookPicture] | None = None

    async def in_force(self) -> PlaybookPicture | None:
        """The version in force at this moment; None while none has arrived."""
        async with self._database.reading() as conn:
            newest = await playbook.newest(conn)
            if newest is None:
                return None
            if self._known is not None and self._known[0] == newest:
                return self._known[1]
            found = await playbook.version(conn, newest[0])
        if found is not None:
            self._known = newest, found
        return found
