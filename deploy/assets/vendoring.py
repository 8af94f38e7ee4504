"""Take packages apart: check the archive, keep what we use, change it as written down, and list it all."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from deploy.assets.pins import Edit, Package

VENDOR = Path(__file__).parents[2] / "services/desk/static/vendor"
MANIFEST = VENDOR / "manifest.json"
OURS = Path(__file__).parent


class UnexpectedError(Exception):
    """What was fetched is not what was pinned, so that nothing of it may be used."""


def unpacked(package: Package, archive: bytes) -> dict[str, bytes]:
    """Return the files that we keep of an archive, changed as written down, by their names in our folder."""
    if integrity(archive) != package.integrity:
        raise UnexpectedError(f"{package.name} {package.version} is not the archive that was pinned")
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:

        def content(path: str) -> bytes:
            member = tar.extractfile(f"package/{path}")
            if member is None:
                raise UnexpectedError(f"{package.name} {package.version} has no {path}")
            return member.read()

        kept = {
            PurePosixPath(file.path).name: edited(content(file.path), file.edits) for file in package.files
        }
        ours = OURS / package.licence
        kept["LICENCE.txt"] = ours.read_bytes() if ours.exists() else content(package.licence)
    return {f"{package.name}/{name}": body for name, body in kept.items()}


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """Make every change, each exactly as often as expected."""
    text = content.decode()
    for edit in edits:
        text, times = re.subn(edit.pattern, edit.replacement.replace("\\", r"\\"), text)
        if times != edit.times:
            raise UnexpectedError(f"{edit.why}: found {times} times, expected {edit.times}")
    return text.encode()


def manifest(fetched: Mapping[Package, bytes]) -> str:
    """Write down what is vendored, from which archive, and how each file must look."""
    packages = [
        {
            "name": package.name,
            "version": package.version,
            "archive": f"npm:{package.name}@{package.version}",
            "integrity": package.integrity,
            "sha256": hashlib.sha256(archive).hexdigest(),
            "changes": [
                {"file": PurePosixPath(file.path).name, "what": edit.why, "times": edit.times}
                for file in package.files
                for edit in file.edits
            ],
            "files": {name: integrity(body) for name, body in sorted(unpacked(package, archive).items())},
        }
        for package, archive in fetched.items()
    ]
    return json.dumps({"packages": packages}, indent=2) + "\n"


def write(fetched: Mapping[Package, bytes]) -> None:
    """Write every file and the manifest, and take away what is not listed in it."""
    files = {
        name: body
        for package, archive in fetched.items()
        for name, body in unpacked(package, archive).items()
    }
    for name, body in files.items():
        path = VENDOR / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    MANIFEST.write_text(manifest(fetched))
    for path in VENDOR.rglob("*"):
        if path.is_file() and path != MANIFEST and path.relative_to(VENDOR).as_posix() not in files:
            path.unlink()


def integrity(content: bytes) -> str:
    """Return the Subresource Integrity of something."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
