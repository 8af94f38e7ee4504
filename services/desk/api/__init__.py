"""HTTP in: pages, and the files that they use."""

from services.desk.api import (
    access,
    account,
    assets,
    audit,
    figures,
    live,
    one_client,
    people,
    provider,
    signing_in,
    tasks,
    team,
    today,
)

ROUTES = (
    signing_in.routes,
    provider.routes,
    access.routes,
    audit.routes,
    account.routes,
    today.routes,
    tasks.routes,
    people.routes,
    *one_client.ROUTES,
    team.routes,
    figures.routes,
    live.routes,
    assets.routes,
)

__all__ = ["ROUTES"]
