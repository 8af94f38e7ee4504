"""The kit could run a parcel company unchanged: not one word of it is about care."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

WORDS = frozenset({
    "ambivalence", "appointment", "barrier", "bser", "care", "carer", "caring", "caseload",
    "childcare", "clinic", "clinical", "clinician", "client", "consent", "contingency", "coping",
    "counsellor", "counselor", "desk", "disclosure", "fhir", "gravity", "housing", "hsds", "intake",
    "medical", "motivational", "navigation", "navigator", "nurse", "patient", "playbook",
    "referral", "reminder", "setback", "social", "stigma", "therapist", "therapy", "transport",
    "treatment", "wellbeing",
})  # fmt: skip
"""Words of our trade. Ordinary ones that a kit needs too (case, plan, task, health) are not among them."""

# Other people's names for what connects to a server. A word of our own beside them is still found.
BORROWED = re.compile(
    r"\bInternalClientError\b|\bClientDisconnect\b|\bprometheus_client\b|\bhttpx\.AsyncClient\b"
    r"|\bclient (has )?disconnect(s|ed)?\b"
    r"|\brequest\.client\b"
)
NATS_CLIENT = "from nats.aio.client import Client"
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

FILES = [
    path
    for path in sorted((ROOT / "shared").rglob("*"))
    if path.is_file() and path.suffix not in {".pyc", ""}
]


def words_of_ours(text: str) -> list[str]:
    """Find our trade's words in a text: in prose, in snake_case and in CamelCase, singular or plural."""
    if NATS_CLIENT in text:
        text = re.sub(r"(?<!class )\bClient\b", "", text.replace(NATS_CLIENT, ""))
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for part in PARTS.findall(BORROWED.sub("", line)):
            word = part.lower()
            singular = {word, word.removesuffix("s"), re.sub(r"ies$", "y", word), word.removesuffix("es")}
            found += [f"line {number}: {ours}" for ours in sorted(singular & WORDS)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_of_the_kit_has_no_word_of_care_coordination(path: Path) -> None:
    assert words_of_ours(path.read_text()) == []


def test_no_file_of_the_kit_is_called_by_one() -> None:
    assert [path.name for path in FILES if words_of_ours(path.stem)] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("def tell(client: Caller) -> None:", "client"),
        ("class ClientRegistered:", "client"),
        ("REFERRAL_STATUSES = ()", "referral"),
        ("# opens the barriers' tasks", "barrier"),
        ("create table open_barrier (id uuid);", "barrier"),
        ('subject = "care.intake.>"', "intake"),
        ("several therapies", "therapy"),
        ("class Client:  # from nats.aio.client import Client", "client"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, word: str) -> None:
    assert f"line 1: {word}" in words_of_ours(text)


@pytest.mark.parametrize(
    "text",
    [
        "from nats.aio.client import Client\n\nasync def publish(connection: Client) -> None:",
        "except asyncpg.InternalClientError:",
        "careful, scared, caret, carefully",
        "# the client has disconnected",
        "a transporter takes it in",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert words_of_ours(text) == []
