"""HTTP in: what case managers work with, and what others may read of it."""

from services.barriers.api import barriers, plans, playbook, tasks

ROUTES = (tasks.routes, barriers.routes, plans.routes, playbook.routes)

__all__ = ["ROUTES"]
