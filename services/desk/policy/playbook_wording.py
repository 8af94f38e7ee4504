"""What the playbook says, in words for people who do not read its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts.playbook import DaysFromNow, FittingHelp, KindOfBarrier, KindOfTask, PlaybookContent
from contracts.terms import Pace, ServiceFeature, TaskKind
from contracts.values import HelpFilters
from services.desk.policy.wording.terms import listed

K = TaskKind

RESOURCES: Mapping[str, str] = {
    "101-02": "emergency cash",
    "101-06-01": "help to get away from violence",
    "105-01-01": "bus passes",
    "105-02-01": "transport to care",
    "106-04-05": "parenting education",
    "106-04-08": "understanding mental health",
    "106-05-03": "care at a lower price",
    "106-05-04": "health insurance",
    "106-05-06": "help with the cost of medicines",
    "106-06-04-04": "mental health evaluation",
    "107-02": "financial assistance",
    "108-03-03-02": "finding childcare",
    "108-03-03-04": "help to pay for childcare",
    "108-05": "finding one's way through the system",
    "108-05-01": "help with forms",
    "108-07-01": "counselling",
    "108-07-02": "helplines",
    "108-07-04": "support at home",
    "108-07-06": "one-on-one support",
    "108-07-07": "peer support",
    "108-07-09": "support groups",
    "108-07-10": "support online or by telephone",
    "109-03-03": "English classes",
    "109-06-02": "computer classes",
    "110-05": "rights at work",
    "111-01": "advocacy and legal aid",
    "111-05": "translation and interpreting",
}
"""Open Eligibility's kinds of service, as far as the playbook that comes with Foothold asks for them."""

FEATURES: Mapping[ServiceFeature, str] = {
    ServiceFeature.FREE: "free of charge",
    ServiceFeature.EVENINGS: "open in the evening",
    ServiceFeature.WEEKENDS: "open at weekends",
    ServiceFeature.VIRTUAL: "by telephone, video or online",
    ServiceFeature.IN_PERSON: "in person",
    ServiceFeature.CLIENT_LANGUAGE: "in their language",
    ServiceFeature.HAS_CAPACITY: "with room now",
}

OUTCOMES: Mapping[str, str] = {
    "listen-as-wished": "listen, as they wished; nothing is planned or sent",
    "listen-for-importance": "make time to talk, for it does not weigh much now; nothing is planned or sent",
    "listen-for-strength": "keep it in mind, for it is not in the way now; nothing is planned or sent",
    "listen-to-understand": "talk first, to understand it; nothing is planned or sent",
    "plan-without-referral": "offer a plan; nobody else is involved",
    "person-first": "a person talks with them before anything else, with a plan to look at",
    "ask-first": "offer a plan, and ask before looking for help",
    "go-ahead": "look for help at once, and offer a plan",
}
"""What an answer comes to, by the second half of its rule's name."""

PACE_NAMES: Mapping[Pace, str] = {Pace.SLOW: "Slow", Pace.STEADY: "Steady", Pace.BRISK: "Brisk"}

STAGES: Mapping[str, str] = {
    "not_asked": "the rulers were not asked",
    "neither_yet": "it does not matter much yet, and does not seem possible yet",
    "not_important_yet": "it does not matter much yet",
    "not_confident_yet": "it matters, and does not seem possible yet",
    "ready": "it matters, and seems possible",
}

TASKS: Mapping[TaskKind, str] = {
    K.HAVE_CONVERSATION: "make time to listen",
    K.ASK_PERMISSION: "ask whether to look for help",
    K.AGREE_PLAN: "look at a plan together",
    K.OFFER_OPTIONS: "offer the options that were found",
    K.FIND_HELP: "look for help by hand",
    K.FOLLOW_UP_REFERRAL: "see what comes next",
    K.REVIEW_SETBACK: "look together at what got in the way",
    K.HEAR_REPLY: "read a reply and answer it",
    K.PRACTICAL_STEP: "a practical step",
}
"""A task, within a sentence."""


def resource_words(code: str) -> str:
    """A kind of service in words; one that is not listed by its code."""
    return RESOURCES.get(code, f"Open Eligibility {code}")


def help_words(resources: Sequence[str], filters: HelpFilters) -> str:
    """Which help is looked for: the kinds of service, best first, and what is asked of one."""
    found = " or, next, ".join(resource_words(code) for code in resources)
    asked = "; ".join(f"{how} {words}" for how, words in asked_of(filters))
    return f"{found} ({asked})" if asked else found


def asked_of(filters: HelpFilters) -> list[tuple[str, str]]:
    """What is asked of a service, and how firmly."""
    kinds = (("only", filters.must), ("rather", filters.prefer), ("rather not", filters.avoid))
    return [(how, listed([FEATURES[one] for one in sorted(features)])) for how, features in kinds if features]


def rule_words(rule: str) -> str:
    """What a rule does with a barrier; one that is not known by its name."""
    outcome = rule.partition("/")[2]
    return OUTCOMES.get(outcome, rule)


def window_words(window: DaysFromNow) -> str:
    """By when something is to be done, in working days."""
    days = "working day" if window.last == 1 else "working days"
    if window.first == 0:
        return f"within {window.last} {days}"
    return f"after {window.first}, within {window.last} {days}"


def _short(window: DaysFromNow) -> str:
    """The same in a table whose heading says that days are working days."""
    if window.first == 0:
        return f"within {window.last} {'day' if window.last == 1 else 'days'}"
    return f"{window.first} to {window.last} days"


def by_itself(content: PlaybookContent, kind: KindOfBarrier) -> list[str]:
    """What happens by itself when somebody names this, and what never does."""
    first = (
        f"Where it matters up to {content.listen_up_to_importance} of 10, or they only want to be heard,"
        " nothing is planned or sent: there is time to talk."
    )
    if kind.plan is None:
        return [
            "Nothing is planned or sent by itself, ever. Somebody talks with them first, to understand it."
        ]
    if kind.help is None:
        return [
            first,
            "There is a plan to look at together. Nothing is ever sent, and nobody else is involved.",
        ]
    if kind.never_auto_refer:
        return [
            first,
            "A person always talks with them first. No referral is ever sent by itself, whatever was said.",
        ]
    return [
        first,
        "Where they want to be asked first, a plan is offered and we ask. Nothing is sent by itself.",
        "Where they said to go ahead, help is looked for at once, and a plan is offered.",
        "A referral is sent by itself only where what they allow covers it; if not, they choose first.",
    ]


def tasks_for(content: PlaybookContent, kind: KindOfBarrier) -> list[KindOfTask]:
    """The tasks that this kind of barrier may lead to, in the order in which they come."""
    kinds = [K.HAVE_CONVERSATION]
    if kind.plan is not None:
        kinds.append(K.AGREE_PLAN)
    if kind.steps:
        kinds.append(K.PRACTICAL_STEP)
    if kind.help is not None:
        kinds += [K.ASK_PERMISSION, K.OFFER_OPTIONS, K.FIND_HELP, K.FOLLOW_UP_REFERRAL]
    kinds.append(K.REVIEW_SETBACK)
    known = {one.kind: one for one in content.tasks}
    return [known[one] for one in kinds if one in known]


def windows_table(tasks: Sequence[KindOfTask], *, name: str = "") -> list[tuple[str, ...]]:
    """A row for each task: what it is, and by when at each pace."""
    rows = []
    for task in tasks:
        by_pace = {one.pace: _short(one.window) for one in task.windows}
        title = task.title.replace(": {name}", "").replace("{name}", name)
        rows.append((title, *(by_pace.get(pace, "") for pace in PACE_NAMES)))
    return rows


def help_rows(found: FittingHelp) -> list[str]:
    """The kinds of service that fit, best first, each in words."""
    return [upper_first(resource_words(code)) for code in found.resources]


def upper_first(words: str) -> str:
    """The same at the beginning of a sentence."""
    return words[:1].upper() + words[1:]
