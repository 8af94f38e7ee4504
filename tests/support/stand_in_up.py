"""`python -m deploy.local`, but with stand-ins for the services: what runs them is under test, not they."""

import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local import __main__ as program


def stand_in_of(service: str, verb: str) -> Sequence[str]:
    return (sys.executable, str(Path(__file__).with_name("stand_in.py")), service, verb)


if __name__ == "__main__":
    program.command_of = stand_in_of
    sys.exit(program.main())
