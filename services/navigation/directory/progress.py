"""How far an import has come: a bar on a terminal, plain lines elsewhere, nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress(Protocol):
    """Who is told how far an import has come."""

    def begin(self, total: int) -> None:
        """So many bytes are to be read."""

    def advance(self, count: int) -> None:
        """So many bytes more were read; some formats are read twice, so it may pass the total."""

    def say(self, words: str) -> None:
        """Something other than reading begins."""


class Silent:
    """Tells nobody."""

    def begin(self, total: int) -> None:
        """Tell nobody."""

    def advance(self, count: int) -> None:
        """Tell nobody."""

    def say(self, words: str) -> None:
        """Tell nobody."""


class Lines:
    """Writes a line at every tenth of the way."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._total = 0
        self._done = 0
        self._tenths = 0

    def begin(self, total: int) -> None:
        """Say how much there is to read."""
        self._total = total
        self.say(f"reading {total / 1e6:.1f} MB")

    def advance(self, count: int) -> None:
        """Say so when another tenth is read."""
        self._done += count
        tenths = min(10, 10 * self._done // self._total) if self._total else 0
        if tenths > self._tenths:
            self._tenths = tenths
            self.say(f"read {tenths * 10} %")

    def say(self, words: str) -> None:
        """Write it on a line."""
        self._stream.write(f"import: {words}\n")
        self._stream.flush()


class Bars:
    """Draws one bar."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("reading", total=None)

    def begin(self, total: int) -> None:
        """Give the bar its length."""
        self._bar.update(self._task, total=total)

    def advance(self, count: int) -> None:
        """Let the bar grow."""
        self._bar.advance(self._task, count)

    def say(self, words: str) -> None:
        """Write it beside the bar."""
        self._bar.update(self._task, description=words)


@contextmanager
def shown(stream: TextIO = sys.stderr) -> Iterator[Progress]:
    """Show progress in the way that suits the stream."""
    if not stream.isatty():
        yield Lines(stream)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(file=stream), transient=True) as bar:
        yield Bars(bar)
