"""What architecture tests look at: every Python file of ours, parsed once."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGINS_SQL = re.compile(
    r"\s*(select|insert into|update|delete from|with|create|lock|merge into|truncate)\s", re.IGNORECASE
)
PACKAGES = ("contracts", "shared", "services", "deploy")


@cache
def python_files(*packages: str) -> tuple[Path, ...]:
    """Return the Python files of these packages, or of all that run in production."""
    return tuple(path for package in packages or PACKAGES for path in sorted((ROOT / package).rglob("*.py")))


@cache
def parsed(path: Path) -> ast.Module:
    """Return a file as syntax."""
    return ast.parse(path.read_text(), filename=str(path))


def shown(path: Path, node: ast.AST | None = None) -> str:
    """Name a place as editors understand it."""
    line = f":{getattr(node, 'lineno', 0)}" if node is not None else ""
    return f"{path.relative_to(ROOT)}{line}"


def services() -> Iterator[Path]:
    """Return the folder of every service."""
    return (path for path in sorted((ROOT / "services").iterdir()) if (path / "__init__.py").exists())


@dataclass(frozen=True, slots=True)
class Statement:
    """An SQL statement that a module keeps as a constant."""

    path: Path
    name: str
    sql: str
    node: ast.Assign

    def __str__(self) -> str:
        """Name it as tests are named."""
        return f"{shown(self.path)} {self.name}"


def statements_in(path: Path) -> Iterator[Statement]:
    """Return every SQL statement that a module keeps, wherever in the module it stands."""
    for node in parsed(path).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            and BEGINS_SQL.match(node.value.value)
        ):
            yield Statement(path, node.targets[0].id, node.value.value, node)
