"""Ports on the loopback interface."""

import random
import socket

LOOPBACK = "127.0.0.1"

# Below the range from which Linux takes ports for outgoing connections, so that a server which is
# restarted finds its own port still free.
_CHOICES = range(18_000, 32_000)
_random = random.SystemRandom()


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Choose a port that is free now. Another program may be quicker, so callers try again on a clash."""
    while True:
        port = _random.choice(_CHOICES)
        if is_free(port):
            return port
