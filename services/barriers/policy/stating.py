"""A version of the playbook, as others are told of it: whole, so that nobody has to ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid5

from contracts import playbook as told
from contracts.events.barriers import PlaybookPublished
from services.barriers.model import CategoryRules, Playbook, Prompts
from services.barriers.model.playbook import TaskText

VERSIONS = UUID("01960000-0000-7000-8000-706c6179626b")
"""The namespace in which each number has its id, in every installation the same."""
ENGLISH = "en"


def published(  # noqa: PLR0913 - what is published, and what is known of it
    playbook: Playbook,
    texts: Mapping[str, str],
    *,
    number: int,
    at: datetime,
    why: str | None = None,
    by: UUID | None = None,
    restores: int | None = None,
) -> PlaybookPublished:
    """State that a version is in force."""
    return PlaybookPublished(
        version_id=uuid5(VERSIONS, str(number)),
        number=number,
        version_name=playbook.version,
        edition=playbook.edition,
        why=why,
        published_by=by,
        published_at=at,
        restores=restores,
        content=content_of(playbook),
        files=tuple(told.PlaybookFile(name=name, text=text) for name, text in sorted(texts.items())),
    )


def content_of(playbook: Playbook) -> told.PlaybookContent:
    """Everything that people read and say from a playbook."""
    talk = playbook.conversation
    return told.PlaybookContent(
        tasks_per_client_week=playbook.caps.tasks_per_client_week,
        own_task_from=playbook.caps.own_task_from,
        listen_up_to_importance=playbook.readiness.listen_up_to_importance,
        small_step_up_to_confidence=playbook.readiness.small_step_up_to_confidence,
        tasks=tuple(
            told.KindOfTask(
                kind=kind,
                title=text.title,
                why=text.why,
                priority=text.priority,
                priority_reason=text.priority_reason,
                windows=_windows(text),
            )
            for kind, text in playbook.tasks.items()
        ),
        by_stage=tuple(
            told.StageSayings(stage=stage.value, sayings=_sayings(said))
            for stage, said in talk.stages.items()
        ),
        by_task=tuple(
            told.TaskSayings(kind=kind, sayings=_sayings(said)) for kind, said in talk.tasks.items()
        ),
        after_a_ruler=talk.rulers.open_questions,
        wordings=(
            *(
                told.Wording(name=f"outcomes.{outcome.value}", text=text)
                for outcome, text in playbook.outcomes.items()
            ),
            *(
                told.Wording(name=f"phrases.{name}", text=getattr(playbook.phrases, name))
                for name in type(playbook.phrases).model_fields
            ),
        ),
        categories=tuple(_kind(rules) for rules in playbook.categories.values()),
    )


def _kind(rules: CategoryRules) -> told.KindOfBarrier:
    return told.KindOfBarrier(
        category=rules.category,
        name=rules.name,
        about=rules.about,
        grounding=told.Grounding(
            scale=rules.grounding.scale, codes=rules.grounding.codes, sources=rules.grounding.sources
        ),
        listen_for=tuple(
            told.Phrases(language=language, phrases=phrases)
            for language, phrases in ((ENGLISH, rules.listen_for), *rules.listen_for_in.items())
        ),
        sayings=told.Sayings(
            open_questions=rules.open_questions,
            affirmations=rules.affirmations,
            reflections=rules.reflections,
            deeper_reflections=rules.deeper_reflections,
        ),
        help=None
        if rules.help is None
        else told.FittingHelp(resources=rules.help.resources, filters=rules.help.filters),
        never_auto_refer=rules.never_auto_refer,
        plan=None
        if rules.plan is None
        else told.IfThen(
            if_words=rules.plan.if_words,
            then_words=rules.plan.then_words,
            cue_hours_before=rules.plan.cue_hours_before,
        ),
        steps=tuple(told.SmallTask(title=one.title, why=one.why) for one in rules.steps),
        setback=told.AfterSetback(question=rules.setback.question, smaller_step=rules.setback.smaller_step),
        urgency=None
        if rules.urgency is None
        else told.OwnUrgency(priority=rules.urgency.priority, reason=rules.urgency.reason),
    )


def _windows(text: TaskText) -> tuple[told.PaceWindow, ...]:
    return tuple(
        told.PaceWindow(pace=pace, window=told.DaysFromNow(first=window.first, last=window.last))
        for pace, window in text.windows.by_pace.items()
    )


def _sayings(said: Prompts) -> told.Sayings:
    return told.Sayings(
        open_questions=said.open_questions,
        affirmations=said.affirmations,
        reflections=said.reflections,
        deeper_reflections=said.deeper_reflections,
    )
