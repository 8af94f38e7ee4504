"""Hear in a client's words what the playbook listens for. Suggests; a person chooses.

What counts as heard, in full:

- Letter case, accents and the two kinds of apostrophe make no difference; "can't" is "cannot" is "can not".
- A word may stand in another form: words are compared by their Snowball stems, each language by its own.
- A word of at least six letters may be a slip of the keys away: one letter added, left out, changed or
  swapped (two from a stem of nine letters on), never the first letter, and only where the word as it stands
  is none that the playbook knows.
- Little words (the, my, is ...) may be missing, different or in between, as long as at least two others are
  left. A phrase with only one other word is heard only exactly as it stands: "on my own", not "own".
- The words stand in the phrase's order; in a phrase of three or more one other word may come in between.
  "No", "not" and "nobody" are never little: "no time" is not heard in "I have time".

Suggestions come in the order of how many of the client's words speak for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from contracts.terms import BarrierCategory
from services.barriers.model import Playbook
from services.barriers.model.listening import Heard, Likeness, Suggestion

ENGLISH = "en"
ALGORITHMS = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "hi": "hindi",
    "it": "italian", "nl": "dutch", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "tr": "turkish",
}  # fmt: skip
"""Snowball's names of the languages that it knows here; in any other, words are compared as they stand."""

LITTLE = {
    language: frozenset(words.split(" "))
    for language, words in {
        "en": "a an the my your our his her their is are was were am be been being to of in on at it i me we "
        "us they them he him she you that this these those there for and or do does did have has had would "
        "will could just so with really very even ever s m re ve ll d",
        "es": "el la los las un una unos unas de del a al en que me mi mis se lo le y o es",
    }.items()
}
"""Words that carry little by themselves."""

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
NOT = re.compile(r"(?P<verb>ca|wo|do|does|did|is|are|was|were|would|could|should|has|have|had)n'?t")
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"
MOST = 5
"""Suggestions at most: more would be no help."""
MOST_KEPT = 16384
LONG_ENOUGH = 6
VERY_LONG = 9


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    stem: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class _Phrase:
    category: BarrierCategory
    text: str
    tokens: tuple[_Token, ...]
    exactly: bool
    """Whether every word has to be there, side by side."""


@dataclass(slots=True)
class _Ear:
    """What is listened for in one language."""

    language: str
    phrases: dict[str, list[_Phrase]] = field(default_factory=lambda: defaultdict(list))
    """By the stem of their first word."""
    known: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The stems that may be meant by a misspelt word, by their first letter."""
    stems: set[str] = field(default_factory=set)
    slips: dict[str, Mapping[str, None]] = field(default_factory=dict)
    """What misspelt words were found to stand for; people type the same words again and again."""


class Listener:
    """Listens for what one playbook names. Made once for each edition; the same words suggest the same."""

    def __init__(self, playbook: Playbook) -> None:
        self._order = {category: number for number, category in enumerate(playbook.categories)}
        self._ears: dict[str, _Ear] = {}
        for rules in playbook.categories.values():
            self._listen_for(ENGLISH, rules.category, rules.listen_for)
            for language, phrases in rules.listen_for_in.items():
                self._listen_for(language.partition("-")[0], rules.category, phrases)
        for ear in self._ears.values():
            for stem in sorted(ear.stems):
                if len(stem) >= LONG_ENOUGH - 1:
                    ear.known[stem[0]].append(stem)

    def _listen_for(self, language: str, category: BarrierCategory, phrases: Iterable[str]) -> None:
        ear = self._ears.setdefault(language, _Ear(language))
        for text in phrases:
            every = _tokens(text, language)
            telling = _telling(every, language)
            exactly = len(telling) < 2
            tokens = every if exactly else telling
            if tokens:
                ear.phrases[tokens[0].stem].append(_Phrase(category, text, tokens, exactly))
                ear.stems.update(token.stem for token in every)

    def suggestions(self, words: str, language: str | None = None) -> tuple[Suggestion, ...]:
        """Give the kinds of barrier that these words may be about, at most five, the likeliest first.

        With a `language` (a BCP 47 tag) it listens in that one and in English, without one in all it knows.
        """
        asked = None if language is None else {ENGLISH, language.partition("-")[0].lower()}
        found: dict[BarrierCategory, dict[tuple[int, int], Heard]] = defaultdict(dict)
        covered: dict[BarrierCategory, set[int]] = defaultdict(set)
        for ear in self._ears.values():
            if asked is not None and ear.language not in asked:
                continue
            for phrase, said, likeness in _heard(ear, _tokens(words, ear.language)):
                starts, ends = said[0].starts, said[-1].ends
                one = Heard(
                    phrase=phrase.text, said=words[starts:ends], starts=starts, ends=ends, likeness=likeness
                )
                found[phrase.category].setdefault((starts, ends), one)
                covered[phrase.category].update(token.starts for token in said)
        suggested = [
            Suggestion(
                category=category,
                heard=_outermost(heard.values()),
                weight=len(covered[category]),
            )
            for category, heard in found.items()
        ]
        suggested.sort(key=lambda one: (-one.weight, self._order[one.category]))
        return tuple(suggested[:MOST])


def _outermost(heard: Iterable[Heard]) -> tuple[Heard, ...]:
    """Leave out what is only a part of something longer that was heard as well."""
    kept: list[Heard] = []
    for one in sorted(heard, key=lambda one: (one.starts, -one.ends)):
        if not kept or one.ends > kept[-1].ends:
            kept.append(one)
    return tuple(kept)


def _heard(ear: _Ear, tokens: tuple[_Token, ...]) -> Iterator[tuple[_Phrase, list[_Token], Likeness]]:
    """Give each phrase that is heard, with the words in which it is."""
    meant = [_meant(ear, token) for token in tokens]
    telling = [number for number, token in enumerate(tokens) if token.word not in _little(ear.language)]
    at = {number: place for place, number in enumerate(telling)}
    every = range(len(tokens))
    for number in every:
        for stem in meant[number]:
            for phrase in ear.phrases.get(stem, ()):
                if phrase.exactly:
                    places = _follow(phrase, meant, every, number, gap=0)
                elif number in at:
                    places = _follow(phrase, meant, telling, at[number], gap=int(len(phrase.tokens) > 2))
                else:
                    continue
                if places is not None:
                    said = [tokens[place] for place in places]
                    yield phrase, said, _likeness(phrase, said)


def _follow(
    phrase: _Phrase, meant: list[Mapping[str, None]], among: range | list[int], first: int, *, gap: int
) -> list[int] | None:
    """Give where the phrase's words stand one after the other from here, or None."""
    places = [among[first]]
    place, left = first, gap
    for token in phrase.tokens[1:]:
        place += 1
        while place < len(among) and token.stem not in meant[among[place]] and left:
            place, left = place + 1, left - 1
        if place >= len(among) or token.stem not in meant[among[place]]:
            return None
        places.append(among[place])
    return places


def _likeness(phrase: _Phrase, said: list[_Token]) -> Likeness:
    pairs = list(zip(phrase.tokens, said, strict=True))
    if all(token.word == heard.word for token, heard in pairs):
        return Likeness.SAME_WORDS
    if all(token.stem == heard.stem for token, heard in pairs):
        return Likeness.OTHER_FORM
    return Likeness.SPELLED_ALIKE


def _meant(ear: _Ear, token: _Token) -> Mapping[str, None]:
    """Give the stems that a word may stand for: its own, or those it is a slip of the keys away from."""
    if token.stem in ear.stems or len(token.word) < LONG_ENOUGH:
        return {token.stem: None}
    found = ear.slips.get(token.stem)
    if found is None:
        alike = process.extract(
            token.stem,
            ear.known.get(token.stem[0], ()),
            scorer=OSA.distance,
            score_cutoff=2 if len(token.stem) >= VERY_LONG else 1,
            limit=3,
        )
        found = {token.stem: None} | {choice: None for choice, _, _ in alike}
        if len(ear.slips) >= MOST_KEPT:
            ear.slips.clear()
        ear.slips[token.stem] = found
    return found


def _telling(tokens: tuple[_Token, ...], language: str) -> tuple[_Token, ...]:
    return tuple(token for token in tokens if token.word not in _little(language))


def _little(language: str) -> frozenset[str]:
    return LITTLE.get(language, frozenset())


def _tokens(text: str, language: str) -> tuple[_Token, ...]:
    """Take words apart; a contracted "not" becomes a word of its own, at the same place."""
    return tuple(
        _Token(word, _stem(word, language), match.start(), match.end())
        for match in WORD.finditer(text.replace(CURLY, "'"))
        for word in _plain(match[0], language)
    )


@lru_cache(maxsize=16384)
def _plain(word: str, language: str) -> tuple[str, ...]:
    """Give a word in small letters without accents, taken apart where it is a contraction."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    if language != ENGLISH:
        return tuple(plain.split("'"))
    if plain == "cannot":
        return "can", "not"
    contracted = NOT.fullmatch(plain)
    if contracted is not None:
        verb = {"ca": "can", "wo": "will"}.get(contracted["verb"], contracted["verb"])
        return verb, "not"
    return tuple(plain.split("'"))


@lru_cache(maxsize=16384)
def _stem(word: str, language: str) -> str:
    name = ALGORITHMS.get(language)
    if name is None:
        return word
    stem: str = _stemmer(name).stemWord(word)
    return stem


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)
