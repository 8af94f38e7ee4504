"""A new reader can guess the file for any behaviour: every service has the same files, and none is long."""

import ast
from pathlib import Path

import pytest

from contracts.registry import published_by
from tests.architecture.sources import ROOT, parsed, python_files, services, shown

LONGEST = 400
NEEDED = {"__init__", "__main__", "settings", "model", "policy", "store", "api", "migrations", "schema"}
VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "managers",
    "manager",
    "misc",
    "base_service",
    "service",
}

each_service = pytest.mark.parametrize("service", list(services()), ids=lambda path: path.name)


@each_service
def test_a_service_has_the_files_that_every_service_has(service: Path) -> None:
    assert {path.stem for path in service.iterdir()} >= NEEDED
    assert list((service / "migrations").glob("0001_*.sql"))


@each_service
def test_a_service_says_what_it_owns_reads_publishes_and_promises(service: Path) -> None:
    says = ast.get_docstring(parsed(service / "__init__.py")) or ""

    assert [word for word in ("Owns", "Consumes", "Publishes", "Promises") if word not in says] == []


@each_service
def test_a_service_names_every_event_that_it_publishes(service: Path) -> None:
    says = ast.get_docstring(parsed(service / "__init__.py")) or ""
    unnamed = [
        event.__name__
        for event in published_by(service.name)
        if event.__name__ not in says and ".".join(event.subject.split(".")[2:4]) not in says
    ]
    # `referral.*` names them all.
    assert [name for name in unnamed if not (name.startswith("Referral") and "referral.*" in says)] == []


@each_service
def test_only_the_store_speaks_sql(service: Path) -> None:
    found = [
        shown(path, node)
        for path in python_files("services")
        if path.is_relative_to(service)
        and path.relative_to(service).parts[0] not in {"store", "store.py"}
        # A file that keeps what it is reading in SQLite, for as long as it reads, has its own small language.
        and "import sqlite3" not in path.read_text()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and speaks_sql(node.value)
    ]
    assert found == []


def speaks_sql(text: str) -> bool:
    words = text.lower().split()
    return len(words) > 3 and (
        (words[0] == "select" and "from" in words)
        or words[:2] in (["insert", "into"], ["delete", "from"])
        or (words[0] == "update" and "set" in words)
        or (words[0] == "with" and words[2] == "as" and "(" in text)
    )


def test_sql_is_told_from_prose() -> None:
    assert speaks_sql("\nselect id\nfrom task\n")
    assert speaks_sql("with due as (select id from task) delete from task")
    assert speaks_sql("insert into task (id) values ($1)")
    assert not speaks_sql("Select a service from the list below.".replace("from", "in"))
    assert not speaks_sql("With the client's leave, as agreed.")


@pytest.mark.parametrize("path", python_files(), ids=shown)
def test_no_file_is_long_vague_or_unexplained(path: Path) -> None:
    lines = len(path.read_text().splitlines())

    assert lines <= LONGEST, f"{lines} lines: past {LONGEST} a file becomes a package of the same name"
    assert path.stem not in VAGUE
    assert path.name != "__init__.py" or path.stat().st_size == 0 or ast.get_docstring(parsed(path))
    assert path.name == "__init__.py" or ast.get_docstring(parsed(path)), "a module says what it guarantees"


def test_there_are_files_to_look_at() -> None:
    assert len(python_files("shared")) > 10
    assert {path.name for path in services()} >= {"intake", "barriers", "navigation", "reminders"}
    assert (ROOT / "contracts/events").is_dir()
