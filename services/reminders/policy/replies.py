"""Read a reply: YES, NO, STOP, START in the ways people write them, or the person's own words.

Only a reply that says nothing else counts as one of the four; everything else goes to a person. "Cancel"
is deliberately not STOP: in answer to a reminder it most often means the appointment, and somebody should
hear that.
"""

from __future__ import annotations

import unicodedata

from contracts.terms import ReplyKind

COURTESIES = frozenset({
    "please", "thanks", "thank", "you", "all", "now", "me", "it",
    "messages", "message", "messaging", "texts", "texting", "text", "sending",
    "por", "favor", "gracias", "muchas", "mensajes", "mensaje", "ya", "ahora",
})  # fmt: skip
"""Words that add nothing to one of the four answers."""

ANSWERS: dict[ReplyKind, frozenset[str]] = {
    ReplyKind.STOP: frozenset({
        "stop", "stopall", "unsubscribe", "quit", "end", "optout", "opt out", "no more", "leave alone",
        "alto", "para", "parar", "pare", "detener", "basta", "baja", "darme de baja",
        "no mas", "no quiero mas",
    }),
    ReplyKind.START: frozenset({
        "start", "unstop", "restart", "resume", "start again", "subscribe", "opt in", "optin",
        "empezar", "empieza", "comenzar", "iniciar", "reanudar", "alta",
    }),
    ReplyKind.YES: frozenset({
        "yes", "y", "yep", "yeah", "yes i did", "yes i do", "yes i will", "sure", "of course",
        "ok", "okay", "👍",
        "si", "s", "claro", "vale", "si claro", "por supuesto",
    }),
    ReplyKind.NO: frozenset({
        "no", "n", "nope", "not really", "no i did not", "no i didnt", "no i cant", "not yet", "👎",
        "todavia no", "aun no", "no puedo",
    }),
}  # fmt: skip
_KIND_OF = {phrase: kind for kind, phrases in ANSWERS.items() for phrase in phrases}


def read_reply(words: str) -> ReplyKind:
    """What a reply says; case, accents, punctuation and courtesies make no difference."""
    said = _plain(words)
    for courtesies in (frozenset[str](), COURTESIES, COURTESIES | {"ok", "okay"}):
        kind = _KIND_OF.get(" ".join(word for word in said.split() if word not in courtesies))
        if kind is not None:
            return kind
    return ReplyKind.FREE_TEXT


def _plain(words: str) -> str:
    decomposed = unicodedata.normalize("NFKD", words.casefold())
    kept = (_kept(character) for character in decomposed)
    return " ".join("".join(kept).split())


def _kept(character: str) -> str:
    """Letters, digits and symbols such as a thumb; marks and apostrophes vanish, the rest parts words."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf", "Sk"} or character in "'\N{RIGHT SINGLE QUOTATION MARK}":
        return ""
    return character if category[0] in "LNS" else " "
