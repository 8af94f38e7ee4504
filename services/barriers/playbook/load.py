"""Read a playbook from its files. What comes out has been checked whole; what cannot be used is explained.

Every complaint names the file, the line and the field, and all of them are told at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from services.barriers.model import CategoryRules, Playbook
from services.barriers.model.playbook import PlaybookFile
from services.barriers.playbook.lines import LOADER, Lines, RefusedError, read_lines
from services.barriers.playbook.lint import Finding, findings, findings_in_files

PLAYBOOK_FOLDER = Path(__file__).parent
GENERAL = "playbook.yaml"

Shape = TypeVar("Shape", bound=BaseModel)


class PlaybookError(Exception):
    """The playbook cannot be used; `findings` says why, each with file, line and field."""

    def __init__(self, found: list[Finding]) -> None:
        self.findings = tuple(found)
        lines = "\n".join(f"  {finding}" for finding in found)
        super().__init__(f"the playbook cannot be used:\n{lines}")


def load_playbook(folder: Path = PLAYBOOK_FOLDER) -> Playbook:
    """Read and check every file of the folder; raise `PlaybookError` with all that is wrong."""
    return load_texts(read_texts(folder))


def read_texts(folder: Path = PLAYBOOK_FOLDER) -> dict[str, str]:
    """Give the text of every file of the folder, by its name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}


def load_texts(texts: Mapping[str, str]) -> Playbook:
    """Check the texts of all files, by their names; raise `PlaybookError` with all that is wrong."""
    wrong: list[Finding] = []
    lines: dict[str, Lines] = {}
    general: PlaybookFile | None = None
    if GENERAL not in texts:
        wrong.append(Finding(GENERAL, "", "the file is missing"))
    else:
        general = _read(GENERAL, texts[GENERAL], PlaybookFile, lines=lines, wrong=wrong)
    read = {
        file: _read(file, text, CategoryRules, lines=lines, wrong=wrong)
        for file, text in sorted(texts.items())
        if file != GENERAL
    }
    rules = {file: found for file, found in read.items() if found is not None}
    if not wrong:
        wrong += findings_in_files(rules)
    if wrong or general is None:
        raise PlaybookError(_placed(wrong, lines))
    playbook = Playbook(
        **{name: getattr(general, name) for name in PlaybookFile.model_fields},
        fingerprint=_fingerprint(texts),
        categories={found.category: found for found in rules.values()},
    )
    wrong += findings(playbook)
    if wrong:
        raise PlaybookError(_placed(wrong, lines))
    return playbook


def _read(
    file: str, text: str, shape: type[Shape], *, lines: dict[str, Lines], wrong: list[Finding]
) -> Shape | None:
    try:
        lines[file], twice = read_lines(text)
        wrong += [Finding(file, field, "stands there twice", line) for field, line in twice]
        return shape.model_validate(yaml.load(text, Loader=LOADER)) if not twice else None  # noqa: S506 - a safe one
    except RefusedError as refused:
        wrong.append(Finding(file, "", f"not readable as YAML: {refused}", refused.line))
    except yaml.YAMLError as unreadable:
        mark = getattr(unreadable, "problem_mark", None)
        said = " ".join(str(unreadable).split())
        line = None if mark is None else mark.line + 1
        wrong.append(Finding(file, "", f"not readable as YAML: {said}", line))
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_context=False, include_input=False):
            field = ".".join(str(part) for part in error["loc"])
            wrong.append(Finding(file, field, error["msg"]))
    return None


def _placed(wrong: list[Finding], lines: Mapping[str, Lines]) -> list[Finding]:
    """Say at which line each finding is, as far as its file could be read."""
    return [
        replace(one, line=lines[one.file].of(one.field)) if one.line is None and one.file in lines else one
        for one in wrong
    ]


def _fingerprint(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for file, text in sorted(texts.items()):
        digest.update(file.encode())
        digest.update(text.encode())
    return digest.hexdigest()[:8]
