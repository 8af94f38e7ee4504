"""Setting up a checkout: what it trusts, what it says, and that it does nothing twice."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.settings import ROOT

WHEEL = "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
ARM_WHEEL = "uv-0.13.9-py3-none-manylinux_2_28_aarch64.whl"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing in it but what the setup reads."""
    folder = tmp_path / "checkout"
    (folder / "deploy" / "local").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "local" / "bootstrap", folder / "deploy" / "local")
    shutil.copy(ROOT / "uv.lock", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def index() -> Iterator[str]:
    """A package index that offers a wheel of the right name and the wrong content."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            if self.path == "/simple/uv/":
                files = [{"filename": name, "url": f"../../files/{name}"} for name in (WHEEL, ARM_WHEEL)]
                self.wfile.write(json.dumps({"files": files}).encode())
            else:
                self.wfile.write(b"not what was pinned")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


def set_up(checkout: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        # -I and -S: no pip and nothing else that is installed, as on a bare machine.
        [sys.executable, "-I", "-S", str(checkout / "deploy" / "local" / "bootstrap"), *words],
        env={**kept, "PIP_NO_INDEX": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )


def test_a_file_that_is_not_the_pinned_one_is_refused(checkout: Path, index: str) -> None:
    result = set_up(checkout, UV_DEFAULT_INDEX=index)

    assert result.returncode == 1
    assert "is not the file we pinned" in result.stderr
    assert not list((checkout / ".tools").glob("uv*"))
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("variable", ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"])
def test_without_a_network_it_says_what_it_needs(checkout: Path, variable: str) -> None:
    # Port 9 of this machine: nobody listens there.
    result = set_up(checkout, **{variable: "http://127.0.0.1:9/simple"})

    assert result.returncode == 1
    assert "The first setup needs the network, or a mirror named by UV_DEFAULT_INDEX" in result.stderr
    assert "127.0.0.1:9" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_checkout_that_is_up_to_date_is_left_alone_even_without_a_network(checkout: Path) -> None:
    fingerprint = subprocess.run(
        [
            sys.executable,
            "-c",
            "import runpy, sys; print(runpy.run_path(sys.argv[1])['fingerprint']())",
            str(checkout / "deploy" / "local" / "bootstrap"),
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").touch()
    stamp = checkout / ".venv" / ".foothold-setup.json"
    stamp.write_text(json.dumps({"fingerprint": fingerprint, "groups": ["bench"]}))
    unreachable = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}

    assert set_up(checkout, **unreachable).returncode == 0
    assert set_up(checkout, "--group", "bench", **unreachable).returncode == 0
    assert not (checkout / ".tools").exists()
    # Another group is a reason to begin, and so is a changed lock file.
    assert set_up(checkout, "--group", "other", **unreachable).returncode == 1
    (checkout / "uv.lock").write_text("changed")
    assert set_up(checkout, **unreachable).returncode == 1
