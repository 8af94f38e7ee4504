"""How sure we are that two records are of one person, and why, in words that a person can weigh.

The weights add up (Fellegi and Sunter, 1969): each is how many times likelier, in powers of two, an agreement
is between two records of one person than between two strangers. What is missing says nothing either way.
They were set on FEBRL's dataset 1, and on nothing else (docs/decisions/0022). Nobody is ever taken for
somebody else by this: it asks a person to look.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, product
from uuid import UUID

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from services.intake.model.matching import (
    Because,
    Candidate,
    Compared,
    Likeness,
    Match,
    OnFile,
    Verdict,
)
from services.intake.policy.likeness import likeness_on_file, other_names, sounds_alike

TWO_STRANGERS = -13.0
"""Where two records start: one in eight thousand that share a key are of one person."""
POSSIBLE_FROM = 20
STRONG_FROM = 90
MORE_THAN_BEFORE = 0.5
"""Two that were told apart are shown again only if more speaks for one person than did then."""
MOST_SHOWN = 10

SAME_WORD = 6.0
ONE_LETTER = 5.0
ANOTHER_WORD = -6.0
MOST_FOR_A_NAME = 14.0


def compare(one: Likeness, other: Likeness) -> Match:
    """Weigh two records against each other; which is which makes no difference."""
    names, differs = _names(one, other)
    because = tuple(
        chain(names, _birthdays(one.born_on, other.born_on), _postcodes(one, other), _contacts(one, other))
    )
    evidence = round(sum(reason.weight for reason in because), 2)
    score = _score(evidence)
    return Match(
        evidence=evidence, score=score, verdict=_verdict(score, names, differs=differs), because=because
    )


def candidates(
    one: Likeness,
    on_file: Iterable[OnFile],
    *,
    own: UUID | None = None,
    told_apart: Mapping[UUID, float] | None = None,
    limit: int = MOST_SHOWN,
) -> tuple[Candidate, ...]:
    """The people on file who may be the one in question, the likeliest first, each once.

    `own` is the surviving record of the person in question, where they are on file: no record of theirs is
    a candidate. Nor is anybody in `told_apart`, whom staff told apart from them when so much spoke for one
    person, unless more does now.
    """
    apart = told_apart or {}
    best: dict[UUID, Candidate] = {}
    for each in sorted(on_file, key=lambda record: record.client_id):
        person = each.survivor_id
        if person == own:
            continue
        match = compare(one, likeness_on_file(each))
        told = person in apart and match.evidence <= apart[person] + MORE_THAN_BEFORE
        if match.verdict is Verdict.UNLIKELY or told:
            continue
        if person not in best or match.evidence > best[person].match.evidence:
            best[person] = Candidate(record=each, match=match)
    ranked = sorted(best.values(), key=lambda c: (-c.match.evidence, c.record.survivor_id))
    return tuple(ranked[:limit])


def _score(evidence: float) -> int:
    likelier = max(-60.0, min(60.0, evidence + TWO_STRANGERS))
    return round(100 / (1 + math.exp2(-likelier)))


def _verdict(score: int, names: Sequence[Because], *, differs: bool) -> Verdict:
    if score < POSSIBLE_FROM:
        return Verdict.UNLIKELY
    # Twins share a family name, a birthday, an address and a telephone: a name that differs is never sure.
    named = sum(reason.weight for reason in names) >= ONE_LETTER
    return Verdict.STRONG if score >= STRONG_FROM and named and not differs else Verdict.POSSIBLE


def _names(one: Likeness, other: Likeness) -> tuple[list[Because], bool]:
    """What the names say, and whether each has a word that the other has nothing like."""
    if not one.words or not other.words:
        return [], False
    if sorted(one.words) == sorted(other.words):
        weight = min(MOST_FOR_A_NAME, SAME_WORD * len(one.words))
        words = "same name" if one.words == other.words else "same name, in another order"
        return [Because(about=Compared.NAME, words=words, weight=weight)], False
    joined = "".join(one.words), "".join(other.words)
    if not _numbered(*joined) and OSA.distance(*joined, score_cutoff=1) <= 1:
        weight = min(MOST_FOR_A_NAME, SAME_WORD * max(2, min(len(one.words), len(other.words))) - 1)
        return [Because(about=Compared.NAME, words=_one_letter(one, other), weight=weight)], False
    return _word_by_word(one, other)


def _one_letter(one: Likeness, other: Likeness) -> str:
    same = "".join(one.words) == "".join(other.words)
    return "same name, written apart or together" if same else "the name differs by one letter"


def _word_by_word(one: Likeness, other: Likeness) -> tuple[list[Because], bool]:
    pairs = sorted(
        ((*_words(mine, theirs), mine, theirs) for mine, theirs in product(_all(one), _all(other))),
        key=lambda pair: (-pair[0], pair[2], pair[3]),
    )
    left, right = set(_all(one)), set(_all(other))
    found: list[Because] = []
    for weight, how, mine, theirs in pairs:
        if weight > 0 and mine in left and theirs in right:
            left.discard(mine)
            right.discard(theirs)
            found.append(Because(about=Compared.NAME, words=how, weight=weight))
    different = min(len(left & set(one.words)), len(right & set(other.words)))
    if different:
        found.append(
            Because(
                about=Compared.NAME,
                words="one of the names is another" if found else "another name",
                weight=ANOTHER_WORD * different,
            )
        )
    return _no_more_than_a_name(found), different > 0


def _no_more_than_a_name(found: list[Because]) -> list[Because]:
    over = sum(reason.weight for reason in found if reason.weight > 0) - MOST_FOR_A_NAME
    if over <= 0:
        return found
    scale = MOST_FOR_A_NAME / (MOST_FOR_A_NAME + over)
    return [
        Because(about=r.about, words=r.words, weight=round(r.weight * (scale if r.weight > 0 else 1), 2))
        for r in found
    ]


def _all(one: Likeness) -> tuple[str, ...]:
    return (*one.words, *one.also)


@lru_cache(maxsize=200_000)
def _words(one: str, other: str) -> tuple[float, str]:
    """How alike two words of names are; 0 where they are not. The order makes no difference."""
    short, long = sorted((one, other), key=lambda word: (len(word), word))
    if short == long:
        return SAME_WORD, "one of the names is the same"
    if _numbered(short, long):
        return 0.0, ""
    apart = OSA.distance(short, long, score_cutoff=2)
    for found in (_slips(short, apart), _said(short, long), _shorter(short, long)):
        if found:
            return found
    return 0.0, ""


def _numbered(*words: str) -> bool:
    """Whether there is a digit in it: nobody's name has one by a slip of the pen."""
    return any(letter.isdigit() for word in words for letter in word)


def _slips(short: str, apart: int) -> tuple[float, str] | None:
    if apart == 1 and len(short) >= 3:
        return ONE_LETTER, "one of the names differs by one letter"
    if apart == 2 and len(short) >= 7:
        return 4.0, "one of the names differs by two letters"
    return None


def _said(short: str, long: str) -> tuple[float, str] | None:
    if short in other_names(long) or long in other_names(short):
        return 4.0, "one of the names can be short for the other"
    if sounds_alike(short, long):
        return 3.5, "one of the names sounds the same"
    if len(short) >= 4 and JaroWinkler.similarity(short, long) >= 0.9:
        return 3.0, "one of the names is written much alike"
    return None


def _shorter(short: str, long: str) -> tuple[float, str] | None:
    if not long.startswith(short):
        return None
    return (2.5, "one of the names begins the same") if len(short) > 1 else (1.0, "an initial fits")


def _birthdays(one: date | None, other: date | None) -> list[Because]:
    if one is None or other is None:
        return []
    weight, words = _days(one, other)
    return [Because(about=Compared.BORN_ON, words=words, weight=weight)]


def _days(one: date, other: date) -> tuple[float, str]:
    if one == other:
        return 11.0, "same date of birth"
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return 9.0, "same date of birth, with day and month the other way round"
    written, read = one.strftime("%Y%m%d"), other.strftime("%Y%m%d")
    if OSA.distance(written, read, score_cutoff=1) <= 1:
        return 6.0, "date of birth differs by one digit, or by two that changed places"
    if (one.month, one.day) == (other.month, other.day):
        return 3.0, "same day and month of birth, in another year"
    if one.year == other.year and (one.month == other.month or one.day == other.day):
        return 2.0, "date of birth is alike"
    return -6.0, "another date of birth"


def _postcodes(one: Likeness, other: Likeness) -> list[Because]:
    if not one.postcode or not other.postcode:
        return []
    apart = OSA.distance(one.postcode, other.postcode, score_cutoff=1)
    if apart == 0:
        return [Because(about=Compared.POSTCODE, words="same postcode", weight=5.0)]
    if apart == 1:
        return [Because(about=Compared.POSTCODE, words="postcode differs by one character", weight=2.0)]
    return [Because(about=Compared.POSTCODE, words="another postcode", weight=-1.0)]


def _contacts(one: Likeness, other: Likeness) -> list[Because]:
    found = [_ways(mine, theirs) for mine, theirs in product(sorted(one.reach), sorted(other.reach))]
    best = max(found, key=lambda each: each[0], default=(0.0, ""))
    return [Because(about=Compared.CONTACT, words=best[1], weight=best[0])] if best[0] > 0 else []


def _ways(one: str, other: str) -> tuple[float, str]:
    """How alike two ways to reach somebody are; another one says nothing, because people change them."""
    kind, another = one.partition(" ")[0], other.partition(" ")[0]
    if kind != another:
        return 0.0, ""
    words = {"tel": "telephone number", "mail": "mail address", "post": "postal address"}[kind]
    if one == other:
        return 8.0, f"same {words}"
    if kind == "post":
        alike = token_sort_ratio(one, other) >= 85
        return (6.0, "much the same postal address") if alike else (0.0, "")
    if OSA.distance(one, other, score_cutoff=1) <= 1:
        return 5.0, f"{words} differs by one character"
    return 0.0, ""
