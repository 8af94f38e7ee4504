"""What architecture tests look at: every Python file of ours, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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
