"""How replies are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import ChannelKind, ReplyKind
from services.reminders.model import address_key
from services.reminders.policy.replies import ANSWERS, read_reply


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("STOP", ReplyKind.STOP),
        ("stop.", ReplyKind.STOP),
        ("  Stop!! ", ReplyKind.STOP),
        ("Please stop texting me", ReplyKind.STOP),
        ("ok stop", ReplyKind.STOP),
        ("STOP ALL", ReplyKind.STOP),
        ("No more messages please", ReplyKind.STOP),
        ("¡Alto!", ReplyKind.STOP),
        ("por favor, para", ReplyKind.STOP),
        ("No quiero más mensajes", ReplyKind.STOP),
        ("START", ReplyKind.START),
        ("Empezar", ReplyKind.START),
        ("yes", ReplyKind.YES),
        ("Yes please!", ReplyKind.YES),
        ("Sí, gracias", ReplyKind.YES),
        ("SI", ReplyKind.YES),
        ("ok thanks", ReplyKind.YES),
        ("👍🏽", ReplyKind.YES),
        ("No", ReplyKind.NO),
        ("no thank you", ReplyKind.NO),
        ("No, I didn\N{RIGHT SINGLE QUOTATION MARK}t", ReplyKind.NO),
        ("Todavía no", ReplyKind.NO),
        ("Yes but could it be later?", ReplyKind.FREE_TEXT),
        ("Can you stop by tomorrow?", ReplyKind.FREE_TEXT),
        ("stop by at ten", ReplyKind.FREE_TEXT),
        ("cancel", ReplyKind.FREE_TEXT),
        ("thanks", ReplyKind.FREE_TEXT),
        ("no puedo ir el martes", ReplyKind.FREE_TEXT),
        ("?", ReplyKind.FREE_TEXT),
    ],
)
def test_a_reply_counts_as_an_answer_only_when_it_says_nothing_else(words: str, kind: ReplyKind) -> None:
    assert read_reply(words) is kind


@given(
    st.sampled_from(sorted(ANSWERS[ReplyKind.STOP])),
    st.sampled_from(["", " ", "!", ".", " please", ", thanks"]),
)
def test_stop_is_understood_however_it_is_written(word: str, ending: str) -> None:
    for written in (word, word.upper(), word.title(), f"  {word}"):
        assert read_reply(written + ending) is ReplyKind.STOP


@given(st.text(max_size=60))
def test_any_words_are_read_as_something(words: str) -> None:
    assert read_reply(words) in ReplyKind


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+44 7700 900123", "+447700900123", True),
        ("0044 (7700) 900-123", "+447700900123", True),
        ("+447700900124", "+447700900123", False),
        ("Amina@Example.org ", "amina@example.org", True),
    ],
)
def test_addresses_are_compared_without_what_makes_no_difference(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    kind = ChannelKind.EMAIL if "@" in one else ChannelKind.SMS
    assert (address_key(one, kind) == address_key(other)) is same
