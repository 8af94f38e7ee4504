"""The fixtures of the kit's integration tests, for tests that kill what they use."""

from tests.integration.shared.conftest import admin, bus, short_logs, system

__all__ = ["admin", "bus", "short_logs", "system"]
