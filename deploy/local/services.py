"""The services that make up Foothold, in the order in which they start."""

from collections.abc import Mapping

# The port of each service's HTTP API where nothing else is asked for.
DEFAULT_PORTS: Mapping[str, int] = {
    "intake": 8101,
    "barriers": 8102,
    "navigation": 8103,
    "reminders": 8104,
    # Last: its pages stand on the others.
    "desk": 8105,
}
SERVER_PORTS: Mapping[str, int] = {"postgres": 15432, "nats": 14222}
SERVICES: tuple[str, ...] = tuple(DEFAULT_PORTS)
OWNER = "foothold_owner"


def role_of(service: str) -> str:
    """Name the database role of a service."""
    return f"foothold_{service}"
