"""Whatever is sent to whichever route by whomever, the answer is one that the documents tell of.

Schemathesis makes requests out of each service's own OpenAPI document, right ones and wrong ones, the same
in every run; what it found once is told in plain tests beside this one.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from contracts.generate import ROOT
from services.navigation.model.keys import KeyScope
from tests.integration.access.callers import STAFF
from tests.integration.access.matrix import APIS
from tests.integration.access.world import World

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
SETTINGS = """
[phases.coverage]
# That no other method is answered is FastAPI's to prove, and took most of the time.
unexpected-methods = []
"""
EXAMPLES = 4
"""For each route, beside those that go to every edge of what its document allows."""


def callers(world: World, service: str) -> dict[str, str]:
    """Who calls in turn: the names by which documents let them in, and what each sends to prove it."""
    found = {name: header(world)["Authorization"] for name, header in STAFF.items()}
    if service == "navigation":
        scopes = " ".join(f"partner:{scope}" for scope in KeyScope)
        found[scopes] = f"Bearer {world.keys['right partner']}"
    return found | {"partner": found["gateway"]}


async def checked(world: World, service: str, folder: Path) -> tuple[int | None, str]:
    """Let schemathesis at one service; give its exit status and what it tells."""
    known = {"staffs": world.staffs, "theirs": world.theirs, "callers": callers(world, service)}
    (folder / "schemathesis.toml").write_text(SETTINGS)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{world.services[service].url}/openapi.json",
        f"--checks={','.join(CHECKS)}",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        "--generation-deterministic",
        "--continue-on-failure",
        "--request-timeout=60",
        # Health is for machines that look at it; that a service is not ready is an answer too.
        "--exclude-path-regex=^/(livez|readyz|metrics)",
        "--no-color",
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.integration.access.any_input",
            "ANY_INPUT": json.dumps(known),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


@pytest.fixture(scope="module")
async def reports(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int | None, str]]:
    """All four services at once, as it takes half the time."""
    folders = [tmp_path_factory.mktemp(f"any-input-{service}") for service in APIS]
    found = await asyncio.gather(*(checked(world, *one) for one in zip(APIS, folders, strict=True)))
    return dict(zip(APIS, found, strict=True))


@pytest.mark.slow
# The first of them waits for all.
@pytest.mark.timeout(500)
@pytest.mark.parametrize("service", APIS)
async def test_nothing_that_is_sent_breaks_anything_or_is_answered_in_an_unknown_way(
    reports: dict[str, tuple[int | None, str]], service: str
) -> None:
    status, told = reports[service]

    assert status == 0, told
    assert "Tested: " in told
