"""The playbook, as a case manager reads it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query as QueryParameter

from contracts.terms import BarrierCategory, Pace, Priority, TaskKind
from contracts.values import LanguageTag, Ruler, Words
from services.barriers.api.base import READERS, Body, Rules, Shelf, View
from services.barriers.model import CategoryRules, DaysWindow, Likeness, Prompts, Stage
from services.barriers.model.playbook import Caps, Readiness
from services.barriers.policy.conversation import after_a_ruler, prompts_for, prompts_of, stage_of
from shared.http import Query, Routes

routes = Routes(tags=["playbook"])


class CategorySummary(View):
    """One kind of barrier, in a line."""

    category: BarrierCategory
    name: str
    about: str
    never_auto_refer: bool


class TaskRule(View):
    """What a kind of task says, how it is ranked, and its window in working days for each pace."""

    kind: TaskKind
    title: str
    why: str
    priority: Priority
    priority_reason: str
    windows: dict[Pace, DaysWindow]


class PlaybookView(View):
    """The playbook in force. `edition` is what every decision records."""

    version: str
    edition: str
    caps: Caps
    readiness: Readiness
    tasks: list[TaskRule]
    categories: list[CategorySummary]


class CategoryView(View):
    """Everything about one kind of barrier: where it comes from, what to ask and say, what it leads to."""

    edition: str
    rules: CategoryRules


class Overheard(Body):
    """What the client said so far, as it is being typed."""

    words: Words
    language: LanguageTag | None = None
    """The language that they speak; left out, every language that the playbook listens in is tried."""


class HeardView(View):
    """Words of the client that speak for a kind of barrier, and the playbook's phrase that heard them."""

    phrase: str
    """The playbook's own words for it."""
    said: str
    """What the client said, as it stands there."""
    starts: int
    """Where it begins, in characters from the start."""
    ends: int
    """Where it ends: the place after its last character."""
    likeness: Likeness
    """The same words, another form of them, or spelled alike."""


class SuggestionView(View):
    """A kind of barrier that these words may be about. A person chooses, or chooses none."""

    category: BarrierCategory
    name: str
    about: str
    heard: list[HeardView]
    """What was heard; each can be shown where it was said."""
    prompts: Prompts
    """What to ask and say next, if this is what it is about."""


class SuggestionsView(View):
    """At most five, the likeliest first; none where nothing was heard."""

    edition: str
    suggestions: list[SuggestionView]


class ConversationView(View):
    """What may be said now: first for the task, then the barrier, then the stage. Never a script."""

    edition: str
    category: BarrierCategory
    name: str
    stage: Stage
    """Where the client stands by their rulers; a ruler not asked never counts as low."""
    prompts: Prompts
    after_importance: list[str]
    """Follow-ups to the ruler of importance; empty where it was not asked."""
    after_confidence: list[str]
    """Follow-ups to the ruler of confidence; empty where it was not asked."""


@routes.post("/playbook/suggestions", allow=READERS, summary="Suggest kinds of barrier for what was said")
async def suggest_categories(body: Overheard, _query: Query, catalogue: Shelf) -> SuggestionsView:
    """Heard by the playbook's own phrases and nothing else; kept nowhere, and never a choice."""
    edition = catalogue.in_force
    playbook = edition.playbook
    return SuggestionsView(
        edition=playbook.edition,
        suggestions=[
            SuggestionView(
                category=one.category,
                name=playbook.categories[one.category].name,
                about=playbook.categories[one.category].about,
                heard=[
                    HeardView(
                        phrase=heard.phrase,
                        said=heard.said,
                        starts=heard.starts,
                        ends=heard.ends,
                        likeness=heard.likeness,
                    )
                    for heard in one.heard
                ],
                prompts=prompts_of(playbook.categories[one.category]),
            )
            for one in edition.listener.suggestions(body.words, body.language)
        ],
    )


@routes.get("/playbook", allow=(*READERS, "directory_editor"), summary="Read the playbook")
async def read_playbook(_query: Query, playbook: Rules) -> PlaybookView:
    """What holds for every kind of barrier, and a line for each of them."""
    return PlaybookView(
        version=playbook.version,
        edition=playbook.edition,
        caps=playbook.caps,
        readiness=playbook.readiness,
        tasks=[
            TaskRule(
                kind=kind,
                title=text.title,
                why=text.why,
                priority=text.priority,
                priority_reason=text.priority_reason,
                windows=text.windows.by_pace,
            )
            for kind, text in playbook.tasks.items()
        ],
        categories=[
            CategorySummary(
                category=rules.category,
                name=rules.name,
                about=rules.about,
                never_auto_refer=rules.never_auto_refer,
            )
            for rules in playbook.categories.values()
        ],
    )


@routes.get("/playbook/{category}", allow=(*READERS, "directory_editor"), summary="Read one kind of barrier")
async def read_category(category: BarrierCategory, _query: Query, playbook: Rules) -> CategoryView:
    """Open questions, affirmations and reflections, the help that fits, and the plan to start from."""
    return CategoryView(edition=playbook.edition, rules=playbook.categories[category])


@routes.get(
    "/playbook/{category}/conversation",
    allow=READERS,
    summary="What to ask and say about one kind of barrier",
)
async def read_conversation(  # noqa: PLR0917 - one argument for each thing that is known
    category: BarrierCategory,
    _query: Query,
    playbook: Rules,
    task: Annotated[TaskKind | None, QueryParameter(description="What the conversation is for")] = None,
    importance: Annotated[Ruler | None, QueryParameter(description="Left out where it was not asked")] = None,
    confidence: Annotated[Ruler | None, QueryParameter(description="Left out where it was not asked")] = None,
) -> ConversationView:
    """Open questions, affirmations, and simple and deeper reflections, for beside the work."""
    rules = playbook.categories[category]
    stage = stage_of(playbook, importance=importance, confidence=confidence)
    return ConversationView(
        edition=playbook.edition,
        category=category,
        name=rules.name,
        stage=stage,
        prompts=prompts_for(playbook, rules, stage=stage, task=task),
        after_importance=[] if importance is None else list(after_a_ruler(playbook, importance)),
        after_confidence=[] if confidence is None else list(after_a_ruler(playbook, confidence)),
    )
