"""How names, dates and addresses are brought into a form that can be compared, and the keys to find them by.

Two records of one person should share a key even where each was written differently: in another script, in
another order, by a nickname, with a letter wrong. A key is short and says little by itself; comparing is
`policy.matching`'s. Whoever changes what a key is made of raises `KEYS`: then records get new ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import combinations

from anyascii import anyascii
from nicknames import NickNamer

from contracts.terms import ChannelKind
from contracts.values import Channel
from services.intake.model import Client
from services.intake.model.matching import Likeness, OnFile

KEYS = 2
"""Which way of making keys this is."""

MOST_WORDS = 6
"""Of a longer name the first words are compared; what follows are titles and names of places."""
MOST_NICKNAMES = 12

_NICKNAMES = NickNamer()
_APOSTROPHES = re.compile(r"['’ʼ`]")  # noqa: RUF001 - the apostrophes that people type in names
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_INSIDE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_NOT_A_DIGIT = re.compile(r"\D+")
_SOUNDS_LIKE = (
    ("sch", "s"),
    ("tsch", "s"),
    ("ph", "f"),
    ("kh", "h"),
    ("sh", "s"),
    ("zh", "s"),
    ("ch", "k"),
    ("th", "t"),
    ("dh", "t"),
    ("ck", "k"),
    ("qu", "k"),
    ("tz", "s"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "sy"),
    ("x", "ks"),
)
_VOWELS = frozenset("aeiou")
_SOUNDS = str.maketrans("bpcgkqdtfvszj", "bbkkkkttffssj", "aeiouyhw")


def likeness_of(client: Client) -> Likeness:
    """What of a client on file is compared."""
    contact, context = client.contact, client.context
    return likeness(
        full_name=contact.full_name,
        preferred_name=contact.preferred_name,
        born_on=context.born_on,
        postcode=context.postcode,
        channels=contact.channels,
    )


def likeness_on_file(record: OnFile) -> Likeness:
    """What of a record on file is compared."""
    return likeness(
        full_name=record.full_name,
        preferred_name=record.preferred_name,
        born_on=record.born_on,
        postcode=record.postcode,
        channels=record.channels,
    )


def likeness(
    *,
    full_name: str | None = None,
    preferred_name: str | None = None,
    born_on: date | None = None,
    postcode: str | None = None,
    channels: Iterable[Channel] = (),
) -> Likeness:
    """What is compared of somebody, as far as it is known."""
    words = spelled(full_name or "")[:MOST_WORDS]
    return Likeness(
        words=words,
        also=tuple(word for word in spelled(preferred_name or "") if word not in words),
        born_on=born_on,
        postcode=_NOT_A_WORD.sub("", anyascii(postcode or "").casefold()).upper() or None,
        reach=frozenset(filter(None, (_reach(channel) for channel in channels))),
    )


def spelled(name: str) -> tuple[str, ...]:
    """The words of a name in plain small Latin letters, in their order: "Анна-Мария" is "anna", "mariia"."""
    plain = _APOSTROPHES.sub("", name)
    # Scripts without spaces between names come out as "WangXiaoMing".
    latin = " ".join(
        word
        if _LATIN.search(word) and word.isascii()
        else _INSIDE.sub(" ", _APOSTROPHES.sub("", anyascii(word)))
        for word in plain.split()
    )
    return tuple(word for word in _NOT_A_WORD.split(latin.casefold()) if word)


@lru_cache(maxsize=100_000)
def sound(word: str) -> str:
    """The consonants of a word by what they sound like, equal for most spellings of one name."""
    heard = word
    for letters, as_if in _SOUNDS_LIKE:
        heard = heard.replace(letters, as_if)
    first = "a" if heard[:1] in "aeiouyh" else "f" if heard[:1] == "w" else ""
    spoken = first + heard.translate(_SOUNDS)
    return "".join(one for one, before in zip(spoken, "\0" + spoken, strict=False) if one != before)[:8]


def sounds_of(word: str) -> tuple[str, ...]:
    """What a word may sound like: where a script writes no vowels, it may begin with one."""
    heard = sound(word)
    return (heard, "a" + heard) if _VOWELS.isdisjoint(word) and heard else (heard,)


def sounds_alike(one: str, other: str) -> bool:
    """Whether two words may be spellings of one name."""
    if _VOWELS.isdisjoint(one) or _VOWELS.isdisjoint(other):
        return not set(sounds_of(one)).isdisjoint(sounds_of(other))
    return min(len(one), len(other)) >= 3 and sound(one) == sound(other)


@lru_cache(maxsize=20_000)
def other_names(word: str) -> frozenset[str]:
    """What a bearer of this name may be called as well: William, Bill, Will, Billy. Of English names only."""
    formal = _NICKNAMES.canonicals_of(word)
    familiar = _NICKNAMES.nicknames_of(word).union(*(_NICKNAMES.nicknames_of(name) for name in formal))
    return frozenset(formal | familiar) - {word}


def keys_of(one: Likeness) -> frozenset[str]:
    """The keys under which a record is kept."""
    names = tuple(dict.fromkeys((*one.words, *one.also)))[: MOST_WORDS + 2]
    sounds = tuple(dict.fromkeys(heard for name in names for heard in sounds_of(name)))
    by_name = tuple(_of_names(names, sounds))
    unborn = () if one.born_on else tuple("o" + key[1:] for key in by_name if key[0] == "n")
    return frozenset((*by_name, *unborn, *_of_dates(one, sounds), *_of_places(one, sounds)))


def keys_to_look_under(one: Likeness) -> frozenset[str]:
    """The keys under which records of the same person may be kept; nicknames are looked under as well.

    Where there is a birthday, a name alone leads only to records without one: the others share more than the
    name, or are somebody else. That spares comparing with everybody of a frequent name.
    """
    keys = keys_of(one) | frozenset(_of_nicknames(one))
    if one.born_on is None:
        return keys
    unborn = {"o" + key[1:] for key in keys if key[0] == "n"}
    return frozenset(key for key in keys if key[0] not in "ni") | unborn


def keys_to_hold(one: Likeness) -> frozenset[str]:
    """The keys of which two strong matches share one: whoever registers holds them against others."""
    return frozenset(key for key in keys_of(one) if key[0] in "bcdn")


def _of_names(names: tuple[str, ...], sounds: tuple[str, ...]) -> Iterator[str]:
    for first, second in combinations(sorted(sounds), 2):
        yield f"n:{first}+{second}"
    if len(sounds) == 1:
        yield f"n:{sounds[0]}"
    for name in names:
        for other in names:
            if other != name:
                yield f"i:{sound(name)}+{other[0]}"


def _of_nicknames(one: Likeness) -> Iterator[str]:
    for name in one.words:
        called = {sound(other) for other in sorted(other_names(name))[:MOST_NICKNAMES]}
        for kept in one.words:
            if kept != name:
                yield from ("n:" + "+".join(sorted((sound(kept), other))) for other in called)


def _of_dates(one: Likeness, sounds: tuple[str, ...]) -> Iterator[str]:
    if one.born_on is None:
        return
    # 3 April and 4 March are one key: which of them is the month is what forms disagree about.
    low, high = sorted((one.born_on.month, one.born_on.day))
    year = one.born_on.year
    yield f"d:{year}-{low}-{high}"
    for heard in sounds:
        yield f"b:{heard}+{year}-{low}-{high}"
        # A slip in the day leaves the month, and the other way round.
        yield f"y:{heard}+{year}-{one.born_on.month:02}-"
        yield f"y:{heard}+{year}--{one.born_on.day:02}"
        yield f"m:{heard}+{low}-{high}"


def _of_places(one: Likeness, sounds: tuple[str, ...]) -> Iterator[str]:
    if one.postcode:
        yield from (f"p:{heard}+{one.postcode}" for heard in sounds)
    yield from (f"c:{reach}" for reach in one.reach)


def _reach(channel: Channel) -> str | None:
    match channel.kind:
        case ChannelKind.SMS | ChannelKind.PHONE:
            digits = _NOT_A_DIGIT.sub("", channel.address)
            return f"tel {digits}" if digits else None
        case ChannelKind.EMAIL:
            return f"mail {channel.address.strip().casefold()}"
        case ChannelKind.POST:
            return f"post {' '.join(spelled(channel.address))}"
