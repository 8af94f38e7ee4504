"""What staff may say: in the spirit of listening, for every kind, stage and task; never advice."""

import pytest

from contracts.terms import BarrierCategory, TaskKind
from services.barriers.model import Prompts, Stage
from services.barriers.policy.conversation import after_a_ruler, prompts_for, stage_of
from tests.support.builders_barriers import playbook

PROMPTS = playbook().conversation


@pytest.mark.parametrize(
    ("importance", "confidence", "stage"),
    [
        (None, None, Stage.NOT_ASKED),
        (2, 2, Stage.NEITHER_YET),
        (2, 8, Stage.NOT_IMPORTANT_YET),
        (2, None, Stage.NOT_IMPORTANT_YET),
        (8, 2, Stage.NOT_CONFIDENT_YET),
        (None, 2, Stage.NOT_CONFIDENT_YET),
        (8, 8, Stage.READY),
        (8, None, Stage.READY),
    ],
)
def test_a_ruler_that_was_not_asked_never_counts_as_low(
    importance: int | None, confidence: int | None, stage: Stage
) -> None:
    assert stage_of(playbook(), importance=importance, confidence=confidence) is stage


@pytest.mark.parametrize("prompts", [*PROMPTS.stages.values(), *PROMPTS.tasks.values()])
def test_there_is_something_of_each_kind_to_say(prompts: Prompts) -> None:
    assert prompts.open_questions
    assert prompts.affirmations
    assert prompts.reflections
    assert prompts.deeper_reflections


def test_every_stage_and_every_task_and_every_barrier_has_words_of_its_own() -> None:
    assert set(PROMPTS.stages) == set(Stage)
    assert set(PROMPTS.tasks) == set(TaskKind)
    for rules in playbook().categories.values():
        assert len(rules.deeper_reflections) >= 2, rules.category
        assert len(rules.affirmations) >= 3, rules.category


def test_what_the_task_is_for_comes_first_and_nothing_is_said_twice() -> None:
    rules = playbook().categories[BarrierCategory.TRANSPORT]

    found = prompts_for(playbook(), rules, stage=Stage.READY, task=TaskKind.REVIEW_SETBACK)

    assert found.open_questions[0] == PROMPTS.tasks[TaskKind.REVIEW_SETBACK].open_questions[0]
    assert set(rules.open_questions) < set(found.open_questions)
    assert set(PROMPTS.stages[Stage.READY].reflections) < set(found.reflections)
    assert len(set(found.open_questions)) == len(found.open_questions)


def test_a_ruler_is_followed_up_downwards_and_one_up_and_never_beyond_its_ends() -> None:
    assert after_a_ruler(playbook(), 6) == (
        "What makes it 6 and not 3?",
        "What would it take to get from 6 to 7?",
    )
    assert after_a_ruler(playbook(), 1)[0] == "What makes it 1 and not 0?"
    assert len(after_a_ruler(playbook(), 0)) == 1
    assert len(after_a_ruler(playbook(), 10)) == 1
