"""The kinds of help that a directory knows, in plain words, by their Open Eligibility codes.

All broad ones are here, and of the others those that our playbook and directories use. A code that is not
here is told by the nearest broader one that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

BROAD: Mapping[str, str] = {
    "101": "In an emergency",
    "102": "Food",
    "103": "A place to live",
    "104": "Things for daily life",
    "105": "Getting around",
    "106": "Health",
    "107": "Money",
    "108": "Care and company",
    "109": "Learning",
    "110": "Work",
    "111": "Rights and law",
}
"""The broadest kinds, in the order of their codes."""

NARROW: Mapping[str, str] = {
    "101-01": "After a disaster",
    "101-02": "Money at once",
    "101-03": "Food at once",
    "101-04": "A bed for tonight",
    "101-05": "Finding a missing person",
    "101-06": "Being safe at once",
    "101-06-01": "Getting away from violence",
    "101-07": "In a mental health crisis",
    "102-01": "Community gardens",
    "102-02": "Food at once",
    "102-03": "Food brought home",
    "102-04": "Food to take home",
    "102-05": "Free meals",
    "102-06": "Help to pay for food",
    "102-07": "Eating well",
    "103-01": "A bed for tonight",
    "103-02": "Help to find a home",
    "103-03": "Help to pay for a home",
    "103-04": "Advice about homes",
    "103-05": "A home with others or with care",
    "104-01": "Things for babies",
    "104-02": "Clothes",
    "104-03": "Things for the home",
    "104-04": "Medical supplies",
    "104-06": "Toys and presents",
    "105-01": "Help to pay for journeys",
    "105-01-01": "Bus passes and tickets",
    "105-02": "Being driven",
    "105-02-01": "Lifts to appointments",
    "106-01": "Drink, drugs and dependence",
    "106-02": "Teeth",
    "106-03": "End of life",
    "106-04": "Learning about health",
    "106-04-05": "Being a parent",
    "106-04-08": "Understanding mental health",
    "106-05": "Help to pay for health care",
    "106-05-03": "Health care at a lower price",
    "106-05-04": "Health insurance and costs",
    "106-05-06": "Medicines and prescriptions",
    "106-06": "Medical care",
    "106-06-04": "Check-ups and tests",
    "106-06-04-04": "A first look at mental health",
    "106-06-07": "Preventing and treating",
    "106-06-07-01": "Counselling as treatment",
    "107-02": "Help with rent, bills and debts",
    "107-03": "Benefits",
    "107-05": "Learning about money",
    "107-06": "Insurance",
    "107-07": "Help with taxes",
    "108-01": "Adoption and fostering",
    "108-02": "Animals",
    "108-03": "Care by day",
    "108-03-03": "Childcare",
    "108-03-03-02": "Finding childcare",
    "108-03-03-04": "Help to pay for childcare",
    "108-04": "End of life care",
    "108-05": "Finding one's way through the system",
    "108-05-01": "Help with forms",
    "108-06": "Living in a home with care",
    "108-07": "Support",
    "108-07-01": "Counselling",
    "108-07-02": "Lines to call",
    "108-07-04": "Help at home",
    "108-07-06": "One and the same person alongside",
    "108-07-07": "People who have been through it",
    "108-07-09": "Groups",
    "108-07-10": "Support online",
    "109-01": "Help to find a school",
    "109-02": "Help to pay for school",
    "109-03": "More courses",
    "109-03-03": "Learning the language",
    "109-04": "Before school",
    "109-05": "Screening and exams",
    "109-06": "Skills and training",
    "109-06-02": "Phones and computers",
    "110-01": "Help to find work",
    "110-02": "Help to pay for work expenses",
    "110-03": "Skills for work",
    "110-04": "Supported work",
    "110-05": "Rights at work",
    "111-01": "Advocates and legal help",
    "111-02": "Mediation",
    "111-03": "Notaries",
    "111-04": "Being represented",
    "111-05": "Interpreters and translation",
}
"""Narrower kinds. The broad one that each belongs to is its first three figures."""


def codes_and_broader(codes: Iterable[str]) -> tuple[str, ...]:
    """These codes and every broader one: `108-07-07` gives itself, `108-07` and `108`."""
    found = set()
    for code in codes:
        parts = code.split("-")
        found |= {"-".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return tuple(sorted(found))


def kind_words(code: str) -> str:
    """A kind of help in words; one that is not known by the nearest broader one, and its code."""
    known = NARROW.get(code) or BROAD.get(code)
    if known:
        return known
    broader, _, narrower = code.rpartition("-")
    return f"{kind_words(broader)} ({code})" if broader and narrower and "(" not in broader else code


def kinds_words(codes: Iterable[str]) -> tuple[str, ...]:
    """Several kinds in words, each once."""
    return tuple(dict.fromkeys(kind_words(code) for code in codes))


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind to choose from: the broad ones' words, and below each itself and its narrower ones."""
    return [
        (
            words,
            [
                (broad, f"{words}: all of it"),
                *((code, narrow) for code, narrow in NARROW.items() if code.startswith(f"{broad}-")),
            ],
        )
        for broad, words in BROAD.items()
    ]
