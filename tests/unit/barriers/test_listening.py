"""What is heard in a client's words, and what is not. Suggestions only; nobody is put into a box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import BarrierCategory
from services.barriers.model import Likeness
from services.barriers.policy.listening import MOST, Listener
from tests.support.builders_barriers import playbook

LISTENER = Listener(playbook())


def heard(words: str, language: str | None = None) -> list[str]:
    return [one.category.value for one in LISTENER.suggestions(words, language)]


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("There is no bus after four and nobody to drive me.", "transport"),
        ("I can't get there, the buses stopped running", "transport"),
        ("Who would watch the kids while I'm there?", "childcare"),
        ("What would my family say if they knew", "stigma.social"),
        ("I\N{RIGHT SINGLE QUOTATION MARK}m so embarassed about it", "stigma.self"),
        ("What's the point, it won't help anyway", "doubt.helpfulness"),
        ("My boss won't let me take time off work", "work_schedule"),
        ("he checks my phone, please don't ring", "safety"),
        ("They'd take my kids away from me", "fear.custody_parenting"),
        ("they did not really listen last time", "bad_experience"),
        ("I dont understand the letter they sent", "health_literacy_digital"),
        ("I'd rather sort it out myself", "self_reliance"),
        ("I cannot affrod the care", "cost.care"),
        ("The waiting list is eight months", "availability"),
        ("who gets to see what is on my file?", "privacy.records"),
        ("They will lock me up and put me on pills", "fear.coercion_treatment"),
        ("On some days I can't get out of bed", "too_unwell"),
        ("I wouldn't know where to start", "unsure_where"),
        ("I need an interpreter, my English is not good", "language_culture"),
        ("the rent's due and there is no money left", "cost.general"),
        ("No tengo carro", "transport"),
        ("me da verguenza pedir ayuda", "stigma.self"),
    ],
)
def test_what_clients_say_suggests_the_kind_that_a_person_would_think_of(words: str, category: str) -> None:
    assert heard(words)[0] == category


@pytest.mark.parametrize(
    "words",
    [
        "I have time on Thursdays.",
        "We have a car and I like to drive.",
        "My mother rang.",
        "It was a nice day, thank you.",
        "own",
        "...",
        "12345",
    ],
)
def test_where_nothing_is_heard_nothing_is_suggested(words: str) -> None:
    assert heard(words) == []


def test_every_suggestion_shows_what_was_said_and_the_phrase_that_heard_it() -> None:
    words = "Since March I'm so embarassed: the buses stopped."

    shame, way = sorted(LISTENER.suggestions(words), key=lambda one: one.category.value)

    [asked] = shame.heard
    assert (asked.phrase, asked.said, asked.likeness) == (
        "embarrassed",
        "embarassed",
        Likeness.SPELLED_ALIKE,
    )
    [ride] = way.heard
    assert words[ride.starts : ride.ends] == ride.said == "buses"
    assert ride.likeness is Likeness.SAME_WORDS


def test_another_form_of_the_words_is_told_from_the_same_words() -> None:
    [one] = LISTENER.suggestions("nobody drives me anywhere")

    assert [found.likeness for found in one.heard] == [Likeness.OTHER_FORM]


def test_more_of_the_words_weigh_more() -> None:
    said = "My boss never gives me time off work, I do double shifts. There is a bill too."

    assert heard(said) == ["work_schedule", "cost.care"]


def test_with_a_language_it_listens_in_that_one_and_in_english() -> None:
    assert heard("no tengo carro", "es-MX") == ["transport"]
    assert heard("no car", "es") == ["transport"]
    assert heard("no tengo carro", "en") == []
    assert heard("no car", "tlh") == ["transport"]


@pytest.mark.parametrize("category", list(BarrierCategory))
def test_each_phrase_of_the_playbook_is_heard_in_itself(category: BarrierCategory) -> None:
    rules = playbook().categories[category]

    for phrase in (*rules.listen_for, *(one for some in rules.listen_for_in.values() for one in some)):
        assert category.value in heard(phrase), phrase


@given(st.text(max_size=300))
def test_any_text_gives_few_suggestions_that_point_into_it(words: str) -> None:
    found = LISTENER.suggestions(words)

    assert len(found) <= MOST
    assert len({one.category for one in found}) == len(found)
    for suggestion in found:
        assert suggestion.heard
        assert all(words[one.starts : one.ends] == one.said for one in suggestion.heard)


@given(st.data())
def test_case_and_spacing_change_nothing(data: st.DataObject) -> None:
    rules = data.draw(st.sampled_from(list(playbook().categories.values())))
    phrase = data.draw(st.sampled_from(rules.listen_for))

    assert heard(phrase.upper()) == heard(f"  {phrase}! ") == heard(phrase)
