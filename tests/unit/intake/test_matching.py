"""Whether two records are of one person: found however they are written, explained, and never decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import ChannelKind
from contracts.values import Channel
from services.intake.model.matching import Likeness, OnFile, Verdict
from services.intake.policy.likeness import keys_of, keys_to_look_under, likeness, sound, spelled
from services.intake.policy.matching import candidates, compare

BORN = date(1991, 3, 14)
NUMBER = "+447700900123"


def phone(address: str = NUMBER, kind: ChannelKind = ChannelKind.SMS) -> Channel:
    return Channel(kind=kind, address=address)


def person(name: str = "Amina Diallo", born_on: date | None = None, **more: object) -> Likeness:
    return likeness(full_name=name, born_on=born_on, **more)  # type: ignore[arg-type]


def on_file(
    number: int, name: str = "Amina Diallo", *, survivor: int | None = None, **more: object
) -> OnFile:
    given_details: dict[str, object] = {"born_on": BORN, "postcode": None, "channels": ()} | more
    return OnFile(
        client_id=UUID(int=number),
        survivor_id=UUID(int=survivor or number),
        full_name=name,
        preferred_name=name.split(maxsplit=1)[0],
        **given_details,  # type: ignore[arg-type]
    )


SAME_NAME_AND_BIRTHDAY = [
    "Amina Diallo",
    "DIALLO, Amina",
    "Amína  Diallo",
    "Amina Dialo",
    "Amnia Diallo",
    "Амина Диалло",
    "AMINA DIALLO-BAH",
    "Amina F. Diallo",
]


@pytest.mark.parametrize("name", SAME_NAME_AND_BIRTHDAY)
def test_a_name_is_recognised_however_it_is_written_beside_the_same_birthday(name: str) -> None:
    match = compare(person(name, BORN), person(born_on=BORN))

    assert match.verdict is Verdict.STRONG
    assert "same date of birth" in [reason.words for reason in match.because]


PAIRS = [
    ("William Carter", "Bill Carter"),
    ("Siobhán O'Brien", "Siobhan OBrien"),
    ("Mohammed Al Rashid", "Muhammad Alrashid"),
    ("محمد علي", "Mohammed Ali"),
    ("王小明", "Wang Xiaoming"),
    ("Αλέξανδρος Παπάς", "Alexandros Papas"),
    ("Anne-Marie Dupont", "Annemarie Dupont"),
    ("Jürgen Groß", "Jurgen Gross"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_other_scripts_nicknames_and_joined_names_share_a_key_and_are_worth_a_look(
    one: str, other: str
) -> None:
    left, right = person(one, BORN), person(other, BORN)

    assert keys_to_look_under(left) & keys_of(right)
    assert compare(left, right).verdict is not Verdict.UNLIKELY


BIRTHDAYS = [
    (date(1991, 3, 14), "same date of birth"),
    (date(1991, 8, 5), "another date of birth"),
    (date(1991, 3, 15), "date of birth differs by one digit, or by two that changed places"),
    (date(1991, 3, 24), "date of birth differs by one digit, or by two that changed places"),
    (date(1919, 3, 14), "date of birth differs by one digit, or by two that changed places"),
    (date(1985, 3, 14), "same day and month of birth, in another year"),
]


@pytest.mark.parametrize(("day", "words"), BIRTHDAYS)
def test_it_is_said_how_two_birthdays_differ(day: date, words: str) -> None:
    assert words in [reason.words for reason in compare(person(born_on=BORN), person(born_on=day)).because]


def test_day_and_month_the_other_way_round_are_recognised_and_share_a_key() -> None:
    one, other = person(born_on=date(1990, 3, 4)), person("Aminata Sow", born_on=date(1990, 4, 3))

    assert keys_of(one) & keys_of(other)
    match = compare(one, person(born_on=date(1990, 4, 3)))
    assert match.verdict is Verdict.STRONG
    assert "same date of birth, with day and month the other way round" in [r.words for r in match.because]


def test_what_is_missing_says_nothing_either_way() -> None:
    match = compare(person(born_on=BORN), person())

    assert [reason.words for reason in match.because] == ["same name"]


def test_a_name_alone_is_worth_a_look_and_never_sure() -> None:
    assert compare(person(), person()).verdict is Verdict.POSSIBLE
    assert compare(person(), person(born_on=BORN, postcode="LS1 4AP")).verdict is Verdict.POSSIBLE


def test_a_name_with_another_birthday_is_somebody_else() -> None:
    assert compare(person(born_on=BORN), person(born_on=date(1957, 11, 2))).verdict is Verdict.UNLIKELY


def test_twins_who_share_everything_but_a_name_are_never_sure() -> None:
    home: dict[str, object] = {"postcode": "LS1 4AP", "channels": [phone()]}

    match = compare(person("Amina Diallo", BORN, **home), person("Fatou Diallo", BORN, **home))

    assert match.verdict is Verdict.POSSIBLE
    assert any(not reason.weight > 0 and "another" in reason.words for reason in match.because)


def test_the_same_number_and_name_are_sure_without_a_birthday() -> None:
    one = person(channels=[phone()])

    match = compare(one, person("Amina Dialo", channels=[phone("+44 7700 900123", ChannelKind.PHONE)]))

    assert match.verdict is Verdict.STRONG
    assert "same telephone number" in [reason.words for reason in match.because]


def test_strangers_share_no_key() -> None:
    assert not keys_to_look_under(person(born_on=BORN)) & keys_of(person("Tom Okafor", date(1960, 7, 9)))


def test_people_who_are_told_apart_by_a_number_are_never_sure() -> None:
    one, other = person("Client 11", channels=[phone()]), person("Client 12", channels=[phone()])

    assert compare(one, other).verdict is not Verdict.STRONG


def test_names_are_spelled_in_latin_letters() -> None:
    assert spelled("Анна Петрова") == ("anna", "petrova")
    assert spelled("王小明") == ("wang", "xiao", "ming")
    assert spelled("...") == ()


def test_sounds_are_equal_for_spellings_of_one_name() -> None:
    for spellings in (
        ("mohammed", "muhammad", "mohamed", "mhmd"),
        ("katherine", "catherine"),
        ("aziz", "asiz"),
    ):
        assert len({sound(spelling) for spelling in spellings}) == 1


names = st.text(alphabet="abcdefghij klmnoprst'-éüßАбвгд王明", min_size=0, max_size=30)
people = st.builds(
    likeness,
    full_name=names,
    preferred_name=names,
    born_on=st.none() | st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    postcode=st.none() | st.sampled_from(["LS1 4AP", "LS14AP", "90210"]),
    channels=st.lists(
        st.sampled_from([phone(), phone("+447700900124"), phone("a@example.org", ChannelKind.EMAIL)])
    ),
)


@given(one=people, other=people)
def test_which_of_two_is_which_makes_no_difference(one: Likeness, other: Likeness) -> None:
    there, back = compare(one, other), compare(other, one)

    assert (there.evidence, there.score, there.verdict) == (back.evidence, back.score, back.verdict)


@given(one=people)
def test_nobody_is_less_like_themselves_than_like_anybody(one: Likeness) -> None:
    own = compare(one, one)

    assert all(reason.weight > 0 for reason in own.because)
    assert not keys_of(one) or keys_of(one) & keys_to_look_under(one)


def shown(found: Iterable[object]) -> list[int]:
    return [each.record.survivor_id.int for each in found]  # type: ignore[attr-defined]


@given(
    order=st.permutations(
        [on_file(1), on_file(2, "Amina Dialo"), on_file(3, "Amina Diallo-Bah"), on_file(4, "Bo")]
    )
)
def test_the_likeliest_comes_first_in_whatever_order_they_are_on_file(order: list[OnFile]) -> None:
    found = candidates(person(born_on=BORN), order)

    assert shown(found)[0] == 1
    assert shown(found) == shown(candidates(person(born_on=BORN), sorted(order, key=lambda r: r.client_id)))


def test_a_person_of_several_records_is_shown_once_by_the_surviving_one() -> None:
    found = candidates(person(born_on=BORN), [on_file(1, survivor=2), on_file(2, "Amina Bah")])

    assert shown(found) == [2]
    assert found[0].record.client_id == UUID(int=1)


def test_a_record_is_never_a_candidate_for_itself_or_its_own_person() -> None:
    records = [on_file(1, survivor=2), on_file(2), on_file(3)]

    assert shown(candidates(person(born_on=BORN), records, own=UUID(int=2))) == [3]


def test_somebody_told_apart_is_shown_again_only_when_more_speaks_for_one_person() -> None:
    one, other = person(born_on=BORN), on_file(3)
    told = {UUID(int=3): compare(one, person(born_on=BORN)).evidence}

    assert candidates(one, [other], told_apart=told) == ()
    moved = replace(one, postcode="LS14AP")
    assert candidates(moved, [replace(other, postcode="M1 1AA")], told_apart=told) == ()
    assert shown(candidates(moved, [replace(other, postcode="LS1 4AP")], told_apart=told)) == [3]
