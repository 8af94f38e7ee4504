"""Write the JSON Schemas of all events, or show how the committed ones differ from what the code says.

    python -m contracts.generate            write
    python -m contracts.generate --check    change nothing, fail with a readable difference

Documents that name who reads what (AsyncAPI, OpenAPI, rights on the broker) need the services, which the
contracts must not know: `python -m deploy.generate` writes those and these.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from contracts import schema
from contracts.languages import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = [language.schemas for language in LANGUAGES]

Files: TypeAlias = Mapping[PurePosixPath, str]
"""Generated texts by their place under the root."""


def schemas() -> dict[PurePosixPath, str]:
    """Return the schema of everything that is said in either language, by file."""
    return {
        PurePosixPath(language.folder, "schemas", f"{name}.json"): schema.text_of(
            schema.schema_named(name, model)
        )
        for language in LANGUAGES
        for name, model in language.speaks().items()
    }


def differences(files: Files, *, owned: Iterable[str], root: Path = ROOT) -> list[str]:
    """Return one readable difference per file that is missing, stale or no longer generated.

    `owned` are the globs of places where nothing but generated files may be.
    """
    found = [
        _difference(place, old=_read(root / place), new=files.get(place))
        for place in sorted({*files, *_present(owned, root)})
    ]
    return [difference for difference in found if difference]


def write(files: Files, *, owned: Iterable[str], root: Path = ROOT) -> list[PurePosixPath]:
    """Make the tree hold exactly these files at the owned places; return what was changed or removed."""
    changed = [place for place, text in files.items() if _read(root / place) != text]
    for place in changed:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(files[place])
    left_over = sorted(_present(owned, root) - set(files))
    for place in left_over:
        (root / place).unlink()
    return [*changed, *left_over]


def run(
    files: Files, *, owned: Sequence[str], arguments: Sequence[str], command: str, root: Path = ROOT
) -> int:
    """Write or check, as the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {command}")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on any difference")
    if not parser.parse_args(arguments).check:
        for place in write(files, owned=owned, root=root):
            print(place)
        return 0
    stale = differences(files, owned=owned, root=root)
    if stale:
        print("\n".join(stale))
        print(f"\n{len(stale)} files are not what the code generates; `python -m {command}` writes them.")
    return 1 if stale else 0


def _present(owned: Iterable[str], root: Path) -> set[PurePosixPath]:
    return {
        PurePosixPath(path.relative_to(root).as_posix())
        for glob in owned
        for path in root.glob(glob)
        if path.is_file()
    }


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _difference(place: PurePosixPath, *, old: str | None, new: str | None) -> str:
    if old == new:
        return ""
    if new is None:
        return f"{place}: nothing generates this file any more"
    lines = difflib.unified_diff(
        (old or "").splitlines(),
        new.splitlines(),
        fromfile=f"{place} (committed)" if old is not None else f"{place} (missing)",
        tofile=f"{place} (generated)",
        lineterm="",
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run(schemas(), owned=SCHEMAS, arguments=sys.argv[1:], command="contracts.generate"))
