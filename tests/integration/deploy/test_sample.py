"""`make up SAMPLE=yes`, as a newcomer meets it: the real services, and three weeks that have gone by."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.integration.deploy.conftest import Start
from tests.integration.deploy.test_up import any_ports, ended, until_panel
from tests.support.desk import A_BROWSER


@pytest.mark.timeout(240)
async def test_it_comes_up_with_a_sample_and_the_panels_account_finds_work_to_do(
    start: Start, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    program = start("-m", "deploy.local", "up", "--sample", "--ports", any_ports(), home=home)
    screen = await until_panel(program, within=200)

    found = re.search(r"(http://[\w.:]+)  \(the desk", screen)
    account = re.search(r"(sam@\S+)  (\S+)  \(case manager\)", screen)
    assert found
    assert account
    async with httpx.AsyncClient(
        base_url=found[1], headers=A_BROWSER, trust_env=False, timeout=20
    ) as browser:
        await browser.post("/sign-in", data={"email": account[1], "password": account[2]})
        today = await browser.get("/today")
        clients = await browser.get("/clients")

    assert today.status_code == httpx.codes.OK
    assert today.text.count('<li class="task') >= 3
    assert "Registered last" in clients.text
    program.send_signal(signal.SIGINT)
    assert (await ended(program))[0] == 0
