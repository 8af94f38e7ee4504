"""Time, chance and the environment each come in through one door, and the linter guards it."""

import re
import subprocess
import sys
import tomllib

import pytest

from tests.architecture.sources import ROOT, python_files, shown

LINT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]

CALLS = {
    "datetime.now": "from datetime import UTC, datetime\nNOW = datetime.now(UTC)\n",
    "datetime.utcnow": "import datetime\nNOW = datetime.datetime.utcnow()\n",
    "date.today": "from datetime import date\nTODAY = date.today()\n",
    "time.time": "import time\nNOW = time.time()\n",
    "time.sleep": "from time import sleep\nsleep(1)\n",
    "uuid4": "from uuid import uuid4\nNEW = uuid4()\n",
    "uuid1": "import uuid\nNEW = uuid.uuid1()\n",
    "uuid_utils": "from uuid_utils import uuid7\nNEW = uuid7()\n",
    "os.environ": "import os\nHOME = os.environ['HOME']\n",
    "os.getenv": "from os import getenv\nHOME = getenv('HOME')\n",
}
DOORS = {
    "shared/clock.py": ("datetime.now", "time.time"),
    "shared/ids.py": ("uuid_utils",),
    "services/trial/settings.py": ("os.environ", "os.getenv"),
}


def complaints(code: str, *, place: str) -> str:
    """Return what ruff, as configured, says about this code at that place."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--quiet",
            "--select=TID251",
            f"--stdin-filename={place}",
            "-",
        ],
        input=code,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("call", CALLS)
def test_the_linter_refuses_it_anywhere_else(call: str) -> None:
    assert "TID251" in complaints(CALLS[call], place="services/trial/policy.py")


@pytest.mark.parametrize(
    ("place", "call"), [(place, call) for place, calls in DOORS.items() for call in calls]
)
def test_the_linter_allows_it_at_its_door(place: str, call: str) -> None:
    assert complaints(CALLS[call], place=place) == ""


def test_no_other_file_of_a_service_or_the_kit_is_let_off() -> None:
    let_off = {glob for glob, rules in LINT["per-file-ignores"].items() if "TID251" in rules}

    allowed = {"shared/clock.py", "shared/ids.py", "**/settings.py"}
    assert {glob for glob in let_off if not glob.startswith(("tests/", "deploy/"))} == allowed


def test_no_line_of_a_service_or_the_kit_lets_itself_off() -> None:
    found = [
        f"{shown(path)}:{number}"
        for path in python_files("contracts", "shared", "services")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(
            r"#\s*noqa(?!:)|#\s*noqa:.*\b(TID251|DTZ0(0[3-6]|1[12]))\b|#\s*type:\s*ignore(?!\[)", line
        )
    ]
    assert found == []
