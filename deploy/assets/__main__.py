"""`python -m deploy.assets`: fetch what is vendored through npm, check it and write it anew."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.assets.pins import PACKAGES, Package
from deploy.assets.vendoring import VENDOR, UnexpectedError, write


def main() -> int:
    """Fetch, check, change and write; say what went wrong, and then write nothing."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is needed to fetch these files again; nothing else needs it.", file=sys.stderr)
        return 1
    try:
        with TemporaryDirectory() as folder:
            write({package: _fetched(npm, package, Path(folder)) for package in PACKAGES})
    except UnexpectedError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(PACKAGES)} packages are in {VENDOR.relative_to(Path.cwd())}, as pinned.")
    return 0


def _fetched(npm: str, package: Package, folder: Path) -> bytes:
    into = folder / package.name
    into.mkdir()
    wanted = f"{package.name}@{package.version}"
    done = subprocess.run(  # noqa: S603 - npm itself, with names from our own list
        [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into), wanted],
        check=False,
        capture_output=True,
        text=True,
    )
    archives = list(into.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise UnexpectedError(f"npm did not bring {wanted}: {done.stderr.strip()}")
    return archives[0].read_bytes()


if __name__ == "__main__":
    sys.exit(main())
