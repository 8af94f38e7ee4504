"""The sample directory, taken into a running system with navigation's own command."""

from __future__ import annotations

import sys

from deploy.local import process
from deploy.local.errors import StartFailedError
from deploy.local.settings import ROOT
from deploy.local.system import LocalSystem

SAMPLE = ROOT / "services" / "navigation" / "sample"


async def import_sample(system: LocalSystem) -> str:
    """Import it and give the importer's report; raises `StartFailedError` with its last lines if it fails."""
    log = system.logs / "import.log"
    status = await process.run(
        (sys.executable, "-m", "services.navigation", "import-directory", str(SAMPLE)),
        environment=system.environment("navigation"),
        log=log,
        folder=ROOT,
    )
    if status:
        raise StartFailedError("the sample directory was not imported:\n" + process.last_lines(log))
    return process.last_lines(log)
