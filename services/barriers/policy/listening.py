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


NOTHING: Mapping[str, None] = {}


@dataclass(frozen=True, slots=True)
class _Word:
    """One word, as it is compared; the same object wherever it stands, since people repeat themselves."""

    word: str
    stem: str
    is_little: bool


@dataclass(frozen=True, slots=True)
class _Phrase:
    category: BarrierCategory
    text: str
    words: tuple[_Word, ...]
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
    meanings: dict[str, Mapping[str, None]] = field(default_factory=dict)
    """What words were found to stand for."""


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
            every, _ = _taken_apart(text, language)
            telling = [word for word in every if not word.is_little]
            exactly = len(telling) < 2
            words = tuple(every if exactly else telling)
            if words:
                ear.phrases[words[0].stem].append(_Phrase(category, text, words, exactly))
                ear.stems.update(word.stem for word in words)

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
            said, spans = _taken_apart(words, ear.language)
            for phrase, places in _heard(ear, said):
                starts, ends = spans[places[0]][0], spans[places[-1]][1]
                likeness = _likeness(phrase, [said[place] for place in places])
                one = Heard(
                    phrase=phrase.text, said=words[starts:ends], starts=starts, ends=ends, likeness=likeness
                )
                found[phrase.category].setdefault((starts, ends), one)
                covered[phrase.category].update(spans[place][0] for place in places)
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


def _heard(ear: _Ear, said: list[_Word]) -> Iterator[tuple[_Phrase, list[int]]]:
    """Give each phrase that is heard, with the places of the words in which it is."""
    meant = [_meant(ear, word) for word in said]
    telling = [place for place, word in enumerate(said) if not word.is_little]
    turn = {place: number for number, place in enumerate(telling)}
    every = range(len(said))
    for first, stems in enumerate(meant):
        for stem in stems:
            for phrase in ear.phrases.get(stem, ()):
                if phrase.exactly:
                    places = _follow(phrase, meant, every, first, gap=0)
                elif first in turn:
                    gap = int(len(phrase.words) > 2)
                    places = _follow(phrase, meant, telling, turn[first], gap=gap)
                else:
                    continue
                if places is not None:
                    yield phrase, places


def _follow(
    phrase: _Phrase, meant: list[Mapping[str, None]], among: range | list[int], first: int, *, gap: int
) -> list[int] | None:
    """Give where the phrase's words stand one after the other from here, or None."""
    places = [among[first]]
    place, left = first, gap
    for word in phrase.words[1:]:
        place += 1
        while place < len(among) and word.stem not in meant[among[place]] and left:
            place, left = place + 1, left - 1
        if place >= len(among) or word.stem not in meant[among[place]]:
            return None
        places.append(among[place])
    return places


def _likeness(phrase: _Phrase, said: list[_Word]) -> Likeness:
    pairs = list(zip(phrase.words, said, strict=True))
    if all(word.word == heard.word for word, heard in pairs):
        return Likeness.SAME_WORDS
    if all(word.stem == heard.stem for word, heard in pairs):
        return Likeness.OTHER_FORM
    return Likeness.SPELLED_ALIKE


def _meant(ear: _Ear, word: _Word) -> Mapping[str, None]:
    """Give what a word may stand for of all that is listened for: itself, or what it is a slip away from."""
    found = ear.meanings.get(word.word)
    if found is None:
        if len(ear.meanings) >= MOST_KEPT:
            ear.meanings.clear()
        found = ear.meanings[word.word] = _understood(ear, word)
    return found


def _understood(ear: _Ear, word: _Word) -> Mapping[str, None]:
    if word.stem in ear.stems:
        return {word.stem: None}
    if len(word.word) < LONG_ENOUGH:
        return NOTHING
    alike = process.extract(
        word.stem,
        ear.known.get(word.stem[0], ()),
        scorer=OSA.distance,
        score_cutoff=2 if len(word.stem) >= VERY_LONG else 1,
        limit=3,
    )
    return {choice: None for choice, _, _ in alike}


def _taken_apart(text: str, language: str) -> tuple[list[_Word], list[tuple[int, int]]]:
    """Give the words of a text and where each stands; a contracted "not" is a word of its own."""
    words: list[_Word] = []
    spans: list[tuple[int, int]] = []
    for match in WORD.finditer(text.replace(CURLY, "'")):
        for word in _words(match[0], language):
            words.append(word)
            spans.append(match.span())
    return words, spans


@lru_cache(maxsize=MOST_KEPT)
def _words(written: str, language: str) -> tuple[_Word, ...]:
    """Give a word as it is compared: in small letters, without accents, a contraction taken apart."""
    decomposed = unicodedata.normalize("NFKD", written.casefold())
    plain = "".join(one for one in decomposed if not unicodedata.combining(one))
    parts = _uncontracted(plain) if language == ENGLISH else plain.split("'")
    little = LITTLE.get(language, frozenset())
    return tuple(_Word(part, _stem(part, language), part in little) for part in parts if part)


def _uncontracted(plain: str) -> list[str]:
    if plain == "cannot":
        return ["can", "not"]
    contracted = NOT.fullmatch(plain)
    if contracted is not None:
        return [{"ca": "can", "wo": "will"}.get(contracted["verb"], contracted["verb"]), "not"]
    return plain.split("'")


def _stem(word: str, language: str) -> str:
    name = ALGORITHMS.get(language)
    if name is None:
        return word
    stem: str = _stemmer(name).stemWord(word)
    return stem


@cache
def _stemmer(name: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(name)
