"""Which processes run, as the kernel tells it."""

from contextlib import suppress
from pathlib import Path


def mentioning(text: str) -> list[int]:
    """List the living processes whose command line or working folder contains a text."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                place = str((entry / "cwd").readlink())
                if text.encode() in (entry / "cmdline").read_bytes() or text in place:
                    found.append(int(entry.name))
    return found
