"""Everything at the desk that is about one client: their page, what happened, and what is done there."""

from services.desk.api import (
    client,
    doing_allowed,
    doing_asked,
    doing_consent,
    doing_moved,
    doing_said,
    doing_steps,
    doing_talk,
    timeline,
)

ROUTES = (
    client.routes,
    timeline.routes,
    doing_said.routes,
    doing_moved.routes,
    doing_talk.routes,
    doing_steps.routes,
    doing_asked.routes,
    doing_consent.routes,
    doing_allowed.routes,
)

__all__ = ["ROUTES"]
