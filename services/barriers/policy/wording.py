"""Put sentences together from the playbook's texts and the client's own words."""

from __future__ import annotations

from services.barriers.model import Barrier, CategoryRules, Playbook

EXCERPT = 240
"""Characters of a quotation within a sentence; the whole words stay with the barrier."""


def quoted(words: str) -> str:
    """Give someone's words in one line, cut with an ellipsis where they are long."""
    line = " ".join(words.split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 1].rstrip()}…"


def filled(text: str, **values: str) -> str:
    """Fill a text's placeholders; one that is not given stays empty."""
    if "{" not in text:
        return text
    return text.format_map(_Known(values))


def plan_words(rules: CategoryRules, own_idea: str | None) -> tuple[str, str]:
    """Give the if-part and the then-part of a plan: the client's own idea first, else the template's."""
    if rules.plan is None:
        message = f"{rules.category} has no plan"
        raise ValueError(message)
    return rules.plan.if_words, own_idea or rules.plan.then_words


def why_a_plan(playbook: Playbook, rules: CategoryRules, barrier: Barrier) -> str:
    """Say why a plan is offered: their words, their idea, what it serves, and how small to begin."""
    phrases = playbook.phrases
    lines = []
    if barrier.own_idea is not None:
        lines.append(filled(phrases.own_idea, idea=quoted(barrier.own_idea)))
        if rules.plan is not None:
            other = filled(
                phrases.another_idea, if_words=rules.plan.if_words, then_words=rules.plan.then_words
            )
            lines.append(other)
    if barrier.goal_words is not None:
        lines.append(filled(phrases.goal, goal=quoted(barrier.goal_words)))
    confidence = barrier.confidence
    if confidence is not None and confidence <= playbook.readiness.small_step_up_to_confidence:
        lines.append(phrases.small_step)
    return " ".join(lines)


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
