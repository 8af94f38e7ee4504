"""The official linters hold the documents, or it is said that they did not look: never nothing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from contracts.generate import ROOT

LINT = ROOT / "contracts/lint"


@pytest.fixture
def without_node(tmp_path: Path) -> dict[str, str]:
    """An environment of a machine that has a shell and little else."""
    for program in ("bash", "dirname"):
        found = shutil.which(program)
        assert found is not None
        (tmp_path / program).symlink_to(found)
    return {**os.environ, "PATH": str(tmp_path)}


def test_where_there_is_no_node_it_says_so_and_fails_nothing(without_node: dict[str, str]) -> None:
    done = subprocess.run(
        [LINT / "run"], env=without_node, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.startswith("NOT RUN: ")
    assert "no Node here" in done.stdout


def test_it_can_be_asked_why_it_cannot_run(without_node: dict[str, str]) -> None:
    done = subprocess.run(
        [LINT / "run", "--why-not"], env=without_node, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == "no Node here\n"


def test_every_rule_that_is_recommended_holds_except_where_a_reason_is_given() -> None:
    text = (LINT / "spectral.yaml").read_text()
    rules = yaml.safe_load(text)

    assert rules["extends"] == ["spectral:oas", "spectral:asyncapi"]
    for name, severity in rules["rules"].items():
        before = text.splitlines()[
            [line.strip().startswith(name) for line in text.splitlines()].index(True) - 1
        ]
        assert severity is False or severity == "off"
        assert before.strip().startswith("#")
