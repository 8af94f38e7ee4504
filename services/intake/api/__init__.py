"""HTTP in: what intake staff and case managers write down, and what they read of it."""

from services.intake.api import clients, consents, conversation
from services.intake.api.conversation import state_barrier

ROUTES = (clients.routes, consents.routes, conversation.routes)

__all__ = ["ROUTES", "state_barrier"]
