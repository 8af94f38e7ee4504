"""The published schemas say what everything means, are today's, and can be made again byte for byte."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts import generate, registry
from contracts.generate import ROOT, differences, schemas, write
from contracts.glossary import MEANING
from contracts.schema import schema_of

SUBJECTS = sorted(registry.events())


def definitions(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "the event", schema
    yield from schema.get("$defs", {}).items()


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_schema_is_valid_and_says_what_everything_means(subject: str) -> None:
    schema = schema_of(registry.event_for(subject))

    Draft202012Validator.check_schema(schema)
    for name, definition in definitions(schema):
        assert definition.get("description"), f"{name} has no docstring"
        for field, value in definition.get("properties", {}).items():
            assert value.get("description"), f"{name}.{field} has no docstring and is not in the glossary"


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_schema_is_open_so_that_readers_ignore_what_they_do_not_know(subject: str) -> None:
    for _, definition in definitions(schema_of(registry.event_for(subject))):
        assert "additionalProperties" not in definition


def test_every_word_of_the_glossary_is_used() -> None:
    used = {
        field
        for event in registry.events().values()
        for _, definition in definitions(schema_of(event))
        for field, value in definition.get("properties", {}).items()
        if field in MEANING and value["description"] == MEANING[field]
    }
    assert set(MEANING) == used


def test_the_committed_schemas_are_todays() -> None:
    assert differences(schemas(), owned=generate.SCHEMAS) == []


def test_another_process_with_another_hash_seed_generates_the_same_bytes() -> None:
    code = "from contracts.generate import schemas; print(hash(0), *schemas().values())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


OWNED = ["made/*.json"]
FILES = {PurePosixPath("made/a.json"): "one\ntwo\n", PurePosixPath("made/b.json"): "three\n"}


def test_a_tree_as_generated_has_no_differences(tmp_path: Path) -> None:
    assert len(write(FILES, owned=OWNED, root=tmp_path)) == 2

    assert differences(FILES, owned=OWNED, root=tmp_path) == []
    assert write(FILES, owned=OWNED, root=tmp_path) == []


def test_each_kind_of_difference_is_told_readably(tmp_path: Path) -> None:
    write(FILES, owned=OWNED, root=tmp_path)
    (tmp_path / "made/a.json").write_text("one\n2\n")
    (tmp_path / "made/b.json").unlink()
    (tmp_path / "made/c.json").write_text("left over")

    stale, missing, left_over = differences(FILES, owned=OWNED, root=tmp_path)

    assert "-2" in stale.splitlines()
    assert "+two" in stale.splitlines()
    assert "made/b.json (missing)" in missing
    assert left_over == "made/c.json: nothing generates this file any more"


def test_checking_changes_nothing_and_fails_and_writing_repairs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> int:
        return generate.run(FILES, owned=OWNED, arguments=arguments, command="made.up", root=tmp_path)

    assert run("--check") == 1
    assert "`python -m made.up` writes them" in capsys.readouterr().out
    assert not (tmp_path / "made").exists()
    assert run() == 0
    assert run("--check") == 0
