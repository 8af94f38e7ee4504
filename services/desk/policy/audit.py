"""The chain of the audit: each line's hash holds the one before it, so that no line changes by itself.

This is the same sum as the trigger in migration 0010 makes, written a second time on purpose: whoever can
replace the one in the database has not replaced this one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.desk.model.audit import Kept

NOTHING = bytes(32)
"""What the first line has before it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first line that is not as it was written, and what is wrong with it."""

    sequence: int
    wrong: str


def hash_of(kept: Kept) -> bytes:
    """What the hash of a line must be, given the one before it."""
    trace = kept.trace
    ids = (trace.client_id, trace.team_id, trace.about_id, trace.correlation_id)
    line = [
        kept.sequence,
        (kept.at - _EPOCH) // _MICROSECOND,
        trace.staff_id and str(trace.staff_id),
        trace.session_id and str(trace.session_id),
        trace.deed,
        trace.route,
        *(one and str(one) for one in ids),
    ]
    return hashlib.sha256(kept.previous_hash + json.dumps(line, ensure_ascii=False).encode()).digest()


class Proof:
    """Goes along the chain, line by line in turn, and stops at the first that is broken.

    `anchors` are hashes of certain lines that were written down elsewhere: with them a chain is found out
    whose end was cut off, or that was made anew from some line on.
    """

    def __init__(self, anchors: Mapping[int, bytes]) -> None:
        self._anchors = dict(anchors)
        self.lines = 0
        self.last_hash = NOTHING

    def see(self, kept: Kept) -> Broken | None:
        """Look at the next line."""
        expected = self.lines + 1
        if kept.sequence != expected:
            return Broken(expected, "this line is missing")
        if kept.previous_hash != self.last_hash:
            return Broken(expected, "this line does not follow from the one before it")
        if kept.hash != hash_of(kept):
            return Broken(expected, "what this line says is not what was written")
        if self._anchors.pop(expected, kept.hash) != kept.hash:
            return Broken(expected, "this line is not the one that was there when it was noted elsewhere")
        self.lines, self.last_hash = expected, kept.hash
        return None

    def end(self) -> Broken | None:
        """Say whether all lines were there that must be."""
        if self._anchors:
            return Broken(self.lines + 1, f"the end is missing: there were {max(self._anchors)} lines once")
        return None
