"""What can go wrong on somebody's machine, in words that person can act on."""


class LocalError(Exception):
    """The message is meant for the person at the keyboard: it is shown as it is, without a traceback."""


class PortTakenError(LocalError):
    """Another program listens on a port that we need."""

    def __init__(self, port: int, *, wanted_by: str) -> None:
        super().__init__(
            f"Port {port} on 127.0.0.1 is taken by another program, and {wanted_by} needs it. "
            f"Stop that program, or choose another port: make up PORTS={wanted_by}=<port>"
        )
        self.port = port


class FolderInUseError(LocalError):
    """Another process works in the same data folder."""


class StartFailedError(LocalError):
    """A process ended before it was ready; the message holds the last lines of its log."""
