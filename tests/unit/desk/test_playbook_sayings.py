"""The desk offers the very sentences that barriers would, whatever the moment: both read one playbook."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.terms import BarrierCategory, TaskKind
from services.barriers.policy.conversation import prompts_for
from services.barriers.policy.conversation import stage_of as stage_in_barriers
from services.barriers.policy.stating import content_of
from services.desk.policy.playbook_sayings import sayings_for, stage_of
from tests.support.builders_barriers import playbook

CONTENT = content_of(playbook())
RULER = st.none() | st.integers(0, 10)


@given(
    category=st.sampled_from(BarrierCategory),
    importance=RULER,
    confidence=RULER,
    task=st.none() | st.sampled_from(TaskKind),
)
def test_the_desk_says_what_barriers_would_say(
    category: BarrierCategory, importance: int | None, confidence: int | None, task: TaskKind | None
) -> None:
    stage = stage_in_barriers(playbook(), importance=importance, confidence=confidence)

    theirs = prompts_for(playbook(), playbook().categories[category], stage=stage, task=task)
    ours = sayings_for(CONTENT, category, importance=importance, confidence=confidence, task=task)

    assert ours.model_dump() == theirs.model_dump()
    assert stage_of(CONTENT, importance=importance, confidence=confidence) == stage.value


def test_everything_that_people_read_of_a_kind_is_told() -> None:
    for told in CONTENT.categories:
        rules = playbook().categories[told.category]
        assert told.name == rules.name
        assert (told.help is None) == (rules.help is None)
        assert {one.language for one in told.listen_for} == {"en", *rules.listen_for_in}
        assert len(told.steps) == len(rules.steps)
    assert {one.kind for one in CONTENT.tasks} == set(TaskKind)
