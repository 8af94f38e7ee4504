"""What becomes of the rows of a file: read, checked, and decided the same in any order."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from contracts.terms import ChannelKind, Pace
from services.intake.model.importing import (
    DateOrder,
    Decided,
    Origin,
    Outcome,
    RawRow,
    ReadingRules,
    ReadRow,
    RejectedRow,
)
from services.intake.policy import importing
from tests.support.clock import MONDAY_MORNING

RULES = ReadingRules(time_zone="Europe/London")
SOMEBODY = UUID(int=7)


def read(line: int = 2, rules: ReadingRules = RULES, **cells: str) -> ReadRow:
    row = RawRow(line=line, cells={"full_name": "Amina Diallo"} | cells)
    found = importing.read_row(row, rules, MONDAY_MORNING)
    assert isinstance(found, ReadRow), found
    return found


def reason(cells: dict[str, str]) -> str:
    row = RawRow(line=2, cells={"full_name": "Amina Diallo"} | cells)
    found = importing.read_row(row, RULES, MONDAY_MORNING)
    assert isinstance(found, RejectedRow)
    return found.reason


def test_columns_are_known_by_their_usual_names_and_others_are_told() -> None:
    header = ["ID", "First Name", "Surname", "Date-of-birth", "Shoe size", "E-Mail"]

    known, ignored = importing.fields_of(header)

    assert list(known.values()) == ["record_id", "given_name", "family_name", "born_on", "email"]
    assert ignored == ("Shoe size",)


def test_a_column_that_comes_twice_is_read_once() -> None:
    known, ignored = importing.fields_of(["name", "full_name"])

    assert (list(known.values()), ignored) == (["full_name"], ("full_name",))


def test_a_row_becomes_a_client_with_everything_that_it_says() -> None:
    row = read(
        given_name="",
        born_on="1991-03-14",
        sms="+44 7700 900123",
        email="amina@example.org",
        safe_channels="SMS; post",
        pace="Slow",
        messages_wanted="yes",
        postcode="ls1 4ap",
    )

    context, contact = row.client.context, row.client.contact
    assert (context.born_on, context.postcode, context.pace) == (date(1991, 3, 14), "LS1 4AP", Pace.SLOW)
    assert (contact.preferred_name, contact.messages_wanted) == ("Amina", True)
    assert [(one.kind, one.address, one.safe) for one in contact.channels] == [
        (ChannelKind.SMS, "+447700900123", True),
        (ChannelKind.EMAIL, "amina@example.org", False),
    ]


def test_nothing_is_safe_or_wanted_that_the_row_does_not_say() -> None:
    contact = read(sms="+447700900123").client.contact

    assert not contact.channels[0].safe
    assert not contact.messages_wanted


DATES = [
    (DateOrder.ISO, "1991-03-14"),
    (DateOrder.DAY_FIRST, "14/03/1991"),
    (DateOrder.DAY_FIRST, "14.3.1991"),
    (DateOrder.MONTH_FIRST, "3/14/1991"),
    (DateOrder.MONTH_FIRST, "1991-03-14"),
]


@pytest.mark.parametrize(("order", "written"), DATES)
def test_dates_are_read_as_the_file_writes_them(order: DateOrder, written: str) -> None:
    row = read(rules=ReadingRules(time_zone="UTC", dates=order), born_on=written)

    assert row.client.context.born_on == date(1991, 3, 14)


REJECTED = [
    ({"full_name": " "}, "There is no name"),
    ({"born_on": "14/03/1991"}, "write it like 1991-03-14"),
    ({"born_on": "1991-02-30"}, "write it like 1991-03-14"),
    ({"born_on": "2090-01-01"}, "still to come"),
    ({"sms": "07700 900123"}, "country code"),
    ({"email": "amina"}, "does not look like"),
    ({"time_zone": "Leeds"}, "is not an IANA time zone"),
    ({"pace": "fast"}, "slow, steady or brisk"),
    ({"messages_wanted": "perhaps"}, "yes or no"),
    ({"safe_channels": "pigeon"}, "Safe channels"),
    ({"full_name": "A" * 201}, "longer than 200"),
]


@pytest.mark.parametrize(("cells", "words"), REJECTED)
def test_a_row_that_cannot_be_a_client_says_why_without_repeating_what_was_there(
    cells: dict[str, str], words: str
) -> None:
    said = reason(cells)

    assert words in said
    assert "Amina" not in said
    assert "Leeds" not in said


def test_two_rows_say_the_same_however_they_are_spaced() -> None:
    one, other = read(2, sms="+44 7700 900123"), read(3, sms="+447700900123 ", full_name=" Amina  Diallo")

    assert one.content == other.content
    assert one.record_id == other.record_id
    assert one.content != read(sms="+447700900124").content


def decided(row: ReadRow, **known: object) -> Decided:
    given: dict[str, object] = {"origin": None, "same_record": ()} | known
    return importing.decide(row, **given)  # type: ignore[arg-type]


def test_somebody_whom_nobody_is_like_is_a_new_client() -> None:
    assert decided(read()).outcome is Outcome.CREATED


def test_what_came_before_and_says_the_same_changes_nothing() -> None:
    row = read(record_id="17")
    origin = Origin(record_id="17", content=row.content, client_id=SOMEBODY)

    found = decided(row, origin=origin)

    assert (found.outcome, found.client_id) == (Outcome.UNCHANGED, SOMEBODY)


def test_what_came_before_and_says_something_else_waits_for_a_person() -> None:
    origin = Origin(record_id="17", content=read(postcode="M1").content, client_id=SOMEBODY)

    found = decided(read(record_id="17"), origin=origin)

    assert (found.outcome, found.client_id) == (Outcome.WAITING, SOMEBODY)


def test_of_two_rows_that_say_the_same_one_is_read() -> None:
    first, second = read(2), read(3)

    assert decided(first, same_record=[(3, second.content)]).outcome is Outcome.CREATED
    repeated = decided(second, same_record=[(2, first.content)])
    assert (repeated.outcome, repeated.reason) == (Outcome.REPEATED, "It says the same as line 2.")


def test_two_rows_of_one_record_that_say_different_things_are_both_rejected() -> None:
    one, other = read(2, record_id="17"), read(3, record_id="17", postcode="M1")

    for row, beside in ((one, other), (other, one)):
        found = decided(row, same_record=[(beside.line, beside.content)])
        assert found.outcome is Outcome.REJECTED
        assert f"Line {beside.line}" in found.reason
