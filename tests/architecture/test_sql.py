"""SQL is kept where a reader looks for it: whole, listed, above the one function that uses it."""

import ast
import re

import pytest

from tests.architecture.sources import Statement, parsed, python_files, shown, statements_in

STATEMENTS = [found for path in python_files("shared", "services") for found in statements_in(path)]
STORES = [path for path in python_files("services") if "store" in (path.stem, path.parent.name)]

each_statement = pytest.mark.parametrize("statement", STATEMENTS, ids=str)


@each_statement
def test_a_statement_lists_its_columns(statement: Statement) -> None:
    # Everything of what the same statement has just put together is listed, too.
    assert [
        found
        for found in re.findall(r"select\s+(?:\w+\.)?\*\s+from\s+(\w+)", statement.sql, re.IGNORECASE)
        if found.lower() != "unnest" and not re.search(rf"\b{found}\b[^,]*?\bas\s", statement.sql)
    ] == []


@each_statement
def test_a_statement_takes_values_only_as_parameters(statement: Statement) -> None:
    assert not re.search(r"\{\w", statement.sql)
    assert "%s" not in statement.sql


@pytest.mark.parametrize("statement", [found for found in STATEMENTS if found.path in STORES], ids=str)
def test_a_statement_stands_above_the_one_function_that_uses_it(statement: Statement) -> None:
    module = parsed(statement.path)
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    users = [function for function in functions if uses(function, statement.name)]
    below = [function for function in functions if function.lineno > statement.node.lineno]

    assert len(users) == 1, f"used by {[user.name for user in users]}"
    # The shape of what the function gives may stand between them, and so may its other statements.
    assert below[0] is users[0], f"{shown(statement.path, users[0])} uses it"


def uses(function: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(function))


@pytest.mark.parametrize("path", STORES, ids=shown)
def test_a_store_puts_no_statement_together(path: object) -> None:
    assert isinstance(path, type(STORES[0]))
    found = [
        shown(path, node)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.JoinedStr)
        and any(
            isinstance(part, ast.Constant) and "select " in str(part.value).lower() for part in node.values
        )
    ]
    assert found == []
