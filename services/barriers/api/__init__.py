"""HTTP in: what case managers work with, and what others may read of it."""

from services.barriers.api import barriers, plans, playbook, recording, steps, tasks, trials, versions

ROUTES = (
    tasks.routes,
    barriers.routes,
    recording.routes,
    steps.routes,
    plans.routes,
    # Before the routes of one kind of barrier, which begin alike.
    versions.routes,
    trials.routes,
    playbook.routes,
)

__all__ = ["ROUTES"]
