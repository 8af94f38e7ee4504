"""One process at a time in a data folder, however the last one ended."""

import asyncio
import fcntl
import os
from pathlib import Path

from deploy.local.errors import FolderInUseError

# A holder that was killed a moment ago needs the kernel's time to be gone.
_PATIENCE = 1.0
_PAUSE = 0.05


class FolderLock:
    """An exclusive lock that the kernel gives back when its holder dies, `kill -9` included."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "lock"
        self._descriptor: int | None = None

    async def acquire(self) -> None:
        """Take the lock, or raise FolderInUseError naming the holder. Taking it twice is harmless."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE
        while not self._taken():
            if loop.time() > deadline:
                holder = self._file.read_text(errors="replace").strip() or "unknown"
                raise FolderInUseError(
                    f"The data folder {self._folder} is in use by process {holder}. "
                    "Stop that one first, or set FOOTHOLD_HOME to another folder."
                )
            await asyncio.sleep(_PAUSE)

    def release(self) -> None:
        """Give the lock back. Giving it back twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_elsewhere(self) -> bool:
        """Tell whether another process holds the lock now."""
        if self._descriptor is not None or not self._file.exists():
            return False
        if not self._taken():
            return True
        self.release()
        return False

    def _taken(self) -> bool:
        """Take the lock if it is free; tell whether it is ours now."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return True
