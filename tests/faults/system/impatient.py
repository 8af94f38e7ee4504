"""A service as it is, save that what a dead process held comes again after three seconds, not after thirty.

`python -m tests.faults.system.impatient intake serve` is `python -m services.intake serve`.
"""

from __future__ import annotations

import runpy
import sys

import shared.streams

SECONDS = 3


def main() -> None:
    """Run the service that is named first, with the arguments that follow."""
    shared.streams.ACK_WAIT_SECONDS = SECONDS
    service = sys.argv.pop(1)
    runpy.run_module(f"services.{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
