"""One process at a time in a data folder, however the last one ended."""

import fcntl
import os
from pathlib import Path

from deploy.local.errors import FolderInUseError


class FolderLock:
    """An exclusive lock that the kernel gives back when its holder dies, `kill -9` included."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, or raise FolderInUseError naming the holder. Taking it twice is harmless."""
        if self._descriptor is not None:
            return
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise FolderInUseError(
                f"The data folder {self._folder} is in use by process {holder}. "
                "Stop that one first, or set FOOTHOLD_HOME to another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. Giving it back twice is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def held_elsewhere(self) -> bool:
        """Tell whether another process holds the lock now."""
        if self._descriptor is not None or not self._file.exists():
            return False
        try:
            self.acquire()
        except FolderInUseError:
            return True
        self.release()
        return False
