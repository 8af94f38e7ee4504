"""A playbook tried on the past decides as it would have decided then, by the very code that answers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.barriers import BarrierAnswered, HelpNeeded, PlanDrafted, TaskMoved, TaskOpened
from contracts.terms import BarrierCategory, Pace, Strength, Wish
from services.barriers.model import Answer, Caseload, Playbook
from services.barriers.playbook import load_texts, read_texts
from services.barriers.policy.trials import differences, replay, tried_on
from tests.support.builders import MONDAY_MORNING, barrier_stated, client_context, readiness
from tests.support.builders_barriers import answered, playbook, told

TEXTS = read_texts()
RULER = st.none() | st.integers(0, 10)


def said() -> st.SearchStrategy[dict[str, object]]:
    """Anything that can be stated about one client, to a few kinds so that they meet."""
    return st.fixed_dictionaries(
        {
            "category": st.sampled_from(
                [
                    BarrierCategory.TRANSPORT,
                    BarrierCategory.SAFETY,
                    BarrierCategory.PRIVACY_RECORDS,
                    BarrierCategory.SELF_RELIANCE,
                    BarrierCategory.OTHER,
                ]
            ),
            "wish": st.sampled_from(Wish),
            "strength": st.sampled_from(Strength),
            "own_idea": st.none() | st.just("I ask Sam"),
            "goal_words": st.none() | st.just("To sleep"),
        }
    )


@given(everything=st.lists(said(), min_size=1, max_size=5), importance=RULER, confidence=RULER)
def test_a_replay_by_the_same_playbook_comes_to_what_was_answered(
    everything: list[dict[str, object]], importance: int | None, confidence: int | None
) -> None:
    client = client_context(pace=Pace.SLOW, time_zone="America/Chicago")
    rulers = readiness(importance=importance, confidence=confidence)
    case: Caseload | None = None
    for number, one in enumerate(everything):
        stated = barrier_stated(client=client, readiness=rulers, **one)
        decided = answered(stated, case, now=MONDAY_MORNING + timedelta(days=number))
        case = decided.caseload
        kept = case.answers[stated.barrier_id]

        assert replay(playbook(), kept.given) == kept.outcomes
        [told_to_others] = told(decided.events, BarrierAnswered)
        assert (kept.outcomes.rule, kept.outcomes.edition) == (
            told_to_others.rule,
            told_to_others.playbook_version,
        )
        assert (kept.outcomes.help is not None) is told_to_others.help_asked
        assert [event.resource_codes for event in told(decided.events, HelpNeeded)] == (
            [] if kept.outcomes.help is None else [kept.outcomes.help.resources]
        )
        assert [event.then_words for event in told(decided.events, PlanDrafted)] == (
            [] if kept.outcomes.then_words is None else [kept.outcomes.then_words]
        )
        opened = {event.kind for event in told(decided.events, TaskOpened)}
        assert opened <= set(kept.outcomes.kinds)
        if not told(decided.events, TaskMoved) and case.answers.keys() == {stated.barrier_id}:
            assert opened == set(kept.outcomes.kinds)


def changed(file: str, old: str, new: str) -> Playbook:
    assert old in TEXTS[file]
    return load_texts(TEXTS | {file: TEXTS[file].replace(old, new)})


def an_answer(**fields: object) -> Answer:
    [kept] = answered(barrier_stated(own_idea=None, **fields)).caseload.answers.values()
    return kept


@pytest.mark.parametrize(
    ("copy", "parts"),
    [
        (lambda: changed("transport.yaml", "about: The way", "about: The road"), ()),
        (lambda: changed("transport.yaml", "105-01-01", "105-02"), ("help",)),
        (lambda: changed("transport.yaml", "prefer: [virtual]", "must: [virtual]"), ("help",)),
        (lambda: changed("transport.yaml", "if: there is no ride", "if: nobody can drive me"), ("plan",)),
        (
            lambda: changed("transport.yaml", "plan:", "steps:\n  - {title: Ring, why: To ask}\nplan:"),
            ("tasks",),
        ),
        (
            lambda: changed("transport.yaml", "plan:", "never_auto_refer: true\nplan:"),
            ("rule", "help", "tasks"),
        ),
        (
            lambda: changed("playbook.yaml", "listen_up_to_importance: 3", "listen_up_to_importance: 10"),
            ("rule", "help", "plan", "tasks"),
        ),
    ],
)
def test_what_differs_is_named(copy: Callable[[], Playbook], parts: tuple[str, ...]) -> None:
    kept = an_answer(category=BarrierCategory.TRANSPORT, wish=Wish.GO_AHEAD)

    would_be = replay(copy(), kept.given)

    assert differences(kept.outcomes, would_be) == parts
    assert (tried_on(copy(), [kept]) == []) is (parts == ())


def test_a_change_to_one_kind_leaves_the_others_alone() -> None:
    copy = changed("transport.yaml", "105-01-01", "105-02")
    kept = [an_answer(category=category, wish=Wish.GO_AHEAD) for category in BarrierCategory]

    assert [one.given.category for one, _ in tried_on(copy, kept)] == [BarrierCategory.TRANSPORT]
