"""What is different between two playbooks is said in words, whole, and nothing else is."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import BarrierCategory, ServiceFeature
from services.barriers.playbook import load_texts, read_texts
from services.barriers.policy.stating import content_of
from services.desk.policy import playbook_wording as words
from services.desk.policy.playbook_changes import EVERY_KIND, changes, lines_in_general, lines_of, rows
from tests.support.builders_barriers import playbook

TEXTS = read_texts()
CONTENT = content_of(playbook())
LINES = st.dictionaries(
    st.sampled_from(["Name", "You could ask", "If"]),
    st.lists(st.sampled_from("abcdef"), max_size=6).map(tuple),
)


@given(LINES, LINES)
def test_every_line_that_went_and_every_line_that_came_is_said(
    before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]]
) -> None:
    found = list(rows(before, after))

    for what in {*before, *after}:
        went = [was for of, was, _ in found if of == what and was]
        came = [now for of, _, now in found if of == what and now]
        left = list(before.get(what, ()))
        for line in went:
            left.remove(line)
        assert sorted(left + came) == sorted(after.get(what, ()))
    assert all(was != now for _, was, now in found)


@given(LINES)
def test_the_same_is_never_different(lines: dict[str, tuple[str, ...]]) -> None:
    assert list(rows(lines, lines)) == []


def test_a_changed_copy_is_told_by_kind_and_line() -> None:
    ride = TEXTS["transport.yaml"].replace("  prefer: [virtual]", "  must: [free]")
    ride = ride.replace("  - What part of the way is the hard one?\n", "")
    general = TEXTS["playbook.yaml"].replace("slow: {first: 1, last: 10}", "slow: {first: 1, last: 12}", 1)
    after = content_of(load_texts({**TEXTS, "transport.yaml": ride, "playbook.yaml": general}))

    of_all, of_ride = changes(CONTENT, after)

    assert (of_all.category, of_all.name) == (None, EVERY_KIND)
    assert of_all.rows == (
        (
            "Make time to listen: by when",
            "Slow pace: after 1, within 10 working days",
            "Slow pace: after 1, within 12 working days",
        ),
    )
    assert (of_ride.category, of_ride.name) == (BarrierCategory.TRANSPORT, "Getting there")
    assert of_ride.rows == (
        ("You could ask", "What part of the way is the hard one?", ""),
        ("Asked of a service", "rather by telephone, video or online", "only free of charge"),
    )


def test_nothing_is_different_from_itself_and_comments_are_not_told() -> None:
    commented = {**TEXTS, "transport.yaml": "# for those who read it\n" + TEXTS["transport.yaml"]}

    assert changes(CONTENT, CONTENT) == []
    assert changes(CONTENT, content_of(load_texts(commented))) == []


def test_every_kind_says_what_is_sent_by_itself_and_what_never_is() -> None:
    for kind in CONTENT.categories:
        said = " ".join(words.by_itself(CONTENT, kind))
        assert ("sent by itself only where" in said) == (
            kind.help is not None and kind.plan is not None and not kind.never_auto_refer
        )
        assert words.tasks_for(CONTENT, kind)
        for row in words.windows_table(words.tasks_for(CONTENT, kind), name=kind.name):
            assert len(row) == 4
            assert all(row), "at each pace"
            assert "{" not in row[0]


def test_everything_that_the_playbook_asks_for_has_words() -> None:
    asked = {code for kind in CONTENT.categories if kind.help for code in kind.help.resources}
    shown = " ".join(
        line
        for lines in (lines_in_general(CONTENT), *map(lines_of, CONTENT.categories))
        for name, told in lines.items()
        if name not in {"Sources", "Codes", "Where it comes from"}
        for line in told
    )

    assert asked <= set(words.RESOURCES)
    assert set(words.FEATURES) == set(ServiceFeature)
    assert not re.search(r"\b(None|True|False)\b", shown)
