"""Read the playbook's folder. What comes out has been checked whole; what cannot be used is explained.

Every complaint names the file and the field, and all of them are told at once.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from services.barriers.model import CategoryRules, Playbook
from services.barriers.model.playbook import PlaybookFile
from services.barriers.playbook.lint import Finding, findings, findings_in_files

PLAYBOOK_FOLDER = Path(__file__).parent
GENERAL = "playbook.yaml"

Shape = TypeVar("Shape", bound=BaseModel)


class PlaybookError(Exception):
    """The playbook cannot be used; `findings` says why, each with file and field."""

    def __init__(self, found: list[Finding]) -> None:
        self.findings = tuple(found)
        lines = "\n".join(f"  {finding}" for finding in found)
        super().__init__(f"the playbook cannot be used:\n{lines}")


def load_playbook(folder: Path = PLAYBOOK_FOLDER) -> Playbook:
    """Read and check every file of the folder; raise `PlaybookError` with all that is wrong."""
    wrong: list[Finding] = []
    paths = sorted(folder.glob("*.yaml"))
    general = _read(folder / GENERAL, PlaybookFile, wrong)
    read = {path.name: _read(path, CategoryRules, wrong) for path in paths if path.name != GENERAL}
    rules = {file: found for file, found in read.items() if found is not None}
    if not wrong:
        wrong += findings_in_files(rules)
    if wrong or general is None:
        raise PlaybookError(wrong)
    playbook = Playbook(
        **{name: getattr(general, name) for name in PlaybookFile.model_fields},
        fingerprint=_fingerprint(paths),
        categories={found.category: found for found in rules.values()},
    )
    wrong += findings(playbook)
    if wrong:
        raise PlaybookError(wrong)
    return playbook


def _read(path: Path, shape: type[Shape], wrong: list[Finding]) -> Shape | None:
    try:
        return shape.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        wrong.append(Finding(path.name, "", "the file is missing"))
    except yaml.YAMLError as unreadable:
        wrong.append(Finding(path.name, "", f"not readable as YAML: {' '.join(str(unreadable).split())}"))
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_context=False):
            field = ".".join(str(part) for part in error["loc"])
            wrong.append(Finding(path.name, field, error["msg"]))
    return None


def _fingerprint(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
