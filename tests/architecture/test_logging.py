"""Logs hold static names and identifiers: no personal data, and nothing that somebody said."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import parsed, python_files, shown

LEVELS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
PERSONAL = frozenset({
    "name", "full_name", "preferred_name", "first_name", "last_name", "given_name", "family_name",
    "born_on", "date_of_birth", "birth", "address", "addresses", "email", "phone", "telephone",
    "mobile", "number", "sms", "to", "recipient", "postcode", "zip", "words",
    "own_idea", "own_words", "goal_words", "text", "body", "message", "content", "payload", "data",
    "event", "headers", "contact", "channels", "client", "patient", "person", "caller", "password",
    "token", "secret", "key", "authorization", "category",
    "reason_text", "outcome", "answer", "note", "notes",
})  # fmt: skip
"""Fields that may hold a name, a contact detail, a health word, a secret or what somebody said."""


def log_calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"log", "logger", "logging", "_log", "_logger"}
        ):
            yield node


def faults(tree: ast.Module) -> list[str]:
    """Say what is wrong with the log calls of a module."""
    found = []
    for call in log_calls(tree):
        first = call.args[0] if len(call.args) == 1 else None
        if not (isinstance(first, ast.Constant) and str(first.value).replace("_", "").isalnum()):
            found.append(f"line {call.lineno}: an event is one static_name, and all else is a field")
        for field in call.keywords:
            if field.arg is None:
                found.append(
                    f"line {call.lineno}: nobody can see which fields **{ast.unparse(field.value)} holds"
                )
            elif field.arg in PERSONAL:
                found.append(f"line {call.lineno}: {field.arg} may be personal")
    return found


LOGGING = [path for path in python_files("shared", "services", "deploy") if list(log_calls(parsed(path)))]


@pytest.mark.parametrize("path", LOGGING, ids=shown)
def test_a_log_call_has_a_static_name_and_no_personal_field(path: Path) -> None:
    assert faults(parsed(path)) == []


@pytest.mark.parametrize(
    "code",
    [
        'log.info("client_seen", full_name=name)',
        'log.info(f"client_{name}")',
        'log.warning("said: %s", words)',
        'log.error("odd", **everything)',
        'log.info("a sentence with words")',
        "log.info(name)",
    ],
)
def test_a_careless_log_call_is_found(code: str) -> None:
    assert faults(ast.parse(code))


def test_a_careful_log_call_is_left_alone() -> None:
    assert faults(ast.parse('log.info("request_answered", route=route, status=200)')) == []
    assert len(LOGGING) > 3


@pytest.mark.parametrize("path", python_files("shared", "services", "contracts"), ids=shown)
def test_nothing_is_printed(path: Path) -> None:
    printing = [
        shown(path, node)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    # Commands talk to the person at the keyboard.
    speaks = path.stem in {"__main__", "command"} or path.parent.name == "contracts"
    assert speaks or printing == []
