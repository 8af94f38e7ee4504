"""HTTP in: what intake staff and case managers write down, and what they read of it."""

from services.intake.api import clients, consents, conversation, heard, imports, people, rulers
from services.intake.api.conversation import state_barrier

ROUTES = (
    people.routes,
    clients.routes,
    consents.routes,
    conversation.routes,
    rulers.routes,
    heard.routes,
    imports.routes,
)

__all__ = ["ROUTES", "state_barrier"]
