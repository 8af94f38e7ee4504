"""The import rules hold, and each of them would notice being broken."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, parsed, python_files, shown

RULES = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]
LAYERS, APART, INSIDE, PURE, NO_EVENT, ONLY_PYDANTIC, NO_PEERS = RULES

# Where a file is put, what it imports, and the rule that must not hold any more.
TRIALS = [
    ("contracts/trial.py", "import shared.clock", LAYERS),
    ("shared/trial.py", "import services.intake.model", LAYERS),
    ("services/intake/commands.py", "import deploy.local.ports", LAYERS),
    ("deploy/trial.py", "import tests.support.clock", LAYERS),
    ("services/intake/commands.py", "import services.barriers.model", APART),
    ("services/intake/utils.py", "", INSIDE),
    ("services/intake/store/trial.py", "import services.intake.policy", INSIDE),
    ("services/intake/store/trial.py", "import services.intake.api", INSIDE),
    ("services/barriers/policy/trial.py", "import services.barriers.store", INSIDE),
    ("services/barriers/model/trial.py", "import services.barriers.policy", INSIDE),
    ("services/barriers/policy/trial.py", "import random", PURE),
    ("services/barriers/policy/trial.py", "from time import monotonic", PURE),
    ("services/barriers/policy/trial.py", "import shared.clock", PURE),
    ("services/barriers/model/trial.py", "import asyncpg", PURE),
    ("shared/trial.py", "from contracts.events.intake import BarrierStated", NO_EVENT),
    ("contracts/trial.py", "import nats", ONLY_PYDANTIC),
    ("services/intake/commands.py", "import procrastinate", NO_PEERS),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that the rules are about."""
    folder = tmp_path_factory.mktemp("imports")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path in python_files("contracts", "shared", "services", "deploy", "tests"):
        place = folder / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return folder


def broken_rules(folder: Path) -> list[str]:
    """Return the rules that do not hold in a folder."""
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = said.stdout.splitlines()
    outcomes = {
        rule: outcome for rule in RULES for outcome in ("KEPT", "BROKEN") if f"{rule} {outcome}" in lines
    }
    assert set(outcomes) == set(RULES), said.stdout + said.stderr
    return [rule for rule, outcome in outcomes.items() if outcome == "BROKEN"]


def test_every_rule_holds(copy: Path) -> None:
    assert broken_rules(copy) == []


@pytest.fixture
def planted(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The copy with one file more, or one line more in a file that is there."""
    place, line = request.param
    path = copy / place
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    yield copy
    if before is None:
        path.unlink()
    else:
        path.write_text(before)


@pytest.mark.parametrize(
    ("planted", "rule"),
    [((place, line), rule) for place, line, rule in TRIALS],
    ids=[f"{place}: {line or 'a file of its own'}" for place, line, _ in TRIALS],
    indirect=["planted"],
)
def test_a_rule_notices_being_broken(planted: Path, rule: str) -> None:
    assert rule in broken_rules(planted)


def test_every_rule_is_tried() -> None:
    assert {rule for _, _, rule in TRIALS} == set(RULES)


@pytest.mark.parametrize("path", python_files("contracts"), ids=shown)
def test_contracts_need_nothing_but_pydantic_and_the_standard_library(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imported(parsed(path))}

    assert roots - sys.stdlib_module_names <= {"contracts", "pydantic"}


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, "imports are absolute"
            yield node.module
