"""The area that a postcode is in: near enough to see where help is missing, too wide to find anybody."""

from __future__ import annotations

import re

_BRITISH = re.compile(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)(?:[0-9][A-Z]{2})?$")
_NUMBERS = re.compile(r"^([0-9]{3})[0-9]{2}(?:[0-9]{4})?$")
_LONGEST = 4


def area_of(postcode: str | None) -> str | None:
    """The first part of a postcode: the district of a British one, three digits of an American one.

    Of any other the first four signs at most; None when nothing was said.
    """
    written = re.sub(r"[\s-]", "", (postcode or "").upper())
    if not written:
        return None
    for known in (_BRITISH, _NUMBERS):
        if found := known.match(written):
            return found[1]
    first = re.split(r"[\s-]", (postcode or "").strip().upper())[0]
    return first[:_LONGEST]
