"""The two languages that are spoken: among our services, and with partner organisations.

Each has its own models, schemas, samples and frozen release, and the same promise: within one version
nothing is taken away and nothing new is demanded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from contracts import registry
from contracts.published.answers import AnswerMessage, AnswerTaken
from contracts.published.events import NOTICES


@dataclass(frozen=True, slots=True)
class Language:
    """Where a language's files are, and its models by the name that is on the wire."""

    folder: str
    speaks: Callable[[], Mapping[str, type[BaseModel]]]

    @property
    def schemas(self) -> str:
        """The glob of its generated schemas."""
        return f"{self.folder}/schemas/*.json"

    @property
    def released(self) -> str:
        """The glob of its frozen schemas."""
        return f"{self.folder}/released/*.json"

    @property
    def samples(self) -> str:
        """The glob of its samples."""
        return f"{self.folder}/samples/*/*.json"

    @property
    def pinned(self) -> str:
        """The file with the checksums of the samples that are frozen."""
        return f"{self.folder}/released/samples.sha256"


def _published() -> Mapping[str, type[BaseModel]]:
    notices = {notice.type_name(): notice for notice in NOTICES}
    return {**notices, "answers.given.v1": AnswerMessage, "answers.taken.v1": AnswerTaken}


INTERNAL = Language("contracts", registry.events)
PUBLISHED = Language("contracts/published", _published)
LANGUAGES = (INTERNAL, PUBLISHED)
