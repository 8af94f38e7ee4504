"""The examples of docs/integrating.md, as files to run: nothing is added to them and nothing left out."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, STDOUT

from deploy.local.settings import ROOT

GUIDE = ROOT / "docs" / "integrating.md"
_BLOCK = re.compile(
    r"^```(?P<language>\w*)(?: (?P<kind>\w+)=(?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_PROGRAMS = {"python": sys.executable, "sh": "sh"}
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. `kind` is `file` for one that is run, `sample` for a document that a schema judges."""

    language: str
    kind: str
    name: str
    text: str


def blocks() -> list[Block]:
    """Every fenced block of the guide."""
    found = _BLOCK.finditer(GUIDE.read_text())
    return [Block(m["language"], m["kind"] or "", m["name"] or "", m["text"]) for m in found]


def prose() -> str:
    """What the guide says between the blocks."""
    return _BLOCK.sub("", GUIDE.read_text())


def example(name: str) -> Block:
    """The block that the guide says to save under this name."""
    return next(block for block in blocks() if block.kind == "file" and block.name == name)


class Run:
    """An example as a process of its own, and what it has written so far."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._process = process
        self.lines: list[str] = []

    async def line(self, beginning: str) -> str:
        """Wait for the next line that begins so; fails with what came instead."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while raw := await self._process.stdout.readline():
                    self.lines.append(raw.decode().rstrip("\n"))
                    if self.lines[-1].startswith(beginning):
                        return self.lines[-1]
        except TimeoutError:
            pass
        written = "\n".join(self.lines)
        raise AssertionError(f"{self._name} never wrote {beginning!r}:\n{written}")

    async def end(self) -> str:
        """Wait until it ends by itself, well; return all that it wrote."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            rest = (await self._process.stdout.read()).decode()
            status = await self._process.wait()
        self.lines += rest.splitlines()
        written = "\n".join(self.lines)
        assert status == 0, f"{self._name} ended with {status}:\n{written}"
        return written


@asynccontextmanager
async def running(name: str, folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Run]:
    """Run an example in an empty folder, with nothing in its environment but what the guide names."""
    block = example(name)
    file = folder / name
    file.write_text(block.text)
    process = await asyncio.create_subprocess_exec(
        _PROGRAMS[block.language],
        str(file),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environment},
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        yield Run(name, process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
