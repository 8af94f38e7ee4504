"""As whom PostgreSQL runs: it refuses root, and the folders it needs may be closed to everyone else.

A normal user simply runs it, by way of a user namespace if the user id has no name. Root tries, in this
order, and takes the first that really works for the given folders: the powerless user `nobody`; `nobody`
with the one right to pass through closed folders (a checkout under `/root`); `nobody` with the right to open
any file (containers grant only that one); and a user namespace in which we look like `nobody` to the server
(where no other user id can be taken on).
Permissions of folders that are not ours are never changed.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import LocalError

# All that initdb and the server insist on: a user with a name, programs that access() calls executable, and
# a folder to write in.
_WORKS = """
id -un >/dev/null || exit
test -x "$0" || { echo "$0 cannot be executed" >&2; exit 1; }
cd "$1" && : >.probe && rm .probe && exec "$0" --version
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user id that owns the server's files, and the command prefix that makes a program run as it."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Hand a folder or file of ours, with all it holds, to this identity."""
        if path.stat().st_uid == self.uid:
            return
        for folder, _, files in os.walk(path):
            for name in files:
                os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)
            os.chown(folder, self.uid, self.gid)
        os.chown(path, self.uid, self.gid)


def choose(program: Path, folder: Path) -> Identity:
    """Find an identity that can run `program` and write in `folder`, which is handed to it."""
    tried: list[str] = []
    for identity in candidates():
        try:
            identity.own(folder)
        except OSError as error:
            tried.append(f"{folder} cannot be handed to user {identity.uid} ({error.strerror})")
            continue
        check = subprocess.run(  # noqa: S603 - our own programs only
            [*identity.prefix, "/bin/sh", "-c", _WORKS, str(program), str(folder)],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd="/",
        )
        if check.returncode == 0:
            return identity
        tried.append(check.stderr.strip())
    raise LocalError(f"PostgreSQL cannot be run for the folder {folder}: " + "; ".join(filter(None, tried)))


def candidates() -> Iterator[Identity]:
    """Yield the identities worth trying, the one with the fewest rights first."""
    nobody = pwd.getpwnam("nobody")
    if os.geteuid() != 0:
        yield Identity(os.geteuid(), os.getegid())
    elif setpriv := shutil.which("setpriv"):
        drop = (setpriv, "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups")
        yield Identity(nobody.pw_uid, nobody.pw_gid, (*drop, "--inh-caps=-all", "--"))
        for right in ("dac_read_search", "dac_override"):
            rights = f"-all,+{right}"
            # Without the secure bit access(), which the programs ask first, would not count the right.
            prefix = (
                *drop,
                "--securebits=+no_setuid_fixup",
                f"--inh-caps={rights}",
                f"--ambient-caps={rights}",
            )
            yield Identity(nobody.pw_uid, nobody.pw_gid, (*prefix, "--"))
    if unshare := shutil.which("unshare"):
        mapping = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        yield Identity(os.geteuid(), os.getegid(), (unshare, "--user", *mapping, "--"))
