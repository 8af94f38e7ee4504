"""Names as they are looked for: small letters, no accents, word by word."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+")


def words_of(*names: str) -> frozenset[str]:
    """The words of names in the form that they are compared in."""
    plain = unicodedata.normalize("NFKD", " ".join(names).casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return frozenset(_WORD.findall(unicodedata.normalize("NFC", bare)))
