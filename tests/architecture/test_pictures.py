"""The pictures of the desk: those that `make screenshots` takes, each shown somewhere, and none too heavy."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT
from tests.screenshots.__main__ import FOLDER, HEAVIEST
from tests.screenshots.shots import SHOTS

READERS = (ROOT / "README.md", ROOT / "docs/desk.md")
TAKEN = {f"{shot.name}{screen}.png" for shot in SHOTS for screen in shot.screens}


def test_every_picture_that_is_taken_is_there_and_no_other() -> None:
    assert {path.name for path in FOLDER.iterdir()} == TAKEN


def test_every_picture_is_shown_and_says_what_it_shows() -> None:
    shown = [
        found
        for page in READERS
        for found in re.findall(r"!\[(.*?)\]\(\S*?([\w-]+\.png)\)", page.read_text())
    ]
    assert {name for _, name in shown} == TAKEN
    assert [name for words, name in shown if len(words) < len("The desk's Today")] == []


def test_no_picture_is_heavy() -> None:
    assert [path.name for path in FOLDER.iterdir() if path.stat().st_size > HEAVIEST] == []
