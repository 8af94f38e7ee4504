"""When windows write the same page: nothing newer is lost to something older, and nothing without a word."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.desk.model.drafts import Part, Typed, Writing
from services.desk.policy.drafts import Already, Differs, Keep, plain, save
from services.desk.policy.intake_form import BARRIER, FIELDS, faults_of, kind_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WORDS = st.text(min_size=1, max_size=3).filter(lambda text: bool(text.strip()))
WRITES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 8), st.integers(0, 4), WORDS), min_size=1, max_size=12
)


def after(kept: Part | None, typed: Typed, writing: Writing) -> tuple[Part | None, object]:
    outcome = save(kept, typed, writing)
    if isinstance(outcome, Keep):
        kept = Part(
            name="who",
            version=outcome.version,
            fields=typed,
            written_from=writing.page,
            written_turn=writing.turn,
            saved_at=NOW,
        )
    return kept, outcome


@given(WRITES)
def test_what_an_opened_page_sent_last_is_never_replaced_by_what_it_sent_before(
    writes: list[tuple[int, int, int, str]],
) -> None:
    kept: Part | None = None
    for page, turn, version, words in writes:
        before = kept
        kept, _ = after(kept, {"goal": (words,)}, Writing(page=UUID(int=page), turn=turn, version=version))
        if before and kept and kept is not before and kept.written_from == before.written_from:
            assert kept.written_turn >= before.written_turn


@given(WRITES)
def test_what_another_window_wrote_is_only_replaced_by_who_has_seen_it(
    writes: list[tuple[int, int, int, str]],
) -> None:
    kept: Part | None = None
    for page, turn, version, words in writes:
        before = kept
        writing = Writing(page=UUID(int=page), turn=turn, version=version)
        kept, outcome = after(kept, {"goal": (words,)}, writing)
        if before and before.written_from != writing.page and before.fields != {"goal": (words,)}:
            assert isinstance(outcome, Keep) is (writing.version >= before.version)
            assert isinstance(outcome, Differs) is (writing.version < before.version)


@given(WRITES)
def test_versions_only_grow_and_the_same_words_make_none(writes: list[tuple[int, int, int, str]]) -> None:
    kept: Part | None = None
    for page, turn, version, words in writes:
        writing = Writing(page=UUID(int=page), turn=turn, version=version)
        before = kept.version if kept else 0
        kept, _ = after(kept, {"goal": (words,)}, writing)
        assert kept is not None
        assert kept.version in {before, before + 1}
        assert isinstance(save(kept, kept.fields, writing), Already)


@given(st.lists(st.tuples(st.sampled_from(["goal", "value", "else"]), st.text(max_size=8)), max_size=80))
def test_what_is_kept_has_known_fields_only_and_no_blank_ones(pairs: list[tuple[str, str]]) -> None:
    kept = plain(pairs, FIELDS["matters"])
    assert set(kept) <= {"goal", "value"}
    assert all(word.strip() and "\0" not in word for words in kept.values() for word in words)
    assert plain([(name, word) for name, words in kept.items() for word in words], FIELDS["matters"]) == kept


@given(
    st.sampled_from(["who", "matters", "rulers", "barrier-1", "consent"]).flatmap(
        lambda part: st.tuples(
            st.just(part),
            st.dictionaries(
                st.sampled_from(sorted(FIELDS[kind_of(part) or ""])),
                st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=2).map(tuple),
            ),
        )
    )
)
def test_whatever_was_typed_every_fault_is_told_in_words(case: tuple[str, Typed]) -> None:
    part, typed = case
    assert all(words.endswith(".") for words in faults_of(part, typed).values())


def test_there_are_thirty_pages_for_what_gets_in_the_way() -> None:
    names = [f"barrier-{number}" for number in range(40)]
    assert [name for name in names if BARRIER.fullmatch(name)] == names[1:31]
