"""The playbook, as a case manager reads it."""

from __future__ import annotations

from contracts.terms import BarrierCategory, Pace, Priority, TaskKind
from services.barriers.api.base import READERS, Rules, View
from services.barriers.model import CategoryRules, DaysWindow
from services.barriers.model.playbook import Caps, Readiness
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
